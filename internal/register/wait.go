package register

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"hdstest/internal/evidence"
	"hdstest/internal/problem"
)

// How long to wait for the directory. Nobody promises a bound: seconds as a
// rule, a few minutes at times; the Azure CLI tries for three minutes.
// Source: CLI:command_modules/role/custom.py:1207-1222.
const (
	patience     = 5 * time.Minute // pauses in all, for one thing
	firstPause   = 500 * time.Millisecond
	longestPause = 15 * time.Second
	settledPause = 200 * time.Millisecond
	settled      = 3 // successes in a row: each read may go to another replica

	brief = 30 * time.Second // for something that may never have been made
	young = 10 * time.Minute // age up to which it may still be on its way
)

// waiting counts tries and pauses for one thing.
type waiting struct {
	s      session
	what   string // follows "wait for": the application to be readable
	tries  int
	waited time.Duration
	limit  time.Duration // of waited; zero: patience
	last   error         // the last refusal, for its evidence
}

// pause waits before the next try: longer each time, until patience ends.
func (w *waiting) pause(ctx context.Context, seen string) error {
	w.tries++
	d := min(firstPause<<min(w.tries-1, 10), longestPause)
	if w.limit == 0 {
		w.limit = patience
	}
	if w.waited+d > w.limit {
		return w.givenUp(seen, nil)
	}
	if w.s.notify != nil {
		w.s.notify(fmt.Sprintf("waiting for %s: %s (%s so far)", w.what, seen, w.waited))
	}
	w.waited += d
	if err := w.s.sleep(ctx, d); err != nil {
		return w.givenUp(seen, err)
	}
	return nil
}

// givenUp says honestly that the time was up, not that something is wrong.
func (w *waiting) givenUp(seen string, err error) error {
	text := fmt.Sprintf("%s after %s and %d tries", seen, w.waited, w.tries)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		text += "; the time limit was reached"
	case err != nil:
		text += "; interrupted"
	}
	p := &problem.Error{Tried: "wait for " + w.what, Seen: text, Err: err}
	var last *problem.Error
	if errors.As(w.last, &last) {
		p.Evidence, p.Code, p.TraceID = last.Evidence, last.Code, last.TraceID
	}
	if p.Evidence == nil {
		p.Evidence = &evidence.Bundle{}
	}
	return p
}

// until asks again and again until the answer was yes several times in a row.
func (s session) until(ctx context.Context, what string, ask func(context.Context) (bool, error)) error {
	w := waiting{s: s, what: what}
	for good := 0; ; {
		ready, err := ask(ctx)
		if err != nil {
			return err
		}
		if !ready {
			good = 0
			if err := w.pause(ctx, "not everywhere yet"); err != nil {
				return err
			}
			continue
		}
		if good++; good >= s.settled {
			return nil
		}
		if err := s.sleep(ctx, settledPause); err != nil {
			return w.givenUp("not asked often enough", err)
		}
	}
}

// patiently repeats what the directory refuses only because a new object has
// not reached it yet.
func (s session) patiently(ctx context.Context, what string, transient func(error) bool, do func(context.Context) error) error {
	w := waiting{s: s, what: what, limit: s.limit}
	for {
		err := do(ctx)
		if err == nil || !transient(err) {
			return err
		}
		w.last = err
		if err := w.pause(ctx, "not known there yet"); err != nil {
			return err
		}
	}
}

// unready: what Graph says of a reference to an object that it has not seen yet.
// Source: FS:61387624301, FS:53276941489, FS:67142774241.
func unready(err error) bool {
	a := answered(err)
	switch a.Status {
	case http.StatusBadRequest:
		return refusedAs(err, "NoBackingApplicationObject") || mentions(a.Message, "does not reference a valid application",
			"not a valid reference update", "does not exist or one of its queried reference-property objects")
	case http.StatusForbidden:
		return mentions(a.Message, "must be in the local tenant")
	}
	return absent(err)
}

// principalUnready: what Azure Resource Manager says of a new principal.
// Source: AD:role-based-access-control/troubleshooting.md; Azure/azure-xplat-cli#2338.
func principalUnready(err error) bool {
	return refusedAs(err, "PrincipalNotFound") ||
		mentions(answered(err).Message, "Principals of type Application cannot validly be used in role assignments")
}

func mentions(message string, texts ...string) bool {
	message = strings.ToLower(message)
	for _, t := range texts {
		if strings.Contains(message, strings.ToLower(t)) {
			return true
		}
	}
	return false
}
