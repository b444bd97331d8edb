package cli

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"hdstest/internal/config"
	"hdstest/internal/sandbox"
	"hdstest/internal/secret"
	"hdstest/internal/signin"
	"hdstest/internal/tokencache"
)

// must runs a command that is to succeed and gives what it said.
func (w *world) must(t *testing.T, args ...string) string {
	t.Helper()
	if code := w.run(t, append(args, "--profile", "sandbox")...); code != ExitOK {
		t.Fatalf("%q: exit code %d: %s", args, code, w.stderr.String())
	}
	return w.stderr.String()
}

// TestLogin: after a sign-in token, inspect and probe are silent, for both
// services and both kinds of clients; after logout they are not.
func TestLogin(t *testing.T) {
	for name, app := range map[string]func(sandbox.Info) []string{
		"public client": func(i sandbox.Info) []string { return []string{"--client-id", i.PublicClientID} },
		"web app":       func(sandbox.Info) []string { return []string{"--grant", "authorization_code"} },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			info := w.withSandbox(t)
			args := app(info)
			identity := args
			if args[0] == "--grant" {
				identity = nil
			}
			said := w.must(t, append([]string{"login"}, identity...)...)
			if !strings.Contains(said, "signed in as "+info.Username) || !strings.Contains(said, "the session is kept") || w.stdout.Len() > 0 {
				t.Errorf("stdout %q, stderr %q", w.stdout.String(), said)
			}
			w.Open = func(string) error { t.Error("the browser was opened again"); return errors.New("no") }
			if _, asked := w.printed(t, args...); asked {
				t.Error("the token of the sign-in was not kept")
			}
			for _, more := range []string{"--service dicom", "--min-lifetime 24h", "--fresh"} {
				if _, asked := w.printed(t, append(args, strings.Fields(more)...)...); !asked {
					t.Errorf("%s: nobody was asked", more)
				}
			}
			w.must(t, append([]string{"inspect"}, args...)...)
			w.must(t, append([]string{"probe", "all", "--only", "fhir.metadata", "--only", "dicom.changefeed.latest"}, args...)...)
			noSecret(t, w, info)
			if said := w.must(t, append([]string{"logout"}, identity...)...); !strings.Contains(said, "removed") {
				t.Errorf("logout: %q", said)
			}
			if said := w.must(t, append([]string{"logout"}, identity...)...); !strings.Contains(said, "nothing was kept") {
				t.Errorf("logout again: %q", said)
			}
		})
	}
}

// TestNoSessionNoSilence: without a session the implied grant is that of the app.
func TestNoSessionNoSilence(t *testing.T) {
	w := newWorld(t)
	info := w.withSandbox(t)
	if code := w.run(t, "token", "--profile", "sandbox", "--client-id", info.PublicClientID); code != ExitUsage || !strings.Contains(w.stderr.String(), "missing credential") {
		t.Errorf("exit code %d: %s", code, w.stderr.String())
	}
}

// TestSignInIsLogin: a token got by a sign-in leaves a session, too.
func TestSignInIsLogin(t *testing.T) {
	w := newWorld(t)
	info := w.withSandbox(t)
	w.must(t, "token", "--grant", "authorization_code", "--client-id", info.PublicClientID)
	w.Open = nil
	if _, asked := w.printed(t, "--client-id", info.PublicClientID, "--service", "dicom"); !asked {
		t.Error("nobody was asked")
	}
}

// TestSessionThatHasEnded: without --grant nobody is asked to sign in, and the
// error is the authority's; with it the browser opens, and the reason is told.
func TestSessionThatHasEnded(t *testing.T) {
	w := newWorld(t)
	info := w.withSandbox(t)
	w.must(t, "login", "--client-id", info.PublicClientID)
	cache := (&program{Env: w.Env}).cache()
	key := tokencache.Key{Partition: tokencache.ForPerson, App: tokencache.App{Authority: info.Authority, Tenant: info.TenantID,
		ClientID: info.PublicClientID, Realm: realm(&config.Info{PID: info.PID, FHIRURL: info.FHIRURL})}}
	kept, ok := cache.Session(key)
	if !ok {
		t.Fatal("no session is kept")
	}
	kept.Data = secret.New(strings.ReplaceAll(kept.Data.Reveal(), "sandbox-refresh.", "sandbox-refresh.x"))
	cache.KeepSession(key, kept)
	code := w.run(t, "token", "--profile", "sandbox", "--client-id", info.PublicClientID, "--service", "dicom")
	if code != ExitNoToken || !strings.Contains(w.stderr.String(), "(refresh_token)") || w.stdout.Len() > 0 {
		t.Errorf("exit code %d, stdout %q, stderr %q", code, w.stdout.String(), w.stderr.String())
	}
	if said := w.must(t, "token", "--client-id", info.PublicClientID, "--service", "dicom", "--grant", "authorization_code"); !strings.Contains(said, "a new sign-in is needed") {
		t.Errorf("stderr %q", said)
	}
	w.Open = nil
	if _, asked := w.printed(t, "--client-id", info.PublicClientID, "--fresh"); !asked {
		t.Error("nobody was asked")
	}
}

// elsewhere is a browser on another machine: it walks the sign-in page and stops
// where the redirect leads to a place that does not answer there.
func elsewhere(t *testing.T, w *world, info sandbox.Info, address string) string {
	t.Helper()
	stopped := ""
	client := *trusting(t, info.CAFile)
	client.Transport = stopAt{client.Transport, &stopped}
	person := signin.Person{HTTP: &client, Press: []string{"Yes", "Accept", "Continue"},
		Fields: map[string]string{"login": info.Username, "username": info.Username, "loginfmt": info.Username,
			"passwd": info.Password, "password": info.Password}}
	if _, _, err := person.Open(t.Context(), address); err == nil || stopped == "" {
		t.Errorf("the sign-in did not end at a redirect: %v", err)
	}
	return stopped
}

type stopAt struct {
	next    http.RoundTripper
	stopped *string
}

func (s stopAt) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme == "http" {
		*s.stopped = r.URL.String()
		return nil, errors.New("no answer")
	}
	return s.next.RoundTrip(r)
}

var (
	signInAddress = regexp.MustCompile(`(?m)^  (https://\S+/authorize\?\S+)$`)
	sshLine       = regexp.MustCompile(`(?m)^  ssh -N -L (\d+):localhost:(\d+) me@192\.0\.2\.2 -p 2222$`)
)

// TestLoginOverSSH: the address is shown, the line for the port, and the pasted
// address is taken.
func TestLoginOverSSH(t *testing.T) {
	w := newWorld(t)
	info := w.withSandbox(t)
	w.Open = nil
	w.env["SSH_CONNECTION"], w.env["USER"] = "192.0.2.1 50000 192.0.2.2 2222", "me"
	stdin, typed := io.Pipe()
	w.Stdin = stdin
	w.Stderr = &ear{out: &w.stderr, heard: func(text string) {
		if m := signInAddress.FindStringSubmatch(text); m != nil {
			go func() { _, _ = io.WriteString(typed, "what?\n"+elsewhere(t, w, info, m[1])+"\n") }()
		}
	}}
	said := w.must(t, "login", "--client-id", info.PublicClientID, "--sign-in-timeout", "30s")
	if !strings.Contains(said, "signed in as") || !strings.Contains(said, "that is not the address of the answer") {
		t.Errorf("stderr %q", said)
	}
	m := sshLine.FindStringSubmatch(said)
	address := signInAddress.FindStringSubmatch(said)
	if m == nil || address == nil {
		t.Fatalf("no line for ssh in %q", said)
	}
	u, err := url.Parse(address[1])
	if err != nil || u.Query().Get("redirect_uri") != "http://localhost:"+m[1] || m[1] != m[2] {
		t.Errorf("ssh carries %s to %s; the redirect is %s", m[1], m[2], u.Query().Get("redirect_uri"))
	}
	if strings.Contains(said, "&code=") || strings.Contains(said, "?code=") {
		t.Error("what was pasted is repeated")
	}
}

// TestLoginByDeviceCode: on a terminal with a QR code, and kept as any session.
func TestLoginByDeviceCode(t *testing.T) {
	w := newWorld(t)
	info := w.withSandbox(t)
	w.StderrTerminal, w.Width = true, 100
	w.Stderr = &ear{out: &w.stderr, heard: func(line string) {
		if m := deviceCode.FindStringSubmatch(line); m != nil {
			go func() {
				if err := w.person(t, info)(context.WithoutCancel(t.Context()), m[1], m[2]); err != nil {
					t.Error(err)
				}
			}()
		}
	}}
	said := w.must(t, "login", "--device-code", "--client-id", info.PublicClientID)
	if !strings.Contains(said, blackOnWhite) || !strings.Contains(said, "▀") || !strings.Contains(said, "signed in as "+info.Username) {
		t.Errorf("stderr %q", said)
	}
	if _, asked := w.printed(t, "--client-id", info.PublicClientID); asked {
		t.Error("the token was not kept")
	}
}

func TestQRCode(t *testing.T) {
	const address = "https://microsoft.com/devicelogin"
	drawn := qrCode(address, 80)
	lines := strings.Split(strings.TrimSpace(drawn), "\n")
	width := len([]rune(strings.NewReplacer(blackOnWhite, "", plainText, "").Replace(lines[0])))
	if width < 21+8 || len(lines) != (width+1)/2 {
		t.Errorf("%d lines of %d modules; want a square with its quiet zone", len(lines), width)
	}
	for name, got := range map[string]string{"too narrow": qrCode(address, 20), "no web address": qrCode("javascript:x", 80)} {
		if got != "" {
			t.Errorf("%s: drawn all the same", name)
		}
	}
}

func TestLogoutRefusals(t *testing.T) {
	w := newWorld(t)
	if code := w.run(t, "logout"); code != ExitUsage || !strings.Contains(w.stderr.String(), "missing tenant_id and client_id") {
		t.Errorf("without an app: exit code %d: %s", code, w.stderr.String())
	}
	if code := w.run(t, "logout", "--sandbox"); code != ExitUsage {
		t.Errorf("--sandbox: exit code %d", code)
	}
	if code := w.run(t, "logout", "--all"); code != ExitOK || !strings.Contains(w.stderr.String(), "nothing was kept") {
		t.Errorf("--all: exit code %d: %s", code, w.stderr.String())
	}
}

// TestDeviceCodeEndsInTime: --sign-in-timeout ends the wait for a device code too.
func TestDeviceCodeEndsInTime(t *testing.T) {
	w := newWorld(t)
	info := w.withSandbox(t)
	code := w.run(t, "login", "--profile", "sandbox", "--client-id", info.PublicClientID, "--device-code", "--sign-in-timeout", "200ms")
	if code != ExitNoToken || !strings.Contains(w.stderr.String(), "nobody signed in within 200ms") || !strings.Contains(w.stderr.String(), "[signin.not_finished]") {
		t.Errorf("exit code %d: %s", code, w.stderr.String())
	}
}
