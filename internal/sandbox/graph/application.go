package graph

import (
	"net/http"
	"slices"
	"time"

	"hdstest/internal/sandbox/directory"
)

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
