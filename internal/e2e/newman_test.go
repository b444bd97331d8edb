//go:build e2e

package e2e_test

import (
	"encoding/json"
	"os"
	"path/filepath"
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
