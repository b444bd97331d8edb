// Package querystring splits the query of a URL, and a form, where the order and
// the repetition of parameters count: url.Values keeps the order of the values of
// each name only, and drops the whole of what is not properly escaped.
package querystring

import (
	"net/url"
	"strings"
)

// Pair is one parameter, in the order of sending.
type Pair struct{ Name, Value string }

// Split takes a query string apart. What is not properly escaped is taken as it is.
func Split(raw string) []Pair {
	var out []Pair
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		out = append(out, Pair{Unescape(name), Unescape(value)})
	}
	return out
}

// Unescape replaces %XX and +. What is not properly escaped stays as it is.
func Unescape(text string) string {
	if plain, err := url.QueryUnescape(text); err == nil {
		return plain
	}
	return text
}
