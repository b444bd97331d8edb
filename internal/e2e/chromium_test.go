//go:build e2e

package e2e_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// trustInChromium puts the sandbox's CA into the NSS database of a HOME that
// only this test has, as a person who wants to trust it would.
func (s sandbox) trustInChromium(t *testing.T) {
	t.Helper()
	database := filepath.Join(s.home, ".pki/nssdb")
	if err := os.MkdirAll(database, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"-N", "--empty-password", "-d", "sql:" + database},
		{"-A", "-d", "sql:" + database, "-n", "hdstest sandbox", "-t", "C,,", "-i", s.CAFile}} {
		if r := command(t, s.home, environment(s.home), "certutil", args...); r.code != 0 {
			t.Fatalf("certutil %v: %s%s", args, r.stdout, r.stderr)
		}
	}
}

// chromiumVersion is of Debian's package, which is not pinned: it follows
// Debian's security updates.
func chromiumVersion(t *testing.T) string {
	t.Helper()
	fields := strings.Fields(command(t, "", environment(t.TempDir()), "/usr/bin/chromium", "--version").stdout)
	if len(fields) < 2 {
		t.Fatal("chromium tells no version")
	}
	return fields[1]
}

// TestChromium walks the sign-in, consent, device and error pages in a real
// browser, whose cookies, content security policy and form posts no script of
// ours imitates: no page is wider than a screen of 320, 360 or 1280 pixels, all
// text has contrast, each input has a label, nothing is loaded from elsewhere,
// nothing is refused by the policy. Screenshots are left in testdata/e2e/screenshots.
//
// Source: learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow
// (response modes, errors that are redirected), reply-url (50011 is a page),
// v2-oauth2-device-code.
func TestChromium(t *testing.T) {
	s := startSandbox(t)
	s.trustInChromium(t)
	shots := screenshots(t, "sandbox")
	j := newJudge(t, s, s.drive(t, []string{"SCREENSHOTS=" + shots}, "node", "chromium.mjs"))

	const none, mark = 0.0, "hdstest sandbox"
	for _, name := range []string{"root page", "sign-in page", "wrong password", "consent page", "foreign redirect URI", "device page"} {
		looked := j.at(name, map[string]any{"unlabelled": none})
		j.readable(name, looked)
		title, _ := place(looked, "title").(string)
		j.contains(name+": title", title, mark)
		gap, ok := place(looked, "gap").(float64)
		j.that(!ok || gap >= 12, "%s: the card is %v pixels below the bar that says whose page it is", name, gap)
	}
	root, _ := place(j.answer("root page"), "text").(string)
	j.contains("root page", root, "Nothing here is Microsoft's", s.Authority, s.GraphURL, s.ARMURL, s.FHIRURL, s.DICOMURL, s.ClientID, "secret-expired")
	j.at("sign-in page", map[string]any{"focus": "username"})
	j.at("wrong password", map[string]any{"kept": s.Username, "password": "",
		"alert": "AADSTS50126: Error validating credentials due to invalid username or password."})
	token := map[string]any{"error": nil, "refresh": true, "claims/aud": s.FHIRURL, "claims/upn": s.Username, "claims/scp": "user_impersonation"}
	for step, method := range map[string]any{"sign in, query": "GET", "sign in, form_post": "POST", "signed in already, fragment": nil, "consent page": nil} {
		j.equal(step+": method", place(j.at(step, token), "method"), method)
	}
	j.at("signed in already, fragment", map[string]any{"state": "s & <b>"})
	j.at("sign in, form_post", map[string]any{"state": "s & <b>"})
	j.at("consent declined", map[string]any{"error": "access_denied", "state": "s & <b>", "code": nil})
	refused, _ := place(j.at("foreign redirect URI", map[string]any{"status": 400.0}), "alert").(string)
	j.contains("foreign redirect URI", refused, "AADSTS50011", "https://evil.invalid/")
	device, _ := place(j.answer("device page"), "alert").(string)
	j.contains("device page", device, "AADSTS70018")
	j.at("what the pages loaded", map[string]any{"hosts/length": 1.0, "hosts/0": "localhost", "problems/length": 0.0})
	j.all()
	j.pictures(shots, "signin", "consent", "device", "error", "root")
	record(t, used{"Chromium", chromiumVersion(t), s.requests(t, "HeadlessChrome"), j.n})
}

// screenshots is an empty folder for pictures of what a test saw.
func screenshots(t *testing.T, of string) string {
	t.Helper()
	dir := filepath.Join(e2eDir(t), "screenshots", of)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

// pictures asserts that the screenshots are there; what they show is for eyes.
func (j *judge) pictures(dir string, names ...string) {
	j.t.Helper()
	for _, name := range names {
		for _, kind := range []string{"360", "1280", "dark"} {
			info, err := os.Stat(filepath.Join(dir, name+"-"+kind+".png"))
			j.that(err == nil && info.Size() > 4096, "screenshot %s-%s: %v", name, kind, err)
		}
	}
}
