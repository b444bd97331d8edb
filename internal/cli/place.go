package cli

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"hdstest/internal/problem"
)

// checkPlace refuses before any work is done a file that could not be written at the
// end, whole and in one step: its folder has to be there and to be writable, and
// what stands in its place has to be a plain file. by names the flag.
func checkPlace(by, file string) error {
	folder := filepath.Dir(file)
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return problem.Usagef("%s: the folder %s does not exist; make it first", by, folder)
	}
	if info, err := os.Lstat(file); err == nil && !info.Mode().IsRegular() {
		return problem.Usagef("%s: %s is there and is not a plain file", by, file)
	}
	if err := tryFolder(folder); err != nil {
		return problem.Usagef("%s: nothing can be written into the folder %s: %w", by, folder, err)
	}
	return nil
}

// checkState makes a folder for what the program keeps and makes sure that it can
// be written into, before there is anything to keep. what is kept stands in front
// of "cannot be kept".
func (p *program) checkState(what, folder string) error {
	if p.StateDir == "" {
		return problem.Usagef("%s cannot be kept: there is no folder for it; set XDG_STATE_HOME or HOME", what)
	}
	err := reasonOf(os.MkdirAll(folder, 0o700))
	if err == nil {
		err = tryFolder(folder)
	}
	if err != nil {
		return problem.Usagef("%s cannot be kept: nothing can be written into %s: %w; set XDG_STATE_HOME to another folder", what, folder, err)
	}
	return nil
}

// tryFolder tries a folder by a file that is gone at once.
func tryFolder(folder string) error {
	file, err := os.CreateTemp(folder, ".hdstest-*")
	if err != nil {
		return reasonOf(err)
	}
	return errors.Join(file.Close(), os.Remove(file.Name()))
}

// reasonOf is what the system says about a file, without the call and the path.
func reasonOf(err error) error {
	if own := (*fs.PathError)(nil); errors.As(err, &own) {
		return own.Err
	}
	return err
}
