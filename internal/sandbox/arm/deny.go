package arm

import (
	"net/http"
	"slices"
	"strings"

	"hdstest/internal/sandbox/directory"
)

// listDenials lists deny assignments above, at and below a scope, or with
// atScope() only those above and at it.
// Source: learn.microsoft.com/azure/role-based-access-control/deny-assignments-rest;
// learn.microsoft.com/rest/api/authorization/deny-assignments/list-for-scope.
func (c *call) listDenials() (answer, error) {
	scope, f, err := c.denialQuestion()
	if err != nil {
		return answer{}, err
	}
	var found []*directory.DenyAssignment
	for _, d := range c.state.DenyAssignments {
		near := c.state.Covers(d.Scope, scope) || !f.has("atscope") && c.state.Covers(scope, d.Scope)
		named := !f.has("principalid") || slices.ContainsFunc(d.Principals, func(id string) bool { return f.fits("principalid", id) })
		if near && named && f.fits("denyassignmentname", d.DisplayName) {
			found = append(found, d)
		}
	}
	slices.SortFunc(found, func(a, b *directory.DenyAssignment) int { return strings.Compare(a.Name, b.Name) })
	var items []any
	for _, d := range found {
		items = append(items, c.denialDocument(d))
	}
	return c.list(items)
}

func (c *call) denialQuestion() (scope string, f filter, err error) {
	if scope, err = c.resolve(c.target.scope); err != nil {
		return "", f, err
	}
	if err := c.require(readDenials, scope); err != nil {
		return "", f, err
	}
	if f, err = parseFilter(c.options.Get("$filter")); err != nil {
		return "", f, err
	}
	if f.has("gdprexportprincipalid") {
		return "", f, absent("gdprExportPrincipalId")
	}
	return scope, f, f.only("atscope", "principalid", "denyassignmentname")
}

func (c *call) getDenial() (answer, error) {
	scope, err := c.resolve(c.target.scope)
	if err != nil {
		return answer{}, err
	}
	if err := c.require(readDenials, scope); err != nil {
		return answer{}, err
	}
	for _, d := range c.state.DenyAssignments {
		if strings.EqualFold(d.Name, c.target.names[0]) && strings.EqualFold(strings.Trim(d.Scope, "/"), strings.Trim(scope, "/")) {
			return ok(c.denialDocument(d))
		}
	}
	return answer{}, refuse(http.StatusNotFound, "DenyAssignmentNotFound", // code and text unverified
		"The deny assignment '%s' is not found.", bare(c.target.names[0]))
}

func (c *call) denialDocument(d *directory.DenyAssignment) map[string]any {
	texts := func(list []string) []string { return append([]string{}, list...) } // [] for none
	principals := func(ids []string) []any {
		out := []any{}
		for _, id := range ids {
			kind := c.state.Assignee(id)
			if id == directory.Everyone {
				kind = "SystemDefined"
			}
			out = append(out, map[string]any{"id": id, "type": kind})
		}
		return out
	}
	made := d.Created.UTC().Format("2006-01-02T15:04:05.0000000Z")
	return map[string]any{"id": d.ID, "name": d.Name, "type": "Microsoft.Authorization/denyAssignments", "properties": map[string]any{
		"denyAssignmentName": d.DisplayName, "description": d.Description, "scope": d.Scope, "doNotApplyToChildScopes": d.HereOnly,
		"permissions": []any{map[string]any{"actions": texts(d.Actions), "notActions": texts(d.NotActions),
			"dataActions": texts(d.DataActions), "notDataActions": texts(d.NotDataActions)}},
		"principals": principals(d.Principals), "excludePrincipals": principals(d.Except), "isSystemProtected": true,
		"createdOn": made, "updatedOn": made, "createdBy": nil, "updatedBy": nil}}
}
