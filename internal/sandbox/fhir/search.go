package fhir

import (
	"slices"
	"strings"

	"hdstest/internal/sandbox/index"
)

// result is one page of a search.
type result struct {
	matches  []*version
	included []*version
	total    int // -1: not counted
	next     position
}

// search answers a query. It looks conditions up in indexes and reads the bodies
// of one page only.
func (s *store) search(q *query) result {
	types := q.searched(s)
	if q.summary == "count" {
		return result{total: s.count(q, types)}
	}
	res := result{total: -1}
	if q.accurate {
		res.total = s.count(q, types)
	}
	if q.sort != "" {
		s.pageSorted(q, &res)
	} else {
		s.page(q, types, &res)
	}
	res.included = s.include(q, res.matches)
	return res
}

// searched lists the types that a query looks at.
func (q *query) searched(s *store) []string {
	switch {
	case q.typ != "":
		return []string{q.typ}
	case q.types != nil:
		return q.types
	}
	var all []string
	for typ := range s.types {
		all = append(all, typ)
	}
	slices.Sort(all)
	return all
}

// conditions gives the lists of which results must be in all.
func (s *store) conditions(q *query, typ string) [][]uint64 {
	of := s.types[typ]
	if of == nil {
		return nil
	}
	lists := [][]uint64{of.all}
	for _, t := range q.terms {
		lists = append(lists, s.match(typ, t))
	}
	return lists
}

func (s *store) count(q *query, types []string) int {
	total := 0
	for _, typ := range types {
		lists := s.conditions(q, typ)
		if len(lists) == 1 {
			total += len(lists[0])
			continue
		}
		index.Intersect(false, func(uint64) bool { total++; return true }, lists...)
	}
	return total
}

// page collects results in the order of arrival. One more than asked for tells
// whether there is a next page.
func (s *store) page(q *query, types []string, res *result) {
	var found []uint64
	for _, typ := range types {
		var some []uint64
		index.Intersect(q.falling, func(n uint64) bool {
			some = append(some, n)
			return len(some) <= q.count
		}, q.rest(s.conditions(q, typ))...)
		found = append(found, some...)
	}
	slices.Sort(found)
	if q.falling {
		slices.Reverse(found)
	}
	if len(found) > q.count {
		found = found[:q.count]
		res.next = position{set: true, after: found[len(found)-1]}
	}
	for _, n := range found {
		res.matches = append(res.matches, s.log[n])
	}
}

// rest cuts the lists down to what lies behind the query's position.
func (q *query) rest(lists [][]uint64) [][]uint64 {
	if !q.from.set {
		return lists
	}
	out := make([][]uint64, len(lists))
	for i, list := range lists {
		at, found := slices.BinarySearch(list, q.from.after)
		switch {
		case q.falling:
			out[i] = list[:at]
		case found:
			out[i] = list[at+1:]
		default:
			out[i] = list[at:]
		}
	}
	return out
}

// pageSorted collects results in the order of a parameter's values. What has no
// value comes first in rising order and last in falling order.
func (s *store) pageSorted(q *query, res *result) {
	var all []uint64
	index.Intersect(false, func(n uint64) bool { all = append(all, n); return true }, s.conditions(q, q.typ)...)
	prefix := foldedKey
	if p, _ := s.parameters.find(q.typ, q.sort); p.kind == dateKind {
		prefix = startKey
	}
	order := s.typeOf(q.typ).indexOf(q.sort).Ordered(prefix)
	without := index.Without(all, index.Union(append([][]uint64{nil}, order...)...))
	sorted := []uint64{}
	seen := map[uint64]bool{}
	for _, list := range order {
		for _, n := range list {
			if !seen[n] && index.Has(all, n) {
				seen[n] = true
				sorted = append(sorted, n)
			}
		}
	}
	sorted = append(slices.Clone(without), sorted...)
	if q.falling {
		slices.Reverse(sorted)
	}
	sorted = sorted[min(int(min(q.from.skip, 1<<31)), len(sorted)):]
	if len(sorted) > q.count {
		sorted = sorted[:q.count]
		res.next = position{set: true, skip: q.from.skip + uint64(q.count)}
	}
	for _, n := range sorted {
		res.matches = append(res.matches, s.log[n])
	}
}

// include finds what _include and _revinclude ask for, each resource once.
func (s *store) include(q *query, matches []*version) []*version {
	seen := map[*version]bool{}
	for _, m := range matches {
		seen[m] = true
	}
	var out []*version
	add := func(v *version) {
		if v != nil && !v.deleted && !seen[v] {
			seen[v] = true
			out = append(out, v)
		}
	}
	for _, i := range q.includes {
		for _, m := range matches {
			if i.reverse {
				s.eachReferring(i, m, add)
			} else if m.of.typ == i.source {
				s.eachReferred(i, m, add)
			}
		}
	}
	return out
}

func (s *store) eachReferred(i inclusion, m *version, add func(*version)) {
	tree, err := s.treeOf(m)
	if err != nil {
		return
	}
	for _, p := range s.parameters.of(i.source) {
		if p.kind != referenceKind || i.name != "*" && p.name != i.name {
			continue
		}
		for _, key := range p.keys(tree, s.base) {
			target, ok := strings.CutPrefix(key, localKey)
			typ, id, _ := strings.Cut(target, "/")
			if !ok || i.target != "" && typ != i.target {
				continue
			}
			if r := s.find(typ, id); r != nil {
				add(r.current())
			}
		}
	}
}

func (s *store) eachReferring(i inclusion, m *version, add func(*version)) {
	of := s.types[i.source]
	if of == nil || i.target != "" && m.of.typ != i.target {
		return
	}
	for _, p := range s.parameters.of(i.source) {
		if p.kind != referenceKind || i.name != "*" && p.name != i.name {
			continue
		}
		for _, n := range of.indexOf(p.name).Equal(localKey + m.of.typ + "/" + m.of.id) {
			add(s.log[n])
		}
	}
}
