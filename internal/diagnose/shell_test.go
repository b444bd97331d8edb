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
	for _, value := range []string{"plain-1.2_3~:/@%+=,#", "a b", `C:\Users\me`, "rg-(prod)", "a\u00a0b", "É"} {
		word := forShell(value)
		got, err := exec.Command("sh", "-c", "printf '%s|' "+word).Output()
		if err != nil || string(got) != value+"|" {
			t.Errorf("%q as %s is %q to the shell: %v", value, word, got, err)
		}
	}
	for _, value := range []string{"--role", "-x", "a\nb", "a\x1bb", "$(echo x)", "`echo x`", "it's", `a"b`, "a;echo b", "a&b", "a|b", "a>b", "a !b", ""} {
		if got := forShell(value); got != "" {
			t.Errorf("%q: %q, want the gap open", value, got)
		}
	}
	if inQuotes(`a"b`) != "" || inQuotes("a b") != "" || inQuotes("repo:o/r:ref:refs/heads/x") == "" {
		t.Error("in quotes")
	}
}

// TestNoFixCarriesACommand: whatever stands in evidence, it is not a command in a fix
// that is to be copied.
func TestNoFixCarriesACommand(t *testing.T) {
	const hostile, harmless = "x$(touch /tmp/p)", "some (good) name"
	came := 0
	for _, c := range causes.All() {
		if fix := Fix(everywhere(t, hostile), c.ID); strings.Contains(strings.ReplaceAll(fix, "issued by "+hostile, ""), hostile) {
			t.Errorf("%s: a word of the evidence acts in: %s", c.ID, fix)
		}
		fix := Fix(everywhere(t, harmless), c.ID)
		if strings.Contains(fix, "'"+harmless+"'") {
			came++
		}
	}
	if came < 20 {
		t.Errorf("the evidence came into %d fixes: does this test still see any?", came)
	}
}

// everywhere is evidence with one text in every place that fixes take words from.
func everywhere(t *testing.T, word string) evidence.Bundle {
	t.Helper()
	fill := func(fields ...string) map[string]string {
		out := map[string]string{}
		for _, f := range fields {
			out[f] = word
		}
		return out
	}
	data, err := json.Marshal(map[string]any{"service": "fhir", "service_url": "https://w-f" + word + ".fhir.azurehealthcareapis.com",
		"token_request":     fill("client_id", "scope", "resource", "redirect_uri", "assertion_iss", "assertion_sub", "x5t"),
		"authorize_request": fill("client_id", "redirect_uri", "scope"), "claims": fill("oid", "tid", "aud", "iss", "appid", "sub"),
		"service_config": fill("audience", "tenant_id", "authority", "resource_id"), "config": fill("tenant_id", "client_id", "authority"),
		"graph": fill("appId", "service_principal_object_id"), "arm": fill("scope", "resource_id", "object_id"),
		"network": fill("host", "proxy"), "local": fill("path"), "request": fill("id"), "response": map[string]any{"headers": fill("Retry-After", "X-Request-Id")}})
	if err != nil {
		t.Fatal(err)
	}
	b, err := evidence.Read(strings.NewReader(string(data)))
	if err != nil {
		t.Fatal(err)
	}
	return b
}
