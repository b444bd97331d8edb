package claims

import (
	"reflect"
	"slices"
	"strings"
)

// Difference is a claim or header parameter in which two tokens differ. A and B
// are redacted as in evidence; nil: the token has it not.
type Difference struct {
	Name string `json:"name"` // header parameters begin with "header."
	A    any    `json:"a"`
	B    any    `json:"b"`
	Says string `json:"says,omitempty"` // what it is about, for a person
}

// Diff compares two tokens. What differs between any two tokens of the same kind
// (times, ids, opaque marks) is left out. The same person has the same pseudonym
// in both. Nothing is verified. The order is that of what matters most.
//
// Source of the meanings: access-token-claims-reference.md of the Microsoft
// identity platform.
func Diff(a, b *Token) []Difference {
	key := []byte(a.raw.Reveal())
	left, right := *a, *b
	left.PseudonymKey, right.PseudonymKey = key, key
	one, oneClaims := left.Evidence()
	two, twoClaims := right.Evidence()
	out := compare("", oneClaims, twoClaims)
	return append(out, compare("header.", one.Header, two.Header)...)
}

func compare(prefix string, a, b map[string]any) []Difference {
	var out []Difference
	for _, name := range ordered(a, b) {
		one, two := settled(a[name]), settled(b[name])
		if slices.Contains(passing(), prefix+name) || reflect.DeepEqual(one, two) {
			continue
		}
		out = append(out, Difference{Name: prefix + name, A: a[name], B: b[name], Says: meanings()[name]})
	}
	return out
}

// settled sorts lists in which order means nothing, and the words of a scope.
func settled(v any) any {
	switch v := v.(type) {
	case []any:
		var words []string
		for _, one := range v {
			text, ok := one.(string)
			if !ok {
				return v
			}
			words = append(words, text)
		}
		slices.Sort(words)
		return strings.Join(words, " ")
	case string:
		words := strings.Fields(v)
		slices.Sort(words)
		return strings.Join(words, " ")
	}
	return v
}

// passing are what any two tokens differ in.
func passing() []string {
	return []string{"iat", "nbf", "exp", "uti", "jti", "aio", "rh", "xms_ftd", "xms_act_fct", "xms_sub_fct", "ipaddr", "header.kid", "header.x5t"}
}

// ordered lists the names of both: first those that decide, then the others by name.
func ordered(a, b map[string]any) []string {
	var rest []string
	for name := range a {
		rest = append(rest, name)
	}
	for name := range b {
		if _, both := a[name]; !both {
			rest = append(rest, name)
		}
	}
	slices.Sort(rest)
	first := []string{"aud", "iss", "tid", "ver", "appid", "azp", "appidacr", "azpacr", "idtyp", "oid", "sub", "roles", "scp", "wids", "groups"}
	var out []string
	for _, name := range first {
		if slices.Contains(rest, name) {
			out = append(out, name)
		}
	}
	return append(out, slices.DeleteFunc(rest, func(name string) bool { return slices.Contains(first, name) })...)
}

// meanings tells persons what a claim decides.
func meanings() map[string]string {
	return map[string]string{
		"aud": "the service that takes the token", "iss": "who issued it", "tid": "the tenant", "ver": "the token's version, which the service's app decides",
		"appid": "the app that asked for it", "azp": "the app that asked for it",
		"appidacr": "how the app proved itself: 0 not at all, 1 secret, 2 certificate or assertion",
		"azpacr":   "how the app proved itself: 0 not at all, 1 secret, 2 certificate or assertion",
		"idtyp":    "app: no person is behind it", "oid": "whose role assignments count", "sub": "whom it is about",
		"roles": "app roles; the data roles of the services stand in Azure, not here", "scp": "what the person allowed the app",
		"groups": "groups, which may carry role assignments", "wids": "directory roles",
	}
}
