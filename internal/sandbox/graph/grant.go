package graph

import (
	"net/http"
	"strings"

	"hdstest/internal/sandbox/directory"
)

func grantDocument(g *directory.PermissionGrant) (map[string]any, error) { return document(g) }

func (c *call) grantDocuments(of func(*directory.PermissionGrant) bool) ([]map[string]any, error) {
	if err := c.require(readsGrants()); err != nil {
		return nil, err
	}
	var docs []map[string]any
	for _, g := range c.state.PermissionGrants {
		if !of(g) {
			continue
		}
		doc, err := grantDocument(g)
		if err != nil {
			return nil, err
		}
		docs = append(docs, doc)
	}
	return docs, nil
}

func (c *call) listGrants() (answer, error) {
	docs, err := c.grantDocuments(func(*directory.PermissionGrant) bool { return true })
	if err != nil {
		return answer{}, err
	}
	return c.list(grantKind(), docs)
}

// listPrincipalGrants lists what users have let a client do.
func (c *call) listPrincipalGrants() (answer, error) {
	if err := c.require(readsGrants()); err != nil {
		return answer{}, err
	}
	p, err := c.findPrincipal(c.path[1])
	if err != nil {
		return answer{}, err
	}
	docs, err := c.grantDocuments(func(g *directory.PermissionGrant) bool { return g.ClientID == p.ID })
	if err != nil {
		return answer{}, err
	}
	return c.list(grantKind(), docs)
}

func (c *call) grant(permissions []string) (*directory.PermissionGrant, error) {
	if err := c.require(permissions); err != nil {
		return nil, err
	}
	g := c.state.PermissionGrants[c.path[1].text]
	if g == nil {
		return nil, notFound(c.path[1].text)
	}
	return g, nil
}

func (c *call) getGrant() (answer, error) {
	g, err := c.grant(readsGrants())
	if err != nil {
		return answer{}, err
	}
	doc, err := grantDocument(g)
	if err != nil {
		return answer{}, err
	}
	return c.entity(http.StatusOK, grantKind(), doc)
}

// createGrant records consent to delegated permissions. clientId and resourceId
// are object ids of service principals. Whether Graph looks at the names in
// scope is unverified: it is not done here.
// Source: learn.microsoft.com/graph/api/oauth2permissiongrant-post.
func (c *call) createGrant() (answer, error) {
	if err := c.require(writesGrants()); err != nil {
		return answer{}, err
	}
	if c.body == nil {
		return answer{}, unreadable()
	}
	// Two more properties were needed once and are passed over since.
	delete(c.body, "startTime")
	delete(c.body, "expiryTime")
	if err := grantKind().accept(c.body); err != nil {
		return answer{}, err
	}
	g := &directory.PermissionGrant{ID: c.NewID(), ClientID: strings.ToLower(text(c.body, "clientId")),
		ConsentType: text(c.body, "consentType"), ResourceID: strings.ToLower(text(c.body, "resourceId")),
		Scope: text(c.body, "scope")}
	if id := strings.ToLower(text(c.body, "principalId")); id != "" {
		g.PrincipalID = &id
	}
	if err := c.checkGrant(g); err != nil {
		return answer{}, err
	}
	c.state.PermissionGrants[g.ID] = g
	doc, err := grantDocument(g)
	if err != nil {
		return answer{}, err
	}
	return c.entity(http.StatusCreated, grantKind(), doc)
}

func (c *call) checkGrant(g *directory.PermissionGrant) error {
	const resource = "OAuth2PermissionGrant"
	switch {
	case g.ConsentType != "AllPrincipals" && g.ConsentType != "Principal":
		return invalidValue("consentType", resource, "Known values are AllPrincipals and Principal.")
	case (g.ConsentType == "Principal") != (g.PrincipalID != nil):
		return invalidValue("principalId", resource, "It stands with the consent type Principal, and only there.")
	case g.ClientID == "" || g.ResourceID == "":
		return badRequest("A value is required for property 'clientId' and 'resourceId' of resource 'OAuth2PermissionGrant'.")
	case g.PrincipalID != nil && c.state.Users[*g.PrincipalID] == nil:
		return objectNotFound(*g.PrincipalID)
	}
	for _, id := range []string{g.ClientID, g.ResourceID} {
		if p := c.state.ServicePrincipals[id]; p == nil || !c.shows(p) {
			return objectNotFound(id)
		}
	}
	for _, other := range c.state.PermissionGrants {
		if other.ClientID == g.ClientID && other.ResourceID == g.ResourceID && samePrincipal(other.PrincipalID, g.PrincipalID) {
			return conflict("clientId", "Permission entry already exists.")
		}
	}
	return nil
}

func samePrincipal(a, b *string) bool { return (a == nil) == (b == nil) && (a == nil || *a == *b) }

// objectNotFound is what grants to an absent or not yet replicated principal
// meet. The code is from public code that waits for it, the text unverified.
func objectNotFound(id string) *failure {
	return &failure{status: http.StatusNotFound, code: "Directory_ObjectNotFound",
		message: "The object '" + id + "' does not exist in the directory."}
}

// patchGrant changes the scope, which is all that may change.
// Source: learn.microsoft.com/graph/api/oauth2permissiongrant-update.
func (c *call) patchGrant() (answer, error) {
	g, err := c.grant(writesGrants())
	if err != nil {
		return answer{}, err
	}
	if c.body == nil {
		return answer{}, unreadable()
	}
	if err := grantKind().accept(c.body); err != nil {
		return answer{}, err
	}
	for name := range c.body {
		if name != "scope" && !strings.HasPrefix(name, "@") {
			return answer{}, badRequest("Property '%s' is read-only and cannot be set.", name)
		}
	}
	if scope, ok := c.body["scope"].(string); ok {
		g.Scope = scope
	}
	return done()
}

func (c *call) deleteGrant() (answer, error) {
	g, err := c.grant(writesGrants())
	if err != nil {
		return answer{}, err
	}
	delete(c.state.PermissionGrants, g.ID)
	return done()
}
