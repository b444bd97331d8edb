package pipeline

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"hdstest/internal/catalogue"
	"hdstest/internal/check"
	"hdstest/internal/entra"
	"hdstest/internal/evidence"
	"hdstest/internal/judge"
	"hdstest/internal/probe"
	"hdstest/internal/secret"
)

// Ladder climbs to a service of the profile step by step, from the name of its
// host to its data, by a handful of requests that only read, and judges the steps
// (see [judge.Ladder]). noToken says why no token is there where token is zero;
// then the rungs that need one are skipped. A service that cannot be reached is
// in the report's errors as well.
func Ladder(ctx context.Context, env Env, p Profile, kind string, token secret.Value, noToken string) Report {
	s, ok := p.Service(kind)
	if !ok {
		return notConfigured("ladder."+kind, kind)
	}
	return env.climb(ctx, p, s, token, noToken)
}

// climb is [Ladder] with what is known besides of the caller and the app: it goes
// to the evidence of the requests that carry the token.
func (e Env) climb(ctx context.Context, p Profile, s Service, token secret.Value, noToken string, known ...evidence.Bundle) Report {
	return e.climbBy(ctx, p, s, token, noToken, judge.LadderRequests(s.Kind), known...)
}

// climbBy is [Env.climb] by some of the ladder's requests alone.
func (e Env) climbBy(ctx context.Context, p Profile, s Service, token secret.Value, noToken string, requests []string, known ...evidence.Bundle) Report {
	outcomes, _, err := probe.Run(ctx, s.target(token), catalogue.For(s.Kind), probe.Options{HTTP: e.HTTP, Now: e.Now, Rand: e.Rand,
		Vars: p.Vars(), Only: requests, Sleep: e.Sleep})
	facts := around(s, token, outcomes)
	report := Report{}
	for i := range outcomes {
		facts.complete(&outcomes[i])
		if o := &outcomes[i]; o.Request.Auth == catalogue.Bearer {
			o.Evidence = withRoles(o.Evidence, known).Complete(known...)
		}
		if b := outcomes[i].Evidence; b.Response != nil || b.Network != nil {
			report.Evidence = append(report.Evidence, b)
		}
	}
	e.saw(report.Evidence...)
	report.Findings = e.rungs(p, s, outcomes, noToken)
	if err != nil {
		report.Errors = []error{err}
	}
	return report
}

// withRoles puts what Azure Resource Manager told of roles in the place of the bare
// resource id.
func withRoles(b evidence.Bundle, known []evidence.Bundle) evidence.Bundle {
	for _, k := range known {
		if k.ARM != nil {
			b.ARM = k.ARM
		}
	}
	return b
}

// rungs judges the ladder by the outcomes of a run, whichever there are.
func (e Env) rungs(p Profile, s Service, outcomes []probe.Outcome, noToken string) []check.Finding {
	climb := judge.Climb{Service: s.Kind, TenantID: p.TenantID, NoToken: noToken, Now: e.Now(),
		Audience: cmp.Or(s.Audience, strings.TrimSuffix(s.TokenScope(), entra.DefaultScope))}
	for _, o := range outcomes {
		climb.Steps = append(climb.Steps, o.Evidence)
	}
	return judge.Ladder(climb)
}

// seen leaves out the rungs of which a person's own choice of requests tells
// nothing.
func seen(rungs []check.Finding, o ProbeOptions) []check.Finding {
	if _, broken := judge.FirstBroken(rungs); broken || o.Only == nil && o.Skip == nil {
		return rungs
	}
	return slices.DeleteFunc(rungs, func(f check.Finding) bool { return f.Status == check.Skip })
}

func notConfigured(id, kind string) Report {
	return Report{Findings: []check.Finding{skipped(id, kind, "Probe the "+kind+" service",
		"no "+kind+" service is configured", "set "+kind+".url in the profile")}, Evidence: []evidence.Bundle{}}
}
