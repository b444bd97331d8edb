package probe

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"hdstest/internal/catalogue"
	"hdstest/internal/transport"
)

const defaultCleanup = 30 * time.Second

// cleanup removes what was created and is still there, the last first. It has a
// time limit of its own and runs also when ctx has ended.
func (r *runner) cleanup(ctx context.Context) []Leftover {
	ctx, cancel := r.beyond(ctx)
	defer cancel()
	var left []Leftover
	for _, created := range slices.Backward(r.created) {
		undo, ok := r.byID(created.Undo)
		if !ok || r.undone[undo.ID] {
			continue
		}
		if l := r.undo(ctx, created, undo); l != nil {
			left = append(left, *l)
		}
	}
	return left
}

// beyond gives a context that outlives ctx by the time for cleaning up.
func (r *runner) beyond(ctx context.Context) (context.Context, context.CancelFunc) {
	limit := r.o.CleanupTime
	if limit <= 0 {
		limit = defaultCleanup
	}
	return context.WithTimeout(context.WithoutCancel(ctx), limit)
}

// undo sends the request that removes. If its variables have no value, since
// the answer to the creation was lost, it first looks for what there is.
func (r *runner) undo(ctx context.Context, created, undo catalogue.Request) *Leftover {
	if _, err := undo.Address(r.vars); err != nil {
		found, leftover := r.find(ctx, created)
		if !found {
			return leftover
		}
	}
	answer, err := r.sendPlain(ctx, undo)
	gone := []int{http.StatusOK, http.StatusAccepted, http.StatusNoContent, http.StatusNotFound, http.StatusGone}
	if err == nil && answer.Status == http.StatusNotFound && r.stillThere(ctx, undo) {
		err = errStillThere
	}
	if err == nil && slices.Contains(gone, answer.Status) {
		r.undone[undo.ID] = true
		r.noteRemoval(undo, answer)
		return nil
	}
	return r.leftover(created, undo, answer, err)
}

// errStillThere is why a 404 to a removal does not count.
var errStillThere = errors.New("status 404, and yet it can be read: the server has no DELETE there")

// stillThere reads what a DELETE did not find. A server without DELETE may answer
// 404 to each, as to any way that it does not know.
func (r *runner) stillThere(ctx context.Context, undo catalogue.Request) bool {
	look := catalogue.Request{Method: http.MethodGet, Path: undo.Path, Service: undo.Service, Auth: undo.Auth, Headers: undo.Headers}
	if undo.Service == catalogue.DICOM && strings.HasPrefix(undo.Path, "/studies/") {
		look.Path += "/metadata" // the same everywhere, and small
	}
	answer, err := r.sendPlain(ctx, look)
	return err == nil && answer.Status == http.StatusOK && len(answer.Body) > 0
}

// find looks for what a lost answer may have created. It tells whether there is
// something of this run, or else gives the leftover that it could not find out
// about. An answer that is not as expected may be of someone else's resource.
func (r *runner) find(ctx context.Context, created catalogue.Request) (bool, *Leftover) {
	search, ok := r.byID(created.Find)
	if !ok {
		return false, r.leftover(created, created, transport.Answer{}, fmt.Errorf("its id was never seen"))
	}
	answer, err := r.sendPlain(ctx, search)
	if err != nil || answer.Status != http.StatusOK {
		l := r.leftover(created, search, answer, err)
		l.Find = true
		return false, l
	}
	seen := read(search, answer)
	if _, some := catalogue.Path("entry[0]").Lookup(seen.doc); seen.doc != nil && !some {
		return false, nil // nothing was created
	}
	if mismatch := compare(search.Expect, answer, seen, r.base, r.vars); mismatch != nil {
		l := r.leftover(created, search, answer, errors.New(strings.Join(mismatch, "; ")))
		l.Find = true
		return false, l
	}
	r.capture(search, answer, seen.doc)
	return true, nil
}

// sendPlain sends a request whose answer is no outcome. It cleans up: it goes out
// once also where the service asked for more time than there is.
func (r *runner) sendPlain(ctx context.Context, q catalogue.Request) (transport.Answer, error) {
	req, err := r.build(q)
	if err != nil {
		return transport.Answer{}, err
	}
	answer, _, err := r.sendPatiently(ctx, ctx, q, req)
	if braked := (*brakedError)(nil); errors.As(err, &braked) {
		answer, _, err = r.send(ctx, req)
	}
	return answer, err
}

// noteRemoval corrects the outcome of a delete that was skipped or failed before.
func (r *runner) noteRemoval(undo catalogue.Request, a transport.Answer) {
	i := slices.IndexFunc(r.outcomes, func(o Outcome) bool { return o.Request.ID == undo.ID })
	if i < 0 || r.outcomes[i].Skipped == "" {
		return
	}
	o := &r.outcomes[i]
	o.Skipped = ""
	o.Duration = max(time.Duration(a.Timing.Total*float64(time.Millisecond)), 1)
	r.note(o, undo, a, 0)
}

func (r *runner) leftover(created, how catalogue.Request, a transport.Answer, err error) *Leftover {
	address, addressErr := r.address(how, r.vars)
	if addressErr != nil {
		address = r.base.String() + how.Template()
	}
	reason := fmt.Sprintf("status %d", a.Status)
	if err != nil {
		reason = err.Error()
	}
	return &Leftover{Request: created.ID, Method: how.Method, URL: address, Status: a.Status, Reason: keptText(reason, r.token)}
}

func (r *runner) byID(id string) (catalogue.Request, bool) {
	i := slices.IndexFunc(r.all, func(q catalogue.Request) bool { return q.ID == id })
	if i < 0 {
		return catalogue.ByID(id)
	}
	return r.all[i], true
}
