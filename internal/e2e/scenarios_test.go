//go:build e2e

package e2e_test

import (
	"fmt"
	"strings"
	"testing"
)

// seen is how a scenario looks to curl.
type seen struct {
	exit   int // curl's exit code; with any but 0 nothing else counts
	status int
	header map[string]string // each value begins so; empty: there is none
	body   []string          // each text occurs; in a redirect, in its query
}

// show is a scenario's test: what is asked, which must succeed without the
// scenario, and what is seen with it.
type show struct {
	ask func(*testing.T, sandbox) reply
	seen
}

// TestScenarios switches each scenario on by curl, asks by curl, and sees what
// the scenario's own description promises; before that, the same request sees
// something else. A scenario without a row here is a failure.
//
// Source: each scenario names its own; see `hdstest sandbox scenarios`
// and the page at the sandbox's root.
func TestScenarios(t *testing.T) {
	s := startSandbox(t)
	j := newJudge(t, s, nil)
	rows := scenarioRows(s)
	listed := s.curl(t, s.LoginURL+"/_sandbox/")
	all, _ := place(listed.json, "scenarios").([]any)
	j.that(len(all) > 20, "%d scenarios are listed", len(all))
	for _, one := range all {
		name, _ := place(one, "name").(string)
		row, ok := rows[name]
		j.that(ok, "no test shows the scenario %q, which says: %v", name, place(one, "seen"))
		delete(rows, name)
		if ok {
			j.scenario(name, row)
		}
	}
	j.equal("rows without a scenario", len(rows), 0)
	record(t, used{"curl (scenarios)", fmt.Sprint(len(all)), s.requests(t, "curl/"), j.n})
}

func (j *judge) scenario(name string, row show) {
	j.t.Helper()
	j.t.Run(name, func(t *testing.T) {
		if without := row.differs(row.ask(t, j.s)); without == "" {
			t.Error("the same is seen without the scenario")
		}
		j.s.turn(t, "PUT", name)
		defer j.s.turn(t, "DELETE", name)
		got := row.ask(t, j.s)
		if wrong := row.differs(got); wrong != "" {
			t.Errorf("%s\nexit code %d, status %d\n%v\n%s", wrong, got.exit, got.status, got.header, got.body)
		}
	})
	j.n += 2 + len(row.header) + len(row.body)
}

// turn switches a scenario on (PUT) or off (DELETE) while the sandbox runs.
func (s sandbox) turn(t *testing.T, method, name string) {
	t.Helper()
	if r := s.curl(t, "--request", method, "--header", "X-Hdstest-Sandbox: 1", s.LoginURL+"/_sandbox/scenarios/"+name); r.status != 204 {
		t.Fatalf("%s scenario %s: %d %s", method, name, r.status, r.body)
	}
}

// moveClock sets the sandbox's clock off from the machine's.
func (s sandbox) moveClock(t *testing.T, offset string) {
	t.Helper()
	if r := s.curl(t, "--request", "PUT", "--header", "X-Hdstest-Sandbox: 1", "--data", offset, s.LoginURL+"/_sandbox/clock"); r.status != 204 {
		t.Fatalf("move the clock: %d %s", r.status, r.body)
	}
}

// differs says what a reply lacks; empty if nothing.
func (w seen) differs(r reply) string {
	switch {
	case r.exit != w.exit:
		return fmt.Sprintf("curl's exit code: %d, want %d", r.exit, w.exit)
	case w.exit != 0:
		return ""
	case r.status != w.status:
		return fmt.Sprintf("status: %d, want %d", r.status, w.status)
	}
	for name, value := range w.header {
		if got := r.header.Get(name); !strings.HasPrefix(got, value) || value == "" && got != "" {
			return fmt.Sprintf("header %s: %q, want %q", name, got, value)
		}
	}
	body := r.body
	if r.status == 302 {
		body = strings.Join([]string{r.answer().Get("error"), r.answer().Get("error_description")}, " ")
	}
	for _, text := range w.body {
		if !strings.Contains(body, text) {
			return fmt.Sprintf("the body does not hold %q", text)
		}
	}
	return ""
}

// oauthError is a refusal of the token endpoint.
func oauthError(status int, code int, texts ...string) seen {
	return seen{status: status, header: map[string]string{"Content-Type": "application/json", "Cache-Control": "no-store"},
		body: append(texts, fmt.Sprintf(`"error_codes":[%d]`, code), fmt.Sprintf("AADSTS%d: ", code))}
}

// challenged is a 401 of the FHIR service for a token that it does not accept.
func challenged(s sandbox, reason string) seen {
	return seen{status: 401, body: []string{`"code":"login"`, "Authentication failed."}, header: map[string]string{
		"WWW-Authenticate": `Bearer authorization_uri="` + s.Authority + `", resource_id="` + s.FHIRURL + `", realm="` + s.FHIRURL +
			`", error="invalid_token", error_description="` + reason}}
}

func scenarioRows(s sandbox) map[string]show {
	rows := map[string]show{}
	for _, some := range []map[string]show{credentialRows(), signInRows(), tokenRows(s), serviceRows(), faultRows(), graphRows(), armRows(),
		appRows(), wholeRows(s), tlsRows()} {
		for name, row := range some {
			rows[name] = row
		}
	}
	return rows
}

// TestScenarioFromTheStart starts the program with a scenario, as people do.
func TestScenarioFromTheStart(t *testing.T) {
	s := startSandbox(t, "--scenario", "private-link", "--scenario", "secret-wrong")
	if r := s.curl(t, s.FHIRURL+"/metadata"); r.status != 403 {
		t.Errorf("private-link: GET /metadata: %d, want 403", r.status)
	}
	if r := s.appToken(t, s.ClientID, s.ClientSecret, s.FHIRURL+"/.default"); r.status != 401 {
		t.Errorf("secret-wrong: %d, want 401\n%s", r.status, r.body)
	}
}
