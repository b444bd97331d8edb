package cli

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"hdstest/internal/config"
	"hdstest/internal/sandbox"
	"hdstest/internal/sandbox/sandboxtest"
	"hdstest/internal/transport"
)

// withSandbox runs a sandbox for the length of the test where --profile sandbox
// finds it, and gives the world a scripted person at its browser.
func (w *world) withSandbox(t *testing.T, scenarios ...string) sandbox.Info {
	t.Helper()
	return w.sandboxOf(t, scenarios...).Info
}

// sandboxOf is [world.withSandbox] with the sandbox itself.
func (w *world) sandboxOf(t *testing.T, scenarios ...string) *sandbox.Sandbox {
	t.Helper()
	dir := filepath.Dir(config.InfoFile(w.StateDir))
	s, err := sandboxtest.Start(t.Context(), sandbox.Options{StateDir: dir, PortBase: sandbox.AnyPort, Now: time.Now, Scenarios: scenarios})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := s.Info.WriteFile(config.InfoFile(w.StateDir)); err != nil {
		t.Fatal(err)
	}
	w.Open = func(address string) error {
		go func() { _ = w.person(t, s.Info)(t.Context(), address, "") }() // a browser takes its time
		return nil
	}
	return s
}

// person walks the sign-in page of a sandbox.
func (w *world) person(t *testing.T, info sandbox.Info) func(context.Context, string, string) error {
	t.Helper()
	out, err := infoOf(info)
	if err != nil {
		t.Fatal(err)
	}
	return walker(trusting(t, info.CAFile), out)
}

func trusting(t *testing.T, caFile string) *http.Client {
	t.Helper()
	client, err := transport.New(transport.Options{CAFile: caFile})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

var jwtForm = regexp.MustCompile(`^eyJ[\w-]+\.[\w-]+\.[\w-]+\n$`)

func TestTokenByEveryGrant(t *testing.T) {
	w := newWorld(t)
	info := w.withSandbox(t)
	secretFile := filepath.Join(t.TempDir(), "secret")
	writeFile(t, secretFile, info.ClientSecret+"\r\n")
	for name, args := range map[string]string{
		"secret of the profile":                   "",
		"secret in a file":                        "--client-secret-file " + secretFile,
		"certificate":                             "--certificate " + info.CertificateFile,
		"federated assertion":                     "--federated-token-file " + info.FederatedTokenFile,
		"authorization code, confidential client": "--grant authorization_code",
		"authentication_code is another name":     "--grant authentication_code",
		"authorization code, public client":       "--grant authorization_code --client-id " + info.PublicClientID,
		"for DICOM":                               "--service dicom",
		"by scope":                                "--scope " + info.FHIRURL + "/.default",
	} {
		if name == "federated assertion" {
			if _, err := os.Stat(info.FederatedTokenFile); err != nil {
				continue // the sandbox has no outside issuer
			}
		}
		if code := w.run(t, append([]string{"token", "--profile", "sandbox"}, strings.Fields(args)...)...); code != ExitOK {
			t.Errorf("%s: exit code %d: %s", name, code, w.stderr.String())
			continue
		}
		if !jwtForm.MatchString(w.stdout.String()) {
			t.Errorf("%s: stdout %q, want a token and nothing else", name, w.stdout.String())
		}
	}
}

// ear calls heard with each line that is written to it.
type ear struct {
	mu    sync.Mutex
	out   *bytes.Buffer
	heard func(line string)
}

func (e *ear) Write(p []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.heard(string(p))
	return e.out.Write(p)
}

var deviceCode = regexp.MustCompile(`(https://\S+).* code ([A-Z0-9-]{6,})`)

func TestTokenByDeviceCode(t *testing.T) {
	w := newWorld(t)
	info := w.withSandbox(t)
	w.Stderr = &ear{out: &w.stderr, heard: func(line string) {
		if m := deviceCode.FindStringSubmatch(line); m != nil {
			go func() {
				if err := w.person(t, info)(t.Context(), m[1], m[2]); err != nil {
					t.Error(err)
				}
			}()
		}
	}}
	w.Sleep = func(ctx context.Context, d time.Duration) error { return nil }
	if code := w.run(t, "token", "--profile", "sandbox", "--grant", "device_code", "--client-id", info.PublicClientID); code != ExitOK {
		t.Fatalf("exit code %d: %s", code, w.stderr.String())
	}
	if !jwtForm.MatchString(w.stdout.String()) {
		t.Errorf("stdout %q, want a token and nothing else", w.stdout.String())
	}
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
