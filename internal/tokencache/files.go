package tokencache

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	temporaryPrefix = ".new-"
	lockSuffix      = ".lock"
	brokenSuffix    = ".broken"
	// entryLimit bounds what is read of a file that is taken for an entry.
	entryLimit = 4 << 20
)

// read opens an entry; nil: there is none that can be used.
func (c *Cache) read(m *master, at place) []byte {
	path := filepath.Join(c.Dir, at.app, at.file)
	data, err := readLimited(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var contents []byte
	if err == nil {
		contents, err = c.unseal(m, at, data)
	}
	switch {
	case errors.Is(err, errBroken):
		c.setAside(path, err)
	case err != nil:
		c.notify("a kept token is not used: %s: %v", path, bare(err))
	default:
		return contents
	}
	return nil
}

// write keeps an entry and removes what has expired beside it.
func (c *Cache) write(at func(*master) place, expires time.Time, contents []byte) error {
	m, err := c.made()
	if err != nil {
		return err
	}
	p := at(m)
	data, err := c.seal(m, p, expires, contents)
	if err != nil {
		return err
	}
	dir := filepath.Join(c.Dir, p.app)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	temporary, err := writeTemporary(dir, data)
	if err != nil {
		return err
	}
	c.prune(dir)
	return replace(temporary, filepath.Join(dir, p.file))
}

func readLimited(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read
	return io.ReadAll(io.LimitReader(f, entryLimit))
}

// writeTemporary writes a file of mode 0600 under a name of its own.
func writeTemporary(dir string, data []byte) (string, error) {
	f, err := os.CreateTemp(dir, temporaryPrefix+"*")
	if err != nil {
		return "", err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err != nil {
		_ = os.Remove(f.Name()) // the first error counts
		return "", err
	}
	return f.Name(), nil
}

// replace puts a file in the place of another at one stroke. Windows refuses
// that for the moment in which somebody reads the other.
func replace(temporary, path string) error {
	const tries, pause = 10, 10 * time.Millisecond
	var err error
	for range tries {
		if err = os.Rename(temporary, path); err == nil || !errors.Is(err, fs.ErrPermission) {
			break
		}
		time.Sleep(pause)
	}
	if err != nil {
		_ = os.Remove(temporary) // the first error counts
	}
	return err
}

// setAside moves a broken file out of the way, where it can be looked at.
func (c *Cache) setAside(path string, why error) {
	aside := path + brokenSuffix
	if err := os.Rename(path, aside); err != nil {
		if !errors.Is(err, fs.ErrNotExist) { // another process was quicker
			c.notify("the token cache's file %s is broken (%v) and cannot be set aside: %v", path, why, bare(err))
		}
		return
	}
	c.notify("the token cache's file %s is broken (%v); it was set aside as %s", path, why, filepath.Base(aside))
}

// prune removes entries past their expiry, and what killed processes left.
func (c *Cache) prune(dir string) {
	now := c.Now()
	entries, _ := os.ReadDir(dir) // what cannot be listed stays
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		switch {
		case strings.HasSuffix(e.Name(), lockSuffix), e.IsDir():
		case strings.HasPrefix(e.Name(), temporaryPrefix), strings.HasSuffix(e.Name(), brokenSuffix):
			if info, err := e.Info(); err == nil && now.Sub(info.ModTime()) > 24*time.Hour {
				_ = os.Remove(path) // it is tried again the next time
			}
		default:
			if h, err := headerOf(path); err == nil && now.After(h.expires) {
				_ = os.Remove(path)
			}
		}
	}
}

func headerOf(path string) (header, error) {
	f, err := os.Open(path)
	if err != nil {
		return header{}, err
	}
	defer func() { _ = f.Close() }() // only read
	data := make([]byte, headerSize)
	if _, err := io.ReadFull(f, data); err != nil {
		return header{}, err
	}
	return readHeader(data)
}

// folders lists the folders of apps.
func folders(dir string) []string {
	var out []string
	entries, _ := os.ReadDir(dir) // what cannot be listed stays
	for _, e := range entries {
		if e.IsDir() {
			out = append(out, filepath.Join(dir, e.Name()))
		}
	}
	return out
}

// bare is an error without the path that the message names anyway.
func bare(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
