package cli

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hdstest/internal/sandbox"
)

// bundleOf runs a command with --evidence and gives the file's text.
func (w *world) bundleOf(t *testing.T, want int, args ...string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "evidence.json")
	if code := w.run(t, append(args, "--evidence", file)...); code != want {
		t.Errorf("%v: exit code %d, want %d: %s", args, code, want, &w.stderr)
	}
	info, err := os.Stat(file)
	if err != nil {
		t.Fatalf("%v: %v; %s", args, err, &w.stderr)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("%v: mode %v", args, info.Mode())
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var b map[string]any
	if err := json.Unmarshal(data, &b); err != nil || b["schema_version"] != 1.0 || b["command"] != strings.Join(words(args), " ") || b["now"] == nil {
		t.Errorf("%v: %v: %s", args, err, data)
	}
	return string(data)
}

// words are the arguments before the first flag or value of the command.
func words(args []string) []string {
	two := map[string]bool{"config": true, "export": true, "sandbox": true}
	if two[args[0]] {
		return args[:2]
	}
	return args[:1]
}

// TestEvidenceHoldsNothingSecret plants canaries wherever a run has secrets and
// persons, and looks for them in every spelling.
func TestEvidenceHoldsNothingSecret(t *testing.T) {
	if testing.Short() {
		t.Skip("runs every command on a sandbox")
	}
	w := newWorld(t)
	info := w.withSandbox(t)
	w.Sleep = func(context.Context, time.Duration) error { return nil }
	for _, args := range [][]string{
		{"token", "--profile", "sandbox"},
		{"token", "--profile", "sandbox", "--certificate", info.CertificateFile},
		{"token", "--profile", "sandbox", "--grant", "authorization_code", "--client-id", info.PublicClientID},
		{"login", "--profile", "sandbox", "--client-id", info.PublicClientID},
		{"whoami", "--profile", "sandbox"},
		{"inspect", "--profile", "sandbox"},
		{"probe", "all", "--profile", "sandbox", "--write"},
		{"smoke", "--profile", "sandbox"},
		{"doctor", "--profile", "sandbox"},
		{"doctor", "--profile", "sandbox", "--grant", "authorization_code", "--client-id", info.PublicClientID},
		{"register", "--profile", "sandbox", "--name", "evidence", "--secret", "--no-save", "--yes", "--secret-out", filepath.Join(t.TempDir(), "secret.txt")},
		{"export", "postman", "--placeholders", "--out", t.TempDir()},
		{"config", "check"},
	} {
		want := ExitOK
		if args[0] == "config" { // of no file at all
			want = ExitFailed
		}
		nothingSecret(t, args, w.bundleOf(t, want, args...), w, info)
	}
	wrong := filepath.Join(w.Home, "secret.txt")
	const canary = "Zq8Q~canary.Canary-0123456789"
	if err := os.WriteFile(wrong, []byte(canary), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"token", "--profile", "sandbox", "--fresh", "--client-secret-file", wrong},
		{"token", "--profile", "sandbox", "--certificate", wrong},
	} {
		text := w.bundleOf(t, w.run(t, args...), args...)
		if nothingSecret(t, args, text, w, info); strings.Contains(text, canary) || strings.Contains(text, w.Home) {
			t.Errorf("%v: %s", args, text)
		}
	}
}

func nothingSecret(t *testing.T, args []string, text string, w *world, info sandbox.Info) {
	t.Helper()
	for name, s := range map[string]string{"client secret": info.ClientSecret, "password": info.Password, "administrator's secret": info.AdminClientSecret,
		"user": info.Username, "home": w.Home, "a token": "eyJ"} {
		if s == "" {
			t.Fatalf("%s: nothing planted", name)
		}
		quoted, _ := json.Marshal(s)
		for _, form := range []string{s, url.QueryEscape(s), strings.Trim(string(quoted), `"`), base64.StdEncoding.EncodeToString([]byte(s)),
			base64.StdEncoding.EncodeToString([]byte(info.ClientID + ":" + s))} {
			if strings.Contains(text, form) {
				t.Errorf("%v: the evidence holds the %s: %s", args, name, text)
			}
		}
	}
}

// TestEvidenceIsWrittenOnFailure: the file is about what failed, and explain reads
// the cause from it that the run named.
func TestEvidenceIsWrittenOnFailure(t *testing.T) {
	for scenario, row := range map[string]struct {
		args  []string
		code  int
		cause string
	}{
		"secret-expired": {[]string{"token"}, ExitNoToken, "secret.expired"},
		"role-missing":   {[]string{"probe", "fhir"}, ExitFailed, "role.missing"},
		"wrong-audience": {[]string{"inspect", "--service", "fhir"}, ExitFailed, "audience.legacy"},
		"app-disabled":   {[]string{"doctor"}, ExitNoToken, "app.disabled"},
		"role-pending":   {[]string{"doctor"}, ExitFailed, "role.pending"},
		"graph-denied":   {[]string{"register", "--name", "x", "--no-save", "--yes"}, ExitFailed, "graph.denied"},
	} {
		w := newWorld(t)
		w.withSandbox(t, scenario)
		text := w.bundleOf(t, row.code, append(row.args, "--profile", "sandbox")...)
		file := filepath.Join(t.TempDir(), "bundle.json")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		w.run(t, "explain", "--evidence", file, "--output", "json")
		var told struct {
			Causes []struct{ ID string }
		}
		if err := json.Unmarshal(w.stdout.Bytes(), &told); err != nil || len(told.Causes) == 0 || told.Causes[0].ID != row.cause {
			t.Errorf("%s: %v, causes %+v, want %s first, from %s", scenario, err, told.Causes, row.cause, text)
		}
	}
}

func TestEvidenceIsNeverWrittenOver(t *testing.T) {
	w := newWorld(t)
	file := filepath.Join(t.TempDir(), "evidence.json")
	if err := os.WriteFile(file, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{file, "-", filepath.Join(file, "below")} {
		if code := w.run(t, "config", "check", "--evidence", path); code != ExitUsage || !strings.Contains(w.stderr.String(), "--evidence") {
			t.Errorf("%s: exit code %d: %s", path, code, &w.stderr)
		}
	}
	if data, err := os.ReadFile(file); err != nil || string(data) != "mine" {
		t.Errorf("%v %q", err, data)
	}
	// Bad input of which nothing was seen leaves nothing behind.
	other := filepath.Join(t.TempDir(), "evidence.json")
	if code := w.run(t, "token", "--grant", "bogus", "--evidence", other); code != ExitUsage {
		t.Errorf("exit code %d", code)
	}
	if _, err := os.Stat(other); err == nil {
		t.Error("a file without evidence is there")
	}
}
