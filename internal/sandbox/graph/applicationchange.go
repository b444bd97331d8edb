package graph

import (
	"encoding/json"
	"maps"

	"hdstest/internal/sandbox/directory"
)

// changedApplication is a with the body laid over it, checked in full. a itself
// stays as it is.
func (c *call) changedApplication(a *directory.Application) (*directory.Application, error) {
	k := applicationKind()
	if err := k.accept(c.body); err != nil {
		return nil, err
	}
	body := maps.Clone(c.body)
	delete(body, "keyCredentials")
	delete(body, "passwordCredentials")
	doc, err := document(a)
	if err != nil {
		return nil, err
	}
	maps.Copy(doc, a.Other)
	merge(doc, body, k.properties)
	next, err := decodeApplication(doc, a)
	if err != nil {
		return nil, err
	}
	if list, given := c.body["keyCredentials"].([]any); given {
		if next.KeyCredentials, err = c.keyCredentials(a.KeyCredentials, list); err != nil {
			return nil, err
		}
	}
	return next, c.checkApplication(a, next)
}

// decodeApplication reads a document back. What is no JSON property of the
// application comes from the old one; what the type does not model is kept aside.
func decodeApplication(doc map[string]any, old *directory.Application) (*directory.Application, error) {
	data, err := json.Marshal(doc)
	if err != nil {
		return nil, err
	}
	next := &directory.Application{}
	if err := json.Unmarshal(data, next); err != nil {
		return nil, badRequest("Property in payload has a value that does not match schema: %s.", err)
	}
	next.PasswordCredentials, next.KeyCredentials = old.PasswordCredentials, old.KeyCredentials
	next.Federated, next.Owners, next.VisibleFrom = old.Federated, old.Owners, old.VisibleFrom
	next.Other, err = others(doc, next)
	return next, err
}

// others picks what a typed value has no place for.
func others(doc map[string]any, typed any) (map[string]any, error) {
	known, err := document(typed)
	if err != nil {
		return nil, err
	}
	out := map[string]any{}
	for name, value := range doc {
		if _, ok := known[name]; !ok {
			out[name] = value
		}
	}
	return out, nil
}
