package diagnose

import (
	"slices"
	"strings"

	"hdstest/internal/entra"
	"hdstest/internal/lazyregexp"
)

// assignment is one role assignment as the evidence tells it.
type assignment struct {
	role      string
	principal string
	scope     string
	age       float64 // seconds; negative if unknown
	forCaller bool    // listed as the caller's own
}

// assignments lists the role assignments in the evidence; known tells whether
// they were looked for at all, so that none means none.
func (f *facts) assignments() (list []assignment, known bool) {
	for _, n := range f.nodes {
		if n.section() != "arm" && n.section() != "config" {
			continue
		}
		key := n.last()
		if len(n.path) > 3 || !strings.HasPrefix(key, "roleassignments") && key != "roles" {
			continue
		}
		own := strings.HasPrefix(key, "roleassignmentsfor") || strings.Contains(key, "caller") || strings.Contains(key, "own")
		switch v := n.value.(type) {
		case []any:
			known = true
			for _, e := range v {
				list = append(list, readAssignment(e, own))
			}
		case nil:
			known = true
		}
	}
	return list, known
}

// readAssignment takes a role's name, or an object as Azure Resource Manager
// lists it.
func readAssignment(v any, own bool) assignment {
	a := assignment{age: -1, forCaller: own}
	if name, ok := v.(string); ok {
		a.role = name
		return a
	}
	object, _ := v.(map[string]any)
	if inner, ok := object["properties"].(map[string]any); ok {
		object = inner
	}
	for k, v := range object {
		n := node{value: v}
		switch fold(k) {
		case "role", "rolename", "roledefinitionname", "name", "roledefinitionid":
			if a.role == "" || fold(k) != "roledefinitionid" && fold(k) != "name" {
				a.role = n.text()[strings.LastIndex(n.text(), "/")+1:]
			}
		case "principalid", "objectid":
			a.principal = strings.ToLower(n.text())
		case "scope":
			a.scope = strings.ToLower(strings.Trim(n.text(), "/"))
		case "ageseconds", "age":
			if s, ok := n.number(); ok {
				a.age = s
			}
		}
	}
	return a
}

// callers are the assignments that are the caller's: listed as such, or of the
// token's oid.
func (f *facts) callers() []assignment {
	list, _ := f.assignments()
	oid := strings.ToLower(f.claimText("oid"))
	return slices.DeleteFunc(list, func(a assignment) bool {
		return !a.forCaller && (a.principal == "" || a.principal != oid)
	})
}

// callerHas holds when one of the caller's assignments is so; it tells the role.
func callerHas(question func(f *facts, a assignment) bool) condition {
	return func(f *facts) ([]string, bool) {
		for _, a := range f.callers() {
			if question(f, a) {
				return []string{"arm: the caller has the role " + a.role}, true
			}
		}
		return nil, false
	}
}

// dataRole tells whether the assignment's role gives the action that the
// request needs. A role that is not built in is taken to do so.
func dataRole(f *facts, a assignment) bool {
	r, ok := entra.RoleByName(a.role)
	if !ok {
		return a.role != "" && !isManagementRole(a.role)
	}
	return r.Service == plainKind(f.kind()) && allows(r, f.action())
}

func isManagementRole(name string) bool {
	switch strings.ToLower(name) {
	case "owner", "contributor", "reader", "user access administrator", "role based access control administrator",
		"b24988ac-6180-42a0-ab88-20f7382dd24c", "8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "acdd72a7-3385-48ef-bd42-f606fba81ae7":
		return true
	}
	return false
}

// allows tells whether a role's data actions, less those it leaves out, contain
// an action. An empty action is contained.
func allows(r entra.Role, action string) bool {
	match := func(patterns []string) bool {
		return slices.ContainsFunc(patterns, func(p string) bool {
			prefix, wild := strings.CutSuffix(p, "*")
			return p == action || wild && strings.HasPrefix(action, prefix)
		})
	}
	return action == "" || match(r.DataActions) && !match(r.NotDataActions)
}

// noRoles holds when the caller's assignments were looked for and there is none.
func noRoles(f *facts) ([]string, bool) {
	_, known := f.assignments()
	return []string{"arm: no role assignment of the caller"}, known && len(f.callers()) == 0
}

// othersHaveRoles holds when there are assignments, but of other principals.
func othersHaveRoles(f *facts) ([]string, bool) {
	list, _ := f.assignments()
	oid := strings.ToLower(f.claimText("oid"))
	if len(f.callers()) > 0 {
		return nil, false
	}
	for _, a := range list {
		if !a.forCaller && (oid != "" && a.principal != "" || f.ownListed()) && (a.principal == "" || a.principal != oid) {
			return []string{"arm: " + a.role + " is assigned to another principal " + a.principal, "claims.oid: " + oid}, true
		}
	}
	return nil, false
}

// ownListed tells whether the caller's own assignments were looked for.
func (f *facts) ownListed() bool {
	for _, n := range f.nodes {
		if n.section() == "arm" && len(n.path) <= 3 && strings.HasPrefix(n.last(), "roleassignmentsfor") {
			return true
		}
	}
	return false
}

// otherScope holds when the caller's data role is on a scope that does not
// contain the service.
func otherScope(f *facts) ([]string, bool) {
	target := strings.ToLower(strings.Trim(f.first("arm", "resource_id", "service_resource_id"), "/"))
	if target == "" {
		target = strings.ToLower(strings.Trim(f.first("service_config", "resource_id"), "/"))
	}
	for _, a := range f.callers() {
		if a.scope != "" && (target != "" && target != a.scope && !strings.HasPrefix(target, a.scope+"/") || target == "" && !f.scopeNamesHost(a.scope)) {
			return []string{"arm: " + a.role + " is assigned on " + a.scope, "the service is " + target + f.serviceHost()}, true
		}
	}
	return nil, false
}

var serviceScope = lazyregexp.New(`/workspaces/([^/]+)(?:/(?:fhirservices|dicomservices)/([^/]+))?$`)

// scopeNamesHost tells whether a scope at or below a workspace can be that of the
// service's host, <workspace>-<service>.… . Wider scopes can.
func (f *facts) scopeNamesHost(scope string) bool {
	m := serviceScope.FindStringSubmatch(scope)
	label, _, _ := strings.Cut(f.serviceHost(), ".")
	if m == nil || label == "" || !strings.Contains(label, "-") {
		return true
	}
	return m[2] == "" && strings.HasPrefix(label, m[1]+"-") || label == m[1]+"-"+m[2]
}
