package sandbox_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hdstest/internal/entra"
	"hdstest/internal/sandbox"
	"hdstest/internal/sandbox/directory"
	"hdstest/internal/sandbox/scenario"
)

// token asks for one of the example app for FHIR.
func token(t testing.TB, c *http.Client, info sandbox.Info, secret string) (int, string) {
	t.Helper()
	return tokenFor(t, c, info, secret, info.FHIRURL)
}

func tokenFor(t testing.TB, c *http.Client, info sandbox.Info, secret, resource string) (int, string) {
	t.Helper()
	status, body := do(t, c, http.MethodPost, info.Authority+"/oauth2/v2.0/token", url.Values{"grant_type": {"client_credentials"},
		"client_id": {info.ClientID}, "client_secret": {secret}, "scope": {resource + "/.default"}}.Encode(),
		"Content-Type", "application/x-www-form-urlencoded")
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(body), &answer); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	if answer.AccessToken == "" {
		return status, body
	}
	return status, answer.AccessToken
}

// TestBrokenTLS breaks connections in each way and mends them again, for a
// client that had one open.
func TestBrokenTLS(t *testing.T) {
	s, c := start(t, sandbox.Options{})
	for name, wrong := range map[string]func(error) bool{
		"tls-expired": func(err error) bool {
			var invalid x509.CertificateInvalidError
			return errors.As(err, &invalid) && invalid.Reason == x509.Expired
		},
		"tls-other-name": func(err error) bool { var e x509.HostnameError; return errors.As(err, &e) },
		"tls-unknown-ca": func(err error) bool { var e x509.UnknownAuthorityError; return errors.As(err, &e) },
		"tls-old":        func(err error) bool { return strings.Contains(err.Error(), "protocol version") },
		"tls-plain-http": func(err error) bool { return errors.Is(err, http.ErrSchemeMismatch) },
		"tls-cut":        func(err error) bool { return errors.Is(err, io.EOF) },
	} {
		t.Run(name, func(t *testing.T) {
			for _, address := range []string{s.Info.FHIRURL + "/metadata", s.Info.DICOMURL + "/health/check"} {
				if status, _ := do(t, c, http.MethodGet, address, ""); status != 200 {
					t.Fatalf("before: %s: %d", address, status)
				}
			}
			if err := s.Enable(name); err != nil {
				t.Fatal(err)
			}
			for _, address := range []string{s.Info.FHIRURL + "/metadata", s.Info.DICOMURL + "/health/check"} {
				response, err := c.Get(address)
				if err == nil {
					_ = response.Body.Close()
					t.Fatalf("%s: %s", address, response.Status)
				}
				if !wrong(err) {
					t.Errorf("%s: another error: %v", address, err)
				}
			}
			if status, _ := do(t, c, http.MethodGet, s.Info.LoginURL+"/", ""); status != 200 {
				t.Errorf("the sign-in service is concerned too: %d", status)
			}
			if err := s.Disable(name); err != nil {
				t.Fatal(err)
			}
			if status, _ := do(t, c, http.MethodGet, s.Info.FHIRURL+"/metadata", ""); status != 200 {
				t.Errorf("after: %d", status)
			}
		})
	}
}

// TestPlainHTTPAnswers: the service behind tls-plain-http speaks HTTP.
func TestPlainHTTPAnswers(t *testing.T) {
	s, c := start(t, sandbox.Options{Scenarios: []string{"tls-plain-http"}})
	plain := "http" + strings.TrimPrefix(s.Info.FHIRURL, "https")
	if status, body := do(t, c, http.MethodGet, plain+"/metadata", ""); status != 200 || !strings.Contains(body, "CapabilityStatement") {
		t.Errorf("%d %.100s", status, body)
	}
}

// TestHTTPVersions: the listeners offer both, as Azure's front doors do.
func TestHTTPVersions(t *testing.T) {
	s, c := start(t, sandbox.Options{})
	roots := c.Transport.(*http.Transport).TLSClientConfig.RootCAs
	for _, two := range []bool{true, false} {
		transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: two}
		response, err := (&http.Client{Transport: transport}).Get(s.Info.FHIRURL + "/metadata")
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if got := response.ProtoMajor == 2; got != two {
			t.Errorf("HTTP/2 %t: %s", two, response.Proto)
		}
		transport.CloseIdleConnections()
	}
}

// TestClockSkew: every service's Date is ahead, and what was before holds again
// afterwards.
func TestClockSkew(t *testing.T) {
	s, c := start(t, sandbox.Options{ClockOffset: time.Hour, Scenarios: []string{"clock-skew"}})
	ahead := func(address string) time.Duration {
		response, err := c.Get(address)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		date, err := http.ParseTime(response.Header.Get("Date"))
		if err != nil {
			t.Fatal(err)
		}
		return time.Until(date).Round(time.Minute)
	}
	i := s.Info
	for _, address := range []string{i.Authority + "/discovery/keys", i.GraphURL + "/v1.0/me", i.ARMURL + "/tenants", i.FHIRURL + "/metadata", i.DICOMURL + "/v2/studies"} {
		if got := ahead(address); got != 85*time.Minute {
			t.Errorf("%s: Date is %s ahead", address, got)
		}
	}
	if err := s.Disable("clock-skew"); err != nil {
		t.Fatal(err)
	}
	if got := ahead(i.FHIRURL + "/metadata"); got != time.Hour {
		t.Errorf("switched off: Date is %s ahead", got)
	}
}

// TestKeyRotation: the token from before is refused, a new one accepted.
func TestKeyRotation(t *testing.T) {
	s, c := start(t, sandbox.Options{Scenarios: []string{"key-rotation"}})
	patients := func(raw string) int {
		status, _ := do(t, c, http.MethodGet, s.Info.FHIRURL+"/Patient", "", "Authorization", "Bearer "+raw)
		return status
	}
	_, first := token(t, c, s.Info, s.Info.ClientSecret)
	_, second := token(t, c, s.Info, s.Info.ClientSecret)
	if a, b := patients(first), patients(second); a != 401 || b != 200 {
		t.Errorf("on from the start: %d for the first token, %d for the second", a, b)
	}
	if err := errors.Join(s.Disable("key-rotation"), s.Enable("key-rotation")); err != nil {
		t.Fatal(err)
	}
	_, third := token(t, c, s.Info, s.Info.ClientSecret)
	if a, b := patients(second), patients(third); a != 401 || b != 200 {
		t.Errorf("in the middle of a run: %d for the token before, %d for the one after", a, b)
	}
}

// TestSecretID: whoever reads the info gets the ID, whoever has the value is served.
func TestSecretID(t *testing.T) {
	file := filepath.Join(t.TempDir(), "info.json")
	s, c := start(t, sandbox.Options{InfoFiles: files(file)})
	read := func() string {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var i sandbox.Info
		if err := json.Unmarshal(data, &i); err != nil {
			t.Fatal(err)
		}
		return i.ClientSecret
	}
	value := read()
	if err := s.Enable("secret-id"); err != nil {
		t.Fatal(err)
	}
	id := read()
	if status, body := token(t, c, s.Info, id); len(id) != 36 || status != 401 || !strings.Contains(body, "AADSTS7000215") {
		t.Errorf("with %q: %d %s", id, status, body)
	}
	if status, body := token(t, c, s.Info, value); status != 200 {
		t.Errorf("with the value: %d %s", status, body)
	}
	if err := s.Disable("secret-id"); err != nil {
		t.Fatal(err)
	}
	if read() != value {
		t.Error("switched off: the info still holds the ID")
	}
	other, _ := start(t, sandbox.Options{Scenarios: []string{"secret-id"}})
	if len(other.Info.ClientSecret) != 36 {
		t.Errorf("on from the start: the info holds %q", other.Info.ClientSecret)
	}
}

// TestRoleMissing: the roles are gone where they are managed, too; one that is given
// afterwards counts, and in the end all are there again.
func TestRoleMissing(t *testing.T) {
	s, c := start(t, sandbox.Options{})
	_, raw := token(t, c, s.Info, s.Info.ClientSecret)
	patients := func() int {
		status, _ := do(t, c, http.MethodGet, s.Info.FHIRURL+"/Patient", "", "Authorization", "Bearer "+raw)
		return status
	}
	roles := func() (names []string) {
		_, body := do(t, c, http.MethodGet, s.Info.LoginURL+"/", "")
		for _, name := range []string{"FHIR Data Contributor", "DICOM Data Owner", "Owner<"} {
			if strings.Contains(body, name) {
				names = append(names, name)
			}
		}
		return names
	}
	before := roles()
	if err := s.Enable("role-missing"); err != nil {
		t.Fatal(err)
	}
	if got := patients(); got != 403 {
		t.Errorf("on: %d", got)
	}
	if got := roles(); slices.Contains(got, "FHIR Data Contributor") || len(got) != len(before)-2 {
		t.Errorf("on: roles %q, before %q", got, before)
	}
	var contributor *directory.RoleAssignment
	err := s.Directory.Update(func(state *directory.State) error {
		role, _ := entra.RoleByName("FHIR Data Contributor")
		contributor = &directory.RoleAssignment{ID: "/given/again", Scope: s.Info.FHIRResourceID, PrincipalID: state.PrincipalByAppID(s.Info.ClientID).ID,
			RoleDefinitionID: "/providers/Microsoft.Authorization/roleDefinitions/" + role.ID, PrincipalType: "ServicePrincipal", Created: s.Clock.Now()}
		state.RoleAssignments[contributor.ID] = contributor
		return nil
	})
	if got := patients(); err != nil || got != 200 {
		t.Errorf("given again: %d, %v", got, err)
	}
	if err := s.Disable("role-missing"); err != nil {
		t.Fatal(err)
	}
	if got := roles(); !slices.Equal(got, before) {
		t.Errorf("off: roles %q, before %q", got, before)
	}
	same := 0
	s.Directory.View(func(state *directory.State) {
		for _, a := range state.RoleAssignments {
			if a.PrincipalID == contributor.PrincipalID && a.Scope == contributor.Scope && strings.HasSuffix(a.RoleDefinitionID, path.Base(contributor.RoleDefinitionID)) {
				same++
			}
		}
	})
	if same != 1 {
		t.Errorf("the role is given %d times", same)
	}
}

func TestTurnRefuses(t *testing.T) {
	s, _ := start(t, sandbox.Options{})
	if err := s.Enable("none"); !errors.Is(err, sandbox.ErrNoScenario) {
		t.Errorf("Enable: %v", err)
	}
	if err := s.Disable("none"); !errors.Is(err, sandbox.ErrNoScenario) {
		t.Errorf("Disable: %v", err)
	}
}

// TestPage: the root says what it is, and shows apps, roles and what is on.
func TestPage(t *testing.T) {
	s, c := start(t, sandbox.Options{Version: "v9<script>", Scenarios: []string{"slow"}})
	_, page := do(t, c, http.MethodGet, s.Info.LoginURL+"/", "")
	i := s.Info
	for _, text := range []string{"Nothing here is Microsoft's", "v9&lt;script&gt;", i.Authority, i.GraphURL, i.ARMURL, i.FHIRURL, i.DICOMURL,
		i.CAFile, i.ClientID, i.PublicClientID, i.Username, i.AdminUsername, "FHIR Data Contributor", "DICOM Data Owner", "Owner", "slow (on)"} {
		if !strings.Contains(page, text) {
			t.Errorf("the page lacks %q", text)
		}
	}
	for _, one := range scenario.All() {
		if !strings.Contains(page, one.Name) {
			t.Errorf("the page lacks the scenario %s", one.Name)
		}
	}
	if strings.Contains(page, "<script") {
		t.Error("the page has a script")
	}
}

// TestControlOnLoginOnly: only the sign-in host is controlled.
func TestControlOnLoginOnly(t *testing.T) {
	s, c := start(t, sandbox.Options{})
	for _, base := range []string{s.Info.GraphURL, s.Info.ARMURL, s.Info.FHIRURL, s.Info.DICOMURL} {
		if status, _ := do(t, c, http.MethodPut, base+"/_sandbox/scenarios/private-link", "", "X-Hdstest-Sandbox", "1"); status < 400 {
			t.Errorf("%s: %d", base, status)
		}
	}
	if len(s.Scenarios.Active()) > 0 {
		t.Errorf("on: %q", s.Scenarios.Active())
	}
}
