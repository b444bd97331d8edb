package arm

import (
	"net/http"
	"strings"
)

type handler func(*call) (answer, error)

// route finds the operation for the target and the method. What the sandbox has
// for GET only is 501 for what changes it, since Azure has that.
func (c *call) route() (handler, error) {
	byMethod := c.target.operations()
	if h := byMethod[c.request.Method]; h != nil {
		return h, nil
	}
	if c.request.Method == http.MethodHead && byMethod[http.MethodGet] != nil {
		return byMethod[http.MethodGet], nil
	}
	what := c.target.scope
	if c.target.provider != "" {
		what = c.target.provider + "/" + strings.Join(c.target.types, "/")
	} else if len(c.target.types) > 0 {
		what += "/" + strings.Join(c.target.types, "/")
	}
	return nil, absent(c.request.Method + " " + what)
}

// operations lists what can be done to a target, by method.
func (t target) operations() map[string]handler {
	get := func(many, one handler) map[string]handler {
		if t.collection() {
			return map[string]handler{http.MethodGet: many}
		}
		return map[string]handler{http.MethodGet: one}
	}
	switch {
	case t.is("", "subscriptions") && t.scope == "":
		return map[string]handler{http.MethodGet: (*call).subscriptions}
	case t.is("", "tenants") && t.scope == "":
		return map[string]handler{http.MethodGet: (*call).tenants}
	case t.is("", "resourcegroups") && t.subscription != "":
		return map[string]handler{http.MethodGet: (*call).groups}
	case t.is("", "resources") && t.subscription != "":
		return map[string]handler{http.MethodGet: (*call).resources}
	case t.is(healthcare), t.is(authorization):
		return map[string]handler{http.MethodGet: (*call).provider}
	case t.provider == "" && len(t.types) == 0:
		return t.scopeOperations()
	case t.is(authorization, "roledefinitions"):
		return get((*call).listDefinitions, (*call).getDefinition)
	case t.is(authorization, "roleassignments") && t.collection():
		return map[string]handler{http.MethodGet: (*call).listAssignments}
	case t.is(authorization, "roleassignments"):
		return map[string]handler{http.MethodGet: (*call).getAssignment, http.MethodPut: (*call).putAssignment,
			http.MethodDelete: (*call).deleteAssignment}
	case t.is(authorization, "denyassignments"):
		return get((*call).listDenials, (*call).getDenial)
	case t.is(healthcare, "workspaces"):
		return get((*call).listWorkspaces, (*call).getWorkspace)
	case t.is(healthcare, "workspaces", "fhirservices"), t.is(healthcare, "workspaces", "dicomservices"):
		return get((*call).listServices, (*call).getService)
	case t.is(healthcare, "workspaces", "iotconnectors"), t.is(healthcare, "services"):
		return get((*call).listNothing, (*call).getNothing)
	}
	return nil
}

// scopeOperations are those of a scope itself.
func (t target) scopeOperations() map[string]handler {
	switch strings.Count(t.scope, "/") {
	case 2:
		return map[string]handler{http.MethodGet: (*call).subscription}
	case 4:
		return map[string]handler{http.MethodGet: (*call).group}
	}
	return nil
}
