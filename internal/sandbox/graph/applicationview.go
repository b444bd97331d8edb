package graph

import (
	"net/http"
	"strings"

	"hdstest/internal/sandbox/directory"
)

// findApplication looks an application up by object id, appId or uniqueName. One
// that is not replicated yet is not found.
func (c *call) findApplication(at segment) (*directory.Application, error) {
	var found *directory.Application
	switch at.key {
	case "", "id":
		if !directory.IsGUID(at.text) {
			return nil, badRequest("Invalid object identifier '%s'.", at.text)
		}
		found = c.state.Applications[strings.ToLower(at.text)]
	case "appId":
		if !directory.IsGUID(at.text) {
			return nil, badRequest("Invalid value specified for property 'appId' of resource 'Application'.")
		}
		found = c.state.ApplicationByAppID(at.text)
	case "uniqueName":
		found = c.applicationByUniqueName(at.text)
	default:
		return nil, syntaxError("Resource not found for the segment '%s'.", at.key)
	}
	if found == nil || !c.visible(found.VisibleFrom) {
		return nil, notFound(at.text)
	}
	return found, nil
}

func (c *call) applicationByUniqueName(name string) *directory.Application {
	for _, a := range c.state.Applications {
		if a.UniqueName != nil && strings.EqualFold(*a.UniqueName, name) {
			return a
		}
	}
	return nil
}

// application is the one that the path names, if the caller may do this to it.
func (c *call) application(permissions []string) (*directory.Application, error) {
	if err := c.mayTry(permissions); err != nil {
		return nil, err
	}
	a, err := c.findApplication(c.path[1])
	if err != nil {
		return nil, err
	}
	return a, c.mayEach(permissions, a.Owners)
}

// mayTry refuses at once those who could do this to no object at all.
func (c *call) mayTry(permissions []string) error {
	if c.caller.may(permissions) || !c.caller.delegated && c.caller.may([]string{ownedBy}) {
		return nil
	}
	return denied()
}

func (c *call) applicationDocument(a *directory.Application) (map[string]any, error) {
	doc, err := document(a)
	if err != nil {
		return nil, err
	}
	for name, value := range a.Other {
		doc[name] = value
	}
	doc["createdDateTime"] = stamp(a.CreatedDateTime)
	doc["deletedDateTime"] = nil
	applicationKind().fill(doc)
	fillCredentials(doc)
	web, _ := doc["web"].(map[string]any)
	settings := []any{}
	for _, uri := range a.Web.RedirectURIs {
		settings = append(settings, map[string]any{"uri": uri, "index": nil})
	}
	web["redirectUriSettings"] = settings
	return doc, nil
}

// fillCredentials adds what Graph shows of a secret beside what is kept: its
// text is never shown again.
func fillCredentials(doc map[string]any) {
	items, _ := doc["passwordCredentials"].([]any)
	for _, item := range items {
		if credential, ok := item.(map[string]any); ok {
			credential["secretText"], credential["customKeyIdentifier"] = nil, nil
		}
	}
}

func (c *call) applicationDocuments() ([]map[string]any, error) {
	if err := c.mayList(); err != nil {
		return nil, err
	}
	var out []map[string]any
	for _, a := range c.state.Applications {
		if !c.visible(a.VisibleFrom) {
			continue
		}
		doc, err := c.applicationDocument(a)
		if err != nil {
			return nil, err
		}
		out = append(out, doc)
	}
	return out, nil
}

func (c *call) listApplications() (answer, error) {
	docs, err := c.applicationDocuments()
	if err != nil {
		return answer{}, err
	}
	return c.list(applicationKind(), docs)
}

func (c *call) countApplications() (answer, error) {
	docs, err := c.applicationDocuments()
	if err != nil {
		return answer{}, err
	}
	return c.count(applicationKind(), docs)
}

func (c *call) getApplication() (answer, error) {
	a, err := c.application(readsApplications())
	if err != nil {
		return answer{}, err
	}
	doc, err := c.applicationDocument(a)
	if err != nil {
		return answer{}, err
	}
	return c.entity(http.StatusOK, applicationKind(), doc)
}
