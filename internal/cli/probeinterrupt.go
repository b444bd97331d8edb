package cli

import (
	"context"
	"errors"
	"sync"

	"hdstest/internal/pipeline"
)

// tellRemoval says on an interrupt, while a run that writes cleans up, what is going
// on. The function that it gives ends that: nothing is told after it.
func (p *program) tellRemoval(ctx context.Context, write bool, bar *progress) (end func()) {
	if !write {
		return func() {}
	}
	told := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(told)
		if interrupted(ctx) {
			bar.say("interrupted: what was created is being removed; another interrupt leaves it there")
		}
	})
	return func() {
		if !stop() {
			<-told
		}
	}
}

// say writes a line of its own, in place of what the progress shows.
func (l *progress) say(text string) {
	l.clear()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.p.say("%s", text)
}

// interrupted tells whether the person ended it, and not its time.
func interrupted(ctx context.Context) bool { return errors.Is(ctx.Err(), context.Canceled) }

// runs counts the runs of a repeated probe while it shows them.
type runs struct {
	*progress
	counting sync.Mutex
	made, of int // as it was told last
}

// step may be called by the runs on two services at once.
func (r *runs) step(done, total int, title string) {
	r.counting.Lock()
	r.made, r.of = done, total
	r.counting.Unlock()
	r.progress.step(done, total, title)
}

// tellInterrupted says of an interrupted probe what became of what it did. What is
// left is told where the other findings would be, see [program.show].
func (p *program) tellInterrupted(ctx context.Context, o *probeOptions, result pipeline.Report, r *runs) {
	switch {
	case !interrupted(ctx):
	case o.repeat > 0 && r.of > 0:
		p.say("%d of %d runs were made; they only read", r.made, r.of)
	case o.repeat > 0:
		p.say("no run was made to its end; they only read")
	case o.write && pipeline.Leftovers(result.Findings) == nil:
		p.say("nothing that was created is left")
	}
}
