package pipeline

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"hdstest/internal/check"
	"hdstest/internal/entra"
	"hdstest/internal/judge"
)

// Pauses of a watch.
const (
	firstPause = 2 * time.Second
	surePause  = time.Second // between good answers
	maxPause   = 30 * time.Second
	// inARow is how many answers in a row must be good: a service has several
	// replicas, and each learns of a role for itself.
	inARow = 3
)

// WatchOptions say how long to wait, and for what.
type WatchOptions struct {
	Services []string   // entra.FHIR, entra.DICOM
	Query    TokenQuery // Service is filled in
	Timeout  time.Duration
	Progress func(text string) // told after each try, never by two goroutines at once; nil: nobody listens
	turns    chan struct{}     // holds whoever is asking; nil: all may at the same time
}

// turn waits until another one may ask, and gives the end of that.
func (o WatchOptions) turn() (done func()) {
	if o.turns == nil {
		return func() {}
	}
	o.turns <- struct{}{}
	return func() { <-o.turns }
}

// Watch waits until a role counts that was given just now: it asks for data again
// and again, in growing pauses and each time by a new connection, until a few
// answers in a row are no 403. Any other failure ends it at once, with its cause.
// The report has the ladder as it was seen last, and a finding watch.<service> that
// says how it ended; that is there as well where ctx ended it.
//
// Source: learn.microsoft.com/azure/role-based-access-control/troubleshooting: up to
// ten minutes.
func Watch(ctx context.Context, env Env, p Profile, o WatchOptions) Report {
	var all log
	var wait sync.WaitGroup
	var telling sync.Mutex
	for i, kind := range o.Services {
		s, ok := p.Service(kind)
		if !ok {
			all.add(i, notConfigured(watchID(kind), kind))
			continue
		}
		w := &watcher{env: env, profile: p, service: s, o: o, began: env.Now(), telling: &telling}
		wait.Go(func() { all.add(i, w.run(ctx)) })
	}
	wait.Wait()
	return all.report()
}

// watcher watches one service.
type watcher struct {
	env     Env
	profile Profile
	service Service
	o       WatchOptions
	began   time.Time
	telling *sync.Mutex

	rungs  []check.Finding // as each was seen last
	last   Report          // of the last try
	tries  int
	denied int
	good   int // in a row
}

func (w *watcher) run(ctx context.Context) Report {
	token := w.env.renewing(w.profile, w.service.Kind, ProbeOptions{Query: w.o.Query})
	for pause := firstPause; ; {
		report, granted := w.try(ctx, token)
		switch {
		case ctx.Err() != nil:
			return w.ended(check.Skip, check.Finding{})
		case !granted:
			return join(report, w.ended(check.Fail, report.Findings[0]))
		}
		w.note(report)
		broken, is := judge.FirstBroken(w.last.Findings)
		switch {
		case is && broken.ID != judge.AllowedID(w.service.Kind):
			return w.ended(check.Fail, broken)
		case w.good == inARow:
			return w.ended(check.Pass, check.Finding{})
		case w.left() <= 0:
			return w.ended(check.Fail, broken)
		}
		next := min(pause, w.left())
		if !is {
			next = min(surePause, w.left())
		}
		w.tell(next)
		if w.env.sleep(ctx, next) != nil {
			return w.ended(check.Skip, check.Finding{})
		}
		pause = min(2*pause, maxPause)
	}
}

// try asks once, as soon as it may; false: there is no token.
func (w *watcher) try(ctx context.Context, token *renewing) (r Report, granted bool) {
	defer w.o.turn()()
	if ctx.Err() != nil {
		return Report{}, false
	}
	value, report := token.get(ctx, w.began)
	if value.IsZero() {
		return report, false
	}
	w.env.HTTP.CloseIdleConnections() // the next one may reach another replica
	return w.env.climbBy(ctx, w.profile, w.service, value, "", w.requests()), true
}

// requests are those of the whole ladder once, then what needs the permission.
func (w *watcher) requests() []string {
	all := judge.LadderRequests(w.service.Kind)
	if w.tries == 0 {
		return all
	}
	return all[len(all)-1:]
}

// note keeps of each rung what was seen last.
func (w *watcher) note(r Report) {
	w.tries++
	if w.rungs == nil {
		w.rungs = slices.Clone(r.Findings)
	}
	for i, f := range r.Findings {
		if f.Status != check.Skip {
			w.rungs[i] = f
		}
	}
	w.last = r
	if _, broken := judge.FirstBroken(r.Findings); broken {
		w.denied, w.good = w.denied+1, 0
		return
	}
	w.good++
}

func (w *watcher) elapsed() time.Duration { return w.env.Now().Sub(w.began) }
func (w *watcher) left() time.Duration    { return w.o.Timeout - w.elapsed() }

// tell says how it stands.
func (w *watcher) tell(next time.Duration) {
	if w.o.Progress == nil {
		return
	}
	w.telling.Lock()
	defer w.telling.Unlock()
	w.o.Progress(fmt.Sprintf("%s: %s; again in %s, %s left", serviceTitle(w.service.Kind), w.state(), next.Round(time.Second), w.left().Round(time.Second)))
}

// state is what was seen last, in a few words.
func (w *watcher) state() string {
	switch {
	case w.tries == 0:
		return "nothing was seen yet"
	case w.good > 0:
		return fmt.Sprintf("allowed, %d of %d answers in a row", w.good, inARow)
	}
	return fmt.Sprintf("still 403 at try %d, after %s", w.tries, w.elapsed().Round(time.Second))
}

// ended reports the end of the watch; a skip is one that was interrupted.
func (w *watcher) ended(status check.Status, broken check.Finding) Report {
	f := check.Finding{ID: watchID(w.service.Kind), Group: w.service.Kind, Title: "The role counts", Status: status,
		Expected: fmt.Sprintf("%d answers in a row that are no 403", inARow), Source: "learn.microsoft.com/azure/role-based-access-control/troubleshooting"}
	switch {
	case status == check.Pass:
		f.Seen = fmt.Sprintf("%d answers in a row after %s; 403 %d times before", inARow, w.elapsed().Round(time.Second), w.denied)
	case status == check.Skip:
		f.Seen = w.state()
	case broken.ID == judge.AllowedID(w.service.Kind) || broken.ID == "":
		f.Seen, f.Cause = fmt.Sprintf("%s; the time of %s is up", w.state(), w.o.Timeout), broken.Cause
		f.Hint = "look whether the role is assigned at all, to this identity and on this service: hdstest rbac check; then give it more time with --watch-timeout"
	default:
		f.Seen, f.Cause, f.Hint = "the watch ended at something that waiting does not mend: "+broken.Title+": "+broken.Seen, broken.Cause, broken.Hint
	}
	return Report{Findings: append(slices.Clone(w.rungs), f), Evidence: w.last.Evidence, Errors: w.last.Errors}
}

// watchID is the id of the finding that says how a watch ended.
func watchID(kind string) string { return "watch." + kind }

// WatchState is what a watch, or each of many, saw last, for whoever interrupted it.
func WatchState(r Report) []string {
	var out []string
	for _, kind := range []string{entra.FHIR, entra.DICOM} {
		for _, f := range r.Findings {
			switch {
			case f.ID == watchID(kind):
				out = append(out, serviceTitle(kind)+": "+f.Seen)
			case strings.HasPrefix(f.ID, watchID(kind)+"."):
				out = append(out, f.Seen)
			}
		}
	}
	return out
}
