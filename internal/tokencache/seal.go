package tokencache

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"
)

// An entry is a header, a nonce and what AES-256-GCM makes of the contents. The
// header (mark, which key, expiry in seconds since 1970) and the entry's place are
// authenticated with it: an entry under another's name does not open.
const (
	mark       = "hdstok1"
	headerSize = len(mark) + 1 + 8
	nonceSize  = 12
)

// Which key an entry is sealed with.
const (
	byFile byte = 'f'
	byRing byte = 'k'
)

var (
	errBroken = errors.New("it is no entry of this program's cache")
	// errLocked: the entry may be good, its key cannot be had now.
	errLocked = errors.New("its key is in the keyring, which does not answer")
)

// header is what can be read of an entry without a key.
type header struct {
	by      byte
	expires time.Time
}

func (h header) bytes() []byte {
	out := append([]byte(mark), h.by)
	return binary.BigEndian.AppendUint64(out, uint64(h.expires.Unix()))
}

func readHeader(data []byte) (header, error) {
	if len(data) < headerSize || !bytes.HasPrefix(data, []byte(mark)) {
		return header{}, errBroken
	}
	seconds := int64(binary.BigEndian.Uint64(data[len(mark)+1:]))
	return header{by: data[len(mark)], expires: time.Unix(seconds, 0)}, nil
}

// seal makes an entry, with the keyring's key if it can be had.
func (c *Cache) seal(m *master, at place, expires time.Time, contents []byte) ([]byte, error) {
	h, key := header{byFile, expires}, m.seal
	if ringed, err := c.ringed(true); err == nil {
		h.by, key = byRing, ringed
	}
	aead, err := gcm(key)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, nonceSize)
	if _, err := io.ReadFull(c.Rand, nonce); err != nil {
		return nil, fmt.Errorf("make a nonce: %w", err)
	}
	out := append(h.bytes(), nonce...)
	return aead.Seal(out, nonce, contents, at.bound(h)), nil
}

// unseal opens an entry. Its expiry is not looked at.
func (c *Cache) unseal(m *master, at place, data []byte) ([]byte, error) {
	h, err := readHeader(data)
	if err != nil || len(data) < headerSize+nonceSize {
		return nil, errBroken
	}
	key := m.seal
	if h.by == byRing {
		if key, err = c.ringed(false); err != nil {
			return nil, errLocked
		}
	}
	aead, err := gcm(key)
	if err != nil {
		return nil, err
	}
	body := data[headerSize:]
	contents, err := aead.Open(nil, body[:nonceSize], body[nonceSize:], at.bound(h))
	if err != nil {
		return nil, errBroken
	}
	return contents, nil
}

// bound is what is authenticated with the contents.
func (p place) bound(h header) []byte { return append(h.bytes(), p.app+"/"+p.file...) }

func gcm(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}
