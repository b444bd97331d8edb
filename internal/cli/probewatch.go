package cli

import (
	"context"
	"time"

	"hdstest/internal/check"
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
	case o.expected && o.anonymous:
		return problem.Usagef("--expected compares what an identity may do: leave it out, or --anonymous")
	case o.watchTimeout <= 0:
		return problem.Usagef("--watch-timeout: expected a time above zero, such as 20m")
	case c.IsSet("repeat") && o.repeat < 1:
		return problem.Usagef("--repeat: expected a number above zero, not %d", o.repeat)
	case o.watch:
		return refuse("watch", "it waits for the permission to read, as the profile's identity, with tokens that it renews", "repeat", "write", "as",
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
	p.tellSeen(ctx, result)
	shown.Title, shown.Elapsed = "Watch", p.Now().Sub(began)
	return p.show(ctx, result, shown)
}

// tellSeen says after an interrupt what was seen last, of the first ones of many.
func (p *program) tellSeen(ctx context.Context, r pipeline.Report) {
	if !interrupted(ctx) {
		return
	}
	all := pipeline.WatchState(r)
	for _, text := range all[:min(len(all), fewNames)] {
		p.say("seen last: %s", text)
	}
	if more := len(all) - fewNames; more > 0 {
		p.say("and %d more", more)
	}
}

// watchMany waits until the roles count on the services of many profiles.
func (p *program) watchMany(ctx context.Context, c call, o *probeOptions, members []pipeline.Member) pipeline.Many {
	bar, settled := p.progress(), 0
	told := bar.note
	if len(members) > fewNames {
		told = bar.seldom
	}
	result := pipeline.WatchMany(ctx, members, pipeline.WatchOptions{Timeout: o.watchTimeout, Progress: told}, p.atOnce(c, o), func(n int, _ check.Service) { settled = n })
	bar.clear()
	p.tellSettled(ctx, settled, len(members))
	p.tellSeen(ctx, result.Report)
	return result
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
