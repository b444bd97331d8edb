//go:build e2e

package e2e_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// nodeVersion is that of the installed package, which must be the pinned one.
func nodeVersion(t *testing.T, name string) string {
	t.Helper()
	var installed, pinned struct {
		Version      string            `json:"version"`
		Dependencies map[string]string `json:"dependencies"`
	}
	for file, into := range map[string]any{"node_modules/" + name + "/package.json": &installed, "package.json": &pinned} {
		data, err := readFile(filepath.Join(e2eDir(t), file))
		if err == nil {
			err = json.Unmarshal([]byte(data), into)
		}
		if err != nil {
			t.Fatalf("%s is not installed (see .ci/install): %v", name, err)
		}
	}
	if installed.Version == "" || installed.Version != pinned.Dependencies[name] {
		t.Fatalf("%s %s is installed, %q is pinned", name, installed.Version, pinned.Dependencies[name])
	}
	return installed.Version
}

// pythonVersion is that of the installed distribution, which must be the pinned one.
func pythonVersion(t *testing.T, name string) string {
	t.Helper()
	r := command(t, e2eDir(t), environment(t.TempDir()), python(t), "-c",
		"import sys, importlib.metadata as m; print(m.version(sys.argv[1]))", name)
	version := strings.TrimSpace(r.stdout)
	pins, err := readFile(filepath.Join(e2eDir(t), "requirements.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if r.code != 0 || !strings.Contains(pins, "\n"+name+"=="+version+"\n") {
		t.Fatalf("%s %q is installed, which is not what requirements.txt pins\n%s", name, version, r.stderr)
	}
	return version
}

// goVersion is that of a module in go.mod, which is what was linked.
func goVersion(t *testing.T, module string) string {
	t.Helper()
	r := command(t, "", os.Environ(), "go", "list", "-m", "-f", "{{.Version}}", module)
	if r.code != 0 {
		t.Fatalf("go list -m %s: %s", module, r.stderr)
	}
	return strings.TrimPrefix(strings.TrimSpace(r.stdout), "v")
}
