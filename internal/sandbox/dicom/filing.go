package dicom

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"hdstest/internal/sandbox/dicom/part10"
	"hdstest/internal/sandbox/index"
)

// describe replaces an entity's attributes and files them.
func (s *store) describe(e *entity, metadata part10.Attributes) {
	s.unfile(e)
	e.values = part10.Attributes{}
	for _, tag := range coreTags(e.level) {
		if a, ok := metadata[tag]; ok {
			e.values[tag] = a
		}
	}
	for _, q := range s.tags {
		if a, ok := q.of(metadata); ok && q.level == e.level {
			e.values[q.tag] = a
		}
	}
	for tag, a := range e.values {
		s.fileValue(e, tag, a)
	}
}

func (s *store) fileValue(e *entity, tag part10.Tag, a part10.Attribute) {
	for _, key := range valueKeys(a) {
		s.fileKey(e, tag, key)
	}
}

func (s *store) fileKey(e *entity, tag part10.Tag, key string) {
	t := &s.tables[e.level]
	x := t.indexes[tag]
	if x == nil {
		x = &index.Index{}
		t.indexes[tag] = x
	}
	x.Add(key, e.number)
	e.filed = append(e.filed, filing{tag, key})
}

func (s *store) unfile(e *entity) {
	for _, f := range e.filed {
		if x := s.tables[e.level].indexes[f.tag]; x != nil {
			x.Remove(f.key, e.number)
		}
	}
	e.filed = nil
}

// recount files the modalities of a study's series.
func (s *store) recount(study *entity) {
	kept := study.filed[:0]
	for _, f := range study.filed {
		if f.tag == part10.ModalitiesInStudy {
			s.tables[studyLevel].indexes[f.tag].Remove(f.key, study.number)
			continue
		}
		kept = append(kept, f)
	}
	study.filed = kept
	seen := map[string]bool{}
	for _, series := range study.children {
		for _, key := range valueKeys(series.values[part10.Modality]) {
			if !seen[key] {
				seen[key] = true
				s.fileKey(study, part10.ModalitiesInStudy, key)
			}
		}
	}
}

// remove takes everything below an entity away, and its parents when they are empty.
func (s *store) remove(e *entity) ([]*entity, error) {
	gone := e.instances()
	var errs []error
	for _, i := range gone {
		errs = append(errs, os.Remove(s.path(i.number)))
		if i.files.original != "" {
			errs = append(errs, os.Remove(i.files.original))
		}
		s.forget(i)
	}
	return gone, errors.Join(errs...)
}

// forget takes an entity out of its table and its parent.
func (s *store) forget(e *entity) {
	s.unfile(e)
	s.unnumber(e)
	if e.parent == nil {
		delete(s.studies, e.uid)
		return
	}
	delete(e.parent.children, e.uid)
	if len(e.parent.children) == 0 {
		s.forget(e.parent)
	} else if e.level == seriesLevel {
		s.recount(e.parent)
	}
}

// metadata reads an instance's metadata.
func (s *store) metadata(e *entity) (part10.Attributes, error) {
	data, err := s.rawMetadata(e)
	if err != nil {
		return nil, err
	}
	var out part10.Attributes
	return out, json.Unmarshal(data, &out)
}

func (s *store) rawMetadata(e *entity) ([]byte, error) {
	return s.bodies.Get(e.files.metadata)
}

// open opens an instance's file.
func (s *store) open(e *entity) (*os.File, error) {
	f, err := os.Open(s.path(e.number))
	if err != nil {
		return nil, fmt.Errorf("read a kept instance: %w", err)
	}
	return f, nil
}

// openVersion opens an instance's file, or the one from before any bulk update, and
// gives its size.
func (s *store) openVersion(e *entity, first bool) (*os.File, int64, error) {
	if !first || e.files.original == "" {
		f, err := s.open(e)
		return f, e.files.size, err
	}
	f, err := os.Open(e.files.original)
	if err != nil {
		return nil, 0, fmt.Errorf("read a kept instance: %w", err)
	}
	info, err := f.Stat()
	if err != nil {
		return nil, 0, errors.Join(err, f.Close())
	}
	return f, info.Size(), nil
}
