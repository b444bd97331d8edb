package arm

import (
	"net/http"
	"net/url"
	"strings"
)

// target is what a path is about: a scope, and at that scope a provider's
// resource type with its name.
type target struct {
	metadata     bool   // /metadata/endpoints
	scope        string // with a leading slash; empty for the tenant
	subscription string // its id, if the scope lies in one
	provider     string // lower case; empty: the scope itself is meant
	types        []string
	names        []string // one fewer than types where the collection is meant
}

// maxPath bounds what is parsed at all.
const maxPath = 4096

// parseTarget splits a path. Double slashes count as one, and case does not
// count.
// Source: learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
// for the case; that empty segments are passed over is how clients with a base
// address that ends in a slash succeed.
func parseTarget(escaped string) (target, error) {
	if len(escaped) > maxPath {
		return target{}, refuse(http.StatusRequestURITooLong, "UriTooLong", "The request URI is too long.")
	}
	var steps []string
	for part := range strings.SplitSeq(escaped, "/") {
		text, err := url.PathUnescape(part)
		if err != nil || strings.Contains(text, "/") {
			return target{}, notFoundPath()
		}
		if text != "" {
			steps = append(steps, text)
		}
	}
	if len(steps) == 2 && strings.EqualFold(steps[0], "metadata") && strings.EqualFold(steps[1], "endpoints") {
		return target{metadata: true}, nil
	}
	t := target{}
	if i := lastProviders(steps); i >= 0 {
		if i+1 == len(steps) {
			return absentPath(steps)
		}
		t.provider = strings.ToLower(steps[i+1])
		for j, step := range steps[i+2:] {
			if j%2 == 0 {
				t.types = append(t.types, strings.ToLower(step))
			} else {
				t.names = append(t.names, step)
			}
		}
		steps = steps[:i]
	} else if len(steps)%2 == 1 { // a collection below the scope: subscriptions, resourceGroups
		t.types = []string{strings.ToLower(steps[len(steps)-1])}
		steps = steps[:len(steps)-1]
	}
	if len(steps) > 0 {
		t.scope = "/" + strings.Join(steps, "/")
	}
	if len(steps) > 1 && strings.EqualFold(steps[0], "subscriptions") {
		t.subscription = strings.ToLower(steps[1])
	}
	return t, nil
}

// lastProviders finds where the resource begins that the path is about; an
// earlier one belongs to the scope. A provider's namespace has a dot, which tells
// the word from a resource of that name.
func lastProviders(steps []string) int {
	for i := len(steps) - 1; i >= 0; i-- {
		if strings.EqualFold(steps[i], "providers") && (i+1 == len(steps) || strings.Contains(steps[i+1], ".")) {
			return i
		}
	}
	return -1
}

func absentPath(steps []string) (target, error) {
	return target{}, absent("/" + strings.Join(steps, "/"))
}

func notFoundPath() *failure {
	return refuse(http.StatusNotFound, "InvalidResourceType", "The resource type could not be found in the namespace of the request's path.")
}

// is tells whether the target is a resource type of a provider.
func (t target) is(provider string, types ...string) bool {
	if !strings.EqualFold(t.provider, provider) || len(t.types) != len(types) {
		return false
	}
	for i := range types {
		if !strings.EqualFold(t.types[i], types[i]) {
			return false
		}
	}
	return true
}

// collection tells whether the target is a collection, and not one resource of it.
func (t target) collection() bool { return len(t.names) < len(t.types) }

// parseOptions reads the query. Azure Resource Manager takes the names of options
// in any case.
func parseOptions(raw string) (url.Values, error) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "InvalidQueryParameter", "The query string is malformed.")
	}
	out := url.Values{}
	for name, given := range values {
		out[strings.ToLower(name)] = append(out[strings.ToLower(name)], given...)
	}
	return out, nil
}
