package graph

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"hdstest/internal/entra"
	"hdstest/internal/sandbox/directory"
)

// createPrincipal gives an application its identity in the tenant: one of this
// tenant's, or one of Microsoft's that the sandbox knows.
func (c *call) createPrincipal() (answer, error) {
	if err := c.mayCreate(); err != nil {
		return answer{}, err
	}
	if c.body == nil {
		return answer{}, unreadable()
	}
	if err := principalKind().accept(c.body); err != nil {
		return answer{}, err
	}
	appID := strings.ToLower(text(c.body, "appId"))
	if appID == "" {
		return answer{}, badRequest("A value is required for property 'appId' of resource 'ServicePrincipal'.")
	}
	made, err := c.newPrincipal(appID)
	if err != nil {
		return answer{}, err
	}
	return c.addPrincipal(made)
}

func (c *call) addPrincipal(made *directory.ServicePrincipal) (answer, error) {
	next, err := c.changedPrincipal(made)
	if err != nil {
		return answer{}, err
	}
	c.state.ServicePrincipals[next.ID] = next
	doc, err := c.principalDocument(next)
	if err != nil {
		return answer{}, err
	}
	return c.entity(http.StatusCreated, principalKind(), doc)
}

func (c *call) newPrincipal(appID string) (*directory.ServicePrincipal, error) {
	if err := c.freeName(appID); err != nil {
		return nil, err
	}
	p := &directory.ServicePrincipal{ID: c.NewID(), AppID: appID, CreatedDateTime: c.now.Truncate(time.Second),
		AccountEnabled: true, ServicePrincipalType: "Application", AppOwnerOrganizationID: c.state.Tenant.ID,
		Owners: c.ownersOfNew(), VisibleFrom: c.visibleFrom(), Requested: true}
	a := c.state.ApplicationByAppID(appID)
	if a != nil && c.visible(a.VisibleFrom) {
		if !c.caller.may(writesApplications()) && !c.owns(a.Owners) {
			return nil, denied()
		}
		mirror(p, a)
		return p, nil
	}
	if !c.caller.may(writesApplications()) {
		f := denied()
		f.message = "When using this permission, the backing application of the service principal being created must in the local tenant"
		return nil, f
	}
	if known, ok := entra.ResourceAppByID(appID); ok {
		return resourcePrincipal(p, known), nil
	}
	f := badRequest("The appId '%s' of the service principal does not reference a valid application object.", appID)
	f.details = []detail{{Code: codeNoBackingObject, Message: f.message, Target: "appId"}}
	return nil, f
}

// freeName refuses a second principal of an app. One that the tenant of a
// scenario does not have gives way.
func (c *call) freeName(appID string) error {
	p := c.state.PrincipalByAppID(appID)
	if p == nil {
		return nil
	}
	if c.visible(p.VisibleFrom) && !c.shows(p) {
		delete(c.state.ServicePrincipals, p.ID)
		return nil
	}
	return conflict("servicePrincipalNames", "The service principal cannot be created, updated, or restored because the "+
		"service principal name %s is already in use.", appID)
}

// microsoftServices is the tenant in which Microsoft's own apps are registered.
const microsoftServices = "f8cdef31-a31e-4b4a-93e4-5f571e91255a"

func resourcePrincipal(p *directory.ServicePrincipal, known entra.ResourceApp) *directory.ServicePrincipal {
	p.DisplayName, p.AppDisplayName, p.AppOwnerOrganizationID = known.Name, known.Name, microsoftServices
	p.SignInAudience, p.TokenVersion = "AzureADMultipleOrgs", 1
	p.ServicePrincipalNames = append([]string{known.AppID}, known.Names...)
	for _, permission := range known.Permissions {
		if permission.Role {
			p.AppRoles = append(p.AppRoles, directory.AppRole{ID: permission.ID, Value: permission.Value,
				DisplayName: permission.Value, Description: permission.Value, IsEnabled: true, AllowedMemberTypes: []string{"Application"}})
			continue
		}
		p.OAuth2PermissionScopes = append(p.OAuth2PermissionScopes, directory.PermissionScope{ID: permission.ID,
			Value: permission.Value, Type: "User", IsEnabled: true, AdminConsentDisplayName: permission.Value,
			AdminConsentDescription: fmt.Sprintf("Access %s as the signed-in user.", known.Name)})
	}
	return p
}
