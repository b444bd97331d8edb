package dicom

import (
	"slices"

	"hdstest/internal/sandbox/index"
)

// search finds a page of entities, newest first.
func (s *store) search(q *query) []*entity {
	found, ok := s.candidates(q)
	if !ok {
		return nil
	}
	var out []*entity
	skip := q.offset
	t := &s.tables[q.target]
	index.Intersect(true, func(n uint64) bool {
		e := t.byNumber[n]
		if !found.holds(e) {
			return true
		}
		if skip > 0 {
			skip--
			return true
		}
		out = append(out, e)
		return len(out) < q.limit
	}, found.lists...)
	return out
}

// candidates are what results must be in: lists of the search's own level, and
// lists of levels above in which the results' parents must be.
type candidates struct {
	lists [][]uint64
	above map[level][]uint64
}

func (c candidates) holds(e *entity) bool {
	for l, list := range c.above {
		at := e
		for at.level > l {
			at = at.parent
		}
		if !index.Has(list, at.number) {
			return false
		}
	}
	return true
}

// fewParents is how many entities of a level above are turned into a list of what
// lies below them. For more it is cheaper to look at the parent of each result,
// since a page is soon full.
const fewParents = 256

func (s *store) candidates(q *query) (candidates, bool) {
	c := candidates{above: map[level][]uint64{}}
	if q.study != "" {
		within := s.within(q.scope)
		if within == nil {
			return c, false
		}
		c.lists = append(c.lists, within)
	}
	for l := studyLevel; l <= q.target; l++ {
		switch found := s.conditions(q, l); {
		case found == nil:
		case l == q.target || len(found) <= fewParents:
			c.lists = append(c.lists, s.below(found, l, q.target))
		default:
			c.above[l] = found
		}
	}
	if len(c.lists) == 0 {
		c.lists = [][]uint64{s.tables[q.target].all}
	}
	return c, true
}

// within lists what lies in the study or series that the path names.
func (s *store) within(in scope) []uint64 {
	uids := []string{in.study}
	if in.series != "" {
		uids = append(uids, in.series)
	}
	e := s.find(uids...)
	if e == nil {
		return nil
	}
	return s.below([]uint64{e.number}, e.level, in.target)
}

// conditions lists what satisfies the conditions of a level; nil if there are none.
func (s *store) conditions(q *query, l level) []uint64 {
	var lists [][]uint64
	for _, t := range q.terms {
		if t.at == l {
			lists = append(lists, s.match(t, q.fuzzy)...)
		}
	}
	if len(lists) == 0 {
		return nil
	}
	if len(lists) == 1 {
		return notNil(lists[0])
	}
	out := []uint64{}
	index.Intersect(false, func(n uint64) bool { out = append(out, n); return true }, lists...)
	return out
}

func notNil(list []uint64) []uint64 {
	if list == nil {
		return []uint64{}
	}
	return list
}

// match gives the lists that a condition demands: one, or with fuzzy matching one
// for each word.
// Source: the v2 conformance statement, "Search Matching".
func (s *store) match(t term, fuzzy bool) [][]uint64 {
	x := s.tables[t.at].indexes[t.tag]
	if x == nil {
		return [][]uint64{nil}
	}
	switch {
	case t.ranged:
		high := keyEnd
		if t.high != "" {
			high = wholeKey + t.high + "\x7f"
		}
		return [][]uint64{x.Range(wholeKey+t.low, high)}
	case fuzzy && t.vr == "PN":
		lists := [][]uint64{}
		for _, word := range words(t.value) {
			lists = append(lists, x.Prefix(wordKey+word))
		}
		if len(lists) == 0 {
			lists = append(lists, nil)
		}
		return lists
	}
	return [][]uint64{x.Equal(wholeKey + wholeForm(t.vr, t.value))}
}

// below lists what lies below entities, down to a level.
func (s *store) below(numbers []uint64, from, to level) []uint64 {
	if from == to {
		return numbers
	}
	out := []uint64{}
	for _, n := range numbers {
		for _, child := range s.tables[from].byNumber[n].children {
			out = append(out, child.number)
		}
	}
	slices.Sort(out)
	return s.below(out, from+1, to)
}
