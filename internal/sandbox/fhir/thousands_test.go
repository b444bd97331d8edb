package fhir

import (
	"fmt"
	"testing"
	"time"

	"hdstest/internal/sandbox/bodies"
	"hdstest/internal/sandbox/querystring"
)

// thousands makes a store of so many patients.
func thousands(t testing.TB, many int) *store {
	t.Helper()
	kept, err := bodies.Create(t.TempDir(), "resources")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = kept.Close() })
	s := newStore(kept, "https://localhost:2")
	for n := range many {
		d, refused := parseDocument(fmt.Appendf(nil, `{"resourceType":"Patient","name":[{"family":"Family%d","given":["Given"]}],`+
			`"birthDate":"%04d-01-01","identifier":[{"system":"urn:n","value":"%d"}],"gender":"male"}`, n, 1900+n%100, n))
		if refused != nil {
			t.Fatal(refused)
		}
		if _, _, err := s.save(d, fmt.Sprint("p", n), "POST", time.Unix(int64(n), 0)); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// TestTenThousand holds that a search does not look at all resources: it must be
// far quicker than reading them once.
func TestTenThousand(t *testing.T) {
	if testing.Short() {
		t.Skip("fills a store")
	}
	s := thousands(t, 10_000)
	scan := fastest(1, func() {
		for _, v := range s.log {
			if _, err := s.treeOf(v); err != nil {
				t.Fatal(err)
			}
		}
	})
	for raw, want := range map[string]int{"identifier=urn:n%7C4711": 1, "family=family4711": 1, "birthdate=1947&_count=100": 100, "_id=p4711": 1,
		"gender=male&family=family999&_count=100": 11, "gender=male&_count=10": 10, "_lastUpdated=gt1970-01-01T02:46:38Z": 1} {
		q, refused := parser{set: s.parameters}.parse("Patient", querystring.Split(raw))
		if refused != nil {
			t.Fatal(refused)
		}
		var found int
		took := fastest(5, func() { found = len(s.search(q).matches) })
		if found != want {
			t.Errorf("%s: want %d, got %d", raw, want, found)
		}
		if took*50 > scan {
			t.Errorf("%s took %s, reading all resources takes %s", raw, took, scan)
		}
	}
}

func fastest(times int, do func()) time.Duration {
	best := time.Duration(1 << 62)
	for range times {
		began := time.Now()
		do()
		best = min(best, time.Since(began))
	}
	return best
}

func BenchmarkSearch(b *testing.B) {
	s := thousands(b, 10_000)
	q, _ := parser{set: s.parameters}.parse("Patient", querystring.Split("identifier=urn:n%7C4711"))
	for b.Loop() {
		s.search(q)
	}
}
