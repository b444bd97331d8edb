package config

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"errors"

	"hdstest/internal/problem"
)

// trustFile is the list of trusted files, in the program's state folder.
const trustFile = "trusted.json"

type trustList struct {
	SchemaVersion int               `json:"schema_version"`
	Files         map[string]string `json:"files"` // SHA-256 by path
}

// Trust notes that the file as it is now may decide where secrets come from and
// go to, though it is merely found in a folder. A later change of the file ends
// the trust. It refuses a file that cannot be parsed.
func Trust(stateDir, path string) error {
	data, err := read(path)
	if err != nil {
		return err
	}
	if _, err := Parse(path, data); err != nil {
		return err
	}
	list, err := readTrust(stateDir)
	if err != nil {
		return err
	}
	list.Files[identity(path)] = digest(data)
	out, err := json.MarshalIndent(list, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(stateDir, folder), 0o700); err != nil {
		return err
	}
	return replace(filepath.Join(stateDir, folder, trustFile), append(out, '\n'), 0o600)
}

func isTrusted(stateDir, path string, data []byte) (bool, error) {
	list, err := readTrust(stateDir)
	return err == nil && list.Files[identity(path)] == digest(data), err
}

func readTrust(stateDir string) (trustList, error) {
	list := trustList{SchemaVersion: 1, Files: map[string]string{}}
	path := filepath.Join(stateDir, folder, trustFile)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return list, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &list)
	}
	if err != nil {
		return list, problem.Usagef("%s: cannot be read as the list of trusted files; remove it and trust them anew: %w", path, err)
	}
	if list.Files == nil {
		list.Files = map[string]string{}
	}
	return list, nil
}

// identity is the path by which a file is known, without symbolic links.
func identity(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	return path
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// guarded gives the fault of a profile of an untrusted file that says what only a
// trusted one may say.
func guarded(doc *Document, profile string) []Fault {
	var found []string
	for name, v := range doc.Profiles[profile] {
		if k, _ := KeyByName(name); k.guard != nil && k.guard(v.Text) {
			found = append(found, fmt.Sprintf("%s (line %d)", name, v.Source.Line))
		}
	}
	if found == nil {
		return nil
	}
	slices.Sort(found)
	return []Fault{{Untrusted: true, Text: fmt.Sprintf("%s was found in the current folder and is not trusted, but decides where secrets come from or go to, or what an app lets in: %s; "+
		"read it, then name it with --config %s, or trust it as it is with: hdstest config trust %s",
		doc.Path, strings.Join(found, ", "), doc.Path, doc.Path)}}
}

// replace writes a file through a temporary one in the same folder, so that
// nobody ever sees half of it.
func replace(path string, data []byte, mode fs.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".hdstest-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(data)
	err = errors.Join(err, f.Chmod(mode), f.Close())
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
