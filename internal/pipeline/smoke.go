package pipeline

import (
	"context"
	"sync"

	"hdstest/internal/catalogue"
	"hdstest/internal/check"
	"hdstest/internal/evidence"
	"hdstest/internal/secret"
)

// SmokeOptions say what a smoke run does besides.
type SmokeOptions struct {
	Progress func(done, total int, title string)
}

// Smoke is the check of a tenant: for each configured service and grant a
// token, its claims, and read-only probes. It never registers, never writes and
// never opens a browser; each of these is reported as a skip with the command that
// would do it.
func Smoke(ctx context.Context, env Env, p Profile, o SmokeOptions) Report {
	var all log
	all.add(0, Report{Findings: []check.Finding{skipped("register", "register", "Register the client app",
		"a smoke run changes nothing in a tenant", "hdstest register --dry-run shows what it would do")}})
	grants := p.Grants
	if len(grants) == 0 {
		grants = []string{GrantClientCredentials}
	}
	var wait sync.WaitGroup
	for i, s := range p.services() {
		wait.Go(func() { all.add(1+i, env.smokeService(ctx, p, s, grants, o)) })
	}
	wait.Wait()
	return all.report()
}

// smokeService is a service's part of the run: every grant, then probes with the
// first token that was got.
func (e Env) smokeService(ctx context.Context, p Profile, s Service, grants []string, o SmokeOptions) Report {
	var report Report
	var token secret.Value
	for _, grant := range grants {
		if grant != GrantClientCredentials {
			report.Findings = append(report.Findings, skipped("token."+s.Kind+"."+grant, "token",
				"Token for "+serviceTitle(s.Kind)+" by "+grant, "a smoke run opens no browser and asks nobody",
				"hdstest token --grant "+grant+" --service "+s.Kind))
			continue
		}
		got, one := e.grantAndInspect(ctx, p, TokenQuery{Service: s.Kind, Grant: grant})
		report = join(report, one)
		if token.IsZero() {
			token = got
		}
	}
	probes := ProbeOptions{Services: []string{s.Kind}, Token: token, Progress: o.Progress}
	return join(report, e.send(ctx, p, s, token, catalogue.For(s.Kind), probes))
}

// grantAndInspect acquires a token and judges it for its service.
func (e Env) grantAndInspect(ctx context.Context, p Profile, q TokenQuery) (secret.Value, Report) {
	start := e.Now()
	result, b, err := Token(ctx, e, p, q)
	if err != nil {
		return secret.Value{}, failure("token."+q.Service+"."+q.Grant, "token",
			"Token for "+serviceTitle(q.Service)+" by "+q.Grant, err, b)
	}
	grant := grantFinding(b, q)
	grant.Duration = e.Now().Sub(start)
	report := Report{Findings: []check.Finding{grant}, Evidence: []evidence.Bundle{b}}
	inspection, err := Inspect(ctx, e, p, result.Token, q.Service)
	if err != nil {
		return result.Token, join(report, failure("claims."+q.Service, "claims", "Claims of the token", err, b))
	}
	return result.Token, join(report, inspection.Report)
}
