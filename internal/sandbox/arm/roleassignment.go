package arm

import (
	"net/http"
	"slices"
	"strings"

	"hdstest/internal/sandbox/directory"
)

// listAssignments lists those above, at and below a scope, or with atScope() only
// those above and at it. assignedTo finds those of the principal's groups too; a
// group's own id it does not take, for which nothing is found here (unverified).
// Source: azure-docs articles/role-based-access-control/role-assignments-list-rest.md;
// learn.microsoft.com/rest/api/authorization/role-assignments/list-for-scope.
func (c *call) listAssignments() (answer, error) {
	scope, err := c.resolve(c.target.scope)
	if err != nil {
		return answer{}, err
	}
	if err := c.require(readAssignments, scope); err != nil {
		return answer{}, err
	}
	f, err := parseFilter(c.options.Get("$filter"))
	if err != nil {
		return answer{}, err
	}
	if err := f.only("atscope", "assignedto", "principalid"); err != nil {
		return answer{}, err
	}
	var found []*directory.RoleAssignment
	for _, a := range c.state.RoleAssignments {
		near := c.state.Covers(a.Scope, scope) || !f.has("atscope") && c.state.Covers(scope, a.Scope)
		if near && c.assigned(f, a.PrincipalID) && f.fits("principalid", a.PrincipalID) {
			found = append(found, a)
		}
	}
	slices.SortFunc(found, func(a, b *directory.RoleAssignment) int { return strings.Compare(a.Name, b.Name) })
	var items []any
	for _, a := range found {
		items = append(items, c.assignmentDocument(a))
	}
	return c.list(items)
}

// assigned decides over assignedTo('id').
func (c *call) assigned(f filter, principalID string) bool {
	id, asked := f.conditions["assignedto"]
	id = strings.ToLower(id)
	return !asked || c.state.Groups[id] == nil && (principalID == id || slices.Contains(c.state.GroupsOf(id), principalID))
}

// assignment finds the one that the path names.
func (c *call) assignment(scope string) *directory.RoleAssignment {
	for _, a := range c.state.RoleAssignments {
		if strings.EqualFold(a.Name, c.target.names[0]) && strings.EqualFold(strings.Trim(a.Scope, "/"), strings.Trim(scope, "/")) {
			return a
		}
	}
	return nil
}

func (c *call) getAssignment() (answer, error) {
	scope, err := c.resolve(c.target.scope)
	if err != nil {
		return answer{}, err
	}
	if err := c.require(readAssignments, scope); err != nil {
		return answer{}, err
	}
	a := c.assignment(scope)
	if a == nil {
		return answer{}, refuse(http.StatusNotFound, "RoleAssignmentNotFound", "The role assignment '%s' is not found.", bare(c.target.names[0]))
	}
	return ok(c.assignmentDocument(a))
}

// assignmentDocument shows an assignment. One whose principal is gone keeps the
// type that it was made with.
func (c *call) assignmentDocument(a *directory.RoleAssignment) map[string]any {
	made := a.Created.UTC().Format("2006-01-02T15:04:05.0000000Z")
	properties := map[string]any{
		"roleDefinitionId": a.RoleDefinitionID, "principalId": a.PrincipalID, "scope": a.Scope,
		"createdOn": made, "updatedOn": made, "createdBy": a.CreatedBy, "updatedBy": a.CreatedBy,
	}
	if c.since(typedPrincipals) {
		properties["principalType"] = a.PrincipalType
	}
	if c.since("2020-03-01-preview") {
		properties["condition"], properties["conditionVersion"], properties["delegatedManagedIdentityResourceId"] = nil, nil, nil
		properties["description"] = nil
		if a.Description != "" {
			properties["description"] = a.Description
		}
	}
	return map[string]any{"id": a.ID, "name": a.Name, "type": "Microsoft.Authorization/roleAssignments", "properties": properties}
}
