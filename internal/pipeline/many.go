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
// a service, whatever was asked of it. o.Progress is told of the runs of repeats. After the end of ctx no
// service is begun, and those under way have no row; what they made is removed
// first, and what could not be is among the findings all the same.
func ProbeMany(ctx context.Context, members []Member, o ManyOptions) Many {
	limit := max(o.Concurrency, 1)
	workers := min(limit, len(members))
	o.Concurrency = max(limit/max(workers, 1), 1)
	o.requests = map[string][]catalogue.Request{entra.FHIR: requestsOf(entra.FHIR), entra.DICOM: requestsOf(entra.DICOM)}
	m := gathering{o: o, few: len(members) <= few, rows: make([]check.Service, len(members)), errors: map[problem.Kind]error{}, told: map[int]check.Matrix{}}
	next := make(chan int)
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for i := range next {
				if ctx.Err() == nil {
					m.probe(ctx, i, members[i])
				}
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
	o      ManyOptions
	few    bool // of which more than the rows can be kept
	mu     sync.Mutex
	rows   []check.Service
	errors map[problem.Kind]error // the first of each kind: each holds what was seen
	left   []check.Finding        // of services without a row
	told   map[int]check.Matrix   // by the place of the row; only of a few
	done   int
	runs   int // of repeats
}

func (g *gathering) probe(ctx context.Context, i int, m Member) {
	o := g.o.ProbeOptions
	o.Query, o.Assignments, o.began = m.Query, m.Assignments, m.Env.Now()
	report, times := g.ask(ctx, m, o)
	if ctx.Err() != nil {
		g.interrupted(m, report)
		return
	}
	row := rowOf(m, report, times, m.Env.Now().Sub(o.began))
	g.mu.Lock()
	defer g.mu.Unlock()
	g.rows[i] = row
	if g.few && report.Matrices != nil {
		g.told[i] = report.Matrices[0]
	}
	for _, err := range report.Errors {
		if kind := problem.KindOf(err); g.errors[kind] == nil {
			g.errors[kind] = err
		}
	}
	if g.done++; g.o.Settled != nil {
		g.o.Settled(g.done, row)
	}
}

// ask probes one service, once or many times.
func (g *gathering) ask(ctx context.Context, m Member, o ProbeOptions) (Report, *distribution) {
	if g.o.Repeat == 0 {
		o.Progress = nil // each service is one step
		report := m.Env.probeService(ctx, m.Profile, m.Kind, o)
		return report, distributionOf(report.Evidence)
	}
	r := newRepeating(m.Env, m.Profile, m.Kind, o, func() { g.ran(m) })
	return r.run(ctx, g.o.Repeat), r.whole()
}

// ran tells of one run of the repeats of a service.
func (g *gathering) ran(m Member) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.runs++; g.o.Progress != nil {
		g.o.Progress(g.runs, g.o.Repeat*len(g.rows), "runs, now "+m.Profile.Name+" "+m.Kind)
	}
}

// interrupted keeps what a service without a row could not be rid of.
func (g *gathering) interrupted(m Member, r Report) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.left = append(g.left, leftoverFindings(check.Service{Profile: m.Profile.Name, Service: m.Kind, Leftovers: Leftovers(r.Findings)})...)
}

// rowOf sums up what was found on one service. Its texts are copies: they must not
// hold on to bodies of answers.
func rowOf(m Member, r Report, d *distribution, took time.Duration) check.Service {
	s, _ := m.Profile.Service(m.Kind)
	n := check.Count(r.Findings)
	row := check.Service{Profile: m.Profile.Name, Service: m.Kind, URL: s.URL, Status: r.Status(), Answer: check.AllGreen,
		Passed: n[check.Pass], Warnings: n[check.Warn], Failed: n[check.Fail], Skipped: n[check.Skip],
		Took: took, Millis: milliseconds(took), Leftovers: Leftovers(r.Findings)}
	row.Token, row.DNS, row.Connect, row.TLS = tokenTime(r.Timings), d.way.DNS, d.way.Connect, d.way.TLS
	row.Fits, row.Assigned, row.Unread = roles(m.Kind, r)
	if p := d.percentiles(); p.Count > 0 {
		p.ID, p.Group, p.Title = rowID(row), m.Kind, rowTitle(row)
		row.Percentiles = &p
	}
	if len(r.Findings) > 0 && n[check.Skip] == len(r.Findings) { // nothing of it was asked for
		row.Status, row.Answer, row.Seen = check.Skip, check.NotChecked, strings.Clone(r.Findings[0].Seen)
	}
	if f, ok := answer(m.Kind, r.Findings); ok {
		row.Answer, row.Seen, row.Hint, row.Cause = strings.Clone(f.Title), strings.Clone(f.Seen), strings.Clone(f.Hint), strings.Clone(f.Cause)
		row.Expected, row.Source = strings.Clone(f.Expected), strings.Clone(f.Source)
		if Leftovers([]check.Finding{f}) != nil {
			row.Answer = check.LeftBehind
		}
	}
	return row
}

// tokenTime is what the grants of a run took.
func tokenTime(all []check.Timing) (sum float64) {
	for _, t := range all {
		if t.Group == "token" {
			sum += t.Total
		}
	}
	return sum
}

// answer is the finding that says how it stands: the first rung of the ladder that
// is broken, else the first failure, else the first warning.
func answer(kind string, all []check.Finding) (check.Finding, bool) {
	ladder := slices.DeleteFunc(slices.Clone(all), func(f check.Finding) bool { return f.Group != judge.LadderGroup(kind) })
	for _, findings := range [][]check.Finding{ladder, all} {
		if f, broken := judge.FirstBroken(findings); broken {
			return orDisagreement(kind, f, all), true
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
		out.Findings = append(append(out.Findings, rowFinding(row)), leftoverFindings(row)...)
	}
	out.Findings = append(out.Findings, g.left...)
	out.Matrices = g.matrices()
	for _, err := range g.errors {
		out.Errors = append(out.Errors, err)
	}
	slices.SortFunc(out.Errors, func(a, b error) int { return cmp.Compare(problem.KindOf(a), problem.KindOf(b)) })
	return out
}

func rowID(s check.Service) string {
	return "probe." + s.Service + "." + strings.ReplaceAll(s.Profile, " ", "-")
}

func rowTitle(s check.Service) string { return s.Profile + ": " + serviceTitle(s.Service) }

// leftoverFindings say what is left on a service, each with the command that
// removes it.
func leftoverFindings(s check.Service) []check.Finding {
	var out []check.Finding
	for _, l := range s.Leftovers {
		out = append(out, check.Finding{ID: rowID(s) + leftoverID, Group: s.Service, Title: s.Profile + ": everything created on " + serviceTitle(s.Service) + " was removed",
			Status: check.Fail, Expected: "nothing left", Seen: s.Profile + " " + s.Service + ": " + l.Seen, Hint: l.Hint})
	}
	return out
}

// rowFinding says in a finding what a row says.
func rowFinding(s check.Service) check.Finding {
	f := check.Finding{ID: rowID(s), Group: s.Service, Title: rowTitle(s),
		Status: s.Status, Expected: s.Expected, Seen: s.Answer, Hint: s.Hint, Cause: s.Cause, Source: s.Source, Duration: s.Took}
	if s.Seen != "" {
		f.Seen += ": " + s.Seen
	}
	return f
}
