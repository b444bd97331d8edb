package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hdstest/internal/tokencache"
)

// printed runs token and gives what stands on stdout, and whether the authority
// was asked for it.
func (w *world) printed(t *testing.T, args ...string) (token string, asked bool) {
	t.Helper()
	if code := w.run(t, append([]string{"token", "--profile", "sandbox", "--debug"}, args...)...); code != ExitOK {
		t.Fatalf("%q: exit code %d: %s", args, code, w.stderr.String())
	}
	if !jwtForm.MatchString(w.stdout.String()) {
		t.Fatalf("%q: stdout %q", args, w.stdout.String())
	}
	return w.stdout.String(), strings.Contains(w.stderr.String(), "/oauth2/v2.0/token")
}

// TestTokenIsKept: the same question gets the same token without a request;
// another question does not.
func TestTokenIsKept(t *testing.T) {
	w := newWorld(t)
	info := w.withSandbox(t)
	first, asked := w.printed(t)
	if !asked {
		t.Fatal("the first token came from nowhere")
	}
	for name, row := range map[string]struct {
		args string
		asks bool
	}{
		"again":               {"", false},
		"another form":        {"--output bare", false},
		"good for long":       {"--min-lifetime 30m", false},
		"for another service": {"--service dicom", true},
		"by certificate":      {"--certificate " + info.CertificateFile, true},
		"good for too long":   {"--min-lifetime 24h", true},
		"fresh":               {"--fresh", true},
	} {
		got, asked := w.printed(t, strings.Fields(row.args)...)
		if asked != row.asks {
			t.Errorf("%s: asked the authority: %v, want %v", name, asked, row.asks)
		}
		if name == "again" && got != first && !strings.Contains(row.args, "fresh") {
			t.Logf("%s: another token, as a later row may have renewed it", name)
		}
	}
	if _, asked := w.printed(t, "--certificate", info.CertificateFile); asked {
		t.Error("the token by certificate was not kept")
	}
}

// TestFreshTokenIsKept: what --fresh got is what the next one prints.
func TestFreshTokenIsKept(t *testing.T) {
	w := newWorld(t)
	w.withSandbox(t)
	first, _ := w.printed(t)
	fresh, _ := w.printed(t, "--fresh")
	if fresh == first {
		t.Error("--fresh printed the kept token")
	}
	if next, asked := w.printed(t); next != fresh || asked {
		t.Errorf("afterwards another token is printed, asked: %v", asked)
	}
}

// TestTokenIsRenewedNearItsEnd: with less time left than asked for, a new one is
// got; a token that lives too short to begin with is told.
func TestTokenIsRenewedNearItsEnd(t *testing.T) {
	w := newWorld(t)
	w.withSandbox(t)
	w.printed(t)
	w.Now = func() time.Time { return time.Now().Add(56 * time.Minute) }
	if _, asked := w.printed(t); !asked {
		t.Error("a token with three minutes left was printed")
	}
	if !strings.Contains(w.stderr.String(), "less than --min-lifetime 5m0s") {
		t.Errorf("stderr %q", w.stderr.String()) // by this clock the new one is as old
	}
}

// TestAnotherRunOfTheSandbox: the one after may have been told to refuse.
func TestAnotherRunOfTheSandbox(t *testing.T) {
	w := newWorld(t)
	info := w.withSandbox(t)
	w.printed(t)
	info.PID = os.Getppid() // of a process that runs, as that of a sandbox
	if err := info.WriteFile(filepath.Join(w.StateDir, Name, "sandbox", "info.json")); err != nil {
		t.Fatal(err)
	}
	if _, asked := w.printed(t); !asked {
		t.Error("the token of an earlier run was printed")
	}
}

// TestSandboxLeavesNothing: --sandbox neither reads nor writes what is kept.
func TestSandboxLeavesNothing(t *testing.T) {
	w := newWorld(t)
	for range 2 {
		if code := w.run(t, "token", "--sandbox"); code != ExitOK {
			t.Fatalf("exit code %d: %s", code, w.stderr.String())
		}
	}
	if _, err := os.Stat(filepath.Join(w.StateDir, Name, "tokens")); !os.IsNotExist(err) {
		t.Errorf("a cache was made: %v", err)
	}
}

// TestBrokenCache: a broken file is set aside with a message, and the token comes.
func TestBrokenCache(t *testing.T) {
	w := newWorld(t)
	w.withSandbox(t)
	w.printed(t)
	broken := 0
	all, _ := filepath.Glob(filepath.Join(w.StateDir, Name, "tokens", "*", "*"))
	for _, path := range all {
		if !strings.HasSuffix(path, ".lock") {
			writeFile(t, path, "broken")
			broken++
		}
	}
	if _, asked := w.printed(t); !asked || broken == 0 || !strings.Contains(w.stderr.String(), "was set aside") {
		t.Errorf("asked: %v, %d broken, stderr %q", asked, broken, w.stderr.String())
	}
	if _, asked := w.printed(t); asked {
		t.Error("the new token was not kept")
	}
}

// TestCommandsThatAlwaysAsk: what judges a grant does not take a kept token for it.
func TestCommandsThatAlwaysAsk(t *testing.T) {
	w := newWorld(t)
	w.withSandbox(t)
	w.printed(t)
	for _, args := range []string{"inspect", "probe fhir --only fhir.metadata", "smoke"} {
		w.run(t, append(strings.Fields(args), "--profile", "sandbox", "--debug")...)
		if !strings.Contains(w.stderr.String(), "/oauth2/v2.0/token") {
			t.Errorf("%s did not ask the authority", args)
		}
	}
}

// brokenRing is a keyring that has no answer.
type brokenRing struct{}

func (brokenRing) Get() ([]byte, error) { return nil, tokencache.ErrNoKey }
func (brokenRing) Set([]byte) error     { return os.ErrPermission }

func TestKeyringThatRefuses(t *testing.T) {
	w := newWorld(t)
	w.withSandbox(t)
	w.Keyring = brokenRing{}
	w.printed(t)
	if _, asked := w.printed(t); asked {
		t.Error("without the keyring nothing is kept")
	}
}
