package fhir

import (
	"crypto/sha256"
	"slices"
	"strconv"
	"time"

	"hdstest/internal/sandbox/bodies"
	"hdstest/internal/sandbox/index"
)

// store holds the resources: what is needed to find them in memory, their bodies
// on disk. It is not safe for concurrent use; the service locks it.
type store struct {
	bodies     *bodies.File
	parameters parameterSet
	base       string // address of the service, to know its own references

	types  map[string]*typeStore
	log    []*version // all versions in the order of their making; nil: removed for good
	undo   []func()   // while a transaction runs: how to take back what it did
	record bool
}

// typeStore holds the resources of one type.
type typeStore struct {
	byID     map[string]*resource
	byNumber map[uint64]*resource // by the number of the current version
	all      []uint64             // numbers of the current versions that are not deleted, rising
	indexes  map[string]*index.Index
}

// resource is one resource with its history, oldest first.
type resource struct {
	typ, id  string
	versions []*version
}

// version is one state of a resource. Its number is its place in the log.
type version struct {
	of      *resource
	version string
	number  uint64
	at      time.Time
	method  string // that made it, for the history
	deleted bool
	body    bodies.Span
	digest  [sha256.Size]byte // of the content, to see an update that changes nothing
}

func (r *resource) current() *version { return r.versions[len(r.versions)-1] }

func newStore(b *bodies.File, base string) *store {
	return &store{bodies: b, parameters: parseParameters(parameterTable()), base: base, types: map[string]*typeStore{}}
}

func (s *store) typeOf(typ string) *typeStore {
	t := s.types[typ]
	if t == nil {
		t = &typeStore{byID: map[string]*resource{}, byNumber: map[uint64]*resource{}, indexes: map[string]*index.Index{}}
		s.types[typ] = t
	}
	return t
}

// find gives a resource, deleted ones too; nil if there never was one.
func (s *store) find(typ, id string) *resource {
	if t := s.types[typ]; t != nil {
		return t.byID[id]
	}
	return nil
}

// save adds a version. changed is false when the content is the same as before:
// then there is no new version (OSS SqlServerFhirDataStore.cs).
func (s *store) save(d *document, id, method string, now time.Time) (v *version, changed bool, err error) {
	digest := sha256.Sum256(d.content())
	r := s.find(d.typ, id)
	if r != nil && !r.current().deleted && r.current().digest == digest {
		return r.current(), false, nil
	}
	v = &version{version: "1", at: now, method: method, digest: digest}
	if r != nil {
		v.version = strconv.Itoa(len(r.versions) + 1)
	}
	if v.body, err = s.bodies.Put(d.render(id, v.version, now)); err != nil {
		return nil, false, err
	}
	tree, err := s.treeOf(v)
	if err != nil {
		return nil, false, err
	}
	if err := s.append(d.typ, id, v); err != nil {
		return nil, false, err
	}
	s.file(v, tree)
	return v, true, nil
}

// remove adds a version that says deleted. It is nil when there is nothing to delete.
func (s *store) remove(typ, id string, now time.Time) (*version, error) {
	r := s.find(typ, id)
	if r == nil || r.current().deleted {
		return nil, nil
	}
	v := &version{version: strconv.Itoa(len(r.versions) + 1), at: now, method: "DELETE", deleted: true}
	return v, s.append(typ, id, v)
}

// append makes a version the current one and takes the one before out of the indexes.
func (s *store) append(typ, id string, v *version) error {
	t := s.typeOf(typ)
	r := t.byID[id]
	if r == nil {
		r = &resource{typ: typ, id: id}
		t.byID[id] = r
	} else if err := s.unfile(r.current()); err != nil {
		return err
	}
	v.of, v.number = r, uint64(len(s.log))
	r.versions = append(r.versions, v)
	s.log = append(s.log, v)
	s.undone(func() { s.drop(r, v) })
	return nil
}

// erase removes a resource and its history for good.
func (s *store) erase(typ, id string) (bool, error) {
	r := s.find(typ, id)
	if r == nil {
		return false, nil
	}
	if err := s.unfile(r.current()); err != nil {
		return false, err
	}
	for _, v := range r.versions {
		s.log[v.number] = nil
	}
	delete(s.typeOf(typ).byID, id)
	s.undone(func() {
		for _, v := range r.versions {
			s.log[v.number] = v
		}
		s.typeOf(typ).byID[id] = r
		s.refile(r.current())
	})
	return true, nil
}

// drop takes back the newest version of a resource.
func (s *store) drop(r *resource, v *version) {
	_ = s.unfile(v)
	s.log[v.number] = nil
	if r.versions = r.versions[:len(r.versions)-1]; len(r.versions) == 0 {
		delete(s.typeOf(r.typ).byID, r.id)
		return
	}
	s.refile(r.current())
}

func (s *store) refile(v *version) {
	if tree, err := s.treeOf(v); err == nil {
		s.file(v, tree)
	}
}

func (s *store) undone(how func()) {
	if s.record {
		s.undo = append(s.undo, how)
	}
}

// transaction runs steps of which all or none take place.
func (s *store) transaction(steps func() error) error {
	s.record = true
	err := steps()
	if err != nil {
		for _, how := range slices.Backward(s.undo) {
			how()
		}
	}
	s.record, s.undo = false, nil
	return err
}

// body reads a version's body.
func (s *store) body(v *version) ([]byte, error) { return s.bodies.Get(v.body) }

func (s *store) treeOf(v *version) (map[string]any, error) {
	if v.deleted {
		return nil, nil
	}
	data, err := s.body(v)
	if err != nil {
		return nil, err
	}
	d, err := decodeDocument(data)
	if err != nil {
		return nil, err
	}
	return d.tree, nil
}

// file puts a version into the indexes of its type.
func (s *store) file(v *version, tree map[string]any) {
	if v.deleted {
		return
	}
	t := s.typeOf(v.of.typ)
	t.byNumber[v.number] = v.of
	at, _ := slices.BinarySearch(t.all, v.number)
	t.all = slices.Insert(t.all, at, v.number)
	for _, p := range s.parameters.of(v.of.typ) {
		for _, key := range p.keys(tree, s.base) {
			x := t.indexes[p.name]
			if x == nil {
				x = &index.Index{}
				t.indexes[p.name] = x
			}
			x.Add(key, v.number)
		}
	}
}

// unfile takes a version out of the indexes.
func (s *store) unfile(v *version) error {
	tree, err := s.treeOf(v)
	if err != nil || v.deleted {
		return err
	}
	t := s.typeOf(v.of.typ)
	delete(t.byNumber, v.number)
	if at, found := slices.BinarySearch(t.all, v.number); found {
		t.all = slices.Delete(t.all, at, at+1)
	}
	for _, p := range s.parameters.of(v.of.typ) {
		if x := t.indexes[p.name]; x != nil {
			for _, key := range p.keys(tree, s.base) {
				x.Remove(key, v.number)
			}
		}
	}
	return nil
}

// indexOf gives the index of a parameter; an empty one if nothing has a value.
func (t *typeStore) indexOf(name string) *index.Index {
	if x := t.indexes[name]; x != nil {
		return x
	}
	return &index.Index{}
}
