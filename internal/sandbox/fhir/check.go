package fhir

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"hdstest/internal/lazyregexp"
)

// nameForm is the form of an element's name. Source: hl7.org/fhir/R4/json.html.
var nameForm = lazyregexp.New(`^_?[A-Za-z][A-Za-z0-9]*$`)

// check tells what is wrong with a resource: its type, its id, the rules that
// hold for all JSON of FHIR (hl7.org/fhir/R4/json.html), and the elements of those
// types that [elementTable] has. The elements of other types are taken as they are.
func (d *document) check() error {
	if d.typ == "" {
		return fmt.Errorf("resourceType is missing")
	}
	if !isType(d.typ) {
		return fmt.Errorf("'%s' is not a known resource type", d.typ)
	}
	if _, sent := d.tree["id"]; sent && !idForm.MatchString(d.id) {
		return fmt.Errorf("'%v' is not a correct literal for an id", d.tree["id"])
	}
	if meta, sent := d.tree["meta"]; sent {
		if _, ok := meta.(map[string]any); !ok {
			return fmt.Errorf("meta is not an object")
		}
	}
	if err := checkValue(d.typ, d.tree); err != nil {
		return err
	}
	return checkElements(d.typ, d.typ, d.tree)
}

// checkValue holds the rules for all JSON of FHIR: no empty objects, arrays or
// strings, and null only within an array whose companion fills the gap.
func checkValue(path string, v any) error {
	switch v := v.(type) {
	case nil:
		return fmt.Errorf("%s is null", path)
	case string:
		if strings.TrimSpace(v) == "" {
			return fmt.Errorf("%s is an empty string", path)
		}
	case []any:
		if len(v) == 0 {
			return fmt.Errorf("%s is an empty array", path)
		}
		for i, item := range v {
			if item == nil {
				continue
			}
			if err := checkValue(fmt.Sprintf("%s[%d]", path, i), item); err != nil {
				return err
			}
		}
	case map[string]any:
		return checkObject(path, v)
	}
	return nil
}

func checkObject(path string, object map[string]any) error {
	if len(object) == 0 {
		return fmt.Errorf("%s is an empty object", path)
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if !nameForm.MatchString(name) && name != "fhir_comments" {
			return fmt.Errorf("'%s' is no name of an element, at %s", name, path)
		}
		if err := checkValue(path+"."+name, object[name]); err != nil {
			return err
		}
	}
	return nil
}
