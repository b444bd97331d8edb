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
// would take for something else. A whole {{name}} is refused: see CheckSecret.
const hostileSecret = `p+w&r=d %2F"'$#\ $(id) ${HOME} %PATH% <@ }}{{ ` + "\u00fc\u2019\nsecond // line;"

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
	in.Requests = catalogue.For(catalogue.FHIR)[:8] // some with a token among them
	for _, tool := range exportTools() {
		t.Run(tool.client, func(t *testing.T) {
			dir := rendered(t, tool.export, in)
			var o exportRun
			if tool.client == "httpYac (JetBrains)" {
				o.secret = hostileSecret // its private file is written again, by another hand
			}
			tool.run(t, s, dir, o)
			if got := e.sent("client_secret"); !slices.Equal(got, []string{hostileSecret}) {
				t.Errorf("got  %q\nwant %q", got, hostileSecret)
			}
		})
	}
}

// TestAssertionInPlaceOfTheSecret: an app with a certificate and no secret. What
// hdstest assertion prints is what each tool sends.
func TestAssertionInPlaceOfTheSecret(t *testing.T) {
	s := startSandbox(t)
	for _, tool := range exportTools() {
		if tool.client == "httpYac (JetBrains)" {
			continue // httpYac knows no parameters in that tool's Security block
		}
		t.Run(tool.client, func(t *testing.T) {
			before := s.requests(t, tool.agent)
			r, n := tool.run(t, s, s.exported(t, append(tool.export, "--group", "fhir-read", "--group", "dicom-read")...), exportRun{set: s.printedAssertion(t)})
			if r.code != 0 || n == 0 || s.requests(t, tool.agent) == before {
				t.Errorf("exit code %d, %d assertions\n%s%s", r.code, n, r.stdout, r.stderr)
			}
		})
	}
}

// printedAssertion is what hdstest assertion prints, by the variable's name.
func (s sandbox) printedAssertion(t *testing.T) map[string]string {
	t.Helper()
	r := s.hdstest(t, "assertion", "--profile", "sandbox", "--certificate", s.CertificateFile)
	if r.code != 0 || strings.Count(r.stdout, ".") != 2 {
		t.Fatalf("assertion: exit code %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	return map[string]string{catalogue.VarAssertion: strings.TrimSpace(r.stdout)}
}
