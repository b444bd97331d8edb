//go:build e2e

package e2e_test

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"hdstest/internal/catalogue"
	"hdstest/internal/secret"
)

// hostileSecret has what a shell, a form, a URL, JSON, YAML or a tool of ours
// would take for something else. It has no {{name}}: httpYac and Bruno replace
// that in every value.
const hostileSecret = `p+w&r=d %2F"'$#\ $(id) ${HOME} %PATH% <@` + "\u00fc\u2019\nsecond // line;"

// tokenEndpoint answers every POST with a token that no service takes, and keeps
// what was sent as secret and as assertion.
type tokenEndpoint struct {
	*httptest.Server
	caFile string
	mu     sync.Mutex
	form   map[string][]string
}

func startTokenEndpoint(t *testing.T) *tokenEndpoint {
	t.Helper()
	e := &tokenEndpoint{form: map[string][]string{}}
	e.Server = httptest.NewTLSServer(http.HandlerFunc(e.answer))
	t.Cleanup(e.Close)
	e.caFile = filepath.Join(t.TempDir(), "ca.pem")
	data := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: e.Certificate().Raw})
	if err := os.WriteFile(e.caFile, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return e
}

func (e *tokenEndpoint) answer(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost || r.ParseForm() != nil {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for name, values := range r.PostForm {
		e.form[name] = append(e.form[name], values...)
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(`{"token_type":"Bearer","expires_in":3599,"access_token":"not.a.token"}`))
}

// sent gives the values of a field since the last call, without doubles.
func (e *tokenEndpoint) sent(field string) []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	values := e.form[field]
	slices.Sort(values)
	e.form = map[string][]string{}
	return slices.Compact(values)
}

// TestHostileSecretsArrive gives each tool an export with the secret in its
// environment file, as --include-secrets writes it.
func TestHostileSecretsArrive(t *testing.T) {
	e := startTokenEndpoint(t)
	s := sandbox{home: t.TempDir(), info: info{CAFile: e.caFile}}
	in := sandbox{info: info{TenantID: "tenant", ClientID: "client", LoginURL: e.URL, FHIRURL: e.URL, DICOMURL: e.URL}}.input()
	in.IncludeSecrets, in.ClientSecret = true, secret.New(hostileSecret)
	tools := append(exportTools(), exportTool{client: "newman", export: []string{"postman"},
		run: func(t *testing.T, s sandbox, dir string, _ exportRun) (result, int) {
			r, _ := s.newman(t, dir)
			return r, 0
		}})
	for _, tool := range tools {
		t.Run(tool.client, func(t *testing.T) {
			dir := rendered(t, tool.export, in)
			o := exportRun{secret: hostileSecret} // JetBrains' private file is written again, by another hand
			if tool.client != "httpYac (JetBrains)" {
				o.secret = ""
			}
			if tool.client == "httpYac" {
				runFromFile(t, s, dir)
			} else {
				tool.run(t, s, dir, o)
			}
			if got := e.sent("client_secret"); !slices.Equal(got, []string{hostileSecret}) {
				t.Errorf("got  %q\nwant %q", got, hostileSecret)
			}
		})
	}
}

// runFromFile runs httpYac without a secret on the command line, which would go
// before the file.
func runFromFile(t *testing.T, s sandbox, dir string) {
	t.Helper()
	s.httpYac(t, dir, exportRun{}, []string{"hdstest-e2e.http"})
}

// TestAssertionInPlaceOfTheSecret: an app without a secret, whose certificate or
// federation signs. The sandbox takes its own federated token as an assertion.
func TestAssertionInPlaceOfTheSecret(t *testing.T) {
	s := startSandbox(t)
	data, err := os.ReadFile(s.FederatedTokenFile)
	if err != nil {
		t.Fatal(err)
	}
	assertion := map[string]string{catalogue.VarAssertion: strings.TrimSpace(string(data))}
	for _, tool := range exportTools() {
		if tool.client == "httpYac (JetBrains)" {
			continue // its Security block has no assertion
		}
		t.Run(tool.client, func(t *testing.T) {
			r, n := tool.run(t, s, s.exported(t, tool.export...), exportRun{set: assertion})
			if r.code != 0 || n == 0 {
				t.Errorf("exit code %d, %d assertions\n%s%s", r.code, n, r.stdout, r.stderr)
			}
		})
	}
	if r, report := s.newman(t, s.exported(t, "postman"), catalogue.VarAssertion+"="+assertion[catalogue.VarAssertion]); r.code != 0 || report.Run.Stats.Assertions.Total == 0 {
		t.Errorf("newman: exit code %d\n%s", r.code, r.stdout)
	}
}
