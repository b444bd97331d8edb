package fhir

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// bodies keeps resources on disk, one after the other in a single file. Nothing
// is ever taken out: a sandbox does not live long, and history needs old
// versions. Reads go side by side; writes are ordered by the caller.
type bodies struct {
	file *os.File
	size int64
}

// span is where a body lies in the file.
type span struct {
	offset int64
	length int
}

// openBodies makes an empty file in dir, and dir where there is none.
func openBodies(dir string) (*bodies, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("keep FHIR resources: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "fhir.bodies"), os.O_CREATE|os.O_RDWR|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("keep FHIR resources: %w", err)
	}
	return &bodies{file: f}, nil
}

func (b *bodies) put(data []byte) (span, error) {
	if _, err := b.file.WriteAt(data, b.size); err != nil {
		return span{}, fmt.Errorf("keep a FHIR resource: %w", err)
	}
	at := span{offset: b.size, length: len(data)}
	b.size += int64(len(data))
	return at, nil
}

func (b *bodies) get(at span) ([]byte, error) {
	data := make([]byte, at.length)
	if _, err := b.file.ReadAt(data, at.offset); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read a kept FHIR resource: %w", err)
	}
	return data, nil
}

func (b *bodies) close() error { return b.file.Close() }
