package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"hdstest/internal/causes"
	"hdstest/internal/check"
	"hdstest/internal/entra"
	"hdstest/internal/pipeline"
	"hdstest/internal/report"
)

// look is how tables are drawn on stdout.
func (p *program) look() report.Look {
	look := report.Look{Color: p.StdoutTerminal && !p.global.noColor && p.Environ("NO_COLOR") == "" && p.Environ("TERM") != "dumb"}
	if p.StdoutTerminal {
		look.Width = p.Width
	}
	return look
}

// show prints findings to stdout and writes the files of --report, tells the worst failure with its cause to stderr,
// and gives the exit code: of several failures the first of 2, 3, 4, 1. A run
// that was interrupted has no report: half of it would be failures of ours. What
// it left behind is told all the same.
func (p *program) show(ctx context.Context, result pipeline.Report, r report.Report) error {
	if interrupted(ctx) {
		p.tellLeftovers(result.Findings)
		return errInterrupted
	}
	r.Findings, r.Matrices, r.Timings = result.Findings, result.Matrices, result.Timings
	r.Percentiles = result.Percentiles
	r.Waterfall = p.global.timing
	p.seen.judged(result)
	if r.Services == nil {
		r.Closing = p.closing(result)
	}
	if err := p.report(r); err != nil {
		return err
	}
	others := len(result.Errors) - 1
	if r.Services != nil { // of whose errors not all are kept
		others = failures(r.Services) - 1
	}
	return p.outcome(result, others)
}

// failures counts the services that failed.
func failures(all []check.Service) int {
	n := 0
	for _, s := range all {
		if s.Status == check.Fail {
			n++
		}
	}
	return n
}

func (p *program) tellLeftovers(findings []check.Finding) {
	for _, l := range pipeline.Leftovers(findings) {
		p.say("not removed: %s", l.Seen)
		p.detail("do next", l.Hint)
	}
}

// screen is how many lines a person sees at least without scrolling.
const screen = 20

// closing repeats what failed first, with what to do next, below a table that is
// longer than a screen. Elsewhere stderr tells it, see [program.outcome].
func (p *program) closing(result pipeline.Report) []report.Note {
	i := slices.IndexFunc(result.Findings, func(f check.Finding) bool { return f.Status == check.Fail })
	if i < 0 || len(result.Findings)-i < screen || !p.onScreen() {
		return nil
	}
	first := result.Findings[i]
	notes := []report.Note{{Text: "First: " + first.Title + ": " + first.Seen}}
	if c, ok := causes.ByID(first.Cause); ok {
		notes = append(notes, report.Note{Label: "why", Text: c.Title + " [" + c.ID + "]"})
	}
	if first.Hint != "" {
		notes = append(notes, report.Note{Label: "do next", Text: first.Hint})
	}
	return notes
}

// onScreen tells whether the findings stand before a person's eyes as a table.
func (p *program) onScreen() bool { return p.StdoutTerminal && p.global.output == formTable }

// outcome gives the exit code, and says on stderr what failed where stdout is not
// a table before the person's eyes; others is how many failed besides by an error.
func (p *program) outcome(result pipeline.Report, others int) error {
	quiet := p.onScreen()
	if len(result.Errors) == 0 {
		status := result.Status()
		if status == check.Pass || status == check.Warn && !p.strict() {
			return nil
		}
		if !quiet {
			p.tellFailed(result.Findings, status)
		}
		return told{ExitFailed}
	}
	worst := code(errors.Join(result.Errors...))
	if !quiet {
		i := slices.IndexFunc(result.Errors, func(err error) bool { return code(err) == worst })
		p.tell(result.Errors[max(i, 0)])
		if others > 0 {
			p.say("and %d more, see the report", others)
		}
	}
	return told{worst}
}

// tellFailed tells the first check of the worst status, with what to do next.
func (p *program) tellFailed(findings []check.Finding, worst check.Status) {
	failed := slices.DeleteFunc(slices.Clone(findings), func(f check.Finding) bool { return f.Status != worst })
	if len(failed) == 0 {
		p.say("nothing was checked, which counts as a warning")
		return
	}
	first, what := failed[0], "check failed"
	if worst == check.Warn {
		what = "warning, which fails the run"
	}
	seen := first.Title + ": " + first.Seen
	if first.Expected != "" {
		seen += "; expected " + first.Expected
	}
	p.say("%s: %s", what, seen)
	if c, ok := causes.ByID(first.Cause); ok {
		p.detail("cause", c.Title+" ["+c.ID+"]")
	}
	p.detail("do next", first.Hint)
	if more := len(failed) - 1; more > 0 {
		p.say("and %d more, see the report", more)
	}
}

// facts are the lines below a report's title.
func (s *session) facts(services ...string) []report.Fact {
	var out []report.Fact
	add := func(name, text string) {
		if text != "" {
			out = append(out, report.Fact{Name: name, Text: text})
		}
	}
	add("profile", s.Profile)
	add("tenant", s.TenantID)
	add("app", s.ClientID)
	if slices.Contains(services, entra.FHIR) {
		add("FHIR", s.FHIR.URL)
	}
	if slices.Contains(services, entra.DICOM) {
		add("DICOM", s.DICOM.URL)
	}
	return out
}

// target is the same as JSON.
func (s *session) target() map[string]string {
	out := map[string]string{}
	for name, text := range map[string]string{"profile": s.Profile, "tenant_id": s.TenantID, "client_id": s.ClientID,
		"authority": s.profile.Authority, "fhir_url": s.FHIR.URL, "dicom_url": s.DICOM.URL} {
		if text != "" {
			out[name] = text
		}
	}
	return out
}

// progress is one line on stderr that is written over and over, where a person
// looks; elsewhere it is a line now and then.
type progress struct {
	p     *program
	mu    sync.Mutex
	dirty bool
	said  time.Time // when the last line was, or the beginning
}

func (p *program) progress() *progress { return &progress{p: p, said: p.Now()} }

// logPause is between the lines of a log that nobody looks at.
const logPause = 30 * time.Second

func (l *progress) step(done, total int, title string) {
	l.seldom(fmt.Sprintf("%d of %d  %s", done, total, title))
}

// seldom shows a text in place of the line before; where no person looks, now and
// then.
func (l *progress) seldom(text string) {
	if l.p.StderrTerminal {
		l.write(text)
	} else if l.due() {
		l.p.say("%s", text)
	}
}

// due tells whether it is time for a line of a log.
func (l *progress) due() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.p.Now()
	if now.Sub(l.said) < logPause {
		return false
	}
	l.said = now
	return true
}

func (l *progress) write(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	text = report.Escape(text)
	if r := []rune(text); l.p.Width > 0 && len(r) >= l.p.Width {
		text = string(r[:l.p.Width-1])
	}
	l.dirty = true
	fmt.Fprintf(l.p.Stderr, "\r\x1b[K%s", text)
}

func (l *progress) clear() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dirty {
		fmt.Fprint(l.p.Stderr, "\r\x1b[K")
		l.dirty = false
	}
}
