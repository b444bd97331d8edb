// Package javascript turns what the catalogue expects of an answer into
// JavaScript, once for all tools whose scripts are JavaScript: httpYac,
// JetBrains, Bruno and k6. It keeps to ECMAScript 5, which the oldest of their
// engines knows.
//
// The expressions use a few names that each tool's own prelude defines:
//
//	status        the status code, a number
//	text          the body as a text
//	body          the body parsed as JSON, undefined if it is none
//	at(path)      the value in body at a list of names and indices, or undefined
//	header(name)  the value of a header in lower case, "" if it is absent
//	value(name)   the value of a variable as a text
//
// It knows nothing of how a tool names a test, fails or keeps a variable.
package javascript

import (
	"fmt"
	"strings"

	"hdstest/internal/catalogue"
	"hdstest/internal/export"
)

// Quote writes a text as a string literal; JSON is a subset of JavaScript.
func Quote(text string) string { return export.Quote(text) }

// Template writes a text with variables as an expression.
func Template(text string) string {
	var out []string
	for _, p := range export.Parts(text) {
		if p.Variable != "" {
			out = append(out, "value("+Quote(p.Variable)+")")
		} else {
			out = append(out, Quote(p.Literal))
		}
	}
	if out == nil {
		return `""`
	}
	return strings.Join(out, " + ")
}

// At writes the look-up of a path. Every path of the catalogue parses; one that
// does not is looked up as a name that no answer has.
func At(path catalogue.Path) string {
	steps, err := path.Steps()
	if err != nil {
		return "at([" + Quote(string(path)) + "])"
	}
	var out []string
	for _, s := range steps {
		if s.Name != "" {
			out = append(out, Quote(s.Name))
		} else {
			out = append(out, fmt.Sprint(s.Index))
		}
	}
	return "at([" + strings.Join(out, ", ") + "])"
}

// AtFunction is the definition of at, given body.
const AtFunction = `function at(path) { var found = body; for (var i = 0; i < path.length; i++) { if (found === undefined || found === null) { return undefined; } found = found[path[i]]; } return found; }`

// Numbers writes a list of numbers.
func Numbers(list []int) string {
	var out []string
	for _, n := range list {
		out = append(out, fmt.Sprint(n))
	}
	return "[" + strings.Join(out, ", ") + "]"
}

// Address writes path and query of a request as an expression. Values of
// variables are percent-encoded, so that one cannot leave its place.
func Address(r catalogue.Request) string {
	var out []string
	literal := ""
	add := func(text string, escape func(string) string) {
		for _, p := range export.Parts(text) {
			if p.Variable == "" {
				literal += escape(p.Literal)
				continue
			}
			if literal != "" {
				out, literal = append(out, Quote(literal)), ""
			}
			out = append(out, "encodeURIComponent(value("+Quote(p.Variable)+"))")
		}
	}
	add(r.Path, func(text string) string { return text })
	for i, p := range r.Query {
		separator := "&"
		if i == 0 {
			separator = "?"
		}
		literal += separator + export.EscapeQuery(p.Name) + "="
		add(p.Value, export.EscapeQuery)
	}
	if literal != "" {
		out = append(out, Quote(literal))
	}
	return strings.Join(out, " + ")
}
