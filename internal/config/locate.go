package config

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"hdstest/internal/plaintext"
	"hdstest/internal/problem"
)

// origin tells why a file is read.
type origin int

const (
	noFile origin = iota
	named         // by --config or HDSTEST_CONFIG
	found         // in the current folder
	own           // in the user's configuration folder
)

// locate looks for the file: the named one, which must exist, else [FileName]
// in dir, else config.yaml in the program's folder of the user's configuration.
func locate(in Input) (string, origin) {
	if in.File != "" {
		return in.File, named
	}
	if path := in.getenv(EnvConfig); path != "" {
		return path, named
	}
	if path := filepath.Join(in.Dir, FileName); exists(path) {
		return path, found
	}
	if path := UserFile(in.ConfigDir); in.ConfigDir != "" && exists(path) {
		return path, own
	}
	return "", noFile
}

// UserFile gives the path of the file in the user's configuration folder.
func UserFile(configDir string) string { return filepath.Join(configDir, folder, userFile) }

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// read gets a config file of bearable size, without the byte order mark that
// editors on Windows put in front. Whatever is wrong is a usage error
// that names the file.
func read(path string) ([]byte, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, problem.Usagef("config file %s does not exist", path)
	}
	if err != nil {
		return nil, problem.Usagef("config file %s cannot be read: %w", path, errors.Unwrap(err))
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, problem.Usagef("config file %s is a folder", path)
	}
	data, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err != nil {
		return nil, problem.Usagef("config file: %w", err)
	}
	if len(data) > maxSize {
		return nil, problem.Usagef("config file %s is larger than %d KiB", path, maxSize>>10)
	}
	return plaintext.Decode(data), nil
}
