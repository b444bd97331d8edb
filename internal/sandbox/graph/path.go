package graph

import (
	"net/url"
	"strings"
)

// segment is one step of a path. applications(appId='x') is two: the collection,
// then a segment whose key is appId.
type segment struct {
	text string
	key  string // the alternate key's name; empty: text is a name or an id
}

// maxPath bounds what is parsed at all.
const maxPath = 4096

// parsePath splits the path behind /v1.0. It does not know which names exist.
// Source: OData 4.01 part 2 (URL conventions) sections 4.3 and 4.4.
func parsePath(escaped string) ([]segment, error) {
	if len(escaped) > maxPath {
		return nil, &failure{status: 414, code: codeSyntax, message: "The request URI is too long."}
	}
	version, rest, _ := strings.Cut(strings.TrimPrefix(escaped, "/"), "/")
	switch {
	case strings.EqualFold(version, "beta"):
		return nil, absent("Microsoft Graph beta, only v1.0")
	case !strings.EqualFold(version, "v1.0"):
		return nil, syntaxError("Invalid version: %s", version)
	}
	var path []segment
	for part := range strings.SplitSeq(strings.Trim(rest, "/"), "/") {
		text, err := url.PathUnescape(part)
		if err != nil || text == "" {
			return nil, syntaxError("Resource not found for the segment '%s'.", part)
		}
		steps, err := parseSegment(text)
		if err != nil {
			return nil, err
		}
		path = append(path, steps...)
	}
	return path, nil
}

// parseSegment takes name, name(), name('id') and name(key='id').
func parseSegment(text string) ([]segment, error) {
	name, arguments, keyed := strings.Cut(text, "(")
	name = strings.TrimPrefix(name, "microsoft.graph.")
	if !keyed {
		return []segment{{text: name}}, nil
	}
	inner, ok := strings.CutSuffix(arguments, ")")
	if !ok || name == "" {
		return nil, syntaxError("Resource not found for the segment '%s'.", text)
	}
	if inner == "" { // a function without arguments
		return []segment{{text: name}}, nil
	}
	key, quoted, named := strings.Cut(inner, "=")
	if !named || strings.HasPrefix(inner, "'") {
		key, quoted = "", inner
	}
	value, ok := unquote(strings.TrimSpace(quoted))
	if !ok || value == "" {
		return nil, syntaxError("Bad Request: Error in query syntax.")
	}
	return []segment{{text: name}, {text: value, key: strings.TrimSpace(key)}}, nil
}

// unquote reads a string literal; a quote inside is doubled.
// Source: OData 4.01 part 2 section 5.1.1.11.1.
func unquote(literal string) (string, bool) {
	if len(literal) < 2 || literal[0] != '\'' || literal[len(literal)-1] != '\'' {
		return "", false
	}
	inner := literal[1 : len(literal)-1]
	if strings.Contains(strings.ReplaceAll(inner, "''", ""), "'") {
		return "", false
	}
	return strings.ReplaceAll(inner, "''", "'"), true
}
