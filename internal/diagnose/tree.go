package diagnose

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"hdstest/internal/evidence"
)

// node is one value of the evidence with the way to it. Keys are folded to
// lower-case letters and digits, so that error_codes, errorCodes and
// "error codes" are one key.
type node struct {
	path  []string // folded; indices of lists are left out
	key   string   // the last key as written
	shown string   // the way as it is written, for people
	value any      // as encoding/json decodes it: string, float64, bool, nil, []any, map[string]any
}

// last is the folded key of the node itself.
func (n node) last() string {
	if len(n.path) == 0 {
		return ""
	}
	return n.path[len(n.path)-1]
}

// section is the folded key at the top.
func (n node) section() string {
	if len(n.path) == 0 {
		return ""
	}
	return n.path[0]
}

// flatten lists every value of a bundle, outer ones before inner ones, in the
// order of their keys. A text that is JSON itself, as saved bodies are, is
// followed by what is in it; so is an address by the answer in its query.
func flatten(b evidence.Bundle) []node {
	data, err := json.Marshal(b)
	if err != nil {
		return nil // a bundle holds nothing that cannot be JSON unless a program put it there
	}
	var root map[string]any
	if json.Unmarshal(data, &root) != nil {
		return nil
	}
	var nodes []node
	var walk func(path []string, key, shown string, value any)
	walk = func(path []string, key, shown string, value any) {
		nodes = append(nodes, node{path, key, shown, value})
		switch value := within(value).(type) {
		case map[string]any:
			for _, k := range slices.Sorted(maps.Keys(value)) {
				walk(append(slices.Clip(path), fold(k)), k, shown+"."+k, value[k])
			}
		case []any:
			for _, v := range value {
				walk(path, key, shown, v)
			}
		}
	}
	delete(root, evidence.ExchangesKey) // of other questions
	for _, k := range slices.Sorted(maps.Keys(root)) {
		walk([]string{fold(k)}, k, k, root[k])
	}
	return nodes
}

// within is what a value holds: of a text the JSON or the OAuth answer in it.
func within(value any) any {
	text, ok := value.(string)
	if !ok {
		return value
	}
	if trimmed := strings.TrimSpace(text); strings.HasPrefix(trimmed, "{") || strings.HasPrefix(trimmed, "[{") {
		var inner any
		if json.Unmarshal([]byte(trimmed), &inner) == nil {
			return inner
		}
	}
	if answer := oauthQuery(text); answer != nil {
		return answer
	}
	return value
}

// oauthQuery is the OAuth error in the query or fragment of an address, nil if
// there is none.
//
// Source: RFC 6749 section 4.1.2.1.
func oauthQuery(text string) map[string]any {
	if !strings.Contains(text, "error=") && !strings.Contains(text, "error_description=") {
		return nil
	}
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil {
		return nil
	}
	q := u.Query()
	if fragment, err := url.ParseQuery(u.EscapedFragment()); err == nil && q.Get("error") == "" {
		q = fragment
	}
	out := map[string]any{}
	for _, name := range []string{"error", "error_description", "error_subcode", "suberror"} {
		if v := q.Get(name); v != "" {
			out[name] = v
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

func fold(key string) string {
	if !strings.ContainsFunc(key, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') }) {
		return key
	}
	return evidence.Folded(key)
}

// text is the value as text; empty for objects, lists and null.
func (n node) text() string {
	switch v := n.value.(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}

// number is the value as a number, also one written as text.
func (n node) number() (float64, bool) {
	switch v := n.value.(type) {
	case float64:
		return v, true
	case string:
		f, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
		return f, err == nil
	}
	return 0, false
}

// absent tells whether the value says that something was looked for and is not
// there: null, an empty list or object, or a word for it.
func (n node) absent() bool {
	switch v := n.value.(type) {
	case nil:
		return true
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	case string:
		switch strings.ToLower(strings.TrimSpace(v)) {
		case "", "absent", "none", "null", "missing", "not set", "unset", "not present":
			return true
		}
	}
	return false
}

// isFalse tells whether the value is false or a word for it.
func (n node) isFalse() bool {
	switch v := n.value.(type) {
	case bool:
		return !v
	case string:
		return slices.Contains([]string{"false", "no", "off", "disabled"}, strings.ToLower(v))
	}
	return false
}

func (n node) isTrue() bool {
	switch v := n.value.(type) {
	case bool:
		return v
	case string:
		return slices.Contains([]string{"true", "yes", "on", "enabled"}, strings.ToLower(v))
	}
	return false
}
