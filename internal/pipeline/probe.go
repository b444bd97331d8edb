package pipeline

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"hdstest/internal/acquire"
	"hdstest/internal/catalogue"
	"hdstest/internal/check"
	"hdstest/internal/entra"
	"hdstest/internal/evidence"
	"hdstest/internal/judge"
	"hdstest/internal/probe"
	"hdstest/internal/secret"
)

// ProbeOptions say what a probe may do.
type ProbeOptions struct {
	Services    []string     // entra.FHIR, entra.DICOM
	Token       secret.Value // a token that is at hand; zero: acquired by Query for each service
	Query       TokenQuery   // Service is filled in
	Anonymous   bool         // no token at all: the server asks for none
	Write       bool
	AssumeAHDS  bool
	Selection                  // of requests
	Vars        catalogue.Vars // values for requests on demand, see catalogue.Settable
	Concurrency int
	// Assignments reads the role assignments of a principal that reach the service,
	// with an administrator's credential; nil: they are not looked at.
	Assignments func(ctx context.Context, s Service, objectID string) ([]judge.Assigned, error)
	// Body is given the bodies of answers, see probe.Options; nil: they are forgotten.
	Body     func(q catalogue.Request, status int, mediaType string, body []byte)
	Progress func(done, total int, title string)
	brake    *probe.Brake // of the service; nil: the run has its own
	began    time.Time    // of the run, for the timings
	ladder   bool         // judge the way to the service as well
	noToken  string       // why there is none
}

// Probe calls the endpoints of each service, side by side. It reads only, unless
// o.Write is set. Without a token the open endpoints are called all the same;
// what needs one is reported as skipped.
func Probe(ctx context.Context, env Env, p Profile, o ProbeOptions) Report {
	if o.began.IsZero() {
		o.began = env.Now()
	}
	var all log
	var wait sync.WaitGroup
	for i, kind := range o.Services {
		wait.Go(func() { all.add(i, env.probeService(ctx, p, kind, o)) })
	}
	wait.Wait()
	return all.report()
}

func (e Env) probeService(ctx context.Context, p Profile, kind string, o ProbeOptions) Report {
	s, ok := p.Service(kind)
	if !ok {
		return notConfigured("probe."+kind, kind)
	}
	requests := catalogue.EveryFor(kind)
	if !slices.ContainsFunc(requests, o.wantsRequest) {
		return Report{Findings: o.leftOutRequests(kind, requests, nil)}
	}
	o.ladder, o.noToken = true, "the authority gave none" // before o is shared with whoever asks
	ask := sync.OnceValues(func() (secret.Value, Report) { return e.tokenFor(ctx, p, kind, o) })
	if o.Query.Grant != GrantClientCredentials {
		ask() // a person is asked something: nothing else goes on meanwhile
	} else if o.Concurrency != 1 {
		go ask() // beside the requests that need none; send waits for it
	}
	report := e.send(ctx, p, s, func() secret.Value { token, _ := ask(); return token }, requests, o)
	_, asked := ask()
	return join(asked, report)
}

// tokenFor is the token at hand or a new one. A failure is in the report.
func (e Env) tokenFor(ctx context.Context, p Profile, kind string, o ProbeOptions) (secret.Value, Report) {
	if !o.Token.IsZero() || o.Anonymous {
		return o.Token, Report{}
	}
	q := o.Query
	q.Service = kind
	result, _, report := e.grant(ctx, p, q, o.began)
	return result.Token, report
}

// grant asks for a token in a run that began then, and reports it with its time, or
// why there is none; then the token is zero.
func (e Env) grant(ctx context.Context, p Profile, q TokenQuery, began time.Time) (acquire.Result, evidence.Bundle, Report) {
	start := e.Now()
	result, b, err := Token(ctx, e, p, q)
	if err != nil {
		return acquire.Result{}, b, failure(tokenID(q.Service, q.Grant), "token", "Token for "+serviceTitle(q.Service)+" by "+q.Grant, err, b)
	}
	f := grantFinding(b, q)
	f.Duration = e.Now().Sub(start)
	return result, b, Report{Findings: []check.Finding{f}, Evidence: []evidence.Bundle{b}, Timings: []check.Timing{tokenTiming(f, start.Sub(began), f.Duration)}}
}

// grantFinding names the service in the finding of a grant: a run asks for both.
func grantFinding(b evidence.Bundle, q TokenQuery) check.Finding {
	f := judge.Grant(b, q.Grant)
	if q.Service != "" {
		f.ID, f.Title = tokenID(q.Service, q.Grant), "Token for "+serviceTitle(q.Service)+" by "+q.Grant
	}
	return f
}

// target is the service for requests with this token; zero: there is none.
func (s Service) target(token secret.Value) probe.Target {
	return s.asking(func() secret.Value { return token })
}

// asking is the service for requests with the token that ask gives when the first of
// them needs it.
func (s Service) asking(ask func() secret.Value) probe.Target {
	return probe.Target{Service: s.Kind, BaseURL: s.base(), Token: func(context.Context) (secret.Value, error) { return ask(), nil }}
}

// send probes one service and judges what came back. ask gives the token, or the
// zero value for none; it is called even if no request needs one.
func (e Env) send(ctx context.Context, p Profile, s Service, ask func() secret.Value, requests []catalogue.Request, o ProbeOptions) Report {
	target := s.asking(ask)
	target.Anonymous = o.Anonymous
	vars := p.Vars()
	maps.Copy(vars, o.Vars)
	only, skip := o.forProbe(requests)
	outcomes, left, err := probe.Run(ctx, target, requests, probe.Options{HTTP: e.HTTP, Now: e.Now, Rand: e.Rand,
		Vars: vars, Write: o.Write, AssumeAHDS: o.AssumeAHDS, Only: only, Skip: skip,
		Concurrency: o.Concurrency, Progress: o.Progress, Body: o.Body, Sleep: e.Sleep, Brake: o.brake})
	token := ask()
	if !token.IsZero() {
		o.noToken = ""
	}
	report := Report{Timings: timings(outcomes, o.began)}
	facts := around(s, token, outcomes)
	for i := range outcomes { // in place: the ladder is judged by the same facts
		facts.complete(&outcomes[i])
		e.saw(outcomes[i].Evidence)
		if isPermission(outcomes[i]) {
			report.Evidence = append(report.Evidence, outcomes[i].Evidence)
			continue
		}
		one := judgeOutcome(s, outcomes[i], o.Write)
		for k := range one.Findings {
			facts.override(&one.Findings[k], outcomes[i].Evidence)
		}
		report = join(report, one)
	}
	if o.ladder {
		report.Findings = append(report.Findings, judge.Conformance(s.Kind, p.TenantID, report.Evidence)...)
	}
	if column, ok := e.identity(ctx, s, p.identityName(), token, outcomes, o); ok {
		report = join(report, matrixReport(s, []identity{column}))
	}
	for _, l := range left {
		report.Findings = append(report.Findings, o.maker(s.Kind, p).leftover(l))
	}
	report.Findings = append(report.Findings, o.leftOutRequests(s.Kind, requests, outcomes)...)
	if o.ladder {
		report.Findings = append(seen(e.rungs(p, s, outcomes, o.noToken), o), report.Findings...)
	}
	if _, said := judge.FirstBroken(report.Findings); err != nil && o.ladder && said {
		report.Errors = append(report.Errors, err)
	} else if err != nil {
		report = join(report, failure("probe."+s.Kind, s.Kind, "Probe the "+s.Kind+" service", err, evidence.Bundle{}))
	}
	return report
}

func judgeOutcome(s Service, o probe.Outcome, write bool) Report {
	if o.Skipped != "" {
		return Report{Findings: []check.Finding{skipped("probe."+o.Request.ID, s.Kind, o.Request.Title, o.Skipped, howToHave(o, write))}}
	}
	f := judge.Probe(o.Evidence)
	f.Duration = o.Duration
	report := Report{Findings: []check.Finding{f}, Evidence: []evidence.Bundle{o.Evidence}}
	if o.Evidence.Network != nil {
		report.Errors = []error{unreachable(s.URL, o.Evidence)}
	}
	return report
}

// howToHave says how to have a skipped request sent.
func howToHave(o probe.Outcome, write bool) string {
	if o.Way == "" && !write && o.Request.After != nil {
		o.Way = probe.WayWrite
	}
	if o.Way == "" {
		return ""
	}
	return string(o.Way) + " lets it run"
}

func join(a, b Report) Report {
	return Report{Findings: append(a.Findings, b.Findings...), Evidence: append(a.Evidence, b.Evidence...),
		Matrices: append(a.Matrices, b.Matrices...), Timings: append(a.Timings, b.Timings...),
		Percentiles: append(a.Percentiles, b.Percentiles...), Errors: append(a.Errors, b.Errors...)}
}

// kinds lists the services of a profile by name.
func (p Profile) kinds() []string {
	var out []string
	for _, s := range p.services() {
		out = append(out, s.Kind)
	}
	return out
}

// titles of services in reports.
func serviceTitle(kind string) string {
	if kind == entra.DICOM {
		return "DICOM"
	}
	return "FHIR"
}
