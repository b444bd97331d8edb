package graph

import (
	"slices"
	"strings"
)

// check refuses what Graph does not filter by, and what it filters by only as
// an advanced query. in is the any whose condition is being checked.
// Source: learn.microsoft.com/graph/aad-advanced-queries and the Supports
// $filter notes of each resource's page.
func (e *expression) check(k *kind, in lambda, advanced bool) error {
	switch e.op {
	case "and", "or":
		if err := e.parts[0].check(k, in, advanced); err != nil {
			return err
		}
		return e.parts[1].check(k, in, advanced)
	case "not":
		if !advanced {
			return unsupported("Unsupported Query.")
		}
		return e.parts[0].check(k, in, advanced)
	case "any", "all":
		path := e.parts[0].text
		if !slices.Contains(k.filters[path], "any") || e.op == "all" || in.path != "" {
			return k.unsupportedFilter(path)
		}
		if len(e.parts) == 1 {
			return nil
		}
		return e.parts[1].check(k, lambda{path: path, bound: e.bound}, advanced)
	}
	return e.checkComparison(k, in, advanced)
}

// lambda is an any: its collection and its variable.
type lambda struct{ path, bound string }

func (e *expression) checkComparison(k *kind, in lambda, advanced bool) error {
	path := e.parts[0].text
	if in.path != "" {
		if path != in.bound {
			return k.unsupportedFilter(in.path)
		}
		path = in.path // the operators of a collection are those of its members
	}
	if in.path == "" && slices.Contains(k.filters[path], "any") {
		return k.unsupportedFilter(path) // a collection is compared within any
	}
	op := e.op
	if op == "in" {
		op = "eq"
	}
	if op == "ne" || op == "endswith" {
		if !advanced {
			return k.unsupportedFilter(path)
		}
		op = map[string]string{"ne": "eq", "endswith": "startswith"}[op]
	}
	if !slices.Contains(k.filters[path], op) {
		return k.unsupportedFilter(path)
	}
	// An empty text is refused, as in an attempt to find an object by an id that
	// a script left empty.
	if slices.ContainsFunc(e.parts[1:], func(p *expression) bool { return p.quote && p.text == "" }) {
		return k.unsupportedFilter(path)
	}
	return nil
}

func (k *kind) unsupportedFilter(path string) error {
	first, _, _ := strings.Cut(path, "/")
	return unsupported("Unsupported or invalid query filter clause specified for property '%s' of resource '%s'.", first, k.resource)
}
