package cli

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const root = "../.."

// exportLines are the commands of `make collections`, without the program's name.
func exportLines(t *testing.T) [][]string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	var out [][]string
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(strings.TrimSpace(line), "@$(BIN) export "); ok {
			out = append(out, append([]string{"export"}, strings.Fields(rest)...))
		}
	}
	return out
}

// TestCollectionsAreWhatTheCodeRenders runs the commands of the Makefile into
// another folder. After a change on purpose: make collections, and read the
// difference.
func TestCollectionsAreWhatTheCodeRenders(t *testing.T) {
	dir, lines := t.TempDir(), exportLines(t)
	for _, args := range lines {
		w := newWorld(t)
		// A person's own variables must not get into what is shared.
		w.env["AZURE_TENANT_ID"], w.env["AZURE_CLIENT_SECRET"] = "aaaaaaaa-0000-4000-8000-000000000001", "canary"
		args[len(args)-1] = filepath.Join(dir, args[len(args)-1])
		if code := w.run(t, args...); code != ExitOK {
			t.Fatalf("%v: exit code %d\n%s", args, code, w.stderr.String())
		}
	}
	want, got := tree(t, filepath.Join(root, "collections")), tree(t, filepath.Join(dir, "collections"))
	delete(want, "README.md")
	delete(want, ".gitattributes")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("collections/ differs; run make collections (-want +got):\n%.4000s", diff)
	}
}

// tree reads all files below a folder.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		out[filepath.ToSlash(name)] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestEveryFormatIsInTheCollections looks for a format or a dialect that the
// Makefile leaves out.
func TestEveryFormatIsInTheCollections(t *testing.T) {
	lines := exportLines(t)
	for _, f := range formats() {
		for _, dialect := range append(slices.Clone(f.dialects), "")[:max(1, len(f.dialects))] {
			if !slices.ContainsFunc(lines, func(args []string) bool {
				return args[1] == f.name && (dialect == "" || slices.Contains(args, dialect))
			}) {
				t.Errorf("make collections leaves out %s %s", f.name, dialect)
			}
		}
	}
}
