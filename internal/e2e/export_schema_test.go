//go:build e2e

package e2e_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPostmanReadsTheCollection has Postman's own library read the ready-made
// collection: each request with its name, address, body and test.
func TestPostmanReadsTheCollection(t *testing.T) {
	file, err := filepath.Abs("../../collections/postman/hdstest.postman_collection.json")
	if err != nil {
		t.Fatal(err)
	}
	r := command(t, e2eDir(t), environment(t.TempDir()), "node", "postman-sdk.mjs", file)
	var got map[string]any
	if err := json.Unmarshal([]byte(r.stdout), &got); err != nil {
		t.Fatalf("%v\n%s%s", err, r.stdout, r.stderr)
	}
	want := map[string]any{"name": "hdstest", "folders": 7.0, "requests": 37.0, "tests": 37.0, "unnamed": 0.0,
		"bodies": map[string]any{"urlencoded": 2.0, "raw": 2.0, "file": 2.0},
		"auth":   map[string]any{"noauth": 3.0, "oauth2": 4.0}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestOpenCollectionHasItsTypes checks the YAML against the types that
// OpenCollection publishes, and shows that the check can fail.
func TestOpenCollectionHasItsTypes(t *testing.T) {
	folder, err := filepath.Abs("../../collections/bruno/opencollection")
	if err != nil {
		t.Fatal(err)
	}
	// Beside node_modules, where the compiler looks for the types.
	dir, err := os.MkdirTemp(e2eDir(t), "types-*")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	file := filepath.Join(dir, "collection.ts")
	if r := command(t, e2eDir(t), environment(t.TempDir()), "node", "opencollection.mjs", folder, file); r.code != 0 || strings.TrimSpace(r.stdout) < "40" {
		t.Fatalf("%d\n%s%s", r.code, r.stdout, r.stderr)
	}
	check := func() result {
		return command(t, dir, environment(t.TempDir()), bin(t, "tsc"), "--noEmit", "--strict", "--skipLibCheck",
			"--module", "nodenext", "--moduleResolution", "nodenext", file)
	}
	if r := check(); r.code != 0 {
		t.Errorf("%.3000s", r.stdout)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	spoilt := strings.Replace(string(data), `"method":"DELETE"`, `"methd":"DELETE"`, 1)
	if err := os.WriteFile(file, []byte(spoilt), 0o600); err != nil || spoilt == string(data) {
		t.Fatal(err)
	}
	if r := check(); r.code == 0 || !strings.Contains(r.stdout, "methd") {
		t.Errorf("a misspelt key was taken: %d\n%s", r.code, r.stdout)
	}
}
