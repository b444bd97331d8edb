// Package index finds things by key without looking at all of them: an inverted
// index whose keys are ordered, so that it answers equality, prefixes and
// ranges. The sandbox's FHIR and DICOM services keep one for each searchable
// attribute.
//
// Things are numbers, given in the order of their arrival. An Index is not safe
// for concurrent use, and the lists it gives must not be changed.
package index

import (
	"slices"
	"strings"
)

// Index maps keys to sorted lists of numbers. The zero Index is empty and ready.
type Index struct {
	keys  []string // sorted, without doubles
	lists map[string][]uint64
}

// Add files a number under a key. Doing so twice is the same as once.
func (x *Index) Add(key string, number uint64) {
	if x.lists == nil {
		x.lists = map[string][]uint64{}
	}
	list, known := x.lists[key]
	if !known {
		at, _ := slices.BinarySearch(x.keys, key)
		x.keys = slices.Insert(x.keys, at, key)
	}
	if at, found := slices.BinarySearch(list, number); !found {
		x.lists[key] = slices.Insert(list, at, number)
	}
}

// Remove takes a number away from a key.
func (x *Index) Remove(key string, number uint64) {
	list := x.lists[key]
	at, found := slices.BinarySearch(list, number)
	if !found {
		return
	}
	if len(list) > 1 {
		x.lists[key] = slices.Delete(list, at, at+1)
		return
	}
	delete(x.lists, key)
	if at, found := slices.BinarySearch(x.keys, key); found {
		x.keys = slices.Delete(x.keys, at, at+1)
	}
}

// Equal lists what is filed under a key.
func (x *Index) Equal(key string) []uint64 { return x.lists[key] }

// Prefix lists what is filed under the keys that begin so.
func (x *Index) Prefix(prefix string) []uint64 {
	from, _ := slices.BinarySearch(x.keys, prefix)
	to := from
	for to < len(x.keys) && strings.HasPrefix(x.keys[to], prefix) {
		to++
	}
	return x.merge(x.keys[from:to])
}

// Range lists what is filed under keys from low on, up to and without high. An
// empty high is no limit.
func (x *Index) Range(low, high string) []uint64 {
	from, _ := slices.BinarySearch(x.keys, low)
	to := len(x.keys)
	if high != "" {
		to, _ = slices.BinarySearch(x.keys, high)
	}
	if to < from {
		return nil
	}
	return x.merge(x.keys[from:to])
}

// Match lists what is filed under the keys that satisfy a condition. It looks at
// every key once, but not at what is filed there.
func (x *Index) Match(satisfies func(key string) bool) []uint64 {
	var keys []string
	for _, k := range x.keys {
		if satisfies(k) {
			keys = append(keys, k)
		}
	}
	return x.merge(keys)
}

// Ordered gives the lists of the keys that begin so, in the order of the keys.
func (x *Index) Ordered(prefix string) [][]uint64 {
	var out [][]uint64
	from, _ := slices.BinarySearch(x.keys, prefix)
	for _, key := range x.keys[from:] {
		if !strings.HasPrefix(key, prefix) {
			break
		}
		out = append(out, x.lists[key])
	}
	return out
}

// All lists everything that is filed under any key.
func (x *Index) All() []uint64 { return x.merge(x.keys) }

func (x *Index) merge(keys []string) []uint64 {
	if len(keys) == 1 {
		return x.lists[keys[0]]
	}
	var all []uint64
	for _, k := range keys {
		all = append(all, x.lists[k]...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Union merges sorted lists.
func Union(lists ...[]uint64) []uint64 {
	if len(lists) == 1 {
		return lists[0]
	}
	all := slices.Concat(lists...)
	slices.Sort(all)
	return slices.Compact(all)
}

// Without gives the numbers of a sorted list that are not in another.
func Without(list, other []uint64) []uint64 {
	var out []uint64
	for _, n := range list {
		if !Has(other, n) {
			out = append(out, n)
		}
	}
	return out
}

// Has tells whether a sorted list holds a number.
func Has(list []uint64, number uint64) bool {
	_, found := slices.BinarySearch(list, number)
	return found
}

// Intersect calls visit with the numbers that are in all of the sorted lists, in
// rising order or falling, until visit says false. It walks the shortest list
// and looks the numbers up in the others. No lists at all have nothing in common.
func Intersect(falling bool, visit func(uint64) bool, lists ...[]uint64) {
	if len(lists) == 0 {
		return
	}
	lists = slices.Clone(lists)
	slices.SortFunc(lists, func(a, b []uint64) int { return len(a) - len(b) })
	walk, others := lists[0], lists[1:]
	for i := range walk {
		n := walk[i]
		if falling {
			n = walk[len(walk)-1-i]
		}
		if !slices.ContainsFunc(others, func(o []uint64) bool { return !Has(o, n) }) && !visit(n) {
			return
		}
	}
}
