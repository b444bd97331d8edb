//go:build unix

package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hdstest/internal/sandbox/directory"
)

// secrets counts those of the person's app.
func (w *tenant) secrets() (n int) {
	w.sandbox.Directory.View(func(s *directory.State) {
		for _, a := range s.Applications {
			if a.DisplayName == "lab" {
				n = len(a.PasswordCredentials)
			}
		}
	})
	return n
}

// TestRotationCutAtEveryRequest: whenever the exchange of a secret is cut, the
// value in the file is one that works; going on leaves one secret.
func TestRotationCutAtEveryRequest(t *testing.T) {
	fullSuiteOnly(t)
	t.Parallel()
	w := newTenant(t)
	w.reset()
	w.must("register", "--yes")
	rotate := []string{"register", "--rotate-secret", "--yes"}
	w.proxy.hold(0, false, nil)
	w.must(rotate...)
	all := len(w.proxy.requests())
	if all < 15 || w.secrets() != 1 || !w.secretWorks() {
		t.Fatalf("not cut: %d requests, %d secrets", all, w.secrets())
	}
	for _, after := range []bool{false, true} {
		for _, n := range points(all) {
			sent := w.cut(n, after, syscall.SIGKILL, rotate...)
			if len(sent) < n {
				continue // the three proofs need fewer requests at times
			}
			if !w.secretWorks() {
				t.Errorf("cut at request %d of %d (%s, answered: %v): the value in the file does not work", n, all, sent[n-1], after)
			}
			if w.unfinished() {
				w.must("register", "--resume", "--yes")
			}
			if w.secrets() != 1 || !w.secretWorks() {
				t.Errorf("cut at request %d of %d (%s, answered: %v), resumed: %d secrets", n, all, sent[n-1], after, w.secrets())
			}
		}
	}
	w.undo("rotated")
}

// TestRotationThatDoesNotWork: where the new secret is not taken, the old one
// stays and the new one goes.
func TestRotationThatDoesNotWork(t *testing.T) {
	t.Parallel()
	w := newTenant(t)
	w.reset()
	w.must("register", "--yes")
	w.proxy.answer = func(rw http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, "/token") {
			return false
		}
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		if strings.Contains(string(body), w.sandbox.Info.AdminClientID) {
			return false
		}
		rw.Header().Set("Content-Type", "application/json")
		rw.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(rw, `{"error":"unauthorized_client","error_description":"AADSTS7000112: Application is disabled.","error_codes":[7000112]}`)
		return true
	}
	code, said := w.run("register", "--rotate-secret", "--yes")
	w.proxy.answer = nil
	if code == 0 || !strings.Contains(said, "the older secrets stay") || w.secrets() != 1 || !w.secretWorks() || w.unfinished() {
		t.Errorf("exit code %d, %d secrets\n%s", code, w.secrets(), said)
	}
	w.undo("not rotated")
}

// TestSlowDirectory: new objects are found late, also by a run that goes on. The
// sandbox's clock moves with the requests, so that nobody waits for long.
func TestSlowDirectory(t *testing.T) {
	fullSuiteOnly(t)
	t.Parallel()
	w := newTenant(t)
	w.reset()
	w.must("register", "--yes")
	want := w.shape()
	w.undo("in a fast directory")
	if err := w.sandbox.Enable("replication-delay"); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var moved time.Duration
	w.proxy.each = func() {
		mu.Lock()
		defer mu.Unlock()
		moved += 400 * time.Millisecond
		w.sandbox.Clock.Move(moved)
	}
	waited := false
	for n := 6; ; n += 5 {
		w.reset()
		sent := w.cut(n, true, syscall.SIGKILL, "register", "--yes")
		if len(sent) < n {
			break
		}
		if w.unfinished() {
			waited = strings.Contains(w.must("register", "--resume", "--yes"), "waiting for ") || waited
		} else {
			waited = strings.Contains(w.must("register", "--yes"), "waiting for ") || waited
		}
		if diff := cmp.Diff(want, w.shape()); diff != "" {
			t.Errorf("cut at request %d (%s), resumed (-fast +slow):\n%s", n, sent[n-1], diff)
		}
		w.must("unregister", "--yes", "--purge")
	}
	if !waited {
		t.Error("nothing was waited for: is the directory slow?")
	}
}

// TestTrouble: what a tenant refuses is told with the missing right or the policy,
// and once that is settled the run goes on.
func TestTrouble(t *testing.T) {
	fullSuiteOnly(t)
	for name, row := range map[string]struct {
		args, resume []string
		says         []string
		nothing      bool // nothing was made
	}{
		"graph-denied":      {says: []string{"could not create the application", "expected the permission Application.ReadWrite.OwnedBy", "[graph.denied]"}, nothing: true},
		"secrets-forbidden": {says: []string{"CredentialTypeNotAllowedAsPerAppPolicy", "[graph.secret_forbidden]", "--resume goes on"}},
		"secret-lifetime": {args: []string{"--secret-lifetime", "12mo"}, resume: []string{"--secret-lifetime", "6mo"},
			says: []string{"CredentialInvalidLifetimeAsPerAppPolicy", "[graph.secret_lifetime]", "--secret-lifetime"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTenant(t)
			w.reset()
			w.must("register", "--yes")
			want := w.shape()
			w.undo("without trouble")
			w.reset()
			w.turn(name, true)
			code, said := w.run(append([]string{"register", "--yes"}, row.args...)...)
			if code != 1 || row.nothing == w.unfinished() {
				t.Fatalf("exit code %d, unfinished %v\n%s", code, w.unfinished(), said)
			}
			for _, text := range row.says {
				if !strings.Contains(said, text) {
					t.Errorf("%q is not in\n%s", text, said)
				}
			}
			w.turn(name, row.resume != nil)
			if row.nothing {
				w.must("register", "--yes")
			} else {
				w.must(append([]string{"register", "--resume", "--yes"}, row.resume...)...)
			}
			if diff := cmp.Diff(want, w.shape()); diff != "" || !w.secretWorks() {
				t.Errorf("resumed:\n%s", diff)
			}
			w.turn(name, false)
			w.undo("after the trouble")
		})
	}
}

func (w *tenant) turn(scenario string, on bool) {
	w.t.Helper()
	turn := w.sandbox.Disable
	if on {
		turn = w.sandbox.Enable
	}
	if err := turn(scenario); err != nil {
		w.t.Fatal(err)
	}
}

// TestThrottled: the run waits as long as it is told to.
func TestThrottled(t *testing.T) {
	fullSuiteOnly(t)
	t.Parallel()
	w := newTenant(t)
	w.reset()
	w.turn("graph-throttled", true)
	if said := w.must("register", "--yes"); !strings.Contains(said, "asks to wait 1s (HTTP status 429)") {
		t.Errorf("it does not say why it waits:\n%s", said)
	}
	w.undo("throttled")
}

// TestConsentForSomebodyElse: who may not consent is given the address at which
// an administrator can; everything else is done.
func TestConsentForSomebodyElse(t *testing.T) {
	t.Parallel()
	w := newTenant(t)
	w.reset()
	w.proxy.answer = func(rw http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, "/oauth2PermissionGrants") {
			return false
		}
		rw.Header().Set("Content-Type", "application/json")
		rw.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(rw, `{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges to complete the operation."}}`)
		return true
	}
	said := w.must("register", "--yes")
	if want := fmt.Sprintf("%s/adminconsent?client_id=", w.sandbox.Info.Authority); !strings.Contains(said, want) || !w.secretWorks() {
		t.Errorf("%q is not in\n%s", want, said)
	}
	w.proxy.answer = nil
	if said := w.must("register", "--yes"); !strings.Contains(said, "create  admin consent") || strings.Contains(said, "create  client secret") {
		t.Errorf("with the right:\n%s", said)
	}
	w.undo("consented later")
}

// fullSuiteOnly leaves out of the short suite what registers an app many times.
func fullSuiteOnly(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("registers many times, or waits as people do: make test-full")
	}
}
