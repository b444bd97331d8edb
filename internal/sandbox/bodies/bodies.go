// Package bodies keeps texts on disk, one after the other in a single file: FHIR
// resources and DICOM metadata. Nothing is ever taken out of a file: a sandbox
// does not live long, and history needs what has been replaced.
package bodies

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// File is such a file. Reads go side by side; writes are ordered by the caller.
type File struct {
	file *os.File
	size int64
}

// Span is where a text lies in the file.
type Span struct {
	Offset int64
	Length int
}

// Create makes an empty file in dir, and dir where there is none.
func Create(dir, name string) (*File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("keep %s: %w", name, err)
	}
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_CREATE|os.O_RDWR|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("keep %s: %w", name, err)
	}
	return &File{file: f}, nil
}

// Put adds a text.
func (f *File) Put(data []byte) (Span, error) {
	if _, err := f.file.WriteAt(data, f.size); err != nil {
		return Span{}, fmt.Errorf("keep a body: %w", err)
	}
	at := Span{Offset: f.size, Length: len(data)}
	f.size += int64(len(data))
	return at, nil
}

// Get reads a text.
func (f *File) Get(at Span) ([]byte, error) {
	data := make([]byte, at.Length)
	if _, err := f.file.ReadAt(data, at.Offset); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read a kept body: %w", err)
	}
	return data, nil
}

// Close closes the file and leaves it where it is.
func (f *File) Close() error { return f.file.Close() }
