package arm

import (
	"net/http"
	"strings"
)

// mayReadRoles lets everybody with a token read built-in roles at the tenant's
// scope, as tools do that hold a role in one subscription only; that this needs
// no right is unverified.
func (c *call) mayReadRoles() (string, error) {
	scope, err := c.resolve(c.target.scope)
	if err != nil || scope == "/" {
		return scope, err
	}
	return scope, c.require(readDefinitions, scope)
}

// listDefinitions lists roles, by name or type if asked.
// Source: learn.microsoft.com/rest/api/authorization/role-definitions/list.
func (c *call) listDefinitions() (answer, error) {
	scope, err := c.mayReadRoles()
	if err != nil {
		return answer{}, err
	}
	f, err := parseFilter(c.options.Get("$filter"))
	if err != nil {
		return answer{}, err
	}
	if err := f.only("rolename", "type", "atscopeandbelow"); err != nil {
		return answer{}, err
	}
	var items []any
	for _, d := range definitions() {
		if f.fits("rolename", d.name) && f.fits("type", "BuiltInRole") {
			items = append(items, d.document(scope))
		}
	}
	return c.list(items)
}

func (c *call) getDefinition() (answer, error) {
	scope, err := c.mayReadRoles()
	if err != nil {
		return answer{}, err
	}
	d, known := definitionByID(c.target.names[0])
	if !known {
		return answer{}, refuse(http.StatusNotFound, "RoleDefinitionDoesNotExist",
			"The specified role definition with ID '%s' does not exist.", bare(c.target.names[0]))
	}
	return ok(d.document(scope))
}

// bare is an id as this provider's messages print it, without hyphens.
func bare(id string) string { return strings.ReplaceAll(id, "-", "") }

// document shows a role. Its id lies in the subscription that was asked, or in
// no scope at all.
func (d definition) document(scope string) map[string]any {
	prefix := ""
	if steps := strings.Split(scope, "/"); len(steps) > 2 && strings.EqualFold(steps[1], "subscriptions") {
		prefix = "/subscriptions/" + steps[2]
	}
	list := func(texts []string) []string { return append([]string{}, texts...) } // [] for none
	return map[string]any{
		"id": prefix + "/providers/Microsoft.Authorization/roleDefinitions/" + d.id, "name": d.id,
		"type": "Microsoft.Authorization/roleDefinitions",
		"properties": map[string]any{
			"roleName": d.name, "type": "BuiltInRole", "description": d.description, "assignableScopes": []string{"/"},
			"permissions": []any{map[string]any{"actions": list(d.actions), "notActions": list(d.notActions),
				"dataActions": list(d.dataActions), "notDataActions": list(d.notDataAction)}},
			"createdOn": "2015-02-02T21:55:09.8806423Z", "updatedOn": "2015-02-02T21:55:09.8806423Z", "createdBy": nil, "updatedBy": nil,
		},
	}
}
