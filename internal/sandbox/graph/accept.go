package graph

import (
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"hdstest/internal/sandbox/directory"
)

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
		return directory.IsGUID(s)
	case p.shape == isBinary:
		_, err := base64.StdEncoding.DecodeString(s)
		return err == nil
	}
	return true
}
