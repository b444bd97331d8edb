package cli

import (
	"context"
	"errors"
	"time"

	"hdstest/internal/pipeline"
	"hdstest/internal/problem"
	"hdstest/internal/report"
)

// defaultWatch is how long a role is waited for. Microsoft speaks of ten minutes.
const defaultWatch = 15 * time.Minute

// checkRuns refuses what does not go with --watch and --repeat, or is out of range.
func checkRuns(c call, o *probeOptions) error {
	refuse := func(flag, why string, others ...string) error {
		for _, other := range others {
			if c.IsSet(other) {
				return problem.Usagef("--%s does not go with --%s: %s", flag, other, why)
			}
		}
		return nil
	}
	switch {
	case c.IsSet("watch-timeout") && !o.watch:
		return problem.Usagef("--watch-timeout is for --watch: give both, or none")
	case o.admin != "" && !o.expected:
		return problem.Usagef("--admin-credential is for --expected: give both, or none")
	case o.watchTimeout <= 0:
		return problem.Usagef("--watch-timeout: expected a time above zero, such as 20m")
	case c.IsSet("repeat") && o.repeat < 1:
		return problem.Usagef("--repeat: expected a number above zero, not %d", o.repeat)
	case o.watch:
		return refuse("watch", "it waits for the permission to read, as one identity, with tokens that it renews", "repeat", "write", "as", "all",
			"expected", "anonymous", "token-file", "only", "skip", "show-body", "list", "timing")
	case o.repeat > 0 && o.write:
		return problem.Usagef("--repeat does not go with --write: it repeats what only reads, so that no run leaves more behind than the one before")
	case o.repeat > 0:
		return refuse("repeat", "it sends what only reads and shows percentiles of the times, nothing else", "as", "expected", "show-body", "list", "timing")
	}
	return nil
}

// watch waits until a role counts.
func (p *program) watch(ctx context.Context, s *session, o *probeOptions, query pipeline.TokenQuery, services []string, shown report.Report) error {
	p.goesOn()
	began, done := p.Now(), p.progress()
	result := pipeline.Watch(ctx, s.env, s.profile, pipeline.WatchOptions{Services: services, Query: query, Timeout: o.watchTimeout, Progress: done.note})
	done.clear()
	if errors.Is(ctx.Err(), context.Canceled) {
		for _, text := range pipeline.WatchState(result) {
			p.say("seen last: %s", text)
		}
	}
	shown.Title, shown.Elapsed = "Watch", p.Now().Sub(began)
	return p.show(ctx, result, shown)
}

// note shows a text in place of the line before; where no person looks it is a line
// of its own.
func (l *progress) note(text string) {
	if !l.p.StderrTerminal {
		l.p.say("%s", text)
		return
	}
	l.write(text)
}
