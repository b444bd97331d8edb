package index_test

import (
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hdstest/internal/sandbox/index"
)

func TestIndex(t *testing.T) {
	var x index.Index
	for i, key := range []string{"b", "a", "ba", "c", "a"} {
		x.Add(key, uint64(i))
	}
	x.Add("a", 1) // again: no change
	for name, row := range map[string]struct{ got, want []uint64 }{
		"equal":               {x.Equal("a"), []uint64{1, 4}},
		"equal, none":         {x.Equal("x"), nil},
		"prefix":              {x.Prefix("b"), []uint64{0, 2}},
		"range, high is out":  {x.Range("a", "ba"), []uint64{0, 1, 4}},
		"range, no high":      {x.Range("ba", ""), []uint64{2, 3}},
		"range, upside down":  {x.Range("c", "a"), nil},
		"match":               {x.Match(func(k string) bool { return len(k) == 2 }), []uint64{2}},
		"all":                 {x.All(), []uint64{0, 1, 2, 3, 4}},
		"union":               {index.Union([]uint64{3, 5}, []uint64{1, 3}), []uint64{1, 3, 5}},
		"without":             {index.Without([]uint64{1, 2, 3}, []uint64{2}), []uint64{1, 3}},
		"intersect, rising":   {collect(false, 9, []uint64{1, 2, 3}, []uint64{2, 3, 4}), []uint64{2, 3}},
		"intersect, falling":  {collect(true, 1, []uint64{1, 2, 3}, []uint64{2, 3, 4}), []uint64{3}},
		"intersect, no lists": {collect(true, 9), nil},
	} {
		if diff := cmp.Diff(row.want, row.got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", name, diff)
		}
	}
}

func TestRemove(t *testing.T) {
	var x index.Index
	x.Add("a", 1)
	x.Add("a", 2)
	x.Remove("a", 1)
	x.Remove("a", 7)
	if got := x.Equal("a"); !slices.Equal(got, []uint64{2}) {
		t.Errorf("after one removal: want 2, got %v", got)
	}
	x.Remove("a", 2)
	if got := x.All(); got != nil {
		t.Errorf("after all removals: want nothing, got %v", got)
	}
}

func collect(falling bool, most int, lists ...[]uint64) []uint64 {
	var out []uint64
	index.Intersect(falling, func(n uint64) bool {
		out = append(out, n)
		return len(out) < most
	}, lists...)
	return out
}

func BenchmarkAdd(b *testing.B) {
	var x index.Index
	for i := range b.N {
		x.Add(strconv.Itoa(i*7919%1000003), uint64(i))
	}
}
