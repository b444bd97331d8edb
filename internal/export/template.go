package export

import (
	"net/url"
	"strings"

	"hdstest/internal/catalogue"
	"hdstest/internal/lazyregexp"
)

// Part is a piece of a text with variables: a literal, or the name of a variable.
type Part struct {
	Literal  string
	Variable string // empty for a literal
}

var placeholder = lazyregexp.New(`\{\{([A-Za-z_][A-Za-z0-9_]*)\}\}`)

// Parts splits a text with variables.
func Parts(text string) []Part {
	var out []Part
	at := 0
	for _, m := range placeholder.FindAllStringSubmatchIndex(text, -1) {
		if m[0] > at {
			out = append(out, Part{Literal: text[at:m[0]]})
		}
		out = append(out, Part{Variable: text[m[2]:m[3]]})
		at = m[1]
	}
	if at < len(text) {
		out = append(out, Part{Literal: text[at:]})
	}
	return out
}

// Join puts the parts together again, each literal and each variable rendered by
// a function.
func Join(parts []Part, literal, variable func(string) string) string {
	var out strings.Builder
	for _, p := range parts {
		if p.Variable != "" {
			out.WriteString(variable(p.Variable))
		} else {
			out.WriteString(literal(p.Literal))
		}
	}
	return out.String()
}

// Address is the whole address of a request with variables. Literals of the query
// are percent-encoded; variables are left, since those that the catalogue puts
// into a path or a query hold ids, UIDs and run_id, none of which needs it.
func Address(r catalogue.Request) string {
	address := "{{" + r.BaseVariable() + "}}" + r.Path
	for i, p := range r.Query {
		separator := "&"
		if i == 0 {
			separator = "?"
		}
		value := Join(Parts(p.Value), EscapeQuery, func(name string) string { return "{{" + name + "}}" })
		address += separator + EscapeQuery(p.Name) + "=" + value
	}
	return address
}

// EscapeQuery percent-encodes a text for a query, a blank as %20: not every tool
// sends a plus sign as it is.
func EscapeQuery(text string) string {
	return strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
}
