package scenario_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"hdstest/internal/sandbox/scenario"
)

func TestEveryScenarioIsWhole(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range scenario.All() {
		if s.Name == "" || s.Wrong == "" || s.Seen == "" || s.Cause == "" || s.Source == "" || len(s.Where) == 0 {
			t.Errorf("%+v: something is missing", s)
		}
		if len(s.Switches)+len(s.Faults) == 0 && s.TLS == "" && s.Clock == 0 && !s.NewKeys {
			t.Errorf("%s does nothing", s.Name)
		}
		if seen[s.Name] {
			t.Errorf("%s stands twice", s.Name)
		}
		seen[s.Name] = true
	}
}

func TestSet(t *testing.T) {
	set := scenario.NewSet()
	if set.Enable("no-such-thing") {
		t.Error("an unknown scenario was switched on")
	}
	if set.On(scenario.SecretExpired) || (*scenario.Set)(nil).On(scenario.SecretExpired) {
		t.Error("on before Enable")
	}
	for range 2 { // the second time changes nothing
		if !set.Enable("secret-expired") || !set.On(scenario.SecretExpired) || len(set.Active()) != 1 {
			t.Errorf("after Enable: %q", set.Active())
		}
	}
	set.Disable("secret-expired")
	if set.On(scenario.SecretExpired) {
		t.Error("on after Disable")
	}
}

// TestSetOfTheWhole: what concerns connections, clock and keys is asked by the
// composer.
func TestSetOfTheWhole(t *testing.T) {
	set := scenario.NewSet()
	if set.Broken(scenario.FHIR) != "" || set.Clock() != 0 {
		t.Error("something is wrong before Enable")
	}
	set.Enable("tls-cut")
	set.Enable("clock-skew")
	if set.Broken(scenario.FHIR) != scenario.TLSCut || set.Broken(scenario.Login) != "" || set.Clock() != 25*time.Minute {
		t.Errorf("TLS %q and %q, clock %s", set.Broken(scenario.FHIR), set.Broken(scenario.Login), set.Clock())
	}
	set.Disable("tls-cut")
	set.Disable("clock-skew")
	if set.Broken(scenario.FHIR) != "" || set.Clock() != 0 {
		t.Error("something is wrong after Disable")
	}
}

func TestWrapPlaysFaults(t *testing.T) {
	set := scenario.NewSet()
	service := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	s := httptest.NewServer(set.Wrap(scenario.FHIR, service))
	defer s.Close()
	get := func(path string) (*http.Response, error) {
		response, err := http.Get(s.URL + path)
		if err == nil {
			defer response.Body.Close()
			_, err = io.ReadAll(response.Body)
		}
		return response, err
	}
	set.Enable("throttled")
	for i, want := range []int{429, 429, 200} { // twice, then the service
		response, err := get("/Patient")
		if err != nil || response.StatusCode != want {
			t.Errorf("call %d: %v, %v; want %d", i, response, err, want)
		}
		if want == 429 && response.Header.Get("Retry-After") != "1" {
			t.Errorf("call %d: no Retry-After", i)
		}
	}
	set.Disable("throttled")
	set.Enable("throttled") // begins anew
	if response, err := get("/Patient"); err != nil || response.StatusCode != 429 {
		t.Errorf("switched off and on: %v, %v", response, err)
	}
	set.Enable("cut-short")
	if _, err := get("/metadata"); err == nil {
		t.Error("cut-short: the body was whole")
	}
	if response, err := get("/other"); err != nil || response.StatusCode != 200 {
		t.Errorf("a path that no fault concerns: %v, %v", response, err)
	}
}
