package tokencache_test

import (
	"errors"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"hdstest/internal/tokencache"
)

// ring is a keyring of a test.
type ring struct {
	key   []byte
	err   error
	hangs bool
	asked atomic.Int32
}

func (r *ring) Get() ([]byte, error) {
	r.asked.Add(1)
	switch {
	case r.hangs:
		select {}
	case r.err != nil:
		return nil, r.err
	case r.key == nil:
		return nil, tokencache.ErrNoKey
	}
	return r.key, nil
}

func (r *ring) Set(key []byte) error {
	if r.err == nil {
		r.key = key
	}
	return r.err
}

func with(r *ring) func(*tokencache.Options) {
	return func(o *tokencache.Options) { o.Keyring = r }
}

// TestKeyring: with a keyring the file of keys does not open the entries.
func TestKeyring(t *testing.T) {
	dir, system := t.TempDir(), &ring{}
	newFixture(t, dir, with(system)).KeepToken(key(), token("one", time.Hour))
	if len(system.key) != 32 {
		t.Fatalf("the keyring holds %d octets", len(system.key))
	}
	if got, _ := newFixture(t, dir, with(system)).Token(key()); got.Token.Reveal() != "one" {
		t.Errorf("with the keyring: %q", got.Token.Reveal())
	}
	f := newFixture(t, dir)
	if _, ok := f.Token(key()); ok || len(f.told) != 1 || !strings.Contains(f.told[0], "keyring") {
		t.Errorf("without the keyring: %v, told %q", ok, f.told)
	}
	f.KeepToken(key(), token("two", time.Hour))
	again := newFixture(t, dir, with(system))
	if got, _ := again.Token(key()); got.Token.Reveal() != "two" || again.told != nil {
		t.Errorf("sealed without, read with the keyring: %q, told %q", got.Token.Reveal(), again.told)
	}
}

// TestKeyringFails: whatever is wrong with it, the file of keys serves.
func TestKeyringFails(t *testing.T) {
	for name, system := range map[string]*ring{
		"refuses":      {err: errors.New("no such interface")},
		"wrong length": {key: []byte("short")},
		"hangs":        {hangs: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			f := newFixture(t, dir, with(system))
			f.KeepToken(key(), token("one", time.Hour))
			f.KeepToken(key(), token("two", time.Hour))
			if got, _ := newFixture(t, dir).Token(key()); got.Token.Reveal() != "two" {
				t.Errorf("got %q, told %q", got.Token.Reveal(), f.told)
			}
			if n := system.asked.Load(); n != 1 {
				t.Errorf("the keyring was asked %d times in one run", n)
			}
		})
	}
}

// TestKeyringChanged: entries of a keyring that was emptied since are broken.
func TestKeyringChanged(t *testing.T) {
	dir, system := t.TempDir(), &ring{}
	newFixture(t, dir, with(system)).KeepToken(key(), token("one", time.Hour))
	system.key = make([]byte, 32)
	f := newFixture(t, dir, with(system))
	if _, ok := f.Token(key()); ok || len(f.told) != 1 || !strings.Contains(f.told[0], "set aside") {
		t.Errorf("found: %v, told %q", ok, f.told)
	}
	if files, _ := os.ReadDir(dir); len(files) == 0 {
		t.Error("the cache is gone")
	}
}
