package arm

import (
	"net/http"
	"strings"

	"hdstest/internal/lazyregexp"
)

// filter is a $filter of this provider: conditions joined by "and". Values are
// lower case names to the text asked for, empty for functions without arguments.
type filter struct {
	conditions map[string]string
}

// clause is one condition: name eq 'text', name('text') or name().
var clause = lazyregexp.New(`^(?i)\s*([a-z]+)(?:\s+eq\s+'((?:[^']|'')*)'|\(\s*(?:'((?:[^']|'')*)')?\s*\))\s*(and\b|$)`)

// maxFilter bounds what is parsed at all.
const maxFilter = 2048

// parseFilter reads a $filter. An empty one has no conditions.
// Source: azure-docs articles/role-based-access-control/role-assignments-list-rest.md.
func parseFilter(text string) (filter, error) {
	f := filter{conditions: map[string]string{}}
	rest := text
	for strings.TrimSpace(rest) != "" {
		m := clause.FindStringSubmatch(rest)
		if m == nil || len(text) > maxFilter {
			return f, badFilter(text)
		}
		name, value := strings.ToLower(m[1]), strings.ReplaceAll(m[2]+m[3], "''", "'")
		if _, twice := f.conditions[name]; twice {
			return f, badFilter(text)
		}
		f.conditions[name] = value
		rest = rest[len(m[0]):]
		if m[4] != "" && strings.TrimSpace(rest) == "" {
			return f, badFilter(text)
		}
	}
	return f, nil
}

// badFilter is worded by the sandbox: the real code and text are unverified.
func badFilter(text string) *failure {
	return refuse(http.StatusBadRequest, "BadRequestFormat", "The filter '%s' is not one of this resource type.", text)
}

// only refuses conditions that the resource type has not.
func (f filter) only(names ...string) error {
	for name := range f.conditions {
		known := false
		for _, n := range names {
			known = known || n == name
		}
		if !known {
			return badFilter(name)
		}
	}
	return nil
}

func (f filter) has(name string) bool {
	_, ok := f.conditions[name]
	return ok
}

// fits tells whether a value is the one asked for, or none was.
func (f filter) fits(name, value string) bool {
	want, ok := f.conditions[name]
	return !ok || strings.EqualFold(want, value)
}
