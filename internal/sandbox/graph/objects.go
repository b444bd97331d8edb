package graph

import (
	"net/http"
	"slices"
	"strings"

	"hdstest/internal/sandbox/directory"
)

// objectKind describes directoryObject, of which every other is a kind.
func objectKind() *kind {
	return &kind{collection: "directoryObjects", typ: "directoryObject", resource: "DirectoryObject",
		properties: []property{{name: "id", fixed: true}, {name: "displayName", fixed: true}, {name: "appId", fixed: true}},
		filters:    map[string][]string{"id": {"eq"}, "displayName": {"eq", "startswith"}}}
}

// maxIDs is how many objects one request may name.
// Source: learn.microsoft.com/graph/api/directoryobject-getbyids.
const maxIDs = 1000

// objectDocument shows any object by its id, with its type.
func (c *call) objectDocument(id string) (map[string]any, error) {
	var doc map[string]any
	var err error
	typ := ""
	switch {
	case c.state.Applications[id] != nil:
		typ = "application"
		doc, err = c.applicationDocument(c.state.Applications[id])
	case c.state.ServicePrincipals[id] != nil:
		typ = "servicePrincipal"
		doc, err = c.principalDocument(c.state.ServicePrincipals[id])
	case c.state.Users[id] != nil:
		typ = "user"
		doc, err = userDocument(c.state.Users[id])
	case c.state.Groups[id] != nil:
		typ = "group"
		doc, err = groupDocument(c.state.Groups[id])
	default:
		return nil, notFound(id)
	}
	if err == nil {
		hideKeys(doc)["@odata.type"] = "#microsoft.graph." + typ
	}
	return doc, err
}

func (c *call) showsObject(id string) bool {
	if a := c.state.Applications[id]; a != nil {
		return c.visible(a.VisibleFrom)
	}
	if p := c.state.ServicePrincipals[id]; p != nil {
		return c.shows(p)
	}
	return c.state.Users[id] != nil || c.state.Groups[id] != nil
}

// listObjects lists objects of several types.
func (c *call) listObjects(ids []string) (answer, error) {
	var docs []map[string]any
	for _, id := range ids {
		if !c.showsObject(id) {
			continue
		}
		doc, err := c.objectDocument(id)
		if err != nil {
			return answer{}, err
		}
		docs = append(docs, doc)
	}
	return c.list(objectKind(), docs)
}

func (c *call) getObject() (answer, error) {
	if err := c.require(readsObjects()); err != nil {
		return answer{}, err
	}
	id := strings.ToLower(c.path[1].text)
	if !directory.IsGUID(id) {
		return answer{}, badRequest("Invalid object identifier '%s'.", id)
	}
	if !c.showsObject(id) {
		return answer{}, notFound(id)
	}
	doc, err := c.objectDocument(id)
	if err != nil {
		return answer{}, err
	}
	return c.entity(http.StatusOK, objectKind(), doc)
}

// getObjects answers for a list of ids, in which unknown ones are passed over.
// Source: learn.microsoft.com/graph/api/directoryobject-getbyids.
func (c *call) getObjects() (answer, error) {
	if err := c.require(readsObjects()); err != nil {
		return answer{}, err
	}
	if err := c.onlyParameters("ids", "types"); err != nil {
		return answer{}, err
	}
	ids, ok := c.body["ids"].([]any)
	if !ok || len(ids) > maxIDs {
		return answer{}, badRequest("The parameter 'ids' holds 1 to %d identifiers.", maxIDs)
	}
	types, _ := c.body["types"].([]any)
	var docs []map[string]any
	for _, item := range ids {
		id, _ := item.(string)
		if !directory.IsGUID(id) {
			return answer{}, badRequest("Invalid GUID:%s", id)
		}
		if id = strings.ToLower(id); !c.showsObject(id) {
			continue
		}
		doc, err := c.objectDocument(id)
		if err != nil {
			return answer{}, err
		}
		if wanted(types, text(doc, "@odata.type")) {
			docs = append(docs, doc)
		}
	}
	return c.list(objectKind(), docs)
}

func wanted(types []any, typ string) bool {
	return len(types) == 0 || slices.ContainsFunc(types, func(t any) bool {
		name, _ := t.(string)
		return strings.EqualFold("#microsoft.graph."+name, typ) || strings.EqualFold(name, "directoryObject")
	})
}
