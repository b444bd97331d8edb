// Package sandboxtest helps tests of others to start sandboxes.
package sandboxtest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"time"

	"hdstest/internal/sandbox"
)

// keysFile is what a sandbox keeps of its keys in its state folder.
const keysFile = "identity.json"

// made are the keys of one sandbox, for all tests of a program: to make them takes
// most of the time of a start.
var made = sync.OnceValues(func() (data []byte, err error) {
	dir, err := os.MkdirTemp("", "sandboxtest-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	s, err := sandbox.Start(context.Background(), sandbox.Options{StateDir: dir, PortBase: sandbox.AnyPort, Now: time.Now})
	if err != nil {
		return nil, err
	}
	if err := s.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(dir, keysFile))
})

// Start starts a sandbox with these keys, as if one had run before in its state
// folder; where one has, its own stay.
func Start(ctx context.Context, o sandbox.Options) (*sandbox.Sandbox, error) {
	if err := keep(o.StateDir); err != nil {
		return nil, err
	}
	return sandbox.Start(ctx, o)
}

func keep(stateDir string) error {
	if _, err := os.Stat(filepath.Join(stateDir, keysFile)); err == nil {
		return nil
	}
	data, err := made()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(stateDir, 0o700); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(stateDir, keysFile), data, 0o600)
}
