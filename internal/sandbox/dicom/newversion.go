package dicom

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"hdstest/internal/sandbox/dicom/part10"
)

// update gives instances other texts. Files are written beside the old ones first, so
// that a fault changes nothing.
func (s *store) update(all []*entity, with []part10.Text) error {
	files := make([]*changedFile, len(all))
	for n, e := range all {
		c, err := s.changed(e, with)
		if err != nil {
			for _, c := range files[:n] {
				_ = os.Remove(c.path)
			}
			return err
		}
		files[n] = c
	}
	for n, e := range all {
		if err := s.supersede(e, files[n], with); err != nil {
			return err
		}
	}
	return nil
}

// changedFile is an instance's file to be.
type changedFile struct {
	path string
	size int64
	read *part10.File
}

// changed writes an instance's file anew and reads it back.
func (s *store) changed(e *entity, with []part10.Text) (c *changedFile, err error) {
	in, err := s.open(e)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	read, err := part10.Parse(in, e.files.size, s.words)
	if err != nil {
		return nil, err
	}
	out, err := os.OpenFile(filepath.Join(s.dir, fmt.Sprintf("update-%d.dcm", e.number)), os.O_CREATE|os.O_RDWR|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err = errors.Join(err, out.Close()); err != nil {
			_ = os.Remove(out.Name())
		}
	}()
	if err := read.Changed(in, e.files.size, with, out); err != nil {
		return nil, err
	}
	info, err := out.Stat()
	if err != nil {
		return nil, err
	}
	again, err := part10.Parse(out, info.Size(), s.words)
	return &changedFile{out.Name(), info.Size(), again}, err
}

// supersede puts the changed file in the place of the old one, which stays as the
// original if it is the first. The instance gets a new watermark.
func (s *store) supersede(e *entity, c *changedFile, with []part10.Text) error {
	metadata, err := s.metadata(e)
	if err != nil {
		return err
	}
	for _, t := range with {
		if a, ok := c.read.Data.Attribute(t.Tag); ok {
			metadata[t.Tag] = a
		}
	}
	data, err := json.Marshal(metadata)
	if err != nil {
		return fmt.Errorf("encode metadata: %w", err)
	}
	at, err := s.bodies.Put(data)
	if err != nil {
		return err
	}
	before := s.path(e.number)
	s.unfile(e)
	s.unnumber(e)
	s.last++
	s.renumber(e, s.last)
	if e.files.original == "" {
		e.files.original = filepath.Join(s.dir, fmt.Sprintf("original-%d.dcm", e.number))
		err = os.Rename(before, e.files.original)
	} else {
		err = os.Remove(before)
	}
	if err = errors.Join(err, os.Rename(c.path, s.path(e.number))); err != nil {
		return fmt.Errorf("keep a changed instance: %w", err)
	}
	e.files.size, e.files.metadata = c.size, at
	series := e.parent
	for _, one := range []*entity{series.parent, series, e} {
		s.describe(one, metadata)
	}
	s.recount(series.parent)
	return nil
}
