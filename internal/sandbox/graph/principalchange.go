package graph

import (
	"encoding/json"
	"maps"
	"strings"

	"hdstest/internal/sandbox/directory"
)

func (c *call) patchPrincipal() (answer, error) {
	at := c.path[1]
	if at.key == "appId" && c.prefers("create-if-missing") && c.state.PrincipalByAppID(at.text) == nil {
		return c.upsertPrincipal(at.text)
	}
	p, err := c.principal(writesApplications())
	if err != nil {
		return answer{}, err
	}
	if c.body == nil {
		return answer{}, unreadable()
	}
	if id, given := c.body["appId"].(string); given && !strings.EqualFold(id, p.AppID) {
		return answer{}, badRequest("Property 'appId' is read-only and cannot be set.")
	}
	if err := principalKind().accept(c.body); err != nil {
		return answer{}, err
	}
	next, err := c.changedPrincipal(p)
	if err != nil {
		return answer{}, err
	}
	*p = *next
	return done()
}

// upsertPrincipal makes the principal that a PATCH did not find.
// Source: learn.microsoft.com/graph/api/serviceprincipal-upsert.
func (c *call) upsertPrincipal(appID string) (answer, error) {
	if err := c.mayCreate(); err != nil {
		return answer{}, err
	}
	if err := principalKind().accept(c.body); err != nil {
		return answer{}, err
	}
	made, err := c.newPrincipal(strings.ToLower(appID))
	if err != nil {
		return answer{}, err
	}
	return c.addPrincipal(made)
}

// changedPrincipal is p with the body laid over it. p itself stays as it is.
func (c *call) changedPrincipal(p *directory.ServicePrincipal) (*directory.ServicePrincipal, error) {
	doc, err := document(p)
	if err != nil {
		return nil, err
	}
	maps.Copy(doc, p.Other)
	body := maps.Clone(c.body)
	delete(body, "appId")
	merge(doc, body, principalProperties())
	data, err := json.Marshal(doc)
	if err != nil {
		return nil, err
	}
	next := &directory.ServicePrincipal{}
	if err := json.Unmarshal(data, next); err != nil {
		return nil, badRequest("Property in payload has a value that does not match schema: %s.", err)
	}
	next.PasswordCredentials, next.KeyCredentials = p.PasswordCredentials, p.KeyCredentials
	next.TokenVersion, next.VisibleFrom, next.Owners, next.Requested = p.TokenVersion, p.VisibleFrom, p.Owners, p.Requested
	if strings.TrimSpace(next.DisplayName) == "" {
		return nil, badRequest("A value is required for property 'displayName' of resource 'ServicePrincipal'.")
	}
	next.Other, err = others(doc, next)
	return next, err
}

// deletePrincipal moves a service principal to the recycle bin and leaves its
// application. Role assignments in Azure stay, as those of an unknown identity.
func (c *call) deletePrincipal() (answer, error) {
	p, err := c.principal(writesApplications())
	if err != nil {
		return answer{}, err
	}
	c.binPrincipal(p)
	return done()
}

// binPrincipal also takes away what was granted to the principal and at it.
func (c *call) binPrincipal(p *directory.ServicePrincipal) {
	delete(c.state.ServicePrincipals, p.ID)
	c.state.Deleted[p.ID] = &directory.DeletedItem{ID: p.ID, Deleted: c.now, ServicePrincipal: p}
	maps.DeleteFunc(c.state.PermissionGrants, func(_ string, g *directory.PermissionGrant) bool {
		return g.ClientID == p.ID || g.ResourceID == p.ID
	})
	maps.DeleteFunc(c.state.AppRoleAssignments, func(_ string, r *directory.AppRoleAssignment) bool {
		return r.PrincipalID == p.ID || r.ResourceID == p.ID
	})
}
