package graph

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"hdstest/internal/sandbox/directory"
)

// defaultRole assigns a principal to an app that offers no roles.
// Source: learn.microsoft.com/graph/api/resources/approleassignment.
const defaultRole = "00000000-0000-0000-0000-000000000000"

// The two collections below a service principal show the same assignments from
// either end: appRoleAssignments what it was given, appRoleAssignedTo what was
// given at it.
const (
	given = "appRoleAssignments"
	at    = "appRoleAssignedTo"
)

func (c *call) listRolesOf() (answer, error)  { return c.listRoles(given) }
func (c *call) listRolesAt() (answer, error)  { return c.listRoles(at) }
func (c *call) getRoleOf() (answer, error)    { return c.getRole(given) }
func (c *call) getRoleAt() (answer, error)    { return c.getRole(at) }
func (c *call) giveRoleTo() (answer, error)   { return c.giveRole(given) }
func (c *call) giveRoleAt() (answer, error)   { return c.giveRole(at) }
func (c *call) takeRoleFrom() (answer, error) { return c.takeRole(given) }
func (c *call) takeRoleAt() (answer, error)   { return c.takeRole(at) }

func end(r *directory.AppRoleAssignment, side string) string {
	if side == given {
		return r.PrincipalID
	}
	return r.ResourceID
}

func (c *call) rolesOf(p *directory.ServicePrincipal, side string) *kind {
	return roleKind("servicePrincipals('" + p.ID + "')/" + side)
}

func roleDocument(r *directory.AppRoleAssignment) (map[string]any, error) {
	doc, err := document(r)
	if err == nil {
		doc["createdDateTime"], doc["deletedDateTime"] = stamp(r.CreatedDateTime), nil
	}
	return doc, err
}

func (c *call) listRoles(side string) (answer, error) {
	if err := c.require(readsApplications()); err != nil {
		return answer{}, err
	}
	p, err := c.findPrincipal(c.path[1])
	if err != nil {
		return answer{}, err
	}
	var docs []map[string]any
	for _, r := range c.state.AppRoleAssignments {
		if end(r, side) != p.ID {
			continue
		}
		doc, err := roleDocument(r)
		if err != nil {
			return answer{}, err
		}
		docs = append(docs, doc)
	}
	return c.list(c.rolesOf(p, side), docs)
}

func (c *call) role(side string) (*directory.ServicePrincipal, *directory.AppRoleAssignment, error) {
	p, err := c.findPrincipal(c.path[1])
	if err != nil {
		return nil, nil, err
	}
	r := c.state.AppRoleAssignments[c.path[3].text]
	if r == nil || end(r, side) != p.ID {
		return nil, nil, notFound(c.path[3].text)
	}
	return p, r, nil
}

func (c *call) getRole(side string) (answer, error) {
	if err := c.require(readsApplications()); err != nil {
		return answer{}, err
	}
	p, r, err := c.role(side)
	if err != nil {
		return answer{}, err
	}
	doc, err := roleDocument(r)
	if err != nil {
		return answer{}, err
	}
	return c.entity(http.StatusOK, c.rolesOf(p, side), doc)
}

// mayGive wants the right to assign and the right to read applications.
// Source: learn.microsoft.com/graph/api/serviceprincipal-post-approleassignedto,
// permissions.
func (c *call) mayGive() error {
	if err := c.require(writesAppRoles()); err != nil {
		return err
	}
	return c.require(readsApplications())
}

// giveRole gives an application permission. That is admin consent for an app.
func (c *call) giveRole(side string) (answer, error) {
	if err := c.mayGive(); err != nil {
		return answer{}, err
	}
	p, err := c.findPrincipal(c.path[1])
	if err != nil {
		return answer{}, err
	}
	if c.body == nil {
		return answer{}, unreadable()
	}
	if err := roleKind("").accept(c.body); err != nil {
		return answer{}, err
	}
	r := &directory.AppRoleAssignment{ID: c.NewID(), CreatedDateTime: c.now.Truncate(time.Second),
		AppRoleID: strings.ToLower(text(c.body, "appRoleId")), PrincipalID: strings.ToLower(text(c.body, "principalId")),
		ResourceID: strings.ToLower(text(c.body, "resourceId"))}
	if end(r, side) != p.ID {
		return answer{}, badRequest("The object in the request's path is not the one in its body.") // text unverified
	}
	if err := c.checkRole(r); err != nil {
		return answer{}, err
	}
	c.state.AppRoleAssignments[r.ID] = r
	doc, err := roleDocument(r)
	if err != nil {
		return answer{}, err
	}
	return c.entity(http.StatusCreated, c.rolesOf(p, side), doc)
}

// checkRole completes an assignment with the names of its ends.
func (c *call) checkRole(r *directory.AppRoleAssignment) error {
	resource := c.state.ServicePrincipals[r.ResourceID]
	if resource == nil || !c.shows(resource) {
		return notFound(r.ResourceID)
	}
	// A principal just made is not known everywhere.
	// Source: github.com/microsoftgraph/msgraph-sdk-dotnet issue 3108.
	if !c.showsObject(r.PrincipalID) || c.state.Principal(r.PrincipalID) == "" {
		return badRequest("Not a valid reference update.")
	}
	r.ResourceDisplayName = resource.DisplayName
	member := "User"
	if p := c.state.ServicePrincipals[r.PrincipalID]; p != nil {
		r.PrincipalDisplayName, r.PrincipalType, member = p.DisplayName, "ServicePrincipal", "Application"
	} else {
		r.PrincipalDisplayName, r.PrincipalType = c.state.Users[r.PrincipalID].DisplayName, "User"
	}
	offered := slices.ContainsFunc(resource.AppRoles, func(role directory.AppRole) bool {
		return strings.EqualFold(role.ID, r.AppRoleID) && role.IsEnabled && slices.Contains(role.AllowedMemberTypes, member)
	})
	if !offered && (r.AppRoleID != defaultRole || len(resource.AppRoles) > 0) {
		return badRequest("Permission being assigned was not found on application '%s'.", resource.AppID)
	}
	for _, other := range c.state.AppRoleAssignments {
		if other.PrincipalID == r.PrincipalID && other.ResourceID == r.ResourceID && other.AppRoleID == r.AppRoleID {
			return badRequest("Permission being assigned already exists on the object")
		}
	}
	return nil
}

func (c *call) takeRole(side string) (answer, error) {
	if err := c.mayGive(); err != nil {
		return answer{}, err
	}
	_, r, err := c.role(side)
	if err != nil {
		return answer{}, err
	}
	delete(c.state.AppRoleAssignments, r.ID)
	return done()
}
