package requestlog_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"hdstest/internal/sandbox/requestlog"
)

func at() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }

// answer serves one request and gives its entry.
func answer(t *testing.T, r *http.Request, handler http.HandlerFunc) requestlog.Entry {
	t.Helper()
	var out strings.Builder
	requestlog.New(&out).Wrap("login", at, handler).ServeHTTP(httptest.NewRecorder(), r)
	var e requestlog.Entry
	if err := json.Unmarshal([]byte(out.String()), &e); err != nil {
		t.Fatalf("%v in %q", err, &out)
	}
	return e
}

func TestEntry(t *testing.T) {
	r := httptest.NewRequest(http.MethodPost, "/t/oauth2/v2.0/token?client-request-id=1&secret=x", strings.NewReader("client_secret=abc"))
	r.Header.Set("User-Agent", "curl/8")
	r.Header.Set("Authorization", "Basic c2VjcmV0")
	got := answer(t, r, func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusTeapot) })
	want := requestlog.Entry{Time: at(), Service: "login", Method: "POST", Path: "/t/oauth2/v2.0/token", Status: 418, UserAgent: "curl/8"}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// TestClient: the name comes from a header, or from a service that read the
// form; a secret in its place is not kept.
func TestClient(t *testing.T) {
	for name, row := range map[string]struct{ header, form, want string }{
		"nobody says":            {"", "", ""},
		"header":                 {"MSAL.Go", "", "MSAL.Go"},
		"form":                   {"", "msal.js.node", "msal.js.node"},
		"the form is nearer":     {"MSAL.Go", "msal.js.node", "msal.js.node"},
		"a secret in the form":   {"MSAL.Go", "abc8Q~looks-like-a-secret", "MSAL.Go"},
		"a secret in the header": {"abc8Q~looks-like-a-secret", "", ""},
		"too long":               {"", strings.Repeat("a", 33), ""},
	} {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.Header.Set("x-client-SKU", row.header)
		got := answer(t, r, func(w http.ResponseWriter, r *http.Request) { requestlog.Client(r.Context(), row.form) })
		if got.Client != row.want || got.Status != 200 {
			t.Errorf("%s: %+v, want the client %q", name, got, row.want)
		}
	}
	requestlog.Client(t.Context(), "nobody.listens") // outside of a log nothing happens
}
