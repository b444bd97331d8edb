package pipeline_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"hdstest/internal/check"
	"hdstest/internal/entra"
	"hdstest/internal/pipeline"
)

// stubborn lets removals through that ask whether removing is possible, by an id
// that nothing has; it loses all others.
type stubborn struct {
	next  http.RoundTripper
	mu    sync.Mutex
	first string // id of the first removal
}

func (s *stubborn) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	id := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
	if r.Method == http.MethodDelete && s.first == "" {
		s.first = id
	}
	refuse := r.Method == http.MethodDelete && id != s.first
	s.mu.Unlock()
	if refuse {
		return &http.Response{StatusCode: 500, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
	}
	return s.next.RoundTrip(r)
}

// TestLeftoversNameTheCommand: what could not be removed is listed with a command
// that does it, as the identity that made it.
func TestLeftoversNameTheCommand(t *testing.T) {
	w := start(t, t.TempDir(), time.Minute)
	w.env.HTTP = &http.Client{Transport: &stubborn{next: w.env.HTTP.Transport}}
	r := pipeline.Probe(context.Background(), w.env, w.profile, pipeline.ProbeOptions{Services: []string{entra.FHIR},
		Query: pipeline.TokenQuery{Grant: pipeline.GrantClientCredentials}, Write: true, Selection: pipeline.Selection{Skip: []string{"permission"}}})
	var hints []string
	for _, f := range r.Findings {
		if f.ID == "probe.fhir.leftover" && f.Status == check.Fail {
			hints = append(hints, f.Hint)
		}
	}
	const want = `remove it: curl --fail-with-body -H "$(hdstest token --service fhir --output header --profile 'example')" -X DELETE '`
	kinds := []string{"/Patient/", "/Observation/", "/Patient/"} // the last one first; the first is the transaction's
	if len(hints) != len(kinds) {
		t.Fatalf("%d leftovers, want %d: %q", len(hints), len(kinds), hints)
	}
	for i, kind := range kinds {
		if !strings.HasPrefix(hints[i], want+w.profile.FHIR.URL+kind) || !strings.HasSuffix(hints[i], "'") {
			t.Errorf("%s", hints[i])
		}
	}
}
