package main

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// leftIn tells what is in a folder.
func leftIn(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// TestNobodyReads: where the reader of stdout goes away, as behind "| head -1", the
// program ends with the code that shells give it, says nothing, and leaves nothing.
func TestNobodyReads(t *testing.T) {
	t.Parallel()
	for _, args := range []string{"token --sandbox", "probe all --sandbox --write --output json", "smoke --sandbox", "sandbox --port 0"} {
		temporary := t.TempDir()
		from, to, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("hdstest", strings.Fields(args)...)
		var stderr strings.Builder
		cmd.Env = append(home(t), "PATH="+os.Getenv("PATH"), "TMPDIR="+temporary)
		cmd.Stdout, cmd.Stderr = to, &stderr
		_ = from.Close()
		code, err := exitCode(cmd.Run())
		_ = to.Close()
		if err != nil || code != 141 || stderr.Len() > 0 {
			t.Errorf("%s: exit code %d, %v, stderr %q", args, code, err, stderr.String())
		}
		if left := leftIn(t, temporary); len(left) > 0 {
			t.Errorf("%s: left behind: %q", args, left)
		}
	}
}

// TestClosedTerminal: a sandbox whose terminal is closed cleans up, though the signal
// comes twice; one that nohup keeps runs on.
func TestClosedTerminal(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		words []string
		send  []syscall.Signal
	}{
		"closed": {[]string{"hdstest"}, []syscall.Signal{syscall.SIGHUP, syscall.SIGHUP}},
		"nohup":  {[]string{"nohup", "hdstest"}, []syscall.Signal{syscall.SIGHUP, syscall.SIGTERM}},
	} {
		temporary, env := t.TempDir(), home(t)
		words := append(row.words, "sandbox", "--port", "0")
		cmd := exec.Command(words[0], words[1:]...)
		cmd.Env = append(env, "PATH="+os.Getenv("PATH"), "TMPDIR="+temporary)
		stdout, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewReader(stdout)
		if _, err := lines.ReadString('\n'); err != nil { // it runs
			t.Fatal(err)
		}
		for _, s := range row.send {
			if err := cmd.Process.Signal(s); err != nil {
				t.Fatal(err)
			}
			if s == syscall.SIGHUP && name == "nohup" {
				if s := execute(t, env, "sandbox", "scenario", "off", "slow"); s.code != 0 {
					t.Errorf("nohup: it did not run on: %s", s.stderr)
				}
			}
		}
		_, _ = lines.WriteTo(&strings.Builder{})
		if code, err := exitCode(cmd.Wait()); err != nil || code != 0 {
			t.Errorf("%s: exit code %d, %v", name, code, err)
		}
		state := filepath.Join(strings.TrimPrefix(env[2], "XDG_STATE_HOME="), "hdstest", "sandbox")
		if left := leftIn(t, temporary); len(left) > 0 || strings.Contains(strings.Join(leftIn(t, state), " "), "info") {
			t.Errorf("%s: left behind: %q, %q", name, left, leftIn(t, state))
		}
	}
}
