package cli

import (
	"errors"
	"fmt"
	"strings"

	"hdstest/internal/causes"
	"hdstest/internal/problem"
	"hdstest/internal/report"
)

// say writes one line for the person to stderr, marked with the program's name.
func (p *program) say(format string, args ...any) {
	fmt.Fprintf(p.Stderr, "%s: %s\n", Name, report.Escape(fmt.Sprintf(format, args...)))
}

func (p *program) warn(text string) { p.say("warning: %s", text) }

// tell writes an error: what was tried and seen, and below it why that happens
// and what to do next, where the cause is known. Joined errors come one by one.
func (p *program) tell(err error) {
	for _, one := range split(err) {
		p.say("%s", one.Error())
		for _, c := range causesOf(one) {
			p.detail("why", c.Title+". "+c.Why)
			p.detail("do next", c.Fix)
		}
	}
}

func (p *program) detail(label, text string) {
	if strings.Trim(text, ". ") != "" {
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

// causesOf finds the cause that the failing step named.
func causesOf(err error) []causes.Cause {
	var own *problem.Error
	if !errors.As(err, &own) {
		return nil
	}
	if c, ok := causes.ByID(own.Cause); ok {
		return []causes.Cause{c}
	}
	return nil
}
