package config_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"hdstest/internal/config"
)

// endedPID is the number of a process that has ended.
func endedPID(t *testing.T) int {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	return cmd.Process.Pid
}

// TestSandboxesOfOneUser: the only sandbox that runs is taken, of several one has
// to be chosen, and those that have ended do not count.
func TestSandboxesOfOneUser(t *testing.T) {
	here, gone := os.Getpid(), endedPID(t)
	for name, row := range map[string]struct {
		pids   map[string]int // by the port of the sandbox; "": the standard one
		chosen string         // port of the file that the variable names
		want   string         // tenant, or a part of the error
	}{
		"none":                        {nil, "", "no sandbox is running: "},
		"the standard one":            {map[string]int{"": here}, "", "https://localhost:1"},
		"another one alone":           {map[string]int{"4001": here}, "", "https://localhost:4001"},
		"one of another time besides": {map[string]int{"": gone, "4001": here, "4002": gone}, "", "https://localhost:4001"},
		"all of another time":         {map[string]int{"4001": gone}, "", "info-4001.json ended without removing the file"},
		"two":                         {map[string]int{"": here, "4001": here}, "", "2 sandboxes run under this user; choose one by HDSTEST_SANDBOX_INFO=FILE: "},
		"two, one chosen":             {map[string]int{"": here, "4001": here}, "4001", "https://localhost:4001"},
		"chosen, not there":           {map[string]int{"": here}, "4001", "HDSTEST_SANDBOX_INFO: no sandbox is running: "},
	} {
		t.Run(name, func(t *testing.T) {
			in := world{profile: "sandbox", env: map[string]string{}}.input(t)
			in.StateDir = filepath.Join(t.TempDir(), "with [brackets]")
			path := func(port string) string {
				if port == "" {
					return config.InfoFile(in.StateDir)
				}
				return config.InfoFileAt(in.StateDir, port)
			}
			for port, pid := range row.pids {
				if err := os.MkdirAll(filepath.Dir(path(port)), 0o700); err != nil {
					t.Fatal(err)
				}
				if port == "" {
					write(t, path(port), fmt.Sprintf(`{"authority":"https://localhost:1","pid":%d}`, pid))
					continue
				}
				write(t, path(port), fmt.Sprintf(`{"authority":"https://localhost:%s","pid":%d}`, port, pid))
			}
			in.Environ = func(name string) string {
				if name == config.EnvSandboxInfo && row.chosen != "" {
					return path(row.chosen)
				}
				return ""
			}
			s, err := config.Resolve(in)
			got := fmt.Sprint(err)
			if err == nil {
				got = s.Authority
			}
			if !strings.Contains(got, row.want) {
				t.Errorf("got %s, want %s", got, row.want)
			}
		})
	}
}

// TestInfoThatIsNone: another JSON object does not pass for a sandbox.
func TestInfoThatIsNone(t *testing.T) {
	file := filepath.Join(t.TempDir(), "info.json")
	for _, text := range []string{"{}", "[]", "no JSON"} {
		write(t, file, text)
		in := world{profile: "sandbox", env: map[string]string{config.EnvSandboxInfo: file}}.input(t)
		if _, err := config.Resolve(in); err == nil || !strings.Contains(err.Error(), "HDSTEST_SANDBOX_INFO: "+file+": not the description of a sandbox") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestInfoBeforeFile: a program that a sandbox runs uses that sandbox, even where a
// config file in its folder is broken or has a profile of that name.
func TestInfoBeforeFile(t *testing.T) {
	info := filepath.Join(t.TempDir(), "info.json")
	write(t, info, `{"authority":"https://localhost:1"}`)
	for name, text := range map[string]string{"broken": "profiles: [", "of that name": "profiles:\n  sandbox:\n    timeout: 5s\n"} {
		in := world{profile: "sandbox", env: map[string]string{config.EnvSandboxInfo: info}}.input(t)
		in.Dir, in.File = t.TempDir(), ""
		write(t, filepath.Join(in.Dir, config.FileName), text)
		if s, err := config.Resolve(in); err != nil || s.Authority != "https://localhost:1" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestForgetEnded removes the files of ended processes and no others.
func TestForgetEnded(t *testing.T) {
	state := t.TempDir()
	keep, drop := config.InfoFileAt(state, "1"), config.InfoFileAt(state, "2")
	if err := os.MkdirAll(filepath.Dir(keep), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, keep, fmt.Sprintf(`{"pid":%d}`, os.Getpid()))
	write(t, drop, fmt.Sprintf(`{"pid":%d}`, endedPID(t)))
	if err := config.ForgetEnded(state); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(keep); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(drop); err == nil {
		t.Error("the file of an ended sandbox stays")
	}
}

// TestNoStateFolder: no file of the current folder stands in for the person's own.
func TestNoStateFolder(t *testing.T) {
	if _, err := config.FindInfo("", "--info FILE"); err == nil || !strings.Contains(err.Error(), "--info FILE") {
		t.Errorf("error %v, want one that says how to choose a sandbox", err)
	}
}
