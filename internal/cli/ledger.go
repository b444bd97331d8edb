package cli

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"hdstest/internal/register"
)

// ledger is the list of what register made, on disk, so that an interrupted run
// can go on and a finished one can be taken back. It holds no secret.
type ledger struct {
	path string // empty: nothing is kept
	open []register.Made
}

// ledger opens the list of an unfinished run about the same app of the same
// tenant, if there is one. A sandbox has none.
func (p *program) ledger(s *session, spec register.Spec) (*ledger, error) {
	if s.Sandbox != nil || p.StateDir == "" {
		return &ledger{}, nil
	}
	sum := sha256.Sum256([]byte(strings.ToLower(s.Authority + "|" + spec.TenantID + "|" + spec.AppID + "|" + spec.Name)))
	l := &ledger{path: filepath.Join(p.StateDir, Name, "register", hex.EncodeToString(sum[:8])+".json")}
	data, err := os.ReadFile(l.path)
	if errors.Is(err, fs.ErrNotExist) {
		return l, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &l.open)
	}
	if err != nil {
		return nil, fmt.Errorf("read the list of what an unfinished run made (%s): %w", l.path, err)
	}
	p.say("going on from an unfinished run, listed in %s", l.path)
	return l, nil
}

// record stores an entry before the run goes on.
func (l *ledger) record(m register.Made) error {
	l.open = register.Merge(l.open, m)
	if l.path == "" {
		return nil
	}
	data, err := json.MarshalIndent(l.open, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(l.path), 0o700); err != nil {
		return fmt.Errorf("keep a list of what is made: %w", err)
	}
	temporary := l.path + ".new"
	if err := errors.Join(os.WriteFile(temporary, append(data, '\n'), 0o600), os.Rename(temporary, l.path)); err != nil {
		return fmt.Errorf("keep a list of what is made: %w", err)
	}
	return nil
}

// finish marks the list as that of a finished run: it stays for whoever wants to
// take the run back, but no later run goes on from it.
func (l *ledger) finish() error {
	if l.path == "" || l.open == nil {
		return nil
	}
	done := strings.TrimSuffix(l.path, ".json") + ".done.json"
	before, err := os.ReadFile(done)
	var all []register.Made
	if err == nil {
		err = json.Unmarshal(before, &all)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("read the list of what was made: %w", err)
	}
	for _, m := range l.open {
		all = register.Merge(all, m)
	}
	data, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(done, append(data, '\n'), 0o600); err != nil {
		return fmt.Errorf("keep the list of what was made: %w", err)
	}
	return os.Remove(l.path)
}
