package fhir

import (
	"strings"
)

// kind is the type of a search parameter.
type kind string

// The kinds. composite and special parameters are known and not served.
const (
	tokenKind     kind = "token"
	stringKind    kind = "string"
	dateKind      kind = "date"
	referenceKind kind = "reference"
	uriKind       kind = "uri"
	quantityKind  kind = "quantity"
)

// parameter is one search parameter of a type.
type parameter struct {
	name  string
	kind  kind
	paths []path
}

// path leads to values in a decoded resource.
type path []pathStep

// pathStep is a member's name and, where member is set, the condition that the
// object there has that member with that value.
type pathStep struct{ name, member, value string }

// parameterSet holds the search parameters by type and name.
type parameterSet struct {
	byType   map[string]map[string]parameter
	common   map[string]parameter
	complete map[string]bool
}

// parseParameters reads [parameterTable]. A line that is not as described there
// is left out; a test counts them.
func parseParameters(table string) parameterSet {
	set := parameterSet{byType: map[string]map[string]parameter{}, complete: map[string]bool{}}
	typ := ""
	for line := range strings.Lines(table) {
		line = strings.TrimSpace(line)
		if name, mark, found := strings.Cut(line, ":"); found && !strings.Contains(name, " ") {
			typ = name
			set.byType[typ] = map[string]parameter{}
			set.complete[typ] = mark == "!"
			continue
		}
		if fields := strings.Fields(line); len(fields) == 3 {
			set.byType[typ][fields[0]] = parameter{fields[0], kind(fields[1]), parsePaths(fields[2])}
		}
	}
	set.common = set.byType["*"]
	delete(set.byType, "*")
	return set
}

func parsePaths(text string) []path {
	var out []path
	for one := range strings.SplitSeq(text, ",") {
		var p path
		for step := range strings.SplitSeq(one, ".") {
			name, condition, _ := strings.Cut(strings.TrimSuffix(step, "]"), "[")
			member, value, _ := strings.Cut(condition, "=")
			p = append(p, pathStep{name, member, value})
		}
		out = append(out, p)
	}
	return out
}

// find gives a type's search parameter. The empty type has only the common ones.
func (s parameterSet) find(typ, name string) (parameter, bool) {
	if p, ok := s.common[name]; ok {
		return p, true
	}
	p, ok := s.byType[typ][name]
	return p, ok
}

// of lists all the parameters of a type, the common ones included.
func (s parameterSet) of(typ string) []parameter {
	out := make([]parameter, 0, len(s.common)+len(s.byType[typ]))
	for _, p := range s.common {
		out = append(out, p)
	}
	for _, p := range s.byType[typ] {
		out = append(out, p)
	}
	return out
}

// values walks a path through a decoded resource.
func (p path) values(node any) []any {
	if list, ok := node.([]any); ok {
		var out []any
		for _, item := range list {
			out = append(out, p.values(item)...)
		}
		return out
	}
	if len(p) == 0 {
		if node == nil {
			return nil
		}
		return []any{node}
	}
	object, ok := node.(map[string]any)
	if !ok {
		return nil
	}
	next, there := object[p[0].name]
	if !there {
		return nil
	}
	return p[1:].values(p[0].keep(next))
}

// keep drops the objects that do not satisfy the step's condition.
func (s pathStep) keep(node any) any {
	if s.member == "" {
		return node
	}
	list, ok := node.([]any)
	if !ok {
		list = []any{node}
	}
	var kept []any
	for _, item := range list {
		if object, ok := item.(map[string]any); ok && object[s.member] == s.value {
			kept = append(kept, item)
		}
	}
	return kept
}
