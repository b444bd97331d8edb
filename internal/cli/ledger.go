package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gofrs/flock"

	"hdstest/internal/problem"
	"hdstest/internal/register"
)

// ledger is the list of what register made of one app, on disk, so that an
// interrupted run can go on and a finished one can be taken back. It holds no
// secret. The file is replaced as a whole, so that nobody ever sees half of it.
type ledger struct {
	path string // empty: nothing is kept
	lock *flock.Flock
	ledgerFile
}

// ledgerFile is a ledger as it is stored.
type ledgerFile struct {
	SchemaVersion int    `json:"schema_version"`
	Authority     string `json:"authority"`
	Tenant        string `json:"tenant"`              // as the settings name it, perhaps a domain
	TenantID      string `json:"tenant_id,omitempty"` // once it is known
	Name          string `json:"name,omitempty"`      // display name, if the app was looked for by it
	AppID         string `json:"app_id,omitempty"`    // once it is known

	// Of the run that has not come to its end:
	Unfinished bool              `json:"unfinished,omitempty"`
	Wish       map[string]string `json:"wish,omitempty"` // settings of the section register
	Rotate     bool              `json:"rotate,omitempty"`
	Retire     []string          `json:"retire,omitempty"` // key ids of secrets to be removed
	Open       []register.Made   `json:"open,omitempty"`

	Done       []register.Made `json:"made,omitempty"`        // by runs that came to their end
	SecretID   string          `json:"secret_id,omitempty"`   // of the secret whose value was stored last
	SecretFile string          `json:"secret_file,omitempty"` // where that is
	Saved      *savedIDs       `json:"saved,omitempty"`
	Bin        []string        `json:"bin,omitempty"` // object ids in the recycle bin
}

// savedIDs are what was written into a profile.
type savedIDs struct {
	Path    string            `json:"path"`
	Profile string            `json:"profile"`
	Values  map[string]string `json:"values"`
}

const ledgerVersion = 1

// app says which app is meant: by client id, else by display name.
type app struct{ id, name string }

func (a app) String() string {
	if a.id != "" {
		return "client id " + a.id
	}
	return fmt.Sprintf("the name %q", a.name)
}

func (f ledgerFile) about(a app) bool {
	return a.id != "" && strings.EqualFold(f.AppID, a.id) || a.id == "" && f.Name == a.name
}

// label names the app of a ledger.
func (f ledgerFile) label() string {
	switch {
	case f.Name == "":
		return "--client-id " + f.AppID
	case f.AppID == "":
		return fmt.Sprintf("--name %q", f.Name)
	}
	return fmt.Sprintf("--name %q (client id %s)", f.Name, f.AppID)
}

// ledgers reads all ledgers of the settings' tenant.
func (p *program) ledgers(s *session) ([]*ledger, error) {
	all, err := p.allLedgers()
	return slices.DeleteFunc(all, func(l *ledger) bool {
		return l.Authority != s.Authority || !strings.EqualFold(l.Tenant, s.TenantID) && !strings.EqualFold(l.TenantID, s.TenantID)
	}), err
}

// ledgerDir is where they are kept.
func (p *program) ledgerDir() string { return filepath.Join(p.StateDir, Name, "register") }

// allLedgers reads those of every tenant. A sandbox in this process has none.
func (p *program) allLedgers() ([]*ledger, error) {
	if p.global.sandbox || p.StateDir == "" {
		return nil, nil
	}
	dir := p.ledgerDir()
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, problem.Usagef("the lists of what register made cannot be read: %w", err)
	}
	var out []*ledger
	for _, entry := range entries {
		if filepath.Ext(entry.Name()) != ".json" {
			continue
		}
		l, err := readLedger(filepath.Join(dir, entry.Name()))
		if errors.Is(err, fs.ErrNotExist) {
			continue // taken back this moment
		}
		if err != nil {
			return nil, err
		}
		out = append(out, l)
	}
	return out, nil
}

func readLedger(path string) (*ledger, error) {
	data, err := os.ReadFile(path)
	l := &ledger{path: path}
	if err == nil {
		err = json.Unmarshal(data, &l.ledgerFile)
	}
	if err == nil && l.SchemaVersion != ledgerVersion {
		err = fmt.Errorf("it has version %d, not %d", l.SchemaVersion, ledgerVersion)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, problem.Usagef("%s: cannot be read as a list of what register made: %w", path, err)
	}
	return l, err
}

// ledger finds the ledger of an app, or begins one that is not stored yet. Nobody
// else works with it until it is closed.
func (p *program) ledger(s *session, a app) (*ledger, error) {
	all, err := p.ledgers(s)
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(all, func(l *ledger) bool { return l.about(a) }); i >= 0 {
		return all[i].locked()
	}
	l := &ledger{ledgerFile: ledgerFile{SchemaVersion: ledgerVersion, Authority: s.Authority, Tenant: s.TenantID, Name: a.name}}
	if p.global.sandbox {
		return l, nil
	}
	if p.StateDir == "" {
		p.warn("what is made is not listed, since there is no folder for the list (XDG_STATE_HOME or HOME): unregister will not know of it")
		return l, nil
	}
	if err := p.checkState("the list of what is made", p.ledgerDir()); err != nil {
		return nil, err
	}
	l.path = filepath.Join(p.ledgerDir(), ledgerName(s, a)+".json")
	return l.locked()
}

// locked takes the ledger for this process and reads it again.
func (l *ledger) locked() (*ledger, error) {
	lock := flock.New(l.path+".lock", flock.SetPermissions(0o600))
	switch free, err := lock.TryLock(); {
	case err != nil:
		return nil, fmt.Errorf("lock the list of what is made: %w", err)
	case !free:
		return nil, problem.Usagef("another hdstest is working on the same app (%s): wait until it has ended", l.path)
	}
	fresh, err := readLedger(l.path)
	if errors.Is(err, fs.ErrNotExist) {
		l.lock = lock
		return l, nil
	}
	if err != nil {
		return nil, errors.Join(err, lock.Unlock())
	}
	fresh.lock = lock
	return fresh, nil
}

// close lets others work with the ledger. The lock file stays: removing it
// would let two take it.
func (l *ledger) close(err *error) {
	if l.lock != nil {
		*err = errors.Join(*err, l.lock.Unlock())
	}
}

// store writes the ledger; one that lists nothing is removed.
func (l *ledger) store() error {
	if l.path == "" {
		return nil
	}
	if !l.Unfinished && len(l.Open)+len(l.Done)+len(l.Bin) == 0 {
		if err := os.Remove(l.path); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	data, err := json.MarshalIndent(l.ledgerFile, "", "  ")
	if err != nil {
		return err
	}
	if err := replaceFile(l.path, append(data, '\n')); err != nil {
		return fmt.Errorf("keep a list of what is made: %w", err)
	}
	return nil
}

// replaceFile writes a file of mode 0600 through a temporary one beside it, so
// that nobody sees half of it; it has reached the disk when it is named.
func replaceFile(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".hdstest-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(data)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
