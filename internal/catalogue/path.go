package catalogue

import (
	"fmt"
	"strconv"
	"strings"
)

// Path leads to a value in a JSON document: names separated by points, indices
// in brackets, as in issue[0].code or [0].0020000D.Value[0]. The empty path is
// the document itself.
type Path string

// Step is one part of a path: a name, or an index if Name is empty.
type Step struct {
	Name  string
	Index int
}

// Steps splits the path. It fails on an empty name and on a bracket that holds
// no whole number.
func (p Path) Steps() ([]Step, error) {
	var steps []Step
	rest := string(p)
	for rest != "" {
		if tail, ok := strings.CutPrefix(rest, "["); ok {
			number, after, closed := strings.Cut(tail, "]")
			i, err := strconv.Atoi(number)
			if !closed || err != nil || i < 0 {
				return nil, fmt.Errorf("path %q: want [number] at %q", p, rest)
			}
			steps = append(steps, Step{Index: i})
			rest = strings.TrimPrefix(after, ".")
			continue
		}
		end := strings.IndexAny(rest, ".[")
		if end < 0 {
			end = len(rest)
		}
		if end == 0 {
			return nil, fmt.Errorf("path %q: empty name at %q", p, rest)
		}
		steps = append(steps, Step{Name: rest[:end]})
		rest = strings.TrimPrefix(rest[end:], ".")
	}
	return steps, nil
}

// Lookup finds the value in a document decoded by encoding/json.
func (p Path) Lookup(doc any) (any, bool) {
	steps, err := p.Steps()
	if err != nil {
		return nil, false
	}
	for _, s := range steps {
		if s.Name != "" {
			object, ok := doc.(map[string]any)
			if !ok {
				return nil, false
			}
			if doc, ok = object[s.Name]; !ok {
				return nil, false
			}
			continue
		}
		list, ok := doc.([]any)
		if !ok || s.Index >= len(list) {
			return nil, false
		}
		doc = list[s.Index]
	}
	return doc, doc != nil
}

// Text gives the text form of a JSON value, by which rules compare: strings as
// they are, whole numbers without a point.
func Text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	case nil:
		return "null"
	}
	return fmt.Sprint(v)
}
