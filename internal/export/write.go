package export

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"hdstest/internal/problem"
)

// Write writes the files into dir, which it makes if need be. Each file is there
// whole or not at all, with its mode whatever the umask. A file of the same name
// is replaced, or added to if Merge is set; nothing else in dir is touched. What
// stands at a name and is no plain file is left alone and is a usage error.
func Write(dir string, files []File) error {
	for _, f := range files {
		if err := checkPlace(dir, f.Name); err != nil {
			return err
		}
	}
	if err := makeFolder(dir); err != nil {
		return problem.Usagef("--out: nothing can be written into the folder %s: %w", dir, errors.Unwrap(err))
	}
	for _, f := range files {
		if err := writeFile(dir, f); err != nil {
			if own := (*fs.PathError)(nil); errors.As(err, &own) {
				err = own.Err // its path is that of a temporary file
			}
			return fmt.Errorf("write %s: %w", filepath.Join(dir, filepath.FromSlash(f.Name)), err)
		}
	}
	return nil
}

// makeFolder makes the folder, and makes sure by a file that is gone at once that it
// can be written into: an export is there as a whole or not at all.
func makeFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".hdstest-*")
	if err != nil {
		return err
	}
	_ = f.Close() // it is empty
	return os.Remove(f.Name())
}

// checkPlace refuses a name that leads out of the folder, and a place that is
// taken by a folder, a link or a device: the file would go where no one looks.
// So may no folder on the way be a link.
func checkPlace(dir, name string) error {
	if name == "" || name != path.Clean(name) || !filepath.IsLocal(filepath.FromSlash(name)) || name == "." {
		return fmt.Errorf("%q is no name of a file", name)
	}
	place := dir
	steps := strings.Split(name, "/")
	for i, step := range steps {
		place = filepath.Join(place, step)
		info, err := os.Lstat(place)
		switch last := i == len(steps)-1; {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case errors.Is(err, syscall.ENOTDIR):
			return problem.Usagef("--out: %s is not a folder", dir)
		case err != nil:
			return problem.Usagef("--out: the folder %s cannot be used: %w", dir, errors.Unwrap(err))
		case last && !info.Mode().IsRegular():
			return problem.Usagef("%s is not a plain file; expected none, or one of an earlier export", place)
		case !last && !info.IsDir():
			return problem.Usagef("%s is not a folder; expected none, or one of an earlier export", place)
		}
	}
	return nil
}

func writeFile(dir string, f File) error {
	data, mode := f.Data, f.Mode
	path := filepath.Join(dir, filepath.FromSlash(f.Name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if f.Merge {
		old, err := os.ReadFile(path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		data = merge(old, f.Data)
		if info, err := os.Stat(path); err == nil {
			mode = info.Mode().Perm()
		}
	}
	temporary, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	_, err = temporary.Write(data)
	err = errors.Join(err, temporary.Chmod(mode), temporary.Close())
	if err == nil {
		err = os.Rename(temporary.Name(), path)
	}
	if err != nil {
		_ = os.Remove(temporary.Name()) // the first error is the one to tell
	}
	return err
}

// merge adds the lines that the old text lacks.
func merge(old, lines []byte) []byte {
	have := strings.Split(strings.ReplaceAll(string(old), "\r\n", "\n"), "\n")
	out := string(old)
	for line := range strings.Lines(string(lines)) {
		line = strings.TrimRight(line, "\n")
		if slices.Contains(have, line) {
			continue
		}
		if out != "" && !strings.HasSuffix(out, "\n") {
			out += "\n"
		}
		out += line + "\n"
	}
	return []byte(out)
}
