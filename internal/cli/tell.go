package cli

import (
	"errors"
	"fmt"

	"hdstest/internal/causes"
	"hdstest/internal/diagnose"
	"hdstest/internal/problem"
	"hdstest/internal/report"
)

// say writes one line for the person to stderr, marked with the program's name.
func (p *program) say(format string, args ...any) {
	fmt.Fprintf(p.Stderr, "%s: %s\n", Name, report.Escape(fmt.Sprintf(format, args...)))
}

func (p *program) warn(text string) { p.say("warning: %s", text) }

// tell writes an error: what was tried and seen, and below it the cause and what
// to do next, where the evidence shows it. Joined errors come one by one.
func (p *program) tell(err error) {
	for _, one := range split(err) {
		p.say("%s", one.Error())
		if c, ok := causeOf(one); ok {
			p.detail("cause", c.Title+" ["+c.ID+"]")
			p.detail("do next", c.Fix)
		}
	}
}

func (p *program) detail(label, text string) {
	if text != "" {
		fmt.Fprintf(p.Stderr, "  %-8s %s\n", label, report.Escape(text))
	}
}

// split takes joined errors apart, also inside of each other.
func split(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var out []error
	for _, e := range joined.Unwrap() {
		out = append(out, split(e)...)
	}
	return out
}

// causeOf finds the cause of an error: the one that the failing step named, else
// the likeliest by its evidence. The fix has its gaps filled in.
func causeOf(err error) (causes.Cause, bool) {
	var own *problem.Error
	if !errors.As(err, &own) {
		return causes.Cause{}, false
	}
	var matches []diagnose.Match
	if own.Evidence != nil {
		matches = diagnose.Diagnose(*own.Evidence)
	}
	id := own.Cause
	if id == "" && len(matches) > 0 {
		id = matches[0].Cause
	}
	c, ok := causes.ByID(id)
	for _, m := range matches {
		if m.Cause == id {
			c.Fix = m.Fix
		}
	}
	return c, ok
}
