package cli

import (
	"context"
	"fmt"

	"hdstest/internal/problem"
	"hdstest/internal/report"
)

// confirm lets a person decide before anything changes in a tenant. yes is the
// flag --yes; without it and without a terminal nothing is changed. A sandbox in
// this process is nobody's.
func (p *program) confirm(ctx context.Context, question string, yes bool) error {
	switch {
	case yes || p.global.sandbox:
		return nil
	case p.Ask == nil:
		return problem.Usagef("nothing was changed: without a terminal to ask at, --yes is needed")
	}
	answer, err := p.Ask(ctx, fmt.Sprintf("%s [y/N] ", report.Escape(question)))
	if err != nil {
		return fmt.Errorf("nothing was changed: read the answer from the terminal: %w", err)
	}
	if !answer {
		return problem.Usagef("nothing was changed: it was not confirmed")
	}
	return nil
}
