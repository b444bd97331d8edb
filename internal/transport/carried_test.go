package transport_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"hdstest/internal/transport"
)

// TestSecretsAreToldBeforeTheyAreSent: of headers and forms, and of nothing else.
func TestSecretsAreToldBeforeTheyAreSent(t *testing.T) {
	var mu sync.Mutex
	var told []string
	var sent string
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if len(told) == 0 {
			t.Error("the request came before its secrets were told")
		}
		if got, _ := io.ReadAll(r.Body); string(got) != sent {
			t.Errorf("the server got %q of %q", got, sent)
		}
	}))
	t.Cleanup(server.Close)
	client, err := transport.New(transport.Options{Secret: func(s string) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, s)
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	for name, row := range map[string]struct {
		form, authorization string
		want                []string
	}{
		"bearer":        {"", "Bearer a.b.c", []string{"a.b.c"}},
		"basic":         {"", "Basic dTpw", []string{"dTpw"}},
		"secret":        {"client_id=x&client_secret=p%2Bw%26&scope=s", "", []string{"p+w&"}},
		"assertion":     {"client_assertion_type=t&client_assertion=j.w.t", "", []string{"j.w.t"}},
		"code":          {"grant_type=authorization_code&code=c0de&code_verifier=v", "", []string{"c0de", "v"}},
		"refresh token": {"refresh_token=r1", "", []string{"r1"}},
		"sign-in page":  {"login=user%40x&passwd=pw", "", []string{"pw"}},
	} {
		told, sent = nil, row.form
		req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, server.URL, strings.NewReader(row.form))
		if err != nil {
			t.Fatal(err)
		}
		if row.form != "" {
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		if row.authorization != "" {
			req.Header.Set("Authorization", row.authorization)
		}
		resp, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if !slices.Equal(told, row.want) {
			t.Errorf("%s: told %q, want %q", name, told, row.want)
		}
	}
}
