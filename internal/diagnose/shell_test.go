package diagnose

import (
	"encoding/json"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"hdstest/internal/causes"
	"hdstest/internal/evidence"
)

// TestShellTakesOneWord asks a real shell.
func TestShellTakesOneWord(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there is no POSIX shell")
	}
	for _, value := range []string{"plain-1.2_3~:/@%+=,#", "a b", "$(echo x)", "`echo x`", "it's", `a"b\c`, "a;echo b", "a&b", "a|b", "a>b", "rg-(prod)", "a !b", "a\u00a0b", "É"} {
		word := forShell(value)
		got, err := exec.Command("sh", "-c", "printf '%s|' "+word).Output()
		if err != nil || string(got) != value+"|" {
			t.Errorf("%q as %s is %q to the shell: %v", value, word, got, err)
		}
	}
	for _, value := range []string{"--role", "-x", "a\nb", "a\x1bb", ""} {
		if got := forShell(value); got != "" {
			t.Errorf("%q: %q, want the gap open", value, got)
		}
	}
	if inQuotes(`a"b`) != "" || inQuotes("repo:o/r:ref:refs/heads/x") == "" {
		t.Error("in quotes")
	}
}

// TestNoFixCarriesACommand: whatever stands in evidence, it is not a command in a fix
// that is to be copied.
func TestNoFixCarriesACommand(t *testing.T) {
	const hostile = "x$(touch /tmp/p)'y"
	known := map[string]bool{}
	fill := func(fields ...string) string {
		out := map[string]string{}
		for _, f := range fields {
			out[f] = hostile
		}
		data, _ := json.Marshal(out)
		return string(data)
	}
	for _, address := range []string{"https://w-f" + hostile + ".fhir.azurehealthcareapis.com", "https://w.example/" + hostile} {
		text := `{"service":"fhir","service_url":` + quoted(address) +
			`,"token_request":` + fill("client_id", "scope", "resource", "redirect_uri", "assertion_iss", "assertion_sub", "x5t") +
			`,"authorize_request":` + fill("client_id", "redirect_uri", "scope") + `,"claims":` + fill("oid", "tid", "aud", "iss", "appid", "sub") +
			`,"service_config":` + fill("audience", "tenant_id", "authority", "resource_id") + `,"config":` + fill("tenant_id", "client_id", "authority") +
			`,"graph":` + fill("appId", "service_principal_object_id") + `,"arm":` + fill("scope", "resource_id", "object_id") +
			`,"network":` + fill("host", "proxy") + `,"local":` + fill("path") + `,"request":` + fill("id") +
			`,"response":{"headers":` + fill("Retry-After", "X-Request-Id") + `}}`
		b, err := evidence.Read(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range causes.All() {
			fix := Fix(b, c.ID)
			if strings.Contains(strings.ReplaceAll(fix, "issued by "+hostile, ""), hostile) {
				t.Errorf("%s: a word of the evidence acts in: %s", c.ID, fix)
			}
			known[c.ID] = known[c.ID] || strings.Contains(fix, `x$(touch /tmp/p)'\''y`)
		}
	}
	n := 0
	for _, quoted := range known {
		if quoted {
			n++
		}
	}
	if n < 20 {
		t.Errorf("the evidence came into %d fixes: does this test still see any?", n)
	}
}

func quoted(text string) string {
	data, _ := json.Marshal(text)
	return string(data)
}
