package pipeline

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"hdstest/internal/catalogue"
	"hdstest/internal/check"
	"hdstest/internal/entra"
	"hdstest/internal/judge"
	"hdstest/internal/problem"
)

// Member is one service of one profile, in a run over many.
type Member struct {
	Env     Env
	Profile Profile
	Query   TokenQuery // Service is filled in
	Kind    string     // entra.FHIR or entra.DICOM
}

// Many is what a run over many services keeps: a row for each that was settled,
// in the order of the members, and a finding that says the same. Of the errors
// there is the first of each kind.
type Many struct {
	Report
	Services []check.Service
}

// ProbeMany probes the services of many profiles, o.Concurrency requests at once
// over all of them, and keeps one row of each: memory grows by about a kilobyte for
// a service, whatever was asked of it. settled is told of each row as it is there,
// never by two goroutines at once; nil: nobody listens. After the end of ctx no
// service is begun, and those under way have no row.
func ProbeMany(ctx context.Context, members []Member, o ProbeOptions, settled func(done int, s check.Service)) Many {
	limit := max(o.Concurrency, 1)
	workers := min(limit, len(members))
	o.Concurrency = max(limit/max(workers, 1), 1)
	o.requests = map[string][]catalogue.Request{entra.FHIR: requestsOf(entra.FHIR), entra.DICOM: requestsOf(entra.DICOM)}
	m := gathering{rows: make([]check.Service, len(members)), errors: map[problem.Kind]error{}, settled: settled}
	next := make(chan int)
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for i := range next {
				m.probe(ctx, i, members[i], o)
			}
		})
	}
	for i := range members {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	all.Wait()
	return m.many()
}

// gathering collects rows of services that are probed side by side.
type gathering struct {
	mu      sync.Mutex
	rows    []check.Service
	errors  map[problem.Kind]error // the first of each kind: each holds what was seen
	done    int
	settled func(int, check.Service)
}

func (g *gathering) probe(ctx context.Context, i int, m Member, o ProbeOptions) {
	o.Query, o.began = m.Query, m.Env.Now()
	report := m.Env.probeService(ctx, m.Profile, m.Kind, o)
	if ctx.Err() != nil {
		return
	}
	row := rowOf(m, report, m.Env.Now().Sub(o.began))
	g.mu.Lock()
	defer g.mu.Unlock()
	g.rows[i] = row
	for _, err := range report.Errors {
		if kind := problem.KindOf(err); g.errors[kind] == nil {
			g.errors[kind] = err
		}
	}
	if g.done++; g.settled != nil {
		g.settled(g.done, row)
	}
}

// rowOf sums up what was found on one service. Its texts are copies: they must not
// hold on to bodies of answers.
func rowOf(m Member, r Report, took time.Duration) check.Service {
	s, _ := m.Profile.Service(m.Kind)
	n := check.Count(r.Findings)
	row := check.Service{Profile: m.Profile.Name, Service: m.Kind, URL: s.URL, Status: r.Status(), Answer: check.AllGreen,
		Passed: n[check.Pass], Warnings: n[check.Warn], Failed: n[check.Fail], Skipped: n[check.Skip],
		Took: took, Millis: milliseconds(took)}
	if f, ok := answer(m.Kind, r.Findings); ok {
		row.Answer, row.Seen, row.Hint, row.Cause = strings.Clone(f.Title), strings.Clone(f.Seen), strings.Clone(f.Hint), strings.Clone(f.Cause)
		row.Expected, row.Source = strings.Clone(f.Expected), strings.Clone(f.Source)
	}
	return row
}

// answer is the finding that says how it stands: the first rung of the ladder that
// is broken, else the first failure, else the first warning.
func answer(kind string, all []check.Finding) (check.Finding, bool) {
	ladder := slices.DeleteFunc(slices.Clone(all), func(f check.Finding) bool { return f.Group != judge.LadderGroup(kind) })
	for _, findings := range [][]check.Finding{ladder, all} {
		if f, broken := judge.FirstBroken(findings); broken {
			return f, true
		}
	}
	i := slices.IndexFunc(all, func(f check.Finding) bool { return f.Status == check.Warn })
	if i < 0 {
		return check.Finding{}, false
	}
	return all[i], true
}

func (g *gathering) many() Many {
	out := Many{}
	for _, row := range g.rows {
		if row.Status == "" {
			continue
		}
		out.Services = append(out.Services, row)
		out.Findings = append(out.Findings, rowFinding(row))
	}
	for _, err := range g.errors {
		out.Errors = append(out.Errors, err)
	}
	slices.SortFunc(out.Errors, func(a, b error) int { return cmp.Compare(problem.KindOf(a), problem.KindOf(b)) })
	return out
}

// rowFinding says in a finding what a row says.
func rowFinding(s check.Service) check.Finding {
	f := check.Finding{ID: "probe." + s.Service + "." + strings.ReplaceAll(s.Profile, " ", "-"), Group: s.Service, Title: s.Profile + ": " + serviceTitle(s.Service),
		Status: s.Status, Expected: s.Expected, Seen: s.Answer, Hint: s.Hint, Cause: s.Cause, Source: s.Source, Duration: s.Took}
	if s.Seen != "" {
		f.Seen += ": " + s.Seen
	}
	return f
}
