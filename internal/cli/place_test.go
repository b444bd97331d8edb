package cli

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"hdstest/internal/config"
)

// TestStateFolder: what cannot be kept is refused before anything is done for it.
func TestStateFolder(t *testing.T) {
	blocked := filepath.Join(t.TempDir(), "file")
	writeFile(t, blocked, "")
	file := filepath.Join(t.TempDir(), "hdstest.yaml")
	writeFile(t, file, "profiles: {}\n")
	for args, want := range map[string]string{
		"config trust " + file:                      "the trust cannot be kept: ",
		"login --profile sandbox":                   "the session cannot be kept: ",
		"register --profile sandbox --secret --yes": "the list",
	} {
		for name, folder := range map[string]string{"a file in the way": blocked, "no folder": ""} {
			if folder == "" && strings.HasPrefix(args, "register") {
				continue // a warning
			}
			w := newWorld(t)
			w.withSandbox(t)
			w.env[config.EnvSandboxInfo] = config.InfoFile(w.StateDir)
			w.Open = func(string) error { t.Errorf("%s, %s: somebody had to sign in", args, name); return nil }
			w.StateDir = folder
			if code := w.run(t, strings.Fields(args)...); code != ExitUsage || !strings.Contains(w.stderr.String(), want) {
				t.Errorf("%s, %s: exit code %d: %s", args, name, code, w.stderr.String())
			}
		}
	}
}

// TestConfigFolder: whether the config file can be written is found out before
// anybody is asked and anything is made.
func TestConfigFolder(t *testing.T) {
	blocked := filepath.Join(t.TempDir(), "file")
	writeFile(t, blocked, "")
	for args, want := range map[string]string{
		"init --fhir-url https://localhost:1 --tenant-id aaaaaaaa-0000-4000-8000-000000000001 --yes": "cannot be written: ",
		"export k6 --placeholders --out " + filepath.Join(blocked, "x"):                              "--out: ",
	} {
		w := newWorld(t)
		w.ConfigDir = blocked
		code := w.run(t, strings.Fields(args)...)
		if said := w.stderr.String(); code != ExitUsage || !strings.Contains(said, want) || strings.Contains(said, "could not ask") {
			t.Errorf("%s: exit code %d: %s", args, code, said)
		}
	}
}

// TestSandboxWithoutState: where nothing can be kept, in a container say, a sandbox
// runs all the same and says how it is found.
func TestSandboxWithoutState(t *testing.T) {
	w := newWorld(t)
	w.StateDir = filepath.Join(t.TempDir(), "file")
	writeFile(t, w.StateDir, "")
	info := filepath.Join(t.TempDir(), "info.json")
	ctx, stop := context.WithCancel(t.Context())
	w.Stdout = &ear{out: &w.stdout, heard: func(string) { stop() }}
	if code := Run(ctx, w.Env, []string{Name, "sandbox", "--port", "0", "--info", info}); code != ExitOK {
		t.Errorf("exit code %d", code)
	}
	if !strings.Contains(w.stdout.String(), config.EnvSandboxInfo+"="+info+" hdstest token --profile sandbox") || !strings.Contains(w.stderr.String(), "cannot be kept") {
		t.Errorf("%s%s", w.stdout.String(), w.stderr.String())
	}
}
