package cli

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestTextOfPowerShell: a file that ">" of Windows PowerShell made is in UTF-16.
func TestTextOfPowerShell(t *testing.T) {
	wide := "\xff\xfe"
	for _, c := range `{"error":"invalid_client","error_description":"AADSTS7000222: The provided client secret keys are expired."}` {
		wide += string([]byte{byte(c), 0})
	}
	file := filepath.Join(t.TempDir(), "answer.json")
	writeFile(t, file, wide)
	w := newWorld(t)
	w.run(t, "explain", "--file", file)
	if !strings.Contains(w.stdout.String(), "[secret.expired]") {
		t.Errorf("not understood: %s%s", w.stdout.String(), w.stderr.String())
	}
}

// TestLargeText: of a long log the beginning is read, and that is said; evidence is
// read up to its own bound.
func TestLargeText(t *testing.T) {
	file := filepath.Join(t.TempDir(), "log")
	writeFile(t, file, "AADSTS7000222: expired\n"+strings.Repeat("x", 2<<20))
	w := newWorld(t)
	w.run(t, "explain", "--file", file)
	if !strings.Contains(w.stdout.String(), "[secret.expired]") || !strings.Contains(w.stderr.String(), "only the first 1048576 bytes") {
		t.Errorf("%s%s", w.stdout.String(), w.stderr.String())
	}
	writeFile(t, file, `{"response":{"status":403,"body":"`+strings.Repeat("x", 2<<20)+`"}}`)
	if w.run(t, "explain", "--evidence", file); !strings.Contains(w.stdout.String(), "an evidence bundle with") {
		t.Errorf("%s%s", w.stdout.String(), w.stderr.String())
	}
}

// TestSecretArgument: one that is no text is refused before anything is sent.
func TestSecretArgument(t *testing.T) {
	for text, want := range map[string]string{"a\x1bb": "--client-secret: the argument holds control characters", " ": "the client secret is empty"} {
		w := newWorld(t)
		if code := w.run(t, "token", "--sandbox", "--client-secret", text); code != ExitUsage || !strings.Contains(w.stderr.String(), want) {
			t.Errorf("%q: exit code %d, %s", text, code, w.stderr.String())
		}
	}
}
