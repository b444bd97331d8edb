package cli

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hdstest/internal/sandbox"
)

// recordingProxy is a proxy for CONNECT (RFC 9110 section 9.3.6) that notes where it
// was asked to connect to.
type recordingProxy struct {
	*httptest.Server
	refuse bool

	mu   sync.Mutex
	seen []string
}

func newRecordingProxy(t *testing.T, refuse bool) *recordingProxy {
	t.Helper()
	p := &recordingProxy{refuse: refuse}
	p.Server = httptest.NewServer(p)
	t.Cleanup(p.Close)
	return p
}

func (p *recordingProxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.seen = append(p.seen, r.Host)
	p.mu.Unlock()
	if r.Method != http.MethodConnect || p.refuse {
		http.Error(w, "no", http.StatusForbidden)
		return
	}
	far, err := net.Dial("tcp", r.Host)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer far.Close()
	near, ahead, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer near.Close()
	if _, err := io.WriteString(near, "HTTP/1.1 200 OK\r\n\r\n"); err != nil {
		return
	}
	go func() { _, _ = io.Copy(far, ahead); _ = far.Close() }()
	_, _ = io.Copy(near, far)
}

// hosts gives what was seen since the last time, each once.
func (p *recordingProxy) hosts() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := slices.Sorted(slices.Values(p.seen))
	p.seen = nil
	return slices.Compact(out)
}

// TestEveryConnectionTakesTheProxy: with --proxy every host that a command talks to is
// asked of the proxy, the token endpoint of MSAL, Graph and Azure Resource Manager of
// the administrator among them. All of it trusts the private authority of --ca-file.
func TestEveryConnectionTakesTheProxy(t *testing.T) {
	w := newWorld(t)
	info := w.withSandbox(t)
	proxy := newRecordingProxy(t, false)
	dir := t.TempDir()
	w.inGitHub(info)
	w.Sleep = func(context.Context, time.Duration) error { return nil }
	login, graph, arm, fhir, dicom := info.LoginURL, info.GraphURL, info.ARMURL, info.FHIRURL, info.DICOMURL
	for name, c := range map[string]struct {
		args  []string
		hosts []string
	}{
		"token":             {[]string{"token", "--fresh"}, []string{login}},
		"by certificate":    {[]string{"token", "--fresh", "--certificate", info.CertificateFile}, []string{login}},
		"by a job's token":  {[]string{"token", "--fresh", "--credential", "github-actions"}, []string{login}},
		"browser":           {[]string{"login", "--client-id", info.PublicClientID}, []string{login}},
		"inspect":           {[]string{"inspect"}, []string{login, fhir}},
		"keys":              {[]string{"inspect", "--save-keys", filepath.Join(dir, "keys.json")}, []string{login}},
		"probe":             {[]string{"probe", "all"}, []string{login, fhir, dicom}},
		"smoke":             {[]string{"smoke"}, []string{login, fhir, dicom}},
		"register":          {[]string{"register", "--name", "proxied", "--role", "FHIR Data Reader@fhir", "--yes", "--no-save"}, []string{login, graph, arm}},
		"what is there now": {[]string{"discover"}, []string{login, arm}},
	} {
		args := append(c.args, "--profile", "sandbox", "--proxy", proxy.URL)
		code := w.run(t, args...)
		if code != ExitOK {
			t.Errorf("%s: exit code %d: %s", name, code, w.stderr.String())
		}
		seen := proxy.hosts()
		for _, address := range c.hosts {
			if u, _ := url.Parse(address); !slices.Contains(seen, u.Host) {
				t.Errorf("%s: the proxy was not asked for %s, only for %q", name, address, seen)
			}
		}
	}
	askInit(t, w, info, proxy)
}

// askInit is the command that reads no profile.
func askInit(t *testing.T, w *world, info sandbox.Info, proxy *recordingProxy) {
	t.Helper()
	if code := w.run(t, "init", "--fhir-url", info.FHIRURL, "--ca-file", info.CAFile, "--proxy", proxy.URL, "--yes"); code != ExitOK {
		t.Errorf("init: %d: %s", code, w.stderr.String())
	}
	if u, _ := url.Parse(info.FHIRURL); !slices.Contains(proxy.hosts(), u.Host) {
		t.Error("init: the proxy was not asked")
	}
}

// TestVariablesNameTheProxy: HTTPS_PROXY counts for every kind of command. The proxy
// refuses, so that nothing leaves the machine.
func TestVariablesNameTheProxy(t *testing.T) {
	const ids = "aaaaaaaa-0000-4000-8000-000000000001"
	for name, c := range map[string]struct {
		args string
		host string
	}{
		"token":    {"token --scope https://w-f.fhir.azurehealthcareapis.com/.default", "login.microsoftonline.com:443"},
		"register": {"register --name x --dry-run", "login.microsoftonline.com:443"},
		"init":     {"init https://w-f.fhir.azurehealthcareapis.com --yes", "w-f.fhir.azurehealthcareapis.com:443"},
		"probe":    {"probe fhir --fhir-url https://w-f.fhir.azurehealthcareapis.com --only fhir-open", "w-f.fhir.azurehealthcareapis.com:443"},
		"keys":     {"inspect --save-keys " + filepath.Join(t.TempDir(), "k.json"), "login.microsoftonline.com:443"},
	} {
		variables := []string{"HTTPS_PROXY"}
		if name == "token" {
			variables = append(variables, "https_proxy", "HDSTEST_PROXY")
		}
		for _, variable := range variables {
			w := newWorld(t)
			proxy := newRecordingProxy(t, true)
			for key, value := range map[string]string{"AZURE_TENANT_ID": ids, "AZURE_CLIENT_ID": ids, "AZURE_CLIENT_SECRET": "not-a-real-one~0123456789",
				"HDSTEST_ADMIN_TENANT_ID": ids, "HDSTEST_ADMIN_CLIENT_ID": ids, "HDSTEST_ADMIN_CLIENT_SECRET": "not-a-real-one~0123456789", variable: proxy.URL} {
				w.env[key] = value
			}
			code := w.run(t, strings.Fields(c.args)...)
			if seen := proxy.hosts(); code == ExitOK || !slices.Contains(seen, c.host) {
				t.Errorf("%s by %s: exit code %d, the proxy saw %q: %s", name, variable, code, seen, w.stderr.String())
			}
			if !strings.Contains(w.stderr.String()+w.stdout.String(), "network.proxy_refused") {
				t.Errorf("%s by %s: the proxy is not named as the cause: %s%s", name, variable, w.stderr.String(), w.stdout.String())
			}
		}
	}
}
