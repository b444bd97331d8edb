package pipeline

import (
	"testing"
	"time"
)

// TestEndOf: the secret in use is found by its hint; of two alike the last counts.
func TestEndOf(t *testing.T) {
	const body = `{"passwordCredentials":[{"hint":"abc","endDateTime":"2026-12-01T00:00:00Z"},{"hint":"abc","endDateTime":"2027-01-01T00:00:00Z"},
		{"hint":"xyz","endDateTime":"2030-01-01T00:00:00Z"},{"hint":null,"endDateTime":"2031-01-01T00:00:00Z"}]}`
	for name, c := range map[string]struct{ body, secret, want string }{
		"the last of two alike": {body, "abc8Q~rest", "2027-01-01"},
		"another":               {body, "xyz8Q~rest", "2030-01-01"},
		"none of them":          {body, "other", "0001-01-01"},
		"no JSON":               {"<html>", "abc", "0001-01-01"},
	} {
		if got := endOf([]byte(c.body), c.secret).At.Format(time.DateOnly); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
