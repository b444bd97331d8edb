package export_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"hdstest/internal/export"
	"hdstest/internal/problem"
)

func TestWriteKeepsModesAndReplacesItsOwn(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "folder")
	old := syscall.Umask(0o077)
	defer syscall.Umask(old)
	files := []export.File{{Name: "a.json", Data: []byte("1"), Mode: 0o644}, {Name: "secret.json", Data: []byte("2"), Mode: 0o600}}
	for range 2 {
		if err := export.Write(dir, files); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range files {
		info, err := os.Stat(filepath.Join(dir, f.Name))
		if err != nil || info.Mode().Perm() != f.Mode {
			t.Errorf("%s: %v, %v", f.Name, info.Mode(), err)
		}
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 2 {
		t.Errorf("%d files, want 2: no temporary one may stay", len(entries))
	}
}

func TestWriteTightensTheModeOfAnEarlierExport(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "e.json")
	if err := os.WriteFile(path, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := export.Write(dir, []export.File{{Name: "e.json", Data: []byte("s"), Mode: 0o600}}); err != nil {
		t.Fatal(err)
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Error(info.Mode())
	}
}

func TestWriteMergesLines(t *testing.T) {
	for name, c := range map[string]struct{ old, want string }{
		"none":            {"", "env.json\n"},
		"without newline": {"node_modules", "node_modules\nenv.json\n"},
		"there already":   {"env.json\nx\n", "env.json\nx\n"},
		"Windows":         {"env.json\r\n", "env.json\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, ".gitignore")
			if c.old != "" {
				if err := os.WriteFile(path, []byte(c.old), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if err := export.Write(dir, []export.File{{Name: ".gitignore", Data: []byte("env.json\n"), Mode: 0o644, Merge: true}}); err != nil {
				t.Fatal(err)
			}
			if got, _ := os.ReadFile(path); string(got) != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestWriteRefusesStrangePlaces(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "outside")
	for name, prepare := range map[string]func(dir string) error{
		"a folder": func(dir string) error { return os.Mkdir(filepath.Join(dir, "x"), 0o755) },
		"a link":   func(dir string) error { return os.Symlink(outside, filepath.Join(dir, "x")) },
		"a link on the way": func(dir string) error {
			return errors.Join(os.Mkdir(outside+"2", 0o755), os.Symlink(outside+"2", filepath.Join(dir, "sub")))
		},
		"no folder": func(dir string) error {
			return os.Rename(dir, dir+"2") // then a file stands in its place
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "d")
			if err := os.Mkdir(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := prepare(dir); err != nil {
				t.Fatal(err)
			}
			if name == "no folder" {
				if err := os.WriteFile(dir, nil, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			file := "x"
			if name == "a link on the way" {
				file = "sub/x"
			}
			err := export.Write(dir, []export.File{{Name: file, Data: []byte("1"), Mode: 0o644}})
			if err == nil || problem.KindOf(err) != problem.Usage {
				t.Errorf("%v", err)
			}
			if _, err := os.Stat(outside); err == nil {
				t.Error("written through the link")
			}
		})
	}
	for _, name := range []string{"", ".", "..", "../x", "a/../x", "a//b", "/x", "a/"} {
		if err := export.Write(t.TempDir(), []export.File{{Name: name}}); err == nil {
			t.Errorf("%q was taken", name)
		}
	}
}
