package graph

import (
	"net/http"
	"strings"

	"hdstest/internal/sandbox/directory"
)

type handler func(*call) (answer, error)

// route is one operation. A pattern's {name} stands for an id or an alternate
// key, all else for itself.
type route struct {
	method  string
	pattern string
	handler handler
	writes  bool // false for what only reads, whatever its method
}

// routes lists every operation that the sandbox has.
func routes() []route {
	get, post, patch, remove := http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodDelete
	const app, sp = "applications/{id}", "servicePrincipals/{id}"
	return []route{
		{get, "applications", (*call).listApplications, false},
		{get, "applications/$count", (*call).countApplications, false},
		{post, "applications", (*call).createApplication, true},
		{get, app, (*call).getApplication, false},
		{patch, app, (*call).patchApplication, true},
		{remove, app, (*call).deleteApplication, true},
		{post, app + "/addPassword", (*call).addApplicationPassword, true},
		{post, app + "/removePassword", (*call).removeApplicationPassword, true},
		{post, app + "/addKey", (*call).addApplicationKey, true},
		{post, app + "/removeKey", (*call).removeApplicationKey, true},
		{get, app + "/owners", (*call).listApplicationOwners, false},
		{post, app + "/owners/$ref", (*call).addApplicationOwner, true},
		{remove, app + "/owners/{owner}/$ref", (*call).removeApplicationOwner, true},
		{get, app + "/federatedIdentityCredentials", (*call).listFederated, false},
		{post, app + "/federatedIdentityCredentials", (*call).createFederated, true},
		{get, app + "/federatedIdentityCredentials/{credential}", (*call).getFederated, false},
		{patch, app + "/federatedIdentityCredentials/{credential}", (*call).patchFederated, true},
		{remove, app + "/federatedIdentityCredentials/{credential}", (*call).deleteFederated, true},

		{get, "servicePrincipals", (*call).listPrincipals, false},
		{get, "servicePrincipals/$count", (*call).countPrincipals, false},
		{post, "servicePrincipals", (*call).createPrincipal, true},
		{get, sp, (*call).getPrincipal, false},
		{patch, sp, (*call).patchPrincipal, true},
		{remove, sp, (*call).deletePrincipal, true},
		{post, sp + "/addPassword", (*call).addPrincipalPassword, true},
		{post, sp + "/removePassword", (*call).removePrincipalPassword, true},
		{get, sp + "/owners", (*call).listPrincipalOwners, false},
		{post, sp + "/owners/$ref", (*call).addPrincipalOwner, true},
		{remove, sp + "/owners/{owner}/$ref", (*call).removePrincipalOwner, true},
		{get, sp + "/ownedObjects", (*call).listOwned, false},
		{get, sp + "/oauth2PermissionGrants", (*call).listPrincipalGrants, false},
		{get, sp + "/appRoleAssignments", (*call).listRolesOf, false},
		{post, sp + "/appRoleAssignments", (*call).giveRoleTo, true},
		{get, sp + "/appRoleAssignments/{assignment}", (*call).getRoleOf, false},
		{remove, sp + "/appRoleAssignments/{assignment}", (*call).takeRoleFrom, true},
		{get, sp + "/appRoleAssignedTo", (*call).listRolesAt, false},
		{post, sp + "/appRoleAssignedTo", (*call).giveRoleAt, true},
		{get, sp + "/appRoleAssignedTo/{assignment}", (*call).getRoleAt, false},
		{remove, sp + "/appRoleAssignedTo/{assignment}", (*call).takeRoleAt, true},

		{get, "oauth2PermissionGrants", (*call).listGrants, false},
		{post, "oauth2PermissionGrants", (*call).createGrant, true},
		{get, "oauth2PermissionGrants/{id}", (*call).getGrant, false},
		{patch, "oauth2PermissionGrants/{id}", (*call).patchGrant, true},
		{remove, "oauth2PermissionGrants/{id}", (*call).deleteGrant, true},

		{get, "directory/deletedItems/application", (*call).listDeletedApplications, false},
		{get, "directory/deletedItems/servicePrincipal", (*call).listDeletedPrincipals, false},
		{get, "directory/deletedItems/{id}", (*call).getDeleted, false},
		{remove, "directory/deletedItems/{id}", (*call).purge, true},
		{post, "directory/deletedItems/{id}/restore", (*call).restore, true},

		{get, "directoryObjects/{id}", (*call).getObject, false},
		{post, "directoryObjects/getByIds", (*call).getObjects, false},
		{post, "directoryObjects/{id}/getMemberGroups", (*call).memberGroups, false},
		{post, "directoryObjects/{id}/checkMemberGroups", (*call).checkMemberGroups, false},
		{get, "groups", (*call).listGroups, false},
		{post, "groups", (*call).createGroup, true},
		{get, "groups/{id}", (*call).getGroup, false},
		{remove, "groups/{id}", (*call).deleteGroup, true},
		{get, "groups/{id}/members", (*call).listMembers, false},
		{post, "groups/{id}/members/$ref", (*call).addMember, true},
		{remove, "groups/{id}/members/{member}/$ref", (*call).removeMember, true},
		{post, "groups/{id}/getMemberGroups", (*call).memberGroups, false},
		{post, "groups/{id}/checkMemberGroups", (*call).checkMemberGroups, false},
		{post, sp + "/getMemberGroups", (*call).memberGroups, false},
		{post, sp + "/checkMemberGroups", (*call).checkMemberGroups, false},
		{post, "users/{id}/getMemberGroups", (*call).memberGroups, false},
		{post, "users/{id}/checkMemberGroups", (*call).checkMemberGroups, false},
		{get, sp + "/memberOf", (*call).memberOf, false},
		{get, "users/{id}/memberOf", (*call).memberOf, false},
		{get, "groups/{id}/memberOf", (*call).memberOf, false},
		{get, sp + "/transitiveMemberOf", (*call).transitiveMemberOf, false},
		{get, "users/{id}/transitiveMemberOf", (*call).transitiveMemberOf, false},
		{get, "groups/{id}/transitiveMemberOf", (*call).transitiveMemberOf, false},
		{get, "organization", (*call).listOrganization, false},
		{get, "organization/{id}", (*call).getOrganization, false},
		{get, "me", (*call).getMe, false},
		{get, "users", (*call).listUsers, false},
		{get, "users/{id}", (*call).getUser, false},
	}
}

// route finds the operation. A path that exists under another method is 405,
// one that the sandbox has not is 501.
func (s *service) route(method string, path []segment) (route, error) {
	known := false
	for _, r := range s.routes {
		if matches(r.pattern, path) {
			if r.method == method {
				return r, nil
			}
			known = true
		}
	}
	if known {
		return route{}, &failure{status: http.StatusMethodNotAllowed, code: codeSyntax,
			message: "Specified HTTP method is not allowed for the request target."}
	}
	var text strings.Builder
	for _, p := range path {
		text.WriteString("/")
		if p.key != "" || directory.IsGUID(p.text) {
			text.WriteString("{id}")
			continue
		}
		text.WriteString(p.text)
	}
	return route{}, absent(method + " /v1.0" + text.String())
}

// matches compares names without regard to case. A segment that begins with $,
// and the names of functions on a collection, are no ids.
func matches(pattern string, path []segment) bool {
	i := 0
	for want := range strings.SplitSeq(pattern, "/") {
		if i == len(path) {
			return false
		}
		got := path[i]
		placeholder := strings.HasPrefix(want, "{")
		switch {
		case placeholder && got.key == "" && (strings.HasPrefix(got.text, "$") || isFunction(got.text)):
			return false
		case !placeholder && (got.key != "" || !strings.EqualFold(want, got.text)):
			return false
		}
		i++
	}
	return i == len(path)
}

func isFunction(name string) bool {
	switch strings.ToLower(name) {
	case "delta", "getbyids", "getavailableextensionproperties", "validateproperties", "application", "serviceprincipal":
		return true
	}
	return false
}
