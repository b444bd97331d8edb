package judge

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"
	"time"

	"hdstest/internal/catalogue"
	"hdstest/internal/check"
	"hdstest/internal/evidence"
)

// Probe judges one request to a service by the evidence of the exchange: what
// the catalogue expects of the answer was compared when it came. Its id is
// probe.<request's id>.
func Probe(b evidence.Bundle) check.Finding {
	f := check.Finding{ID: "probe", Group: b.Service, Title: "Request", Status: check.Pass}
	if b.Request != nil {
		f.ID, f.Title = "probe."+b.Request.ID, strings.TrimSpace(b.Request.Method+" "+b.Request.Path)
		if r, ok := catalogue.ByID(b.Request.ID); ok {
			f.Title, f.Source, f.Group = r.Title, r.Source, cmp.Or(b.Service, r.Service)
		}
	}
	if r := b.Response; r != nil {
		f.Expected, f.Seen = r.Expected, answer(r)
		if r.Timing != nil {
			f.Duration = time.Duration(r.Timing.Total * float64(time.Millisecond))
		}
	}
	switch {
	case b.Network != nil:
		f.Status = check.Fail
		f.Seen = strings.TrimPrefix(f.Seen+"; ", "; ") + cmp.Or(b.Network.TLSError, b.Network.Error, b.Network.Kind, "no answer")
	case b.Response == nil:
		f.Status, f.Seen = check.Skip, "it was not sent"
	case len(b.Response.Mismatch) > 0:
		f.Status = check.Fail
	}
	if f.Status == check.Fail {
		return WithCause(f, b)
	}
	return f
}

// answer is the status and what else did not fit. That the status itself did
// not fit is seen from the two beside each other.
func answer(r *evidence.Response) string {
	var parts []string
	if r.Status != 0 {
		parts = append(parts, strings.TrimSpace(fmt.Sprintf("%d %s", r.Status, http.StatusText(r.Status))))
	}
	for _, m := range r.Mismatch {
		if r.Status == 0 || !strings.HasPrefix(m, fmt.Sprintf("status %d,", r.Status)) {
			parts = append(parts, m)
		}
	}
	return strings.Join(parts, "; ")
}
