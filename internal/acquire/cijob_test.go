package acquire_test

import (
	"context"
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hdstest/internal/acquire"
	"hdstest/internal/problem"
	"hdstest/internal/secret"
	"hdstest/internal/transport"
)

const jobToken = "c4naryjobtoken"

// ci is a CI system of a test, and a client that trusts it.
func ci(t *testing.T, answer http.HandlerFunc) (url string, client *http.Client) {
	t.Helper()
	server := httptest.NewTLSServer(answer)
	t.Cleanup(server.Close)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	client, err := transport.New(transport.Options{CAFile: ca})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	return server.URL, client
}

// TestGitHubActions: the job's token is presented, the audience added to the
// query that is there, and the answer's value is the assertion.
func TestGitHubActions(t *testing.T) {
	calls := 0
	address, client := ci(t, func(w http.ResponseWriter, r *http.Request) {
		calls++
		if r.Method != "GET" || r.Header.Get("Authorization") != "Bearer "+jobToken || r.URL.Query().Get("api-version") != "2.0" ||
			r.URL.Query().Get("audience") != "api://AzureADTokenExchange" {
			t.Errorf("asked %s %s with %v", r.Method, r.URL, r.Header)
		}
		writeJSON(w, 200, map[string]any{"count": 7, "value": "jwt"})
	})
	give := acquire.GitHubActions{URL: address + "/id?api-version=2.0", Token: secret.New(jobToken), Audience: "api://AzureADTokenExchange"}.Assertion(client)
	for range 2 {
		if got, err := give(t.Context()); got != "jwt" || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
	}
	if calls != 2 {
		t.Errorf("%d requests; want one for each use", calls)
	}
}

func TestAzurePipelines(t *testing.T) {
	address, client := ci(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != "POST" || r.Header.Get("Authorization") != "Bearer "+jobToken || r.Header.Get("X-TFS-FedAuthRedirect") != "Suppress" ||
			r.URL.Query().Get("api-version") != "7.1" || r.URL.Query().Get("serviceConnectionId") != "connection" {
			t.Errorf("asked %s %s with %v", r.Method, r.URL, r.Header)
		}
		writeJSON(w, 200, map[string]any{"oidcToken": "jwt"})
	})
	job := acquire.AzurePipelines{URL: address + "/oidc", Token: secret.New(jobToken), ServiceConnection: "connection"}
	if got, err := job.Assertion(client)(t.Context()); got != "jwt" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestCIRefusals(t *testing.T) {
	for name, tc := range map[string]struct {
		answer http.HandlerFunc
		url    func(string) string
		kind   problem.Kind
		says   string
	}{
		"wrong token":    {func(w http.ResponseWriter, _ *http.Request) { http.Error(w, jobToken, http.StatusUnauthorized) }, nil, problem.NoToken, "status 401 Unauthorized"},
		"redirect":       {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/x", http.StatusFound) }, nil, problem.NoToken, "status 302"},
		"no JSON":        {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(jobToken)) }, nil, problem.NoToken, "has no value"},
		"another field":  {func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, 200, map[string]any{"token": "x"}) }, nil, problem.NoToken, "has no value"},
		"no text":        {func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, 200, map[string]any{"value": 1}) }, nil, problem.NoToken, "has no value"},
		"http":           {nil, func(u string) string { return strings.Replace(u, "https", "http", 1) }, problem.NoToken, "no https address"},
		"not an address": {nil, func(string) string { return ":" }, problem.NoToken, "no https address"},
		"nobody there":   {nil, func(string) string { return "https://127.0.0.1:1/" }, problem.Unreachable, "refused"},
	} {
		t.Run(name, func(t *testing.T) {
			address, client := ci(t, tc.answer)
			if tc.url != nil {
				address = tc.url(address)
			}
			_, err := acquire.GitHubActions{URL: address, Token: secret.New(jobToken), Audience: "a"}.Assertion(client)(t.Context())
			if err == nil || problem.KindOf(err) != tc.kind || !strings.Contains(err.Error(), tc.says) || strings.Contains(err.Error(), jobToken) {
				t.Errorf("error %v", err)
			}
		})
	}
}

// TestUnreachableIssuer: what the assertion's issuer does not answer is not
// called a refusal by the authority.
func TestUnreachableIssuer(t *testing.T) {
	a := newAuthority(t)
	s := a.settings(acquire.Credential{})
	s.Credential.Assertion = acquire.GitHubActions{URL: "https://127.0.0.1:1/", Token: secret.New(jobToken)}.Assertion(s.HTTP)
	_, b, err := acquire.ClientCredentials(t.Context(), s, scope)
	if problem.KindOf(err) != problem.Unreachable || b.Network == nil || !strings.Contains(err.Error(), "GitHub Actions") {
		t.Errorf("error %v, evidence %+v", err, b.Network)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, _, err := acquire.ClientCredentials(ctx, s, scope); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}
