package pipeline

import (
	"context"
	"slices"
	"sync"
	"time"

	"hdstest/internal/catalogue"
	"hdstest/internal/check"
	"hdstest/internal/judge"
	"hdstest/internal/secret"
)

// SmokeOptions say what a smoke run does besides.
type SmokeOptions struct {
	Selection
	Progress func(done, total int, title string)
	began    time.Time // of the run, for the timings
}

// Smoke is the check of a tenant: for each configured service and grant a
// token, its claims, and read-only probes. It never registers, never writes and
// never opens a browser; each of these is reported as a skip with the command that
// would do it.
func Smoke(ctx context.Context, env Env, p Profile, o SmokeOptions) Report {
	o.began = env.Now()
	var all log
	all.add(0, Report{Findings: []check.Finding{skipped("register", "register", "Register the client app",
		"a smoke run changes nothing in a tenant", "hdstest register --dry-run shows what it would do")}})
	grants := p.Grants
	if len(grants) == 0 {
		grants = []string{GrantClientCredentials}
	}
	var wait sync.WaitGroup
	wait.Go(func() { all.add(len(p.services())+1, env.ending(ctx, p, o.Selection)) })
	for i, s := range p.services() {
		wait.Go(func() { all.add(1+i, env.smokeService(ctx, p, s, grants, o)) })
	}
	wait.Wait()
	return all.report()
}

// smokeService is a service's part of the run: every grant, then probes with the
// first token that was got. A token that is left out is got all the same if a
// probe needs one.
func (e Env) smokeService(ctx context.Context, p Profile, s Service, grants []string, o SmokeOptions) Report {
	requests := catalogue.For(s.Kind)
	needed := slices.ContainsFunc(requests, func(r catalogue.Request) bool { return r.Auth == catalogue.Bearer && o.wantsRequest(r) })
	var report Report
	var token secret.Value
	for _, grant := range grants {
		got, one := e.smokeGrant(ctx, p, TokenQuery{Service: s.Kind, Grant: grant}, o, needed && token.IsZero())
		report = join(report, one)
		if token.IsZero() {
			token = got
		}
	}
	if !slices.ContainsFunc(requests, o.wantsRequest) {
		return join(report, Report{Findings: o.leftOutRequests(s.Kind, requests, nil)})
	}
	probes := ProbeOptions{Services: []string{s.Kind}, Token: token, Selection: o.Selection, Progress: o.Progress, began: o.began}
	return join(report, e.send(ctx, p, s, func() secret.Value { return token }, requests, probes))
}

// smokeGrant gets a token by a grant that needs nobody and judges it, as far as
// that is wanted or needed.
func (e Env) smokeGrant(ctx context.Context, p Profile, q TokenQuery, o SmokeOptions, needed bool) (secret.Value, Report) {
	id, title := tokenID(q.Service, q.Grant), "Token for "+serviceTitle(q.Service)+" by "+q.Grant
	why := o.leftOut(id, q.Service)
	switch {
	case q.Grant != GrantClientCredentials:
		return secret.Value{}, Report{Findings: []check.Finding{skipped(id, "token", title, "a smoke run opens no browser and asks nobody",
			"hdstest token --grant "+q.Grant+" --service "+q.Service)}}
	case why != "" && !needed && !o.wantsClaims(q.Service):
		return secret.Value{}, Report{Findings: []check.Finding{skipped(id, "token", title, why, ""), o.noClaims(q.Service)}}
	}
	return e.grantAndInspect(ctx, p, q, o)
}

// wantsClaims tells whether any claim of a service's token is wanted.
func (s Selection) wantsClaims(kind string) bool {
	return slices.ContainsFunc(judge.ClaimIDs(), func(id string) bool { return s.wants(id, kind) })
}

// noClaims reports that no claim of a service's token is judged.
func (s Selection) noClaims(kind string) check.Finding {
	return skipped("claims."+kind, "claims", "Claims of the token for "+serviceTitle(kind), s.leftOut("claims", kind), "")
}

// grantAndInspect acquires a token and judges those claims that are wanted.
func (e Env) grantAndInspect(ctx context.Context, p Profile, q TokenQuery, o SmokeOptions) (secret.Value, Report) {
	result, b, report := e.grant(ctx, p, q, o.began)
	if result.Token.IsZero() {
		return secret.Value{}, report
	}
	if !o.wantsClaims(q.Service) {
		report.Findings = append(report.Findings, o.noClaims(q.Service))
		return result.Token, report
	}
	inspection, err := InspectWith(ctx, e, p, result.Token, InspectOptions{Service: q.Service, Asked: b.TokenRequest})
	if err != nil {
		return result.Token, join(report, failure("claims."+q.Service, "claims", "Claims of the token", err, b))
	}
	for i, f := range inspection.Findings {
		if why := o.leftOut(f.ID, q.Service); why != "" {
			inspection.Findings[i] = skipped(f.ID, f.Group, f.Title, why, "")
		}
		inspection.Findings[i].Title = serviceTitle(q.Service) + ": " + f.Title
	}
	return result.Token, join(report, inspection.Report)
}
