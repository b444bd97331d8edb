package graph

import (
	"cmp"
	"strconv"
	"strings"
	"time"
)

// holds evaluates a checked filter over a document. Texts compare without regard
// to case, as the directory does.
func (e *expression) holds(doc any, bound string) bool {
	switch e.op {
	case "and":
		return e.parts[0].holds(doc, bound) && e.parts[1].holds(doc, bound)
	case "or":
		return e.parts[0].holds(doc, bound) || e.parts[1].holds(doc, bound)
	case "not":
		return !e.parts[0].holds(doc, bound)
	case "any", "all":
		return e.lambdaHolds(doc, bound)
	case "in":
		for _, literal := range e.parts[1:] {
			if compares("eq", e.parts[0].value(doc, bound), literal) {
				return true
			}
		}
		return false
	}
	return compares(e.op, e.parts[0].value(doc, bound), e.parts[1])
}

func (e *expression) lambdaHolds(doc any, bound string) bool {
	items, _ := e.parts[0].value(doc, bound).([]any)
	if len(e.parts) == 1 {
		return len(items) > 0
	}
	for _, item := range items {
		if e.parts[1].holds(item, e.bound) != (e.op == "all") {
			return e.op == "any"
		}
	}
	return e.op == "all"
}

// value follows a path. Within any and all its first step is the variable.
func (e *expression) value(doc any, bound string) any {
	path := e.text
	if bound != "" {
		if path == bound {
			return doc
		}
		path = strings.TrimPrefix(path, bound+"/")
	}
	for step := range strings.SplitSeq(path, "/") {
		object, ok := doc.(map[string]any)
		if !ok {
			return nil
		}
		doc = object[step]
	}
	return doc
}

// compares applies an operator. Values of different kinds are unequal, and in no
// order.
func compares(op string, value any, literal *expression) bool {
	if literal.text == "null" && !literal.quote {
		return (value == nil) == (op == "eq") && (op == "eq" || op == "ne")
	}
	switch v := value.(type) {
	case string:
		return comparesText(op, v, literal.text)
	case bool:
		want, err := strconv.ParseBool(literal.text)
		return err == nil && (v == want && op == "eq" || v != want && op == "ne")
	case float64:
		want, err := strconv.ParseFloat(literal.text, 64)
		return err == nil && ordered(op, cmp.Compare(v, want))
	}
	return op == "ne"
}

func comparesText(op, value, literal string) bool {
	if want, err := time.Parse(time.RFC3339, literal); err == nil {
		if got, err := time.Parse(time.RFC3339, value); err == nil {
			return ordered(op, got.Compare(want))
		}
	}
	value, literal = strings.ToLower(value), strings.ToLower(literal)
	switch op {
	case "startswith":
		return strings.HasPrefix(value, literal)
	case "endswith":
		return strings.HasSuffix(value, literal)
	}
	return ordered(op, strings.Compare(value, literal))
}

func ordered(op string, sign int) bool {
	switch op {
	case "eq":
		return sign == 0
	case "ne":
		return sign != 0
	case "gt":
		return sign > 0
	case "ge":
		return sign >= 0
	case "lt":
		return sign < 0
	case "le":
		return sign <= 0
	}
	return false
}
