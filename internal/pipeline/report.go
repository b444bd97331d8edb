package pipeline

import (
	"cmp"
	"slices"
	"sync"

	"hdstest/internal/check"
	"hdstest/internal/evidence"
	"hdstest/internal/judge"
	"hdstest/internal/problem"
)

// Report is what a run found.
type Report struct {
	Findings []check.Finding
	Evidence []evidence.Bundle // what the findings were judged from
	Matrices []check.Matrix    // what identities may do, one for each service
	Timings  []check.Timing    // how long each exchange took, in the order of the findings
	// Percentiles are the times of requests that were sent many times.
	Percentiles []check.Percentiles
	// Errors are failures that end in an exit code of their own: no token, not
	// reachable. Each has a finding as well.
	Errors []error
}

// Status is the worst of the findings.
func (r Report) Status() check.Status { return check.Overall(r.Findings) }

// log collects a report from steps that run side by side. Findings keep the
// order of their sections, not of their arrival.
type log struct {
	mu       sync.Mutex
	sections []section
}

type section struct {
	order  int
	report Report
}

// add puts a step's findings at its place in the order.
func (l *log) add(order int, r Report) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sections = append(l.sections, section{order, r})
}

func (l *log) report() Report {
	l.mu.Lock()
	defer l.mu.Unlock()
	slices.SortStableFunc(l.sections, func(a, b section) int { return cmp.Compare(a.order, b.order) })
	var all Report
	for _, s := range l.sections {
		all.Findings = append(all.Findings, s.report.Findings...)
		all.Evidence = append(all.Evidence, s.report.Evidence...)
		all.Matrices = append(all.Matrices, s.report.Matrices...)
		all.Timings = append(all.Timings, s.report.Timings...)
		all.Percentiles = append(all.Percentiles, s.report.Percentiles...)
		all.Errors = append(all.Errors, s.report.Errors...)
	}
	return all
}

// judged adds the cause to a finding of our own making that failed.
func judged(f check.Finding, b evidence.Bundle) check.Finding {
	if f.Status == check.Fail || f.Status == check.Warn {
		return judge.WithCause(f, b)
	}
	return f
}

// skipped makes the finding of something that was not tried.
func skipped(id, group, title, why, how string) check.Finding {
	return check.Finding{ID: id, Group: group, Title: title, Status: check.Skip, Seen: why, Hint: how}
}

// failure makes the finding of a step that ended in an error. Both are in the
// report: people read the finding, the exit code comes from the error.
func failure(id, group, title string, err error, b evidence.Bundle) Report {
	f := judged(check.Finding{ID: id, Group: group, Title: title, Status: check.Fail, Seen: err.Error()}, b)
	return Report{Findings: []check.Finding{f}, Evidence: []evidence.Bundle{b}, Errors: []error{err}}
}

// unreachable is the error of an exchange that got no answer, or half of one.
func unreachable(what string, b evidence.Bundle) error {
	return &problem.Error{Kind: problem.Unreachable, Tried: "reach " + what, Seen: b.Network.Words(), Evidence: &b}
}
