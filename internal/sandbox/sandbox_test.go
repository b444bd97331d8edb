package sandbox_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"hdstest/internal/sandbox"
)

// state is where all tests keep keys: to make them takes long.
var state = sync.OnceValues(func() (string, error) { return os.MkdirTemp("", "hdstest-state-") })

func TestMain(m *testing.M) {
	code := m.Run()
	if dir, err := state(); err == nil {
		_ = os.RemoveAll(dir)
	}
	os.Exit(code)
}

func stateDir(t testing.TB) string {
	t.Helper()
	dir, err := state()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// start runs a sandbox on free ports with kept keys.
func start(t testing.TB, o sandbox.Options) (*sandbox.Sandbox, *http.Client) {
	t.Helper()
	o.Now, o.PortBase = time.Now, sandbox.AnyPort
	if o.StateDir == "" {
		o.StateDir = stateDir(t)
	}
	s, err := sandbox.Start(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, client(t, s.Info)
}

// client trusts the sandbox's CA.
func client(t testing.TB, info sandbox.Info) *http.Client {
	t.Helper()
	ca, err := os.ReadFile(info.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func do(t testing.TB, c *http.Client, method, url, body string, header ...string) (int, string) {
	t.Helper()
	request, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := c.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(data)
}

// TestServicesAnswer asks each of the five for what it gives to everybody.
func TestServicesAnswer(t *testing.T) {
	s, c := start(t, sandbox.Options{Version: "test"})
	for url, want := range map[string]struct {
		status int
		text   string
	}{
		s.Info.Authority + "/v2.0/.well-known/openid-configuration": {200, s.Info.Authority},
		s.Info.LoginURL + "/":                                   {200, "Nothing here is Microsoft"},
		s.Info.GraphURL + "/v1.0/applications":                  {401, "InvalidAuthenticationToken"},
		s.Info.ARMURL + "/subscriptions?api-version=2022-12-01": {401, "error"},
		s.Info.FHIRURL + "/metadata":                            {200, "CapabilityStatement"},
		s.Info.DICOMURL + "/health/check":                       {200, "Healthy"},
	} {
		if status, body := do(t, c, http.MethodGet, url, ""); status != want.status || !strings.Contains(body, want.text) {
			t.Errorf("GET %s: %d %.200s; want %d and %q", url, status, body, want.status, want.text)
		}
	}
}

// TestControl switches things while the sandbox runs, and is refused to whom a
// browser could have been led.
func TestControl(t *testing.T) {
	s, c := start(t, sandbox.Options{})
	control := s.Info.LoginURL + "/_sandbox/"
	const mark = "X-Hdstest-Sandbox"
	for name, tc := range map[string]struct {
		method, path, body string
		header             []string
		want               int
	}{
		"read the state":            {http.MethodGet, "", "", nil, 200},
		"without the header":        {http.MethodPut, "scenarios/private-link", "", nil, 403},
		"by another name":           {http.MethodPut, "scenarios/private-link", "", []string{mark, "1", "Host", "evil.example"}, 421},
		"unknown scenario":          {http.MethodPut, "scenarios/none", "", []string{mark, "1"}, 404},
		"scenario off that was not": {http.MethodDelete, "scenarios/private-link", "", []string{mark, "1"}, 204},
		"clock, no offset":          {http.MethodPut, "clock", "tomorrow", []string{mark, "1"}, 400},
		"rotate keys":               {http.MethodPost, "keys", "", []string{mark, "1"}, 204},
		"drop old keys":             {http.MethodDelete, "keys", "", []string{mark, "1"}, 204},
	} {
		t.Run(name, func(t *testing.T) {
			request, err := http.NewRequest(tc.method, control+tc.path, strings.NewReader(tc.body))
			if err != nil {
				t.Fatal(err)
			}
			for i := 0; i+1 < len(tc.header); i += 2 {
				if request.Header.Set(tc.header[i], tc.header[i+1]); tc.header[i] == "Host" {
					request.Host = tc.header[i+1]
				}
			}
			response, err := c.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			if response.StatusCode != tc.want {
				t.Errorf("status %d, want %d", response.StatusCode, tc.want)
			}
		})
	}
	if status, _ := do(t, c, http.MethodPut, control+"scenarios/private-link", "", mark, "1"); status != 204 {
		t.Fatalf("switching a scenario on: %d", status)
	}
	if status, _ := do(t, c, http.MethodGet, s.Info.FHIRURL+"/metadata", ""); status != 403 {
		t.Errorf("with private-link on: /metadata answers %d", status)
	}
	if status, _ := do(t, c, http.MethodPut, control+"clock", "2h", mark, "1"); status != 204 || time.Until(s.Clock.Now()) < time.Hour {
		t.Errorf("moving the clock: %d, now %s", status, s.Clock.Now())
	}
}

// TestInfoIsWhole writes the info as a script would read it.
func TestInfoIsWhole(t *testing.T) {
	s, _ := start(t, sandbox.Options{})
	file := filepath.Join(t.TempDir(), "info.json")
	if err := s.Info.WriteFile(file); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var info map[string]any
	if err := json.Unmarshal(data, &info); err != nil {
		t.Fatal(err)
	}
	for key, value := range info {
		if value == "" || value == nil {
			t.Errorf("%s is empty", key)
		}
	}
	if stat, err := os.Stat(file); err != nil || stat.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", stat.Mode(), err)
	}
	for _, path := range []string{s.Info.CAFile, s.Info.CertificateFile, s.Info.FederatedTokenFile} {
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
}

// TestLogHoldsNoSecret sends what looks like a real secret by mistake.
func TestLogHoldsNoSecret(t *testing.T) {
	var log strings.Builder
	s, c := start(t, sandbox.Options{Log: &log})
	const real = "abc8Q~looks-like-a-real-secret-0123456789"
	status, body := do(t, c, http.MethodPost, s.Info.Authority+"/oauth2/v2.0/token", "grant_type=client_credentials&client_id="+
		s.Info.ClientID+"&scope="+s.Info.FHIRURL+"/.default&client_secret="+real, "Content-Type", "application/x-www-form-urlencoded")
	if status != 401 || strings.Contains(body, real) {
		t.Errorf("%d %s", status, body)
	}
	if strings.Contains(log.String(), real) || !strings.Contains(log.String(), `"status":401`) {
		t.Errorf("log: %s", &log)
	}
}

// TestLogNamesTheClient: MSAL Node writes its name into the form, others into a header.
func TestLogNamesTheClient(t *testing.T) {
	var log strings.Builder
	s, c := start(t, sandbox.Options{Log: &log})
	do(t, c, http.MethodPost, s.Info.Authority+"/oauth2/v2.0/token", "grant_type=client_credentials&x-client-SKU=msal.js.node",
		"Content-Type", "application/x-www-form-urlencoded")
	do(t, c, http.MethodGet, s.Info.Authority+"/v2.0/.well-known/openid-configuration", "", "x-client-sku", "MSAL.Go")
	if err := s.Close(); err != nil { // no request is under way any more
		t.Fatal(err)
	}
	for _, name := range []string{`"client":"msal.js.node"`, `"client":"MSAL.Go"`} {
		if !strings.Contains(log.String(), name) {
			t.Errorf("the log lacks %s: %s", name, &log)
		}
	}
}
