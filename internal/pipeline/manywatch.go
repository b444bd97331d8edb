package pipeline

import (
	"context"
	"fmt"
	"sync"

	"hdstest/internal/check"
)

// WatchMany watches the services of many profiles, see [Watch], all of them at the
// same time; concurrency is how many may be asked at once. A row tells how the watch
// of its service ended. o.Services and o.Query are the members' own; o.Progress is
// told after each try, with how many are settled.
//
// After the end of ctx the watches under way have no row, but a finding that says
// what was seen last.
func WatchMany(ctx context.Context, members []Member, o WatchOptions, concurrency int, settled func(done int, s check.Service)) Many {
	o.turns = make(chan struct{}, max(concurrency, 1))
	g := newGathering(members, settled)
	tell := o.Progress
	var telling sync.Mutex
	g.each(ctx, len(members), func(i int) {
		m := members[i]
		own := o
		own.Query, own.Progress = m.Query, nil
		if tell != nil {
			own.Progress = func(text string) {
				tell(fmt.Sprintf("%d of %d services settled; %s %s", g.count(), len(members), m.Profile.Name, text))
			}
		}
		s, _ := m.Profile.Service(m.Kind)
		w := &watcher{env: m.Env, profile: m.Profile, service: s, o: own, began: m.Env.Now(), telling: &telling}
		g.watched(ctx, i, w.run(ctx), w)
	})
	return g.many()
}

func (g *gathering) count() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.done
}

// watched makes the row of a watch, or keeps what was seen last.
func (g *gathering) watched(ctx context.Context, i int, r Report, w *watcher) {
	if ctx.Err() == nil {
		g.settle(ctx, i, r, nil, w.began)
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	last := r.Findings[len(r.Findings)-1]
	last.ID, last.Title = last.ID+"."+idPart(w.profile.Name), w.profile.Name+": "+last.Title
	last.Seen = w.profile.Name + " " + w.service.Kind + ": " + last.Seen
	g.left = append(g.left, last)
}
