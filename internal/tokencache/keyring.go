package tokencache

import (
	"errors"
	"io"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// Keyring is the system's keyring: Secret Service, Keychain, Credential Manager.
// It holds one key of 32 octets. Its methods may hang; they are given a second.
type Keyring interface {
	Get() ([]byte, error) // ErrNoKey: it answers and has none
	Set(key []byte) error
}

// ErrNoKey is what [Keyring] answers as long as nothing was set.
var ErrNoKey = errors.New("the keyring holds no key of this program")

var errNoRing = errors.New("no keyring answers")

// ringPatience is how long the keyring may take. A locked one asks the person,
// who may not be there.
const ringPatience = time.Second

// ringKey is the keyring's key, asked for once in a run.
type ringKey struct {
	asked bool
	key   []byte
	err   error
}

// ringed gives the keyring's key, if it can be had; with create it makes one.
func (c *Cache) ringed(create bool) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ring.asked && (c.ring.err == nil || !create || !errors.Is(c.ring.err, ErrNoKey)) {
		return c.ring.key, c.ring.err
	}
	c.ring.asked = true
	c.ring.key, c.ring.err = c.askRing(create)
	return c.ring.key, c.ring.err
}

func (c *Cache) askRing(create bool) ([]byte, error) {
	if c.Keyring == nil {
		return nil, errNoRing
	}
	type answer struct {
		key []byte
		err error
	}
	got := make(chan answer, 1)
	go func() {
		key, err := c.Keyring.Get()
		if errors.Is(err, ErrNoKey) && create {
			key, err = c.fillRing()
		}
		if err == nil && len(key) != keySize {
			err = errBrokenKey
		}
		got <- answer{key, err}
	}()
	limit := time.NewTimer(ringPatience)
	defer limit.Stop()
	select {
	case a := <-got:
		return a.key, a.err
	case <-limit.C:
		return nil, errNoRing
	}
}

// fillRing makes a key, unless another process has done so meanwhile.
func (c *Cache) fillRing() ([]byte, error) {
	lock := flock.New(filepath.Join(c.Dir, keyFile+lockSuffix), flock.SetPermissions(0o600))
	if lock.Lock() == nil { // on a file system without locks the last key counts
		defer func() { _ = lock.Unlock() }() // the end of the process would do it too
	}
	if key, err := c.Keyring.Get(); !errors.Is(err, ErrNoKey) {
		return key, err
	}
	key := make([]byte, keySize)
	if _, err := io.ReadFull(c.Rand, key); err != nil {
		return nil, err
	}
	if err := c.Keyring.Set(key); err != nil {
		return nil, err
	}
	return c.Keyring.Get()
}
