package javascript

import (
	"fmt"
	"strings"

	"hdstest/internal/catalogue"
)

// Check is an assertion: what it says in words, and an expression that is true if
// it holds.
type Check struct{ Name, Test string }

// Good is the expression that tells whether the status is one of the expected.
func Good(r catalogue.Request) string {
	return Numbers(r.Expect.Status) + ".indexOf(status) >= 0"
}

// Status is the assertion on the status.
func Status(r catalogue.Request) Check {
	var codes []string
	for _, code := range r.Expect.Status {
		codes = append(codes, fmt.Sprint(code))
	}
	return Check{"status " + strings.Join(codes, " or "), Good(r)}
}

// Checks lists the assertions on headers and body. They are to be looked at only
// if the status is as expected, so that a refused request counts as one failure.
func Checks(r catalogue.Request) []Check {
	var out []Check
	for _, h := range r.Expect.Headers {
		out = append(out, header(h))
	}
	if r.Expect.Empty {
		out = append(out, Check{"empty body", `text === ""`})
	}
	for _, rule := range r.Expect.JSON {
		out = append(out, jsonRule(rule))
	}
	return out
}

func header(h catalogue.HeaderRule) Check {
	found := "header(" + Quote(h.Name) + ")"
	if h.Contains == "" {
		return Check{"header " + h.Name, found + ` !== ""`}
	}
	return Check{"header " + h.Name + " with " + h.Contains, found + ".indexOf(" + Quote(strings.ToLower(h.Contains)) + ") >= 0"}
}

func jsonRule(rule catalogue.JSONRule) Check {
	name, at := string(rule.Path), At(rule.Path)
	if name == "" {
		name = "body"
	}
	var c Check
	switch rule.Op {
	case catalogue.Exists:
		c = Check{name + " is there", at + " !== undefined && " + at + " !== null"}
	case catalogue.Absent:
		c = Check{name + " is not there", "body !== undefined && (" + at + " === undefined || " + at + " === null)"}
	case catalogue.IsList:
		c = Check{name + " is a list", "Array.isArray(" + at + ")"}
	case catalogue.OneOf:
		var choices []string
		for choice := range strings.SplitSeq(rule.Value, "|") {
			choices = append(choices, Template(choice))
		}
		c = Check{name + " is one of " + rule.Value, "[" + strings.Join(choices, ", ") + "].indexOf(String(" + at + ")) >= 0"}
	default:
		c = Check{name + " is " + rule.Value, "String(" + at + ") === " + Template(rule.Value)}
	}
	if rule.OnStatus != 0 {
		c.Name += fmt.Sprintf(" on status %d", rule.OnStatus)
		c.Test = fmt.Sprintf("status !== %d || (%s)", rule.OnStatus, c.Test)
	}
	// A name with {{…}} would be replaced by the tool before the script is read.
	c.Name = strings.NewReplacer("{{", "", "}}", "").Replace(c.Name)
	return c
}
