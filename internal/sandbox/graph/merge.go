package graph

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
