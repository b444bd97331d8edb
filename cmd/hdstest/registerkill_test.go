//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hdstest/internal/entra"
	"hdstest/internal/sandbox"
	"hdstest/internal/sandbox/directory"
	"hdstest/internal/sandbox/sandboxtest"
)

// tenant is a sandbox with a person who registers an app there, in processes of
// their own, through a proxy that can hold a request.
type tenant struct {
	t       *testing.T
	sandbox *sandbox.Sandbox
	proxy   *holdProxy
	dir     string // the person's home
	foreign string // client id of somebody else's app that the person names; empty: a new app
	before  string // the tenant, whole, before anything was done
}

func newTenant(t *testing.T) *tenant {
	t.Helper()
	s, err := sandboxtest.Start(context.Background(), sandbox.Options{StateDir: t.TempDir(), PortBase: sandbox.AnyPort, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	w := &tenant{t: t, sandbox: s, proxy: newHoldProxy(t, s.Info.CAFile), dir: t.TempDir()}
	w.before = w.whole()
	return w
}

// profile is all that the person says about the app.
const registerProfile = `profiles:
  lab:
    tenant_id: %s
    fhir:
      url: %s
      resource_id: %s
    register:
      name: lab
      account_type: multi-tenant
      redirect_uris: [web=postman, public=localhost]
      secret: true
      certificate_file: %s
      github: [repo:o/r:environment:prod]
      kubernetes: [default/app@https://oidc.example/x/]
      apis: [dicom, fhir]
      consent: true
      roles: [FHIR Data Reader@fhir]
`

// reset makes the person's home as new.
func (w *tenant) reset() {
	w.t.Helper()
	i := w.sandbox.Info
	for _, dir := range []string{"state", "config"} {
		if err := os.RemoveAll(filepath.Join(w.dir, dir)); err != nil {
			w.t.Fatal(err)
		}
	}
	text := fmt.Sprintf(registerProfile, i.TenantID, i.FHIRURL, i.FHIRResourceID, i.CertificateFile)
	if w.foreign != "" {
		text = strings.Replace(text, "      name: lab\n", "", 1) + "    client_id: " + w.foreign + "\n"
	}
	w.write(filepath.Join("config", "hdstest", "config.yaml"), text)
}

// addForeign gives the tenant an app with all that a person may have set on it;
// it is called lab, so that shape finds it.
func (w *tenant) addForeign() {
	w.t.Helper()
	const id = "f0f0f0f0-0000-4000-8000-00000000000"
	w.foreign = id + "2"
	name, unique, never := "theirs", "theirs", false
	ends := time.Now().Add(24 * time.Hour).UTC().Truncate(time.Second)
	err := w.sandbox.Directory.Update(func(s *directory.State) error {
		s.Applications[id+"1"] = &directory.Application{ID: id + "1", AppID: w.foreign, DisplayName: "lab", UniqueName: &unique, SignInAudience: "AzureADMyOrg",
			IsFallbackPublicClient: &never, Web: directory.Web{RedirectURIs: []string{"https://theirs.example/cb"}},
			SPA:          directory.RedirectURIs{RedirectURIs: []string{"http://localhost"}}, // moved by the wish
			PublicClient: directory.RedirectURIs{RedirectURIs: []string{}}, Tags: []string{"theirs"}, IdentifierURIs: []string{},
			RequiredResourceAccess: []directory.RequiredResourceAccess{{ResourceAppID: entra.GraphAppID,
				ResourceAccess: []directory.ResourceAccess{{ID: "e1fe6dd8-ba31-4d61-89e7-88639da4683d", Type: "Scope"}}}},
			KeyCredentials:      []*directory.KeyCredential{},
			PasswordCredentials: []*directory.PasswordCredential{{KeyID: id + "3", DisplayName: &name, StartDateTime: ends.Add(-time.Hour), EndDateTime: ends}}}
		s.ServicePrincipals[id+"4"] = &directory.ServicePrincipal{ID: id + "4", AppID: w.foreign, DisplayName: "lab", AppDisplayName: "lab", SignInAudience: "AzureADMyOrg", AccountEnabled: true, TokenVersion: 1,
			AppOwnerOrganizationID: s.Tenant.ID, ServicePrincipalType: "Application", ServicePrincipalNames: []string{w.foreign}}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *tenant) write(name, text string) {
	w.t.Helper()
	path := filepath.Join(w.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// process prepares the program with this person's surroundings.
func (w *tenant) process(args ...string) (*exec.Cmd, *bytes.Buffer) {
	i := w.sandbox.Info
	self, err := os.Executable()
	if err != nil {
		w.t.Fatal(err)
	}
	c := exec.Command(self)
	c.Args = append([]string{"hdstest"}, args...) // see TestMain
	c.Dir = w.dir
	c.Env = []string{"HOME=" + w.dir, "XDG_STATE_HOME=" + w.dir + "/state", "XDG_CONFIG_HOME=" + w.dir + "/config", "PATH=" + os.Getenv("PATH"),
		"AZURE_AUTHORITY_HOST=" + i.LoginURL, "HDSTEST_GRAPH_URL=" + i.GraphURL, "HDSTEST_ARM_URL=" + i.ARMURL,
		"HDSTEST_PROXY=" + w.proxy.server.URL, "HDSTEST_CA_FILE=" + w.proxy.caFile, "HDSTEST_ADMIN_TENANT_ID=" + i.TenantID,
		"HDSTEST_ADMIN_CLIENT_ID=" + i.AdminClientID, "HDSTEST_ADMIN_CLIENT_SECRET=" + i.AdminClientSecret}
	var said bytes.Buffer
	c.Stdout, c.Stderr = &said, &said
	return c, &said
}

// run runs the program to its end and gives its exit code and what it said.
func (w *tenant) run(args ...string) (int, string) {
	w.t.Helper()
	c, said := w.process(args...)
	code, err := exitCode(c.Run())
	if err != nil {
		w.t.Fatal(err)
	}
	return code, said.String()
}

// must runs the program, which must succeed.
func (w *tenant) must(args ...string) string {
	w.t.Helper()
	code, said := w.run(args...)
	if code != 0 {
		w.t.Fatalf("hdstest %s: exit code %d\n%s", strings.Join(args, " "), code, said)
	}
	return said
}

// cut runs the program and ends it by a signal while its n-th request is held.
// It gives the requests up to there; fewer than n: it came to its end before.
func (w *tenant) cut(n int, after bool, signal syscall.Signal, args ...string) []string {
	w.t.Helper()
	c, said := w.process(args...)
	w.proxy.hold(n, after, func() {
		if err := c.Process.Signal(signal); err != nil {
			w.t.Error(err)
		}
	})
	defer w.proxy.hold(0, false, nil)
	err := c.Run()
	seen := w.proxy.requests()
	if len(seen) < n {
		if err != nil {
			w.t.Fatalf("%v\n%s", err, said)
		}
		return seen
	}
	status, _ := c.ProcessState.Sys().(syscall.WaitStatus)
	if signal == syscall.SIGKILL && status.Signal() != signal || signal == syscall.SIGINT && c.ProcessState.ExitCode() != 130 {
		w.t.Errorf("ended at request %d: %v\n%s", n, c.ProcessState, said)
	}
	if signal == syscall.SIGINT && w.unfinished() && !strings.Contains(said.String(), "--resume goes on") {
		w.t.Errorf("ended at request %d: it does not say what it left behind:\n%s", n, said)
	}
	return seen
}

func (w *tenant) ledgers() []string {
	paths, err := filepath.Glob(filepath.Join(w.dir, "state", "hdstest", "register", "*.json"))
	if err != nil {
		w.t.Fatal(err)
	}
	return paths
}

// unfinished tells whether there is a run to go on from.
func (w *tenant) unfinished() bool {
	for _, path := range w.ledgers() {
		data, err := os.ReadFile(path)
		if err != nil {
			w.t.Fatal(err)
		}
		if bytes.Contains(data, []byte(`"unfinished": true`)) {
			return true
		}
	}
	return false
}

// anHourLater makes the ledgers old, so that nothing is waited for that may
// still be on its way.
func (w *tenant) anHourLater() {
	at := regexp.MustCompile(`"at": "[^"]+"`)
	for _, path := range w.ledgers() {
		data, err := os.ReadFile(path)
		if err != nil {
			w.t.Fatal(err)
		}
		old := at.ReplaceAll(data, []byte(`"at": "`+time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)+`"`))
		if err := os.WriteFile(path, old, 0o600); err != nil {
			w.t.Fatal(err)
		}
	}
}

// whole is the tenant with every id, to see that nothing is left. An empty list
// is as good as none.
func (w *tenant) whole() string {
	var data []byte
	var err error
	w.sandbox.Directory.View(func(s *directory.State) { data, err = json.MarshalIndent(s, "", " ") })
	if err != nil {
		w.t.Fatal(err)
	}
	return strings.ReplaceAll(string(data), ": []", ": null")
}

// shape is what there is of the person's app, without ids that differ from run
// to run.
func (w *tenant) shape() string {
	var lines []string
	w.sandbox.Directory.View(func(s *directory.State) {
		for _, a := range s.Applications {
			if a.DisplayName != "lab" {
				continue
			}
			lines = append(lines, fmt.Sprintf("app %s %s public %v web %q desktop %q needs %+v tags %q", *a.UniqueName, a.SignInAudience,
				*a.IsFallbackPublicClient, a.Web.RedirectURIs, a.PublicClient.RedirectURIs, a.RequiredResourceAccess, a.Tags))
			for _, p := range a.PasswordCredentials {
				lines = append(lines, fmt.Sprintf("secret %s for %s", *p.DisplayName, p.EndDateTime.Sub(p.StartDateTime).Round(time.Hour)))
			}
			for _, k := range a.KeyCredentials {
				lines = append(lines, fmt.Sprintf("key %s %x", k.KeyID, k.CustomKeyIdentifier))
			}
			for _, f := range a.Federated {
				lines = append(lines, fmt.Sprintf("federated %s %s %s %q", f.Name, f.Issuer, f.Subject, f.Audiences))
			}
			lines = append(lines, principalShape(s, a.AppID)...)
		}
	})
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func principalShape(s *directory.State, appID string) []string {
	p := s.PrincipalByAppID(appID)
	if p == nil {
		return []string{"no service principal"}
	}
	lines := []string{"service principal"}
	for g := range maps.Values(s.PermissionGrants) {
		if g.ClientID == p.ID {
			lines = append(lines, "consent "+s.ServicePrincipals[g.ResourceID].DisplayName+" "+g.Scope)
		}
	}
	for r := range maps.Values(s.RoleAssignments) {
		if r.PrincipalID == p.ID {
			lines = append(lines, "role "+r.RoleDefinitionID+" at "+r.Scope)
		}
	}
	return lines
}

// secretWorks tells whether the value in the secret's file is good.
func (w *tenant) secretWorks() bool {
	data, err := os.ReadFile(filepath.Join(w.dir, "config", "hdstest", "config.lab.secret"))
	if err != nil {
		w.t.Error(err)
		return false
	}
	works := false
	w.sandbox.Directory.View(func(s *directory.State) {
		for _, a := range s.Applications {
			for _, p := range a.PasswordCredentials {
				works = works || a.DisplayName == "lab" && p.Matches(strings.TrimSpace(string(data)))
			}
		}
	})
	return works
}

// goOn finishes a run that was cut after some requests.
func (w *tenant) goOn(sent []string, args ...string) {
	w.t.Helper()
	if w.unfinished() {
		w.must("register", "--resume", "--yes")
		return
	}
	for _, r := range sent {
		if changing(r) {
			w.t.Errorf("%s was sent, and nothing lists it", r)
		}
	}
	w.must(args...)
}

// undo takes everything back and finds the tenant and the person's files as before.
func (w *tenant) undo(when string) {
	w.t.Helper()
	if len(w.ledgers()) > 0 {
		w.must(w.unregister()...)
	}
	w.asBefore(when)
}

func (w *tenant) unregister() []string {
	if w.foreign != "" {
		return []string{"unregister", "--yes", "--purge"}
	}
	return []string{"unregister", "--name", "lab", "--yes", "--purge"}
}

func (w *tenant) asBefore(when string) {
	w.t.Helper()
	if diff := cmp.Diff(w.before, w.whole()); diff != "" {
		w.t.Fatalf("%s, undone: the tenant is another (-before +after):\n%s", when, diff)
	}
	if left := w.ledgers(); left != nil {
		w.t.Errorf("%s, undone: %q is left", when, left)
	}
	if text, err := os.ReadFile(filepath.Join(w.dir, "config", "hdstest", "config.yaml")); err != nil || w.foreign == "" && bytes.Contains(text, []byte("client_id")) {
		w.t.Errorf("%s, undone: %v, the profile still says\n%s", when, err, text)
	}
	if _, err := os.Stat(filepath.Join(w.dir, "config", "hdstest", "config.lab.secret")); err == nil {
		w.t.Errorf("%s, undone: the file of the secret is left", when)
	}
}

// TestCutOnSomebodyElsesApp: the same on an app that register did not make: it
// keeps what it had, and gets it back.
func TestCutOnSomebodyElsesApp(t *testing.T) {
	fullSuiteOnly(t)
	t.Parallel()
	w := newTenant(t)
	w.addForeign()
	w.before = w.whole()
	w.reset()
	w.proxy.hold(0, false, nil)
	w.must("register", "--yes")
	want, all := w.shape(), len(w.proxy.requests())
	if !strings.Contains(want, "theirs.example") || !strings.Contains(want, "secret theirs") {
		t.Fatalf("what was there is gone:\n%s", want)
	}
	w.undo("not cut")
	for _, n := range points(all) {
		when := fmt.Sprintf("cut at request %d of %d", n, all)
		w.reset()
		sent := w.cut(n, true, syscall.SIGKILL, "register", "--yes")
		w.goOn(sent, "register", "--yes")
		if diff := cmp.Diff(want, w.shape()); diff != "" || !w.secretWorks() {
			t.Errorf("%s (%s), resumed (-whole +resumed):\n%s", when, sent[n-1], diff)
		}
		w.undo(when + ", resumed")
		w.reset()
		w.cut(n, true, syscall.SIGKILL, "register", "--yes")
		w.anHourLater()
		w.undo(when)
	}
}

// TestUnregisterCutAtEveryRequest: what takes back can be cut as well; the same
// command goes on.
func TestUnregisterCutAtEveryRequest(t *testing.T) {
	fullSuiteOnly(t)
	t.Parallel()
	w := newTenant(t)
	for _, after := range []bool{false, true} {
		for n, all := 1, 2; n <= all; n++ {
			w.reset()
			w.must("register", "--yes")
			sent := w.cut(n, after, syscall.SIGKILL, w.unregister()...)
			if all = n + 1; len(sent) < n {
				break
			}
			w.anHourLater()
			w.undo(fmt.Sprintf("taken back, cut at request %d (%s, answered: %v)", n, sent[n-1], after))
		}
	}
}

// ends are the ways in which a run is cut.
func ends() map[string]struct {
	after  bool
	signal syscall.Signal
} {
	return map[string]struct {
		after  bool
		signal syscall.Signal
	}{
		"killed before the server saw the request":      {false, syscall.SIGKILL},
		"killed after the server answered":              {true, syscall.SIGKILL},
		"interrupted before the server saw the request": {false, syscall.SIGINT},
		"interrupted after the server answered":         {true, syscall.SIGINT},
	}
}

// points are the requests at which a run is cut: all, but in the short suite a
// few, the last among them.
func points(all int) (out []int) {
	for n := all; n > 0; n-- {
		if !testing.Short() || (all-n)%12 == 0 {
			out = append(out, n)
		}
	}
	return out
}

// TestCutAtEveryRequest ends a registration at each of its requests, goes on and
// finds the same app as without a cut; another time it undoes at once. Either
// way the tenant is as before in the end. The short suite looks at a few
// requests only.
func TestCutAtEveryRequest(t *testing.T) {
	register := []string{"register", "--yes"}
	for name, end := range ends() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if testing.Short() && end.signal == syscall.SIGINT {
				t.Skip("the short suite kills only")
			}
			w := newTenant(t)
			w.reset()
			w.proxy.hold(0, false, nil)
			w.must(register...)
			want, all := w.shape(), len(w.proxy.requests())
			w.undo("not cut")
			if all < 20 {
				t.Fatalf("only %d requests", all)
			}
			for _, n := range points(all) {
				when := fmt.Sprintf("cut at request %d of %d", n, all)
				w.reset()
				sent := w.cut(n, end.after, end.signal, register...)
				if len(sent) < n {
					t.Fatalf("%s: it came to its end", when)
				}
				w.goOn(sent, register...)
				if diff := cmp.Diff(want, w.shape()); diff != "" || !w.secretWorks() {
					t.Errorf("%s (%s), resumed (-whole +resumed):\n%s", when, sent[n-1], diff)
				}
				w.undo(when + ", resumed")
				w.reset()
				w.cut(n, end.after, end.signal, register...)
				w.anHourLater()
				w.undo(when)
			}
		})
	}
}
