package diagnose

import (
	"net/url"
	"strings"

	"hdstest/internal/diagnose/expect"
	"hdstest/internal/entra"
)

// roleRules are about a token that is good and a caller who may not: 403, and
// the role assignments behind it.
func roleRules() []Rule {
	forbidden := all(status(403), not(outcome("processing")), not(anonymousPath))
	own := func(question func(f *facts, a assignment) bool) condition { return all(forbidden, callerHas(question)) }
	return append(appRoleRules(forbidden), []Rule{
		{ID: "role.missing.listed", Cause: "role.missing", Confidence: 0.88, Confirm: "whether the role was given to another principal", when: all(forbidden, noRoles, not(othersHaveRoles), not(openSource))},
		{ID: "role.missing.managed", Cause: "role.missing", Confidence: 0.75, Confirm: "az role assignment list --assignee {{object_id}} --all: what is not listed was never given, what is listed and new only needs time",
			when: all(forbidden, service("fhir", "dicom"), not(openSource), is(rolesUnknown), not(privateAccess))},
		{ID: "role.missing.unlisted", Cause: "role.missing", Confidence: 0.5, Confirm: "the service and the caller's role assignments",
			when: all(forbidden, is(rolesUnknown), not(service("fhir", "dicom", "fhir-proxy", "dicomweb")), not(privateAccess), not(openSource))},
		{ID: "role.pending.maybe", Cause: "role.pending", Confidence: 0.35, Confirm: "az role assignment list --assignee {{object_id}} --all: this is it only if the role is listed and younger than half an hour",
			when: all(forbidden, service("fhir", "dicom"), not(openSource), is(rolesUnknown), not(privateAccess))},
		{ID: "role.pending.young", Cause: "role.pending", Confidence: 0.94, when: all(own(func(f *facts, a assignment) bool {
			return dataRole(f, a) && a.age >= 0 && a.age < 1800
		}), not(all(service("dicom"), younger(300, "role"))))},
		{ID: "role.dicom_cache.young", Cause: "role.dicom_cache", Confidence: 0.94, when: all(service("dicom"), own(func(f *facts, a assignment) bool {
			return dataRole(f, a) && a.age >= 0 && a.age < 300
		}))},
		{ID: "role.pending.unaged", Cause: "role.pending", Confidence: 0.6, Confirm: "when the role was given, and on which scope",
			when: all(own(func(f *facts, a assignment) bool { return dataRole(f, a) && a.age < 0 }), not(otherScope))},
		{ID: "role.other_principal.listed", Cause: "role.other_principal", Confidence: 0.95, when: all(forbidden, othersHaveRoles, not(clientIDAsPrincipal), not(appObjectAsPrincipal))},
		{ID: "role.client_id_used.listed", Cause: "role.client_id_used", Confidence: 0.97, when: clientIDAsPrincipal},
		{ID: "role.client_id_used.refused", Cause: "role.client_id_used", Confidence: 0.8, Confirm: "az ad sp show --id of that id",
			when: all(armSays("PrincipalNotFound"), has("arm", ".", "principalId"), not(younger(900)), not(clientIDAsPrincipal), not(switchedOn("graph", "principal_exists", "principalId_equals_sp_object_id")))},
		{ID: "role.client_id_used.known", Cause: "role.client_id_used", Confidence: 0.57, Confirm: "whose id principalId is",
			when: all(armSays("PrincipalNotFound"), has("graph", ".", "service_principal_object_id"), has("graph", ".", "appId"), is(noAge), not(clientIDAsPrincipal))},
		{ID: "role.client_id_used.maybe", Cause: "role.client_id_used", Confidence: 0.5, Confirm: "Azure Resource Manager's error code, and az ad sp show --id of that id",
			when: all(controlStatus("arm", 400), has("arm", ".", "principalId"), is(noControlCode), not(younger(900)))},
		{ID: "role.app_object_id.listed", Cause: "role.app_object_id", Confidence: 0.97, when: appObjectAsPrincipal},
		{ID: "role.app_object_id.text", Cause: "role.app_object_id", Confidence: 0.7, Confirm: "whose id principalId is",
			when: all(armSays("principals of type Application cannot"), not(younger(900)), not(switchedOn("graph", "principalId_equals_sp_object_id")))},
		{ID: "role.principal_gone.code", Cause: "role.principal_gone", Confidence: 0.5, Confirm: "whether the id is an object id of this tenant", when: all(armSays("PrincipalNotFound"), not(younger(900)), not(clientIDAsPrincipal))},
		{ID: "role.principal_type.code", Cause: "role.principal_type", Confidence: 0.96, when: armSays("UnmatchedPrincipalType", "principalType")},
		{ID: "role.control_plane.only", Cause: "role.control_plane", Confidence: 0.96, when: all(forbidden, onlyManagement)},
		{ID: "role.other_service.only", Cause: "role.other_service", Confidence: 0.95, when: all(forbidden, onlyOtherKind)},
		{ID: "role.too_small.action", Cause: "role.too_small", Confidence: 0.95, when: all(forbidden, tooSmall)},
		{ID: "role.scope.other", Cause: "role.scope", Confidence: 0.95, when: all(forbidden, otherScope)},
		{ID: "role.smart_user.assigned", Cause: "role.smart_user", Confidence: 0.9, Confirm: "the same call without that role",
			when: own(func(_ *facts, a assignment) bool { return strings.EqualFold(a.role, "FHIR SMART User") })},
		{ID: "role.management_group.scope", Cause: "role.management_group", Confidence: 0.88, when: own(func(_ *facts, a assignment) bool {
			return strings.Contains(a.scope, "managementgroups")
		})},
		{ID: "role.group.member", Cause: "role.group", Confidence: 0.88, when: all(forbidden, either(has("arm", "^group$", "principalType", "assigned_via", "via"), switchedOn("arm", "via_group", "through_group")))},
		{ID: "role.custom.actions", Cause: "role.custom", Confidence: 0.93, when: all(forbidden, missing("arm", "dataActions"))},
		{ID: "role.allowed_objects.list", Cause: "role.allowed_objects", Confidence: 0.93, when: all(forbidden, either(has("service_config", "local", "rbac_mode", "rbac"), notAllowedObject))},
	}...)
}

// appRoleRules are about servers that decide by app roles in the token.
func appRoleRules(forbidden condition) []Rule {
	return []Rule{
		{ID: "role.oss_app_role.none", Cause: "role.oss_app_role", Confidence: 0.94, when: all(forbidden, openSource, noClaim("roles"))},
		{ID: "role.oss_app_role.unknown", Cause: "role.oss_app_role", Confidence: 0.7, Confirm: "the roles claim of the token", when: all(forbidden, openSource, not(hasClaim("roles")), service("fhir", "dicom"))},
		{ID: "role.proxy_app_role.outcome", Cause: "role.proxy_app_role", Confidence: 0.95, when: all(service("fhir-proxy"), status(401, 403), either(outcome("auth-access"), noClaim("roles")))},
		{ID: "role.proxy_app_role.text", Cause: "role.proxy_app_role", Confidence: 0.94, when: serviceSays("Principal is not in an authorized role")},
		{ID: "role.proxy_app_role.access", Cause: "role.proxy_app_role", Confidence: 0.8, Confirm: "the roles claim of the token", when: outcome("auth-access")},
	}
}

// noAge tells whether it is not known how old anything is.
func noAge(f *facts) bool {
	_, known := f.age()
	return !known
}

// rolesUnknown tells whether nobody looked for role assignments.
func rolesUnknown(f *facts) bool {
	_, known := f.assignments()
	return !known
}

// openSource holds when the server is no Azure service but one run from the
// open-source code.
func openSource(f *facts) ([]string, bool) {
	host := f.serviceHost()
	if host == "" { // a server of one's own usually has its address for audience
		if u, err := url.Parse(f.claimText("aud")); err == nil && u.Scheme == "https" && ownHost(u.Hostname()) {
			host = u.Hostname()
		}
	}
	return []string{"the server is " + host + ", not one of Azure Health Data Services"}, host != "" && !expect.Managed("https://"+host+"/")
}

// ownHost tells whether a host is none of Microsoft's APIs.
func ownHost(host string) bool {
	for _, suffix := range []string{".azurewebsites.net", ".azurecontainerapps.io", ".cloudapp.azure.com"} {
		if strings.HasSuffix(host, suffix) {
			return true
		}
	}
	return false
}

// clientIDAsPrincipal holds when a role assignment's principal is the client id.
func clientIDAsPrincipal(f *facts) ([]string, bool) {
	id := strings.ToLower(f.clientID())
	for _, n := range f.named("arm", "principalId", "assignee", "assignee_object_id") {
		if id != "" && strings.ToLower(n.text()) == id {
			return []string{n.shown + " is the client id"}, true
		}
	}
	return nil, false
}

// appObjectAsPrincipal holds when a role assignment's principal is the object id
// of the application.
func appObjectAsPrincipal(f *facts) ([]string, bool) {
	for _, n := range f.named("arm", "principalId", "assignee", "assignee_object_id") {
		for _, key := range [][]string{{"graph", "application", "id"}, {"graph", "application_object_id"}, {"graph", "app_object_id"}, {"config", "app_object_id"}} {
			if id := f.text(key...); id != "" && strings.EqualFold(id, n.text()) {
				return []string{n.shown + " is the application's object id"}, true
			}
		}
	}
	return nil, false
}

// onlyManagement holds when all the caller's roles are about the resource.
func onlyManagement(f *facts) ([]string, bool) {
	roles := f.callers()
	for _, a := range roles {
		if !isManagementRole(a.role) {
			return nil, false
		}
	}
	if len(roles) == 0 {
		return nil, false
	}
	return []string{"arm: the caller has only " + roles[0].role}, true
}

// onlyOtherKind holds when the caller's data roles are all for the other kind of
// service.
func onlyOtherKind(f *facts) ([]string, bool) {
	kind := plainKind(f.kind())
	other := ""
	for _, a := range f.callers() {
		r, ok := entra.RoleByName(a.role)
		switch {
		case ok && r.Service == kind, !ok && !isManagementRole(a.role):
			return nil, false
		case ok:
			other = r.Name
		}
	}
	return []string{"arm: the caller has only " + other}, kind != "" && other != ""
}

// tooSmall holds when the caller has roles for this kind of service and none
// with the action.
func tooSmall(f *facts) ([]string, bool) {
	kind, found := plainKind(f.kind()), ""
	for _, a := range f.callers() {
		r, ok := entra.RoleByName(a.role)
		if !ok || r.Service != kind {
			continue
		}
		if allows(r, f.action()) {
			return nil, false
		}
		found = r.Name
	}
	return []string{"arm: the caller has only " + found, "the request needs " + f.action()}, found != ""
}

// notAllowedObject holds when the account's list of object ids is known and the
// caller is not on it.
func notAllowedObject(f *facts) ([]string, bool) {
	oid := f.claimText("oid")
	list := f.named("service_config", "allowed_object_ids", "accessPolicies", "allowedObjectIds", "objectId")
	for _, n := range list {
		if strings.EqualFold(n.text(), oid) {
			return nil, false
		}
	}
	return []string{"service_config: " + oid + " is not among the allowed object ids"}, oid != "" && len(list) > 0
}
