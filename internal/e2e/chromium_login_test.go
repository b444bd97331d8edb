//go:build e2e

package e2e_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestChromiumLogin walks through hdstest login in a real browser and looks at the
// page that the program shows at the end: signed in, declined, and an answer with
// a wrong state, after which the wait goes on. Then token is silent: it opens no
// browser and sends nothing.
func TestChromiumLogin(t *testing.T) {
	s := startSandbox(t)
	s.trustInChromium(t)
	shots, address := screenshots(t, "login"), filepath.Join(s.home, "address")
	env := append(browserFirst(t), "BROWSER_ADDRESS="+address)
	j := newJudge(t, s, s.drive(t, append(env, "HDSTEST="+binary(), "SCREENSHOTS="+shots), "node", "chromium-login.mjs"))

	declined := j.at("declined", map[string]any{"title": "The sign-in did not succeed – hdstest", "url": "/done", "ended/code": 3.0, "ended/stdout": ""})
	j.readable("declined", declined)
	j.contains("declined", place(declined, "text").(string), "access_denied")
	j.contains("declined", place(declined, "ended/stderr").(string), "access_denied")

	twice := j.at("wrong state, then the right one", map[string]any{"wrong/status": 400.0, "right/ended/code": 0.0, "right/url": "/done"})
	j.readable("wrong state", place(twice, "wrong"))
	j.readable("signed in already", place(twice, "right"))
	j.contains("wrong state", place(twice, "wrong/text").(string), "Not the sign-in we started", "The wait goes on")

	done := j.at("signed in", map[string]any{"title": "You are signed in – hdstest", "url": "/done", "ended/code": 0.0, "ended/stdout": ""})
	j.readable("signed in", done)
	j.contains("signed in", place(done, "text").(string), "You can close this window")
	j.contains("signed in", place(done, "ended/stderr").(string), "signed in as "+s.Username, "the session is kept")

	j.at("what the pages asked for", map[string]any{"hosts/length": 1.0, "hosts/0": "localhost", "problems/length": 0.0})
	faults := j.at("the same page with faults", map[string]any{"overflow/1280": 140.0, "problems/length": 1.0})
	ratio, _ := place(faults, "contrast/light/ratio").(float64)
	j.that(ratio > 3 && ratio < 3.1, "contrast of #949494 on white: %v", ratio)
	j.all()
	j.pictures(shots, "login-done", "login-declined", "login-wrong-state")
	j.silent(env, address)
	record(t, used{"Chromium (login)", chromiumVersion(t), s.requests(t, "HeadlessChrome"), j.n})
}

// browserFirst makes browser.sh what the program finds when it opens a browser.
func browserFirst(t *testing.T) []string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Symlink(filepath.Join(e2eDir(t), "browser.sh"), filepath.Join(dir, "xdg-open")); err != nil {
		t.Fatal(err)
	}
	return []string{"PATH=" + dir + ":" + os.Getenv("PATH"), "DISPLAY=:99"}
}

// readable asserts on a page as looked at by the driver: no wider than the screen,
// contrast by WCAG 2.2, success criterion 1.4.3, a title and a language.
func (j *judge) readable(name string, looked any) {
	j.t.Helper()
	for _, width := range []string{"320", "360", "1280"} {
		j.equal(name+": overflow at "+width, place(looked, "overflow/"+width), 0.0)
	}
	for _, scheme := range []string{"light", "dark"} {
		least, _ := place(looked, "contrast/"+scheme).(map[string]any)
		ratio, _ := least["ratio"].(float64)
		texts, _ := least["texts"].(float64)
		j.that(ratio >= 4.5 && texts > 0, "%s, %s: contrast %.2f of %q, %v texts; want 4.5", name, scheme, ratio, least["text"], texts)
	}
	title, _ := place(looked, "title").(string)
	j.that(strings.TrimSpace(title) != "", "%s: no title", name)
	j.equal(name+": language", place(looked, "language"), "en")
}

// silent asserts that a token comes from the cache: without a browser, a word or
// a request.
func (j *judge) silent(env []string, address string) {
	j.t.Helper()
	before := len(j.s.entries(j.t))
	r := command(j.t, j.s.home, append(environment(j.s.home), env...), binary(), "token", "--profile", "sandbox", "--client-id", j.s.PublicClientID)
	j.that(r.code == 0 && strings.HasPrefix(r.stdout, "eyJ") && r.stderr == "", "token: %d, %q on stderr", r.code, r.stderr)
	j.equal("requests of token", len(j.s.entries(j.t))-before, 0)
	_, err := os.Stat(address)
	j.that(errors.Is(err, fs.ErrNotExist), "token opened a browser: %v", err)
}
