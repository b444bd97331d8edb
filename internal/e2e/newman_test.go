//go:build e2e

package e2e_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// newmanReport is what newman's JSON reporter writes, as far as it is used.
type newmanReport struct {
	Run struct {
		Stats struct {
			Requests   struct{ Total, Failed int }
			Assertions struct{ Total, Failed int }
		}
		Failures []struct {
			Error  struct{ Message string }
			Source struct{ Name string }
		}
	}
}

// newman runs an exported collection.
func (s sandbox) newman(t *testing.T, dir string, variables ...string) (result, newmanReport) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "report.json")
	args := []string{"run", one(t, dir, "*.postman_collection.json"), "-e", one(t, dir, "*.postman_environment.json"),
		"--reporters", "cli,json", "--reporter-json-export", out, "--color", "off", "--working-dir", dir}
	for _, v := range variables {
		args = append(args, "--env-var", v)
	}
	bin, err := filepath.Abs("../../testdata/e2e/node_modules/.bin/newman")
	if err != nil {
		t.Fatal(err)
	}
	r := command(t, dir, environment(s.home, "NODE_EXTRA_CA_CERTS="+s.CAFile), bin, args...)
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatalf("newman wrote no report: %v\n%s%s", err, r.stdout, r.stderr)
	}
	var report newmanReport
	if err := json.Unmarshal(data, &report); err != nil {
		t.Fatal(err)
	}
	return r, report
}

func one(t *testing.T, dir, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil || len(found) != 1 {
		t.Fatalf("%s in %s: %q, %v", pattern, dir, found, err)
	}
	return found[0]
}

// TestNewman runs the exported collection as people do: green twice in a row
// with the right secret, reads and writes; red with a wrong one and without one.
func TestNewman(t *testing.T) {
	s := startSandbox(t)
	dir := filepath.Join(s.home, "postman")
	if r := s.hdstest(t, "export", "postman", "--profile", "sandbox", "--out", dir); r.code != 0 {
		t.Fatalf("export: %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	secret := "clientsecret=" + s.ClientSecret
	total := used{client: "newman", version: nodeVersion(t, "newman")}
	for run := range 2 {
		for _, writes := range []string{"false", "true"} {
			r, report := s.newman(t, dir, secret, "allow_writes="+writes)
			if r.code != 0 || report.Run.Stats.Assertions.Failed != 0 {
				t.Fatalf("run %d, writes %s: exit code %d\n%s%s", run+1, writes, r.code, r.stdout, r.stderr)
			}
			if strings.Contains(r.stdout+r.stderr, s.ClientSecret) {
				t.Errorf("run %d: newman's output holds the secret", run+1)
			}
			total.requests += report.Run.Stats.Requests.Total
			total.assertions += report.Run.Stats.Assertions.Total
		}
	}
	record(t, total)
	for name, variable := range map[string]string{"a wrong secret": secret + "x", "no secret": "clientsecret="} {
		if r, report := s.newman(t, dir, variable); r.code != 1 || report.Run.Stats.Assertions.Failed == 0 {
			t.Errorf("with %s: exit code %d, %d failed assertions; want a red run\n%s", name, r.code,
				report.Run.Stats.Assertions.Failed, r.stdout)
		}
	}
}
