package register_test

import (
	"net/http"
	"regexp"
	"strings"
)

const customRole = "cccccccc-0000-4000-8000-000000000000"

var armPath = regexp.MustCompile(`(?i)^(/subscriptions/.+?)/providers/Microsoft\.Authorization/(roleAssignments|roleDefinitions)(/[0-9a-f-]{36})?$`)

func (c *cloud) routeARM(r *http.Request, body object) routed {
	m := armPath.FindStringSubmatch(r.URL.Path)
	if m == nil || r.URL.Query().Get("api-version") == "" {
		c.t.Errorf("no route for %s %s", r.Method, r.URL)
		return refusal(404, "InvalidResourceType", "no such route")
	}
	filter := r.URL.Query().Get("$filter")
	switch {
	case r.Method == http.MethodGet && m[3] == "/"+customRole:
		return routed{200, object{"properties": object{"roleName": "Custom", "permissions": []any{object{"dataActions": []any{"x/read"}}}}}}
	case r.Method == http.MethodGet && m[2] == "roleDefinitions":
		return c.definitions(filter)
	case r.Method == http.MethodGet:
		return c.listRoles(m[1], filter)
	case r.Method == http.MethodDelete && c.roles[r.URL.Path] == nil:
		return routed{status: 204}
	case r.Method == http.MethodDelete:
		defer delete(c.roles, r.URL.Path)
		return routed{200, c.roles[r.URL.Path]}
	}
	return c.assign(m[1], r.URL.Path, body)
}

func (c *cloud) definitions(filter string) routed {
	if filter != "roleName eq 'Custom'" {
		return routed{200, object{"value": []any{}}}
	}
	return routed{200, object{"value": []any{object{"id": "/providers/Microsoft.Authorization/roleDefinitions/" + customRole,
		"properties": object{"roleName": "Custom"}}}}}
}

func (c *cloud) listRoles(scope, filter string) routed {
	m := regexp.MustCompile(`^(principalId eq|atScope\(\) and assignedTo\() ?'([0-9a-f-]{36})'\)?$`).FindStringSubmatch(filter)
	if m == nil {
		c.t.Errorf("unexpected filter %q", filter)
		return refusal(400, "BadRequest", "filter")
	}
	below := strings.HasPrefix(m[1], "principalId")
	out := []any{}
	for _, a := range c.roles {
		p := a["properties"].(object)
		at := p["scope"].(string)
		if p["principalId"] == m[2] && (below && strings.HasPrefix(at, scope) || strings.HasPrefix(scope, at)) {
			out = append(out, a)
		}
	}
	return routed{200, object{"value": out}}
}

func (c *cloud) assign(scope, id string, body object) routed {
	p := body["properties"].(object)
	c.known(p, "principalId", "principalType", "roleDefinitionId")
	oid := p["principalId"].(string)
	if p["principalType"] != "ServicePrincipal" || c.principals[oid] == nil {
		return refusal(400, "PrincipalNotFound", "Principal "+oid+" does not exist in the directory.")
	}
	for have, a := range c.roles {
		o := a["properties"].(object)
		if o["scope"] == scope && o["principalId"] == oid && o["roleDefinitionId"] == p["roleDefinitionId"] && have != id {
			return refusal(409, "RoleAssignmentExists", "The role assignment already exists.")
		}
	}
	p["scope"] = scope
	c.roles[id] = object{"id": id, "name": id[strings.LastIndex(id, "/")+1:], "properties": p}
	return routed{201, c.roles[id]}
}
