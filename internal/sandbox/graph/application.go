package graph

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"hdstest/internal/sandbox/directory"
)

// findApplication looks an application up by object id, appId or uniqueName. One
// that is not replicated yet is not found.
func (c *call) findApplication(at segment) (*directory.Application, error) {
	var found *directory.Application
	switch at.key {
	case "", "id":
		if !isGUID(at.text) {
			return nil, badRequest("Invalid object identifier '%s'.", at.text)
		}
		found = c.state.Applications[strings.ToLower(at.text)]
	case "appId":
		if !isGUID(at.text) {
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

func (c *call) createApplication() (answer, error) {
	if err := c.mayCreate(); err != nil {
		return answer{}, err
	}
	return c.newApplication("")
}

// newApplication registers an application from the body. uniqueName is that of
// an upsert, empty otherwise.
func (c *call) newApplication(uniqueName string) (answer, error) {
	if c.body == nil {
		return answer{}, unreadable()
	}
	a := &directory.Application{
		ID: c.NewID(), AppID: c.NewID(), CreatedDateTime: c.now.Truncate(time.Second), PublisherDomain: c.state.Tenant.Domain,
		// The default since April 2024, before that AzureADandPersonalMicrosoftAccount.
		// Source: learn.microsoft.com/graph/whats-new-overview.
		SignInAudience: "AzureADMyOrg",
		Owners:         c.ownersOfNew(), VisibleFrom: c.visibleFrom(),
	}
	if uniqueName != "" {
		a.UniqueName = &uniqueName
	}
	if personal(c.body["signInAudience"]) {
		two := 2
		a.API.RequestedAccessTokenVersion = &two
	}
	next, err := c.changedApplication(a)
	if err != nil {
		return answer{}, err
	}
	secrets, err := c.newSecrets(next)
	if err != nil {
		return answer{}, err
	}
	c.state.Applications[next.ID] = next
	doc, err := c.applicationDocument(next)
	if err != nil {
		return answer{}, err
	}
	if len(secrets) > 0 {
		doc["passwordCredentials"] = secrets
	}
	return c.entity(http.StatusCreated, applicationKind(), doc)
}

// patchApplication changes an application, or makes it: with the header Prefer:
// create-if-missing and the unique name in the path.
// Source: learn.microsoft.com/graph/api/application-upsert.
func (c *call) patchApplication() (answer, error) {
	at := c.path[1]
	if at.key == "uniqueName" && c.prefers("create-if-missing") && c.applicationByUniqueName(at.text) == nil {
		if err := c.mayCreate(); err != nil {
			return answer{}, err
		}
		return c.newApplication(at.text)
	}
	a, err := c.application(writesApplications())
	if err != nil {
		return answer{}, err
	}
	if c.body == nil {
		return answer{}, unreadable()
	}
	// New secrets come from addPassword alone.
	// Source: learn.microsoft.com/graph/api/application-upsert; the text is unverified.
	if _, given := c.body["passwordCredentials"]; given {
		return answer{}, badRequest("New password credentials must be generated with service actions.")
	}
	next, err := c.changedApplication(a)
	if err != nil {
		return answer{}, err
	}
	*a = *next
	c.syncPrincipal(a)
	return done()
}

// deleteApplication moves the application and its service principal in this
// tenant to the recycle bin.
func (c *call) deleteApplication() (answer, error) {
	a, err := c.application(writesApplications())
	if err != nil {
		return answer{}, err
	}
	delete(c.state.Applications, a.ID)
	c.state.Deleted[a.ID] = &directory.DeletedItem{ID: a.ID, Deleted: c.now, Application: a}
	if p := c.state.PrincipalByAppID(a.AppID); p != nil {
		c.binPrincipal(p)
	}
	return done()
}

// syncPrincipal carries changes over to the service principal in the home
// tenant, which mirrors its application.
// Source: learn.microsoft.com/entra/identity-platform/app-objects-and-service-principals.
func (c *call) syncPrincipal(a *directory.Application) {
	if p := c.state.PrincipalByAppID(a.AppID); p != nil {
		mirror(p, a)
	}
}

func mirror(p *directory.ServicePrincipal, a *directory.Application) {
	p.DisplayName, p.AppDisplayName, p.SignInAudience = a.DisplayName, a.DisplayName, a.SignInAudience
	p.ServicePrincipalNames = append([]string{a.AppID}, a.IdentifierURIs...)
	p.OAuth2PermissionScopes, p.AppRoles = slices.Clone(a.API.OAuth2PermissionScopes), slices.Clone(a.AppRoles)
	p.TokenVersion = 1
	if v := a.API.RequestedAccessTokenVersion; v != nil {
		p.TokenVersion = *v
	}
}
