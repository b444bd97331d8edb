//go:build e2e

package e2e_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"hdstest/internal/catalogue"
)

// asHTTPYac turns a file for REST Client or Visual Studio into one for httpYac.
// What they have in common stays as it is: requests, headers, bodies, variables.
// Changed are references to named requests, encoding, and the question before
// a request; the expectations, which are comments, become assertions.
//
// The token comes by the secret or, where assertion is set, as the file says: from
// the request with the assertion, by the variable that names it. What is not
// asked for is left out.
func asHTTPYac(text string, assertion bool) string {
	drop, keep := `token_\w+_assertion`, ""
	if assertion {
		drop, keep = `token_(?:fhir|dicom)`, "${1}_assertion."
		text = regexp.MustCompile(`(?m)^(@\w+oken = \{\{token_\w+?)\.`).ReplaceAllString(text, keep)
	}
	text = regexp.MustCompile(`(?m)^### .*\n# @name `+drop+`\n(?:[^#@\n].*\n|# .*\n|\n)*`).ReplaceAllString(text, "")
	for _, rule := range [][2]string{
		{`\{\{(\w+)\.(?:request|response)\.body\.\$\.([^}]+)\}\}`, "{{$1.$2}}"},
		{`(?m)^Hdstest-Created: .*\n`, ""},
		{`\{\{%(\w+)\}\}`, "{{encodeURIComponent($1)}}"},
		{`(?m)^# @note\n`, ""},
	} {
		text = regexp.MustCompile(rule[0]).ReplaceAllString(text, rule[1])
	}
	expectation := regexp.MustCompile(`(?m)^# (\?\? .*)\n`)
	var out []string
	for i, block := range regexp.MustCompile(`(?m)^###`).Split(text, -1) {
		if i > 0 {
			block = "###" + block
		}
		var asserts []string
		for _, m := range expectation.FindAllStringSubmatch(block, -1) {
			asserts = append(asserts, m[1])
		}
		block = expectation.ReplaceAllString(block, "")
		if asserts != nil {
			block = strings.TrimRight(block, "\n") + "\n\n" + strings.Join(asserts, "\n") + "\n\n"
		}
		out = append(out, block)
	}
	return strings.Join(out, "")
}

// translate writes the two files of an export again for httpYac, from the texts
// given or, without any, from the files, and gives the texts.
func translate(t *testing.T, dir string, texts map[string]string, assertion bool) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, name := range []string{"hdstest-e2e.http", "hdstest-e2e-writes.http"} {
		file, err := filepath.Join(dir, name), error(nil)
		if out[name] = texts[name]; texts == nil {
			out[name], err = readFile(file)
		}
		if err == nil {
			err = os.WriteFile(file, []byte(asHTTPYac(out[name], assertion)), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// TestRequestFilesInHTTPYac runs what REST Client and Visual Studio would send. It
// shows that requests and expectations are right, not that those two read them:
// that is held by the strict reader in internal/export/httpfile.
func TestRequestFilesInHTTPYac(t *testing.T) {
	s := startSandbox(t)
	for _, dialect := range []string{"rest-client", "visualstudio"} {
		t.Run(dialect, func(t *testing.T) {
			dir := s.exported(t, "http", "--dialect", dialect)
			raw := translate(t, dir, nil, false)
			env := "clientsecret='" + s.ClientSecret + "'\n"
			if err := os.WriteFile(filepath.Join(dir, ".env"), []byte(env), 0o600); err != nil {
				t.Fatal(err)
			}
			before := s.requests(t, "httpyac")
			r, n := s.httpYac(t, dir, httpFiles(exportRun{writes: true}))
			if r.code != 0 {
				t.Errorf("exit code %d\n%s%s", r.code, r.stdout, r.stderr)
			}
			record(t, used{"httpYac (" + dialect + ")", nodeVersion(t, "httpyac"), s.requests(t, "httpyac") - before, n})
			env = "clientsecret='wrong'\n"
			if err := os.WriteFile(filepath.Join(dir, ".env"), []byte(env), 0o600); err != nil {
				t.Fatal(err)
			}
			if r, _ := s.httpYac(t, dir, httpFiles(exportRun{})); !slices.Contains([]int{10, 20}, r.code) {
				t.Errorf("with a wrong secret: exit code %d", r.code)
			}
			translate(t, dir, raw, true)
			env = "clientassertion='" + s.printedAssertion(t)[catalogue.VarAssertion] + "'\n"
			if err := os.WriteFile(filepath.Join(dir, ".env"), []byte(env), 0o600); err != nil {
				t.Fatal(err)
			}
			if r, n := s.httpYac(t, dir, httpFiles(exportRun{})); r.code != 0 || n == 0 {
				t.Errorf("with an assertion: exit code %d, %d assertions\n%s%s", r.code, n, r.stdout, r.stderr)
			}
		})
	}
}
