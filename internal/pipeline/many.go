package pipeline

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"hdstest/internal/check"
	"hdstest/internal/judge"
	"hdstest/internal/probe"
	"hdstest/internal/problem"
)

// Member is one service of one profile, in a run over many.
type Member struct {
	Env     Env
	Profile Profile
	Query   TokenQuery // Service is filled in
	Kind    string     // entra.FHIR or entra.DICOM
	// Assignments are as of [ProbeOptions], by an administrator of this one's tenant.
	Assignments func(ctx context.Context, s Service, objectID string) ([]judge.Assigned, error)
}

// Many is what a run over many services keeps: a row for each that was settled,
// in the order of the members, and a finding that says the same. Of the errors
// there is the first of each kind. What the identities of a few services may do
// is set side by side.
type Many struct {
	Report
	Services []check.Service
}

// ManyOptions say how many services are probed.
type ManyOptions struct {
	ProbeOptions
	// Repeat sends what only reads this often, see [Repeat]; 0: one probe of each.
	Repeat int
	// Settled is told of each row as it is there, never by two goroutines at once; nil:
	// nobody listens.
	Settled func(done int, s check.Service)
}

// ProbeMany probes the services of many profiles, o.Concurrency requests at once
// over all of them, and keeps one row of each: memory grows by about a kilobyte for
// a service, whatever was asked of it. o.Progress is told of the runs of repeats.
//
// After the end of ctx no service is begun, and those under way have no row; what
// they made is removed first, and what could not be is among the findings all the
// same.
func ProbeMany(ctx context.Context, members []Member, o ManyOptions) Many {
	limit := max(o.Concurrency, 1)
	workers := min(limit, len(members))
	o.Concurrency = max(limit/max(workers, 1), 1)
	g := newGathering(members, o.Settled)
	brakes := sharedBrakes(members)
	g.each(ctx, workers, func(i int) {
		one := o
		one.brake = brakes[members[i].url()]
		g.probe(ctx, i, one)
	})
	return g.many()
}

// sharedBrakes has one for each service that several members are about: what it asks
// of one of them is meant for all.
func sharedBrakes(members []Member) map[string]*probe.Brake {
	seen, out := map[string]bool{}, map[string]*probe.Brake{}
	for _, m := range members {
		if seen[m.url()] && out[m.url()] == nil {
			out[m.url()] = &probe.Brake{}
		}
		seen[m.url()] = true
	}
	return out
}

func (m Member) url() string {
	s, _ := m.Profile.Service(m.Kind)
	return s.URL
}

// failed is an error of the service at a place.
type failed struct {
	at  int
	err error
}

// gathering collects rows of services that are looked at side by side.
type gathering struct {
	members []Member
	settled func(int, check.Service)
	mu      sync.Mutex
	rows    []check.Service
	errors  map[problem.Kind]failed // the first of each kind: each holds what was seen
	left    []check.Finding         // of services without a row
	told    map[int]check.Matrix    // by the place of the row; only of a few
	done    int
	runs    int // of repeats
}

func newGathering(members []Member, settled func(int, check.Service)) *gathering {
	return &gathering{members: members, settled: settled, rows: make([]check.Service, len(members)), errors: map[problem.Kind]failed{}, told: map[int]check.Matrix{}}
}

// each looks at every member, workers of them at the same time, until ctx ends.
func (g *gathering) each(ctx context.Context, workers int, look func(i int)) {
	next := make(chan int)
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for i := range next {
				if ctx.Err() == nil {
					look(i)
				}
			}
		})
	}
	for i := range g.members {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	all.Wait()
}

// probe probes a service, once or many times.
func (g *gathering) probe(ctx context.Context, i int, o ManyOptions) {
	m := g.members[i]
	o.Query, o.Assignments, o.began = m.Query, m.Assignments, m.Env.Now()
	if o.Repeat > 0 {
		r := newRepeating(m.Env, m.Profile, m.Kind, o.ProbeOptions, func() { g.ran(m, o) })
		report := r.run(ctx, o.Repeat)
		g.settle(ctx, i, report, r.whole(), o.began)
		return
	}
	o.Progress = nil // each service is one step
	report := m.Env.probeService(ctx, m.Profile, m.Kind, o.ProbeOptions)
	g.settle(ctx, i, report, distributionOf(report.Evidence), o.began)
}

// ran tells of one run of the repeats of a service.
func (g *gathering) ran(m Member, o ManyOptions) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.runs++; o.Progress != nil {
		o.Progress(g.runs, o.Repeat*len(g.rows), "runs, now "+m.Profile.Name+" "+m.Kind)
	}
}

// settle makes the row of a service, unless its run was interrupted; d is nil where
// nothing was timed.
func (g *gathering) settle(ctx context.Context, i int, r Report, d *distribution, began time.Time) {
	m := g.members[i]
	if ctx.Err() != nil {
		g.interrupted(m, r)
		return
	}
	row := timed(rowOf(m, r, m.Env.Now().Sub(began)), r, d)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.rows[i] = row
	if len(g.members) <= few && r.Matrices != nil {
		g.told[i] = r.Matrices[0]
	}
	for _, err := range r.Errors {
		kind := problem.KindOf(err)
		if first, ok := g.errors[kind]; !ok || i < first.at { // not in the order of arrival: each run says the same
			g.errors[kind] = failed{i, fmt.Errorf("%s %s: %w", m.Profile.Name, m.Kind, err)}
		}
	}
	if g.done++; g.settled != nil {
		g.settled(g.done, row)
	}
}

// interrupted keeps what a service without a row could not be rid of.
func (g *gathering) interrupted(m Member, r Report) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.left = append(g.left, leftoverFindings(check.Service{ID: MemberID(m.Profile.Name, m.Kind), Profile: m.Profile.Name, Service: m.Kind, Leftovers: Leftovers(r.Findings)})...)
}

// many is all that was gathered.
func (g *gathering) many() Many {
	out := Many{}
	for _, row := range g.rows {
		if row.Status == "" {
			continue
		}
		out.Services = append(out.Services, row)
		out.Findings = append(append(out.Findings, rowFinding(row)), leftoverFindings(row)...)
	}
	out.Findings = append(out.Findings, g.left...)
	out.Matrices = g.matrices()
	for _, f := range g.errors {
		out.Errors = append(out.Errors, f.err)
	}
	slices.SortFunc(out.Errors, func(a, b error) int { return cmp.Compare(problem.KindOf(a), problem.KindOf(b)) })
	return out
}
