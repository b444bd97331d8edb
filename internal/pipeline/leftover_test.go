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
// that nothing has; it refuses all others.
type stubborn struct {
	next   http.RoundTripper
	status int // of the others
	mu     sync.Mutex
	first  string // id of the first removal
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
		return &http.Response{StatusCode: s.status, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
	}
	return s.next.RoundTrip(r)
}

// TestLeftoversNameTheCommand: what could not be removed is listed with a command
// that does it, as the identity that made it; where the server has no DELETE, with
// what to do instead.
func TestLeftoversNameTheCommand(t *testing.T) {
	w := start(t, t.TempDir(), time.Minute)
	client := w.env.HTTP
	w.profile.CAFile = "it's/ca.pem"
	const own = `remove it: curl --fail-with-body --cacert 'it'\''s/ca.pem' -H "$(hdstest token --service fhir --output header --profile 'example')" -X DELETE '`
	const noDelete = "the server has no DELETE for it: remove it by the server's own interface, and probe there without --write; it is "
	for name, row := range map[string]struct {
		status int
		given  bool
		want   string
		end    string
	}{
		"fails":              {500, false, own, "'"},
		"forbidden":          {403, false, own, "'"},
		"Orthanc's word":     {400, false, noDelete, ""},
		"not allowed":        {405, false, noDelete, ""},
		"not implemented":    {501, false, noDelete, ""},
		"not found, is read": {404, false, noDelete, ""},
		"with a given token": {500, true, `remove it: curl --fail-with-body --cacert 'it'\''s/ca.pem' -H "Authorization: Bearer $TOKEN" -X DELETE '`, "'"},
	} {
		t.Run(name, func(t *testing.T) {
			w.env.HTTP = &http.Client{Transport: &stubborn{next: client.Transport, status: row.status}}
			o := pipeline.ProbeOptions{Services: []string{entra.FHIR}, Query: pipeline.TokenQuery{Grant: pipeline.GrantClientCredentials},
				Write: true, Selection: pipeline.Selection{Skip: []string{"permission"}}}
			if row.given {
				o.Token = w.token(t, entra.FHIR)
			}
			r := pipeline.Probe(context.Background(), w.env, w.profile, o)
			var hints []string
			for _, f := range r.Findings {
				if f.ID == "probe.fhir.leftover" && f.Status == check.Fail {
					hints = append(hints, f.Hint)
				}
			}
			kinds := []string{"/Patient/", "/Observation/", "/Patient/"} // the last one first; the first is the transaction's
			if len(hints) != len(kinds) {
				t.Fatalf("%d leftovers, want %d: %q", len(hints), len(kinds), hints)
			}
			for i, kind := range kinds {
				if !strings.HasPrefix(hints[i], row.want+w.profile.FHIR.URL+kind) || !strings.HasSuffix(hints[i], row.end) {
					t.Errorf("%s", hints[i])
				}
			}
		})
	}
}
