package tokencache

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

const (
	keyFile = "key"
	keySize = 32 // octets of an AES-256 key
)

// master is what the file key holds: one key for names, one for contents.
type master struct{ names, seal []byte }

var errBrokenKey = errors.New("it is not a key of this program")

// known gives the keys if they exist.
func (c *Cache) known() *master {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.master != nil {
		return c.master
	}
	m, err := readMaster(filepath.Join(c.Dir, keyFile))
	switch {
	case err == nil:
		c.master = m
	case errors.Is(err, errBrokenKey):
		c.discard()
	case !errors.Is(err, fs.ErrNotExist) && !c.told:
		c.told = true
		c.notify("the token cache in %s is not used: %v", c.Dir, bare(err))
	}
	return c.master
}

// made gives the keys, new ones if there are none.
func (c *Cache) made() (*master, error) {
	if m := c.known(); m != nil {
		return m, nil
	}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, err
	}
	path := filepath.Join(c.Dir, keyFile)
	if err := c.createKey(path); err != nil {
		return nil, err
	}
	m, err := readMaster(path) // perhaps another process was quicker
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.master = m
	return m, nil
}

// createKey makes the file of keys whole or not at all, and leaves one that is
// there already.
func (c *Cache) createKey(path string) error {
	data := make([]byte, 2*keySize)
	if _, err := io.ReadFull(c.Rand, data); err != nil {
		return fmt.Errorf("make a key: %w", err)
	}
	temporary, err := writeTemporary(c.Dir, data)
	if err != nil {
		return err
	}
	err = os.Link(temporary, path)
	if err != nil && !errors.Is(err, fs.ErrExist) { // a file system without links
		return replace(temporary, path)
	}
	return os.Remove(temporary)
}

func readMaster(path string) (*master, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if len(data) != 2*keySize {
		return nil, errBrokenKey
	}
	return &master{names: data[:keySize], seal: data[keySize:]}, nil
}

// discard sets a broken file of keys aside. What was named and sealed with it
// can no longer be found, and is removed.
func (c *Cache) discard() {
	path := filepath.Join(c.Dir, keyFile)
	c.setAside(path, errBrokenKey)
	for _, folder := range folders(c.Dir) {
		_ = os.RemoveAll(folder) // what stays does no harm
	}
}
