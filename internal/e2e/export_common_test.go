//go:build e2e

package e2e_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// asHTTPYac turns a file for REST Client or Visual Studio into one for httpYac.
// What they have in common stays as it is: requests, headers, bodies, variables.
// Changed are references to named requests, encoding, and the question before
// a request; the expectations, which are comments, become assertions.
func asHTTPYac(text string) string {
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

// TestRequestFilesInHTTPYac runs what REST Client and Visual Studio would send. It
// shows that requests and expectations are right, not that those two read them:
// that is held by the strict reader in internal/export/httpfile.
func TestRequestFilesInHTTPYac(t *testing.T) {
	s := startSandbox(t)
	for _, dialect := range []string{"rest-client", "visualstudio"} {
		t.Run(dialect, func(t *testing.T) {
			dir := s.exported(t, "http", "--dialect", dialect)
			for _, name := range []string{"hdstest-e2e.http", "hdstest-e2e-writes.http"} {
				file := filepath.Join(dir, name)
				data, err := os.ReadFile(file)
				if err == nil {
					err = os.WriteFile(file, []byte(asHTTPYac(string(data))), 0o600)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			env := "clientsecret='" + s.ClientSecret + "'\n"
			if err := os.WriteFile(filepath.Join(dir, ".env"), []byte(env), 0o600); err != nil {
				t.Fatal(err)
			}
			before := s.requests(t, "httpyac")
			r, n := s.httpYac(t, dir, exportRun{}, httpFiles(exportRun{writes: true}))
			if r.code != 0 {
				t.Errorf("exit code %d\n%s%s", r.code, r.stdout, r.stderr)
			}
			record(t, used{"httpYac (" + dialect + ")", nodeVersion(t, "httpyac"), s.requests(t, "httpyac") - before, n})
			env = "clientsecret='wrong'\n"
			if err := os.WriteFile(filepath.Join(dir, ".env"), []byte(env), 0o600); err != nil {
				t.Fatal(err)
			}
			if r, _ := s.httpYac(t, dir, exportRun{}, httpFiles(exportRun{})); !slices.Contains([]int{10, 20}, r.code) {
				t.Errorf("with a wrong secret: exit code %d", r.code)
			}
		})
	}
}
