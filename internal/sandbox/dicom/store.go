package dicom

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"hdstest/internal/sandbox/bodies"
	"hdstest/internal/sandbox/dicom/part10"
	"hdstest/internal/sandbox/index"
)

// store holds the instances: what searches need in memory, files and metadata on
// disk. It is not safe for concurrent use; the service locks it.
type store struct {
	dir    string
	bodies *bodies.File // metadata
	words  *part10.Dictionary
	last   uint64 // number given last; numbers rise with time

	studies map[string]*entity // by UID
	tables  [levels]table
	feed    []*change
	history map[string][]*change // by study/series/instance
	tags    []*queryTag          // extended
}

// table finds the entities of a level.
type table struct {
	byNumber map[uint64]*entity
	all      []uint64
	indexes  map[part10.Tag]*index.Index
}

// entity is a study, a series or an instance.
type entity struct {
	level    level
	number   uint64 // of an instance also its file's name and its watermark
	uid      string
	parent   *entity
	children map[string]*entity // by UID
	values   part10.Attributes  // what is indexed at this level
	filed    []filing           // where in the indexes it stands
	files    *instanceFile      // of an instance
}

// filing is a key in an index.
type filing struct {
	tag part10.Tag
	key string
}

// instanceFile is what is known of an instance's file.
type instanceFile struct {
	class    string // SOP class
	syntax   string
	size     int64
	metadata bodies.Span
	original string // file before the first bulk update; empty: there was none
}

// errExists says that an instance with the same three UIDs is there.
var errExists = errors.New("the instance already exists")

func newStore(dir string) (*store, error) {
	kept, err := bodies.Create(dir, "metadata")
	if err != nil {
		return nil, err
	}
	s := &store{dir: dir, bodies: kept, words: part10.NewDictionary(), studies: map[string]*entity{}, history: map[string][]*change{}}
	for l := range s.tables {
		s.tables[l] = table{byNumber: map[uint64]*entity{}, indexes: map[part10.Tag]*index.Index{}}
	}
	return s, nil
}

// path is where an instance's file lies.
func (s *store) path(n uint64) string {
	return filepath.Join(s.dir, strconv.FormatUint(n, 10)+".dcm")
}

// find follows UIDs down from a study; nil if one is not there.
func (s *store) find(uids ...string) *entity {
	e := s.studies[uids[0]]
	for _, uid := range uids[1:] {
		if e == nil {
			return nil
		}
		e = e.children[uid]
	}
	return e
}

// instances lists those below an entity, in the order of storing.
func (e *entity) instances() []*entity {
	if e.level == instanceLevel {
		return []*entity{e}
	}
	var out []*entity
	for _, c := range e.children {
		out = append(out, c.instances()...)
	}
	slices.SortFunc(out, func(a, b *entity) int { return int(int64(a.number) - int64(b.number)) })
	return out
}

// uids gives an instance's three UIDs.
func (e *entity) uids() (study, series, sop string) {
	return e.parent.parent.uid, e.parent.uid, e.uid
}

// add takes an instance whose file lies at temporary; dropped are the elements
// that metadata and indexes do without.
func (s *store) add(f *part10.File, temporary string, size int64, dropped map[part10.Tag]bool) (*entity, error) {
	uids := []string{f.Data.Text(part10.StudyInstanceUID), f.Data.Text(part10.SeriesInstanceUID), f.Data.Text(part10.SOPInstanceUID)}
	if s.find(uids...) != nil {
		return nil, errExists
	}
	metadata := f.Data.Attributes(dropped)
	data, err := json.Marshal(metadata)
	if err != nil {
		return nil, fmt.Errorf("encode metadata: %w", err)
	}
	s.last++
	number := s.last
	at, err := s.bodies.Put(data)
	if err != nil {
		return nil, err
	}
	if err := os.Rename(temporary, s.path(number)); err != nil {
		return nil, fmt.Errorf("keep a DICOM instance: %w", err)
	}
	study := s.ensure(nil, studyLevel, uids[0])
	series := s.ensure(study, seriesLevel, uids[1])
	e := s.ensure(series, instanceLevel, uids[2])
	s.renumber(e, number)
	e.files = &instanceFile{class: f.Data.Text(part10.SOPClassUID), syntax: f.Syntax, size: size, metadata: at}
	// Of study and series the latest instance's attributes count.
	for _, one := range []*entity{study, series, e} {
		s.describe(one, metadata)
	}
	s.recount(study)
	return e, nil
}

// ensure finds or makes a child.
func (s *store) ensure(parent *entity, l level, uid string) *entity {
	among := s.studies
	if parent != nil {
		among = parent.children
	}
	if e := among[uid]; e != nil {
		return e
	}
	e := &entity{level: l, uid: uid, parent: parent, children: map[string]*entity{}}
	among[uid] = e
	if l != instanceLevel {
		s.last++
		s.renumber(e, s.last)
	}
	return e
}

// unnumber takes an entity out of its table.
func (s *store) unnumber(e *entity) {
	t := &s.tables[e.level]
	delete(t.byNumber, e.number)
	if at, found := slices.BinarySearch(t.all, e.number); found {
		t.all = slices.Delete(t.all, at, at+1)
	}
}

func (s *store) renumber(e *entity, number uint64) {
	e.number = number
	t := &s.tables[e.level]
	t.byNumber[number] = e
	at, _ := slices.BinarySearch(t.all, number)
	t.all = slices.Insert(t.all, at, number)
}
