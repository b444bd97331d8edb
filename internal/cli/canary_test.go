package cli

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"hdstest/internal/sandbox"
)

// parrot is a server that says back, in every place and encoding, what it was
// told in confidence: as a FHIR service a 403, as a token endpoint a 401. It keeps
// the secrets that it heard.
type parrot struct {
	*httptest.Server
	mu    sync.Mutex
	heard []string
	ca    string
}

func newParrot(t *testing.T, others string) *parrot {
	t.Helper()
	p := &parrot{}
	p.Server = httptest.NewTLSServer(http.HandlerFunc(p.answer))
	t.Cleanup(p.Close)
	more, err := os.ReadFile(others)
	if err != nil {
		t.Fatal(err)
	}
	p.ca = filepath.Join(t.TempDir(), "ca.pem")
	writeFile(t, p.ca, string(more)+string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.Certificate().Raw})))
	return p
}

func (p *parrot) answer(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/openid-configuration") {
		tenant := p.URL + "/" + strings.Split(strings.Trim(r.URL.Path, "/"), "/")[0]
		_ = json.NewEncoder(w).Encode(map[string]string{"issuer": tenant + "/v2.0", "authorization_endpoint": tenant + "/authorize",
			"token_endpoint": tenant + "/token", "jwks_uri": tenant + "/keys"})
		return
	}
	_ = r.ParseForm()
	_, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	said := ""
	for _, secret := range []string{token, r.PostForm.Get("client_secret"), r.PostForm.Get("client_assertion")} {
		if secret != "" {
			p.mu.Lock()
			p.heard = append(p.heard, secret)
			p.mu.Unlock()
			said += " " + strings.Join(encoded(secret), " ")
		}
	}
	w.Header().Set("WWW-Authenticate", fmt.Sprintf("Bearer error=\"invalid_token\", error_description=%q", said))
	w.Header().Set("Content-Type", "application/json")
	if strings.HasSuffix(r.URL.Path, "/token") {
		w.WriteHeader(http.StatusUnauthorized)
		_ = json.NewEncoder(w).Encode(map[string]any{"error": "invalid_client", "error_description": "AADSTS7000215: Invalid client secret provided: " + said,
			"error_codes": []int{7000215}})
		return
	}
	w.WriteHeader(http.StatusForbidden)
	_ = json.NewEncoder(w).Encode(map[string]any{"resourceType": "OperationOutcome",
		"issue": []map[string]any{{"severity": "error", "code": "forbidden", "diagnostics": "Authorization failed for" + said}}})
}

// encoded are the forms in which a secret is searched for.
func encoded(s string) []string {
	quoted, _ := json.Marshal(s)
	b := []byte(s)
	return []string{s, url.QueryEscape(s), url.PathEscape(s), strings.Trim(string(quoted), `"`), html.EscapeString(s), hex.EncodeToString(b),
		base64.StdEncoding.EncodeToString(b), base64.RawURLEncoding.EncodeToString(b), base64.StdEncoding.EncodeToString([]byte("client:" + s))}
}

// found looks for secrets, in every form, and for anything like a token.
func found(text string, secrets []string) string {
	for _, secret := range secrets {
		for _, form := range encoded(secret) {
			if strings.Contains(text, form) {
				return form
			}
		}
	}
	return anyToken.FindString(text)
}

var anyToken = regexp.MustCompile(`eyJ[\w-]{10,}\.[\w-]+\.[\w-]*`)

func TestCanarySearchCanFail(t *testing.T) {
	for _, form := range encoded(canary) {
		if found("x"+form+"y", []string{canary}) == "" {
			t.Errorf("the form %q is not searched for", form)
		}
	}
	if found("x eyJhbGciOiJSUzI1NiJ9.eyJh.c2ln y", nil) == "" {
		t.Error("a token is not seen")
	}
}

// TestNoReportHoldsASecret: with every form, on stdout and in files, no secret and
// no token shows in any stream or file, though servers say them back. The only
// exception are the commands that mask them, which are the first lines of stdout.
func TestNoReportHoldsASecret(t *testing.T) {
	for name, set := range map[string]func(*testing.T, *world, sandbox.Info, *parrot) []string{
		"all well": func(*testing.T, *world, sandbox.Info, *parrot) []string { return nil },
		"the service says the token back": func(_ *testing.T, _ *world, i sandbox.Info, p *parrot) []string {
			return []string{"--fhir-url", p.URL, "--fhir-audience", i.FHIRURL, "--ca-file", p.ca}
		},
		"the authority says the secret back": func(_ *testing.T, w *world, _ sandbox.Info, p *parrot) []string {
			w.env["AZURE_CLIENT_SECRET"], w.env["AZURE_AUTHORITY_HOST"] = canary, p.URL
			return []string{"--ca-file", p.ca}
		},
		"the authority says the job's token back": func(_ *testing.T, w *world, i sandbox.Info, p *parrot) []string {
			w.inGitHub(i)
			w.env["AZURE_AUTHORITY_HOST"] = p.URL
			return []string{"--ca-file", p.ca, "--credential", "github-actions"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			info := w.withSandbox(t)
			p := newParrot(t, info.CAFile)
			base := map[string]string{"AZURE_CLIENT_SECRET": info.ClientSecret, "AZURE_TENANT_ID": info.TenantID, "AZURE_CLIENT_ID": info.ClientID,
				"AZURE_AUTHORITY_HOST": info.LoginURL, "HDSTEST_CA_FILE": info.CAFile, "HDSTEST_FHIR_URL": info.FHIRURL, "HDSTEST_DICOM_URL": info.DICOMURL,
				"GITHUB_ACTIONS": "true", "TF_BUILD": "True"}
			for name, value := range base {
				w.env[name] = value
			}
			if testing.Short() && strings.HasPrefix(name, "the authority says the job") {
				t.Skip("one authority that says secrets back will do")
			}
			more := set(t, w, info, p)
			forms := tableForms()
			if testing.Short() {
				forms = []string{formJSON, formGitHub, formAzure} // each run writes all forms into files anyway
			}
			for _, form := range forms {
				w.canaryRun(t, form, append([]string{"smoke"}, more...), p, []string{info.ClientSecret, info.JobToken, canary})
			}
			for _, form := range []string{formJSON, formGitHub} {
				w.canaryRun(t, form, append([]string{"probe", "--all", "--write", "--timing", "--config", w.twoProfiles(t)}, more...), p,
					[]string{info.ClientSecret, info.JobToken, canary})
			}
		})
	}
}

// twoProfiles writes a config file of two profiles that leave all to the environment.
func (w *world) twoProfiles(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "two.yaml")
	if err := os.WriteFile(file, []byte("profiles:\n  dev: {redirect_platform: web}\n  test: {redirect_platform: web}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// canaryRun runs a command with a form on stdout and all forms in files, and looks
// at everything that it wrote.
func (w *world) canaryRun(t *testing.T, form string, command []string, p *parrot, secrets []string) {
	t.Helper()
	dir := t.TempDir()
	w.env["GITHUB_STEP_SUMMARY"], w.env["AGENT_TEMPDIRECTORY"] = filepath.Join(dir, "summary.md"), dir
	args := append(command, "--debug", "--output", form)
	for _, other := range tableForms() {
		args = append(args, "--report", other+"="+filepath.Join(dir, other))
	}
	p.heard = nil
	w.run(t, args...)
	masks, rest := masksOf(w.stdout.String())
	known := len(secrets)
	secrets = append(secrets, p.heard...)
	texts := map[string]string{"stdout": rest, "stderr": w.stderr.String()}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) < len(tableForms()) {
		t.Fatalf("%s: %d files, %v\n%s", form, len(entries), err, w.stderr.String())
	}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		texts[e.Name()] = string(data)
	}
	for where, text := range texts {
		if f := found(text, secrets); f != "" {
			t.Errorf("--output %s: %s holds %.60q", form, where, f)
		}
	}
	if masked := form == formGitHub || form == formAzure; masked != (masks != "") {
		t.Errorf("--output %s: masks %.80q", form, masks)
	}
	for _, secret := range secrets[known:] {
		if masks != "" && !strings.Contains(masks, secret) {
			t.Errorf("--output %s: a secret that was sent is not masked: %.20s…", form, secret)
		}
	}
}

// masksOf takes the mask commands off the beginning of stdout.
func masksOf(stdout string) (masks, rest string) {
	for line := range strings.Lines(stdout) {
		if rest == "" && (strings.HasPrefix(line, "::add-mask::") || strings.HasPrefix(line, "##vso[task.setsecret]")) {
			masks += line
			continue
		}
		rest += line
	}
	return masks, rest
}
