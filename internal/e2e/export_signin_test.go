//go:build e2e

package e2e_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hdstest/internal/catalogue"
)

// TestSignInByHTTPYac: a person signs in, by httpYac's own authorization code flow
// with PKCE, in the environment for that; once, for all requests, and without a
// secret. The browser is a script that hands the address over.
func TestSignInByHTTPYac(t *testing.T) {
	s := startSandbox(t)
	in := s.input()
	in.RedirectPlatform, in.Requests = "public", slices.DeleteFunc(catalogue.For(catalogue.FHIR), func(r catalogue.Request) bool { return r.Group != catalogue.GroupFHIRRead })
	in.Vars[catalogue.VarClientID] = s.PublicClientID
	dir := rendered(t, []string{"http"}, in)
	file := filepath.Join(dir, "hdstest-e2e.http")
	text, err := readFile(file)
	if err != nil || !strings.Contains(text, "http://localhost:3000") {
		t.Fatalf("%v\n%s", err, text)
	}
	text = strings.ReplaceAll(text, "http://localhost:3000", fmt.Sprintf("http://localhost:%d", freePort(t)))
	address := filepath.Join(s.home, "address")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	person := make(chan error, 1)
	go func() { person <- s.signInAt(ctx, t, address) }()
	before := s.requests(t, "httpyac")
	env := environment(s.home, "NODE_EXTRA_CA_CERTS="+s.CAFile, "BROWSER="+filepath.Join(e2eDir(t), "browser.sh"), "BROWSER_ADDRESS="+address)
	r := command(t, dir, env, bin(t, "httpyac"), "send", "hdstest-e2e.http", "--all", "--env", "hdstest-e2e-sign-in", "--output", "short", "--no-color")
	cancel()
	if err := <-person; err != nil {
		t.Errorf("the person: %v", err)
	}
	n := passed(r.stdout, `(?m)^✓ `)
	if r.code != 0 || n < 5 || s.tokens(t) != 1 {
		t.Errorf("exit code %d, %d assertions, %d token requests\n%s%s", r.code, n, s.tokens(t), r.stdout, r.stderr)
	}
	record(t, used{"httpYac (sign-in)", nodeVersion(t, "httpyac"), s.requests(t, "httpyac") - before, n})
}

// signInAt waits for the address that the browser was to open, and goes there.
func (s sandbox) signInAt(ctx context.Context, t *testing.T, file string) error {
	for tick := time.NewTicker(50 * time.Millisecond); ; {
		select {
		case <-ctx.Done():
			return fmt.Errorf("no browser was opened")
		case <-tick.C:
			address, err := readFile(file)
			if err != nil {
				continue
			}
			_, _, err = s.person(t).Open(ctx, strings.TrimSpace(address))
			return err
		}
	}
}
