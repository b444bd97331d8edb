package graph

import (
	"encoding/base64"
	"fmt"
	"strings"
	"time"
)

// shape is the type of a property.
type shape int

const (
	isText shape = iota
	isFlag
	isNumber
	isMoment
	isID
	isBinary
	isTexts   // a collection of texts
	isObject  // a complex value
	isObjects // a collection of complex values
)

// property is one property of a resource or of a complex value.
type property struct {
	name   string
	shape  shape
	typ    string     // of a complex value
	fields []property // of a complex value
	// fixed: the service sets it; a request that names it is refused.
	fixed bool
	// missing: Graph has it and would act on it, the sandbox does neither; any but
	// the empty value answers 501.
	missing bool
	max     int // longest text; 0: not checked
}

// kind is a resource type with what may be asked of it.
type kind struct {
	collection string // as in paths
	typ        string // as in @odata.type
	resource   string // as in messages
	properties []property
	filters    map[string][]string // operators by property
}

func (k *kind) find(name string) (property, bool) { return findProperty(k.properties, name) }

func findProperty(properties []property, name string) (property, bool) {
	for _, p := range properties {
		if p.name == name {
			return p, true
		}
	}
	return property{}, false
}

// blank is an object with every property, none with a value.
func (k *kind) blank() map[string]any {
	out := map[string]any{}
	for _, p := range k.properties {
		out[p.name] = p.empty()
	}
	return out
}

// empty is what Graph shows when nothing was set.
func (p property) empty() any {
	switch p.shape {
	case isTexts, isObjects:
		return []any{}
	case isObject:
		out := map[string]any{}
		for _, f := range p.fields {
			out[f.name] = f.empty()
		}
		if p.missing || len(p.fields) == 0 {
			return nil
		}
		return out
	}
	return nil
}

// accept checks a request body against the resource's properties. A resource is
// an open type, so that the directory refuses an unknown name; a complex value
// is closed, so that the OData layer does.
// Source: the $metadata document of Graph v1.0 (OpenType) for the distinction.
func (k *kind) accept(body map[string]any) error {
	for name, value := range body {
		if strings.HasPrefix(name, "@") || strings.Contains(name, "@odata.") {
			if err := annotation(name, value, k.typ); err != nil {
				return err
			}
			continue
		}
		p, ok := k.find(name)
		if !ok {
			return badRequest("Invalid property '%s'.", name)
		}
		if err := p.accept(value, k.resource); err != nil {
			return err
		}
	}
	return nil
}

// annotation accepts the control information that SDKs send with each object.
func annotation(name string, value any, typ string) error {
	if name != "@odata.type" {
		return nil
	}
	s, _ := value.(string)
	if !strings.EqualFold(strings.TrimPrefix(s, "#"), "microsoft.graph."+typ) {
		return syntaxError("A type named '%s' could not be resolved by the model or is not the type 'microsoft.graph.%s' that is expected here.", s, typ)
	}
	return nil
}

func (p property) accept(value any, resource string) error {
	if p.fixed {
		return badRequest("Property '%s' is read-only and cannot be set.", p.name)
	}
	if p.missing {
		if isNothing(value) {
			return nil
		}
		return absent(fmt.Sprintf("the property '%s' of %s", p.name, resource))
	}
	if value == nil {
		if p.shape == isTexts || p.shape == isObjects {
			return invalidValue(p.name, resource, "The property is not nullable.")
		}
		return nil
	}
	return p.acceptValue(value, resource)
}

func isNothing(value any) bool {
	switch v := value.(type) {
	case nil:
		return true
	case bool:
		return !v
	case []any:
		return len(v) == 0
	case string:
		return v == ""
	}
	return false
}

func (p property) acceptValue(value any, resource string) error {
	switch p.shape {
	case isObject:
		object, ok := value.(map[string]any)
		if !ok {
			return p.mismatch()
		}
		return p.acceptFields(object, resource)
	case isObjects, isTexts:
		items, ok := value.([]any)
		if !ok {
			return p.mismatch()
		}
		return p.acceptItems(items, resource)
	}
	if !p.fits(value) {
		return p.mismatch()
	}
	if s, ok := value.(string); ok && p.max > 0 && len([]rune(s)) > p.max {
		return invalidValue(p.name, resource, fmt.Sprintf("At most %d characters are allowed.", p.max))
	}
	return nil
}

func (p property) acceptItems(items []any, resource string) error {
	for _, item := range items {
		switch v := item.(type) {
		case string:
			if p.shape != isTexts {
				return p.mismatch()
			}
			if p.max > 0 && len([]rune(v)) > p.max {
				return invalidValue(p.name, resource, fmt.Sprintf("At most %d characters are allowed.", p.max))
			}
		case map[string]any:
			if p.shape != isObjects {
				return p.mismatch()
			}
			if err := p.acceptFields(v, resource); err != nil {
				return err
			}
		default:
			return p.mismatch()
		}
	}
	return nil
}

func (p property) acceptFields(object map[string]any, resource string) error {
	for name, value := range object {
		if strings.HasPrefix(name, "@") || strings.Contains(name, "@odata.") {
			if err := annotation(name, value, p.typ); err != nil {
				return err
			}
			continue
		}
		f, ok := findProperty(p.fields, name)
		if !ok {
			return syntaxError("The property '%s' does not exist on type 'microsoft.graph.%s'. Make sure to only use property names "+
				"that are defined by the type or mark the type as open type.", name, p.typ)
		}
		if err := f.accept(value, resource); err != nil {
			return err
		}
	}
	return nil
}

func (p property) mismatch() error {
	return badRequest("Property %s in payload has a value that does not match schema.", p.name)
}

// fits checks the literal of a simple value.
func (p property) fits(value any) bool {
	if p.shape == isFlag {
		_, ok := value.(bool)
		return ok
	}
	if p.shape == isNumber {
		n, ok := value.(float64)
		return ok && n == float64(int32(n))
	}
	s, ok := value.(string)
	switch {
	case !ok:
		return false
	case p.shape == isMoment:
		_, err := time.Parse(time.RFC3339, s)
		return err == nil
	case p.shape == isID:
		return isGUID(s)
	case p.shape == isBinary:
		_, err := base64.StdEncoding.DecodeString(s)
		return err == nil
	}
	return true
}

// merge lays a body over a document: simple values and collections replace,
// complex values merge field by field.
// Source: OData 4.01 part 1 section 11.4.3, update an entity.
func merge(target, body map[string]any, properties []property) {
	for name, value := range body {
		p, ok := findProperty(properties, name)
		if !ok || p.missing {
			continue // annotations
		}
		object, isMap := value.(map[string]any)
		if p.shape == isObject && isMap {
			inner, ok := target[name].(map[string]any)
			if !ok {
				inner = map[string]any{}
				target[name] = inner
			}
			merge(inner, object, p.fields)
			continue
		}
		if value == nil {
			value = p.empty()
		}
		target[name] = value
	}
}

// fill gives every property that is absent or null its empty value.
func (k *kind) fill(doc map[string]any) {
	for _, p := range k.properties {
		fillOne(doc, p)
	}
}

func fillOne(doc map[string]any, p property) {
	if doc[p.name] == nil {
		doc[p.name] = p.empty()
		return
	}
	if object, ok := doc[p.name].(map[string]any); ok {
		for _, f := range p.fields {
			fillOne(object, f)
		}
	}
}

// hideKeys leaves out the certificates themselves, which Graph shows only for
// one object and when keyCredentials are selected.
// Source: learn.microsoft.com/graph/api/resources/keycredential.
func hideKeys(doc map[string]any) map[string]any {
	items, _ := doc["keyCredentials"].([]any)
	for _, item := range items {
		if credential, ok := item.(map[string]any); ok {
			credential["key"] = nil
		}
	}
	return doc
}
