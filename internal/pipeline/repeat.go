package pipeline

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"hdstest/internal/catalogue"
	"hdstest/internal/check"
	"hdstest/internal/probe"
	"hdstest/internal/secret"
)

const (
	longestRest = 10 * time.Minute // that a service may ask for
	maxLost     = 3                // runs in a row without a connection
)

// Repeat sends what only reads n times to each service, one run after the other,
// and keeps of each request the distribution of its times, the first failure and
// how often it failed: memory does not grow with n. The runs of services go side by
// side. What a 429 or 503 asks for holds back all requests to its service.
// o.Progress is told after each run of all services.
func Repeat(ctx context.Context, env Env, p Profile, o ProbeOptions, n int) Report {
	o.began = env.Now()
	tell, total, done := o.Progress, n*len(o.Services), 0
	var telling sync.Mutex
	ran := func() {
		telling.Lock()
		defer telling.Unlock()
		if done++; tell != nil {
			tell(done, total, "runs")
		}
	}
	var all log
	var wait sync.WaitGroup
	for i, kind := range o.Services {
		r := newRepeating(env, p, kind, o, ran)
		wait.Go(func() { all.add(i, r.run(ctx, n)) })
	}
	wait.Wait()
	return all.report()
}

// newRepeating prepares the runs on a service of the profile; ran is told of each.
func newRepeating(env Env, p Profile, kind string, o ProbeOptions, ran func()) *repeating {
	s, _ := p.Service(kind)
	return &repeating{env: env, profile: p, kind: kind, service: s, o: o, ran: ran, brake: cmp.Or(o.brake, &probe.Brake{}), byID: map[string]*repeated{}}
}

// repeating is the runs on one service.
type repeating struct {
	env     Env
	profile Profile
	kind    string
	service Service // zero: it is not configured
	o       ProbeOptions
	ran     func()
	brake   *probe.Brake
	byID    map[string]*repeated
	order   []string
	report  Report // of tokens and of how it ended
	lost    int    // runs in a row
}

// repeated is what is kept of one request.
type repeated struct {
	*distribution
	sent  int
	first check.Finding // the first failure, else the first finding
}

func (r *repeating) run(ctx context.Context, n int) Report {
	if r.service.URL == "" {
		return notConfigured("probe."+r.kind, r.kind)
	}
	requests := slices.DeleteFunc(catalogue.AllFor(r.service.Kind), func(q catalogue.Request) bool {
		return q.Effect != catalogue.EffectNone || q.After != nil || q.HealthDataServicesOnly
	})
	if !slices.ContainsFunc(requests, r.o.wantsRequest) {
		return Report{Findings: r.o.leftOutRequests(r.service.Kind, requests, nil)}
	}
	token := r.env.renewing(r.profile, r.service.Kind, r.o)
	for i := range n {
		value, granted := token.get(ctx, r.o.began)
		if i == 0 || len(granted.Errors) > 0 {
			r.report = join(r.report, granted)
		}
		if len(granted.Errors) > 0 || !r.rest(ctx) || !r.once(ctx, value, requests) {
			break
		}
		r.ran()
	}
	return r.sum()
}

// rest waits where the service asked for more time than a single run may wait.
func (r *repeating) rest(ctx context.Context) bool {
	wait := r.brake.Until().Sub(r.env.Now())
	switch {
	case ctx.Err() != nil:
		return false
	case wait <= 0:
		return true
	case wait > longestRest:
		r.report.Findings = append(r.report.Findings, check.Finding{ID: "repeat." + r.service.Kind, Group: r.service.Kind, Title: "Every repeat was made", Status: check.Warn,
			Seen: fmt.Sprintf("the service asked not to be called for %s", wait.Round(time.Second)), Expected: "a Retry-After of ten minutes at most",
			Cause: "service.throttled", Hint: "repeat it later, with fewer repeats or a smaller --concurrency", Source: "RFC 9110 section 10.2.3"})
		return false
	}
	r.env.notify("%s asked not to be called for %s", serviceTitle(r.service.Kind), wait.Round(time.Second))
	return r.env.sleep(ctx, wait) == nil
}

// once makes one run and tells whether another makes sense.
func (r *repeating) once(ctx context.Context, token secret.Value, requests []catalogue.Request) bool {
	target := r.service.target(token)
	target.Anonymous = r.o.Anonymous
	vars := r.profile.Vars()
	maps.Copy(vars, r.o.Vars)
	only, skip := r.o.forProbe(requests)
	outcomes, _, err := probe.Run(ctx, target, requests, probe.Options{HTTP: r.env.HTTP, Now: r.env.Now, Rand: r.env.Rand, Vars: vars,
		Only: only, Skip: skip, Concurrency: r.o.Concurrency, Sleep: r.env.Sleep, Brake: r.brake})
	if ctx.Err() != nil {
		return false
	}
	facts := around(r.service, token, outcomes)
	for i := range outcomes {
		r.count(facts, &outcomes[i])
	}
	if err == nil {
		r.lost = 0
		return true
	}
	if r.lost++; r.lost == 1 && r.report.Errors == nil {
		r.report.Errors = []error{err}
	}
	return r.lost < maxLost
}

// count adds an outcome. It is judged if it says something new.
func (r *repeating) count(facts surroundings, o *probe.Outcome) {
	k := r.byID[o.Request.ID]
	if k == nil {
		k = &repeated{distribution: newDistribution()}
		r.byID[o.Request.ID], r.order = k, append(r.order, o.Request.ID)
	}
	if o.Skipped == "" {
		k.sent++
		k.answered(o.Evidence.Response, !o.Passed)
	}
	if k.first.ID != "" && (o.Passed || o.Skipped != "" || k.first.Status == check.Fail || k.first.Status == check.Warn) {
		return
	}
	facts.complete(o)
	r.env.saw(o.Evidence)
	one := judgeOutcome(r.service, *o, false)
	facts.override(&one.Findings[0], o.Evidence)
	k.first = one.Findings[0]
}

// sum makes the findings and percentiles, in the order of the catalogue.
func (r *repeating) sum() Report {
	out := r.report
	for _, id := range r.order {
		k := r.byID[id]
		f, p := k.first, k.percentiles()
		if n := p.Failed(); n > 0 {
			f.Seen = fmt.Sprintf("%s (the first of %d failures in %d)", f.Seen, n, k.sent)
		}
		out.Findings = append(out.Findings, f)
		if k.sent > 0 {
			p.ID, p.Group, p.Title = f.ID, f.Group, f.Title
			out.Percentiles = append(out.Percentiles, p)
		}
	}
	return out
}

// whole is the distribution over all requests.
func (r *repeating) whole() *distribution {
	d := newDistribution()
	for _, k := range r.byID {
		d.add(k.distribution)
	}
	return d
}
