package probe

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"hdstest/internal/catalogue"
	"hdstest/internal/transport"
)

// compare lists the expectations that an answer does not meet. Rules about the
// body are looked at only if the status is right: on an error they all fail.
func compare(e catalogue.Expect, a transport.Answer, c content, base *url.URL, vars catalogue.Vars) []string {
	if !slices.Contains(e.Status, a.Status) {
		return []string{statusMismatch(e, a, base)}
	}
	var out []string
	for _, rule := range e.Headers {
		if why := headerMismatch(rule, a); why != "" {
			out = append(out, why)
		}
	}
	if e.Empty && len(a.Body) > 0 {
		out = append(out, fmt.Sprintf("the body has %d bytes, expected none", len(a.Body)))
	}
	rules := slices.DeleteFunc(slices.Clone(e.JSON), func(rule catalogue.JSONRule) bool {
		return rule.OnStatus != 0 && rule.OnStatus != a.Status
	})
	if len(rules) > 0 && c.fault != "" {
		return append(out, c.fault)
	}
	for _, rule := range rules {
		if why := jsonMismatch(rule, c.doc, vars); why != "" {
			out = append(out, why)
		}
	}
	return out
}

func statusMismatch(e catalogue.Expect, a transport.Answer, base *url.URL) string {
	text := fmt.Sprintf("status %d, expected %s", a.Status, statuses(e.Status))
	if a.Status < 300 || a.Status > 399 {
		return text
	}
	to, err := url.Parse(a.Header.Get("Location"))
	if err != nil || a.Header.Get("Location") == "" {
		return text
	}
	if to = base.ResolveReference(to); !sameOrigin(to, base) {
		return text + ": a redirect to " + limited(to.Scheme+"://"+to.Host) + ", which was not followed"
	}
	return text + ": a redirect, which was not followed"
}

func headerMismatch(rule catalogue.HeaderRule, a transport.Answer) string {
	value := joined(a.Header, rule.Name)
	switch {
	case value == "":
		return "there is no header " + rule.Name
	case !strings.Contains(strings.ToLower(value), strings.ToLower(rule.Contains)):
		return fmt.Sprintf("the header %s does not contain %q", rule.Name, rule.Contains)
	}
	return ""
}

// jsonMismatch says how a value breaks a rule. It quotes the value seen only
// where the expected one is fixed, so that it is a word of the protocol: the
// rest may be an id.
func jsonMismatch(rule catalogue.JSONRule, doc any, vars catalogue.Vars) string {
	v, there := rule.Path.Lookup(doc)
	_, isList := v.([]any)
	name := pathName(rule.Path)
	switch rule.Op {
	case catalogue.Absent:
		if there {
			return name + " is there, expected none"
		}
		return ""
	case catalogue.IsList:
		if !isList {
			return name + " is no list"
		}
		return ""
	}
	if !there {
		return name + " is missing"
	}
	if rule.Op == catalogue.Exists {
		return ""
	}
	want, err := catalogue.Expand(rule.Value, vars)
	if err != nil {
		return name + " cannot be compared: " + err.Error()
	}
	if text := catalogue.Text(v); text == want || rule.Op == catalogue.OneOf && slices.Contains(strings.Split(want, "|"), text) {
		return ""
	} else if want == rule.Value {
		return fmt.Sprintf("%s is %.40q, expected %s", name, text, want)
	}
	return name + " has another value than " + rule.Value
}

func pathName(p catalogue.Path) string {
	if p == "" {
		return "the body"
	}
	return string(p)
}

// expected puts the expectation into words.
func expected(e catalogue.Expect) string {
	parts := []string{"status " + statuses(e.Status)}
	for _, rule := range e.Headers {
		if rule.Contains == "" {
			parts = append(parts, "header "+rule.Name)
		} else {
			parts = append(parts, fmt.Sprintf("header %s with %s", rule.Name, rule.Contains))
		}
	}
	if e.Empty {
		parts = append(parts, "an empty body")
	}
	for _, rule := range e.JSON {
		parts = append(parts, ruleWords(rule))
	}
	return strings.Join(parts, ", ")
}

func ruleWords(rule catalogue.JSONRule) string {
	words := pathName(rule.Path)
	switch rule.Op {
	case catalogue.Exists:
		words += " is there"
	case catalogue.Absent:
		words += " is not there"
	case catalogue.IsList:
		words += " is a list"
	case catalogue.OneOf:
		words += " is one of " + strings.ReplaceAll(rule.Value, "|", ", ")
	default:
		words += " is " + rule.Value
	}
	if rule.OnStatus != 0 {
		words += fmt.Sprintf(" (on %d)", rule.OnStatus)
	}
	return words
}

func statuses(list []int) string {
	var out []string
	for _, s := range list {
		out = append(out, strconv.Itoa(s))
	}
	return strings.Join(out, " or ")
}
