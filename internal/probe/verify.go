package probe

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"hdstest/internal/catalogue"
	"hdstest/internal/entra"
)

// verify looks, after requests that must have no effect, whether they had one:
// what they name must not be there. What is there all the same is removed, and
// comes back as a fault of ours. One look does for all requests of one address.
func (r *runner) verify(ctx context.Context) []Leftover {
	ctx, cancel := r.beyond(ctx)
	defer cancel()
	var left []Leftover
	looked := map[string]bool{}
	for i := range r.outcomes {
		q := r.outcomes[i].Request
		if q.Verify == "" || r.outcomes[i].Duration == 0 || looked[q.Verify] {
			continue
		}
		looked[q.Verify] = true
		if l := r.look(ctx, q); l != nil {
			left = append(left, *l)
		}
	}
	return left
}

// look reads what a request must not have made. That the caller may not read, or
// that no answer came, tells nothing and is no fault.
func (r *runner) look(ctx context.Context, q catalogue.Request) *Leftover {
	read, ok := r.byID(q.Verify)
	if !ok {
		return nil
	}
	answer, err := r.sendPlain(ctx, read)
	if err != nil || answer.Status < 200 || answer.Status > 299 {
		return nil
	}
	undo := q
	if q.Undo != "" {
		undo, _ = r.byID(q.Undo)
	}
	gone, err := r.sendPlain(ctx, undo)
	l := r.leftover(q, undo, gone, err)
	l.Unmeant = true
	l.Removed = err == nil && slices.Contains([]int{http.StatusOK, http.StatusNoContent, http.StatusNotFound, http.StatusGone}, gone.Status)
	return l
}

// azureHost tells whether the address is one that Azure gives to its health
// services: what the profile says of the kind of server.
func azureHost(u *url.URL) bool {
	host := strings.ToLower(u.Hostname())
	return slices.ContainsFunc(entra.Clouds(), func(c entra.Cloud) bool {
		return c.HealthSuffix != "" && strings.HasSuffix(host, "."+c.HealthSuffix)
	})
}
