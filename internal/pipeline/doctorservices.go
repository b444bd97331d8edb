package pipeline

import (
	"context"
	"strings"
	"sync"

	"hdstest/internal/check"
	"hdstest/internal/evidence"
	"hdstest/internal/judge"
	"hdstest/internal/register"
	"hdstest/internal/secret"
)

// services follows the rest of the chain for each service. Tokens are asked for one
// after the other where a person or a single assertion is behind them, else at once.
func (x *examination) services(ctx context.Context, all *log) {
	if len(x.p.services()) == 0 {
		all.add(10, Report{Findings: []check.Finding{skipped("services", "network", "Services", "neither a FHIR nor a DICOM service is configured", "set fhir.url or dicom.url in the profile")}})
		return
	}
	var clock sync.Once
	var wait sync.WaitGroup
	for i, s := range x.p.services() {
		token, report := x.token(ctx, s)
		for _, b := range report.Evidence {
			if f, ok := judge.Skew(b); ok {
				clock.Do(func() { all.add(4, Report{Findings: []check.Finding{f}}) })
			}
		}
		all.add(10+i, report)
		wait.Go(func() { all.add(20+i, x.climb(ctx, s, token, report)) })
	}
	wait.Wait()
}

// token gets the token for a service and judges its claims.
func (x *examination) token(ctx context.Context, s Service) (secret.Value, Report) {
	q := x.o.Query
	q.Service = s.Kind
	if x.o.NoToken != nil {
		return secret.Value{}, Report{Findings: []check.Finding{skipped(tokenID(s.Kind, q.Grant), "token", "Token for "+serviceTitle(s.Kind),
			"none can be asked for, see above", "")}}
	}
	result, b, err := Token(ctx, x.Env, x.p, q)
	title := "Token for " + serviceTitle(s.Kind) + " by " + strings.ReplaceAll(q.Grant, "_", " ")
	if err != nil {
		return secret.Value{}, failure(tokenID(s.Kind, q.Grant), "token", title, err, b.Complete(x.about))
	}
	f := grantFinding(b, q)
	f.Group = "token"
	report := Report{Findings: []check.Finding{f}, Evidence: []evidence.Bundle{b}}
	inspection, err := InspectWith(ctx, x.Env, x.p, result.Token, InspectOptions{Service: s.Kind, Asked: b.TokenRequest})
	if err != nil {
		return result.Token, join(report, failure("claims."+s.Kind, "claims", "Claims of the token", err, b))
	}
	for i := range inspection.Findings {
		one := &inspection.Findings[i]
		one.Group, one.Title = "claims", serviceTitle(s.Kind)+": "+one.Title
	}
	return result.Token, join(report, inspection.Report)
}

// climb goes from the service's name to its data, with what is known of the roles.
func (x *examination) climb(ctx context.Context, s Service, token secret.Value, before Report) Report {
	noToken := ""
	if token.IsZero() {
		noToken = "see the link before"
	}
	known, assigned := x.roles(ctx, s, before)
	report := x.Env.climb(ctx, x.p, s, token, noToken, append([]evidence.Bundle{known}, before.Evidence...)...)
	for i := range report.Findings {
		f := &report.Findings[i]
		rung := f.ID[strings.LastIndex(f.ID, "ladder.")+len("ladder."+s.Kind+"."):]
		f.Group, f.Title = linkOf(rung), serviceTitle(s.Kind)+": "+f.Title
	}
	return join(report, assigned)
}

// roles reads the role assignments of the token's caller, or of the app where it
// got no token.
func (x *examination) roles(ctx context.Context, s Service, before Report) (evidence.Bundle, Report) {
	id, title := "role."+s.Kind+".assigned", serviceTitle(s.Kind)+": Role assignments of the caller"
	known := evidence.Bundle{Service: s.Kind, ServiceURL: s.URL, Graph: x.about.Graph}.Complete(before.Evidence...)
	caller, _ := known.Claims["oid"].(string)
	if caller == "" && x.o.Query.Grant == GrantClientCredentials {
		caller = x.principal
	}
	none := func(why, how string) (evidence.Bundle, Report) {
		return evidence.Bundle{Service: s.Kind, ServiceURL: s.URL, Graph: x.about.Graph}, Report{Findings: []check.Finding{skipped(id, "role", title, why, how)}}
	}
	switch {
	case x.o.Admin == nil:
		return none(x.o.NoAdmin, x.o.HowAdmin)
	case s.ResourceID == "":
		return none(s.Kind+".resource_id is not in the profile", "set it: the Azure Resource Manager id of the service")
	case caller == "":
		return none("whose they would be is not known without a token", "")
	}
	arm, err := register.LookRoles(ctx, *x.o.Admin, s.ResourceID, caller)
	if err != nil {
		return evidence.Bundle{}, unread(id, "role", title, err)
	}
	known.ARM = arm
	x.saw(evidence.Bundle{Service: s.Kind, ARM: arm})
	f := judge.Roles(known)
	f.Title = title
	return known, Report{Findings: []check.Finding{f}}
}

// linkOf is the link of the chain to which a rung of the ladder belongs.
func linkOf(rung string) string {
	switch rung {
	case "open", "challenge":
		return "challenge"
	case "token", "allowed":
		return "role"
	case "data":
		return "data"
	}
	return "network"
}
