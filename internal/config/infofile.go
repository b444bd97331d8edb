package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"hdstest/internal/problem"
)

// InfoFile is where the sandbox on the standard ports, of which one can run, writes
// its [Info].
func InfoFile(stateDir string) string {
	return filepath.Join(stateDir, folder, "sandbox", "info.json")
}

// InfoFileAt is [InfoFile] of a sandbox whose first port is another.
func InfoFileAt(stateDir, port string) string {
	return filepath.Join(filepath.Dir(InfoFile(stateDir)), "info-"+port+".json")
}

// InfoFiles finds the files of the sandboxes that run under this user. Those of
// processes that have ended without removing theirs are given apart. That the
// others answer is not checked, nor that a process is a sandbox.
func InfoFiles(stateDir string) (running, ended []string) {
	if stateDir == "" {
		return nil, nil
	}
	dir := filepath.Dir(InfoFile(stateDir))
	all, _ := os.ReadDir(dir) // by name; no folder: nothing has run yet
	for _, entry := range all {
		path := filepath.Join(dir, entry.Name())
		if named, _ := filepath.Match("info*.json", entry.Name()); !named {
			continue
		}
		if hasEnded(path) {
			ended = append(ended, path)
		} else {
			running = append(running, path)
		}
	}
	return running, ended
}

// FindInfo gives the file of the only sandbox that runs under this user. With
// none or several it is a usage error; by is then how one of them is chosen.
func FindInfo(stateDir, by string) (string, error) {
	running, ended := InfoFiles(stateDir)
	switch {
	case stateDir == "":
		return "", problem.Usagef("no sandbox can be found without a folder for state (HOME is not set); choose one by %s", by)
	case len(running) == 1:
		return running[0], nil
	case len(running) > 1:
		return "", problem.Usagef("%d sandboxes run under this user; choose one by %s: %s", len(running), by, strings.Join(running, ", "))
	case len(ended) > 0:
		return "", problem.Usagef("no sandbox is running: that of %s ended without removing the file; start one with: hdstest sandbox", ended[0])
	}
	return "", problem.Usagef("%w", noSandbox(InfoFile(stateDir)))
}

// noSandbox says that the file is not there which a running sandbox keeps.
func noSandbox(path string) error {
	return fmt.Errorf("no sandbox is running: %s does not exist; start one with: hdstest sandbox", path)
}

// hasEnded tells whether the process that a description names is gone. One that
// cannot be read speaks for itself when it is used.
func hasEnded(path string) bool {
	var info Info
	data, err := os.ReadFile(path)
	if err != nil || json.Unmarshal(data, &info) != nil || info.PID <= 0 {
		return false
	}
	process, err := os.FindProcess(info.PID)
	if err != nil {
		return true // as Windows says it
	}
	defer func() { _ = process.Release() }()
	return errors.Is(process.Signal(syscall.Signal(0)), os.ErrProcessDone)
}

// ForgetEnded removes the descriptions of sandboxes that have ended.
func ForgetEnded(stateDir string) error {
	_, ended := InfoFiles(stateDir)
	var errs []error
	for _, path := range ended {
		errs = append(errs, os.Remove(path))
	}
	return errors.Join(errs...)
}
