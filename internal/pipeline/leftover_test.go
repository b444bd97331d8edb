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

// stubborn lets the first removal through, which asks whether removing is
// possible, and those of the same address; it loses all others.
type stubborn struct {
	next  http.RoundTripper
	mu    sync.Mutex
	first string
}

func (s *stubborn) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	if r.Method == http.MethodDelete && s.first == "" {
		s.first = r.URL.Path
	}
	refuse := r.Method == http.MethodDelete && !strings.HasSuffix(r.URL.Path, s.first[strings.LastIndex(s.first, "/")+1:])
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
	if len(hints) != 2 {
		t.Fatalf("%d leftovers, want Patient and Observation: %q", len(hints), hints)
	}
	const want = `remove it: curl --fail-with-body -H "$(hdstest token --service fhir --output header --profile 'example')" -X DELETE '`
	for i, kind := range []string{"/Observation/", "/Patient/"} {
		if !strings.HasPrefix(hints[i], want+w.profile.FHIR.URL+kind) || !strings.HasSuffix(hints[i], "'") {
			t.Errorf("%s", hints[i])
		}
	}
}
