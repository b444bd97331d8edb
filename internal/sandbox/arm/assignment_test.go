package arm_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"hdstest/internal/entra"
	"hdstest/internal/sandbox/arm"
	"hdstest/internal/sandbox/directory"
)

const (
	fhirReader = "4c8d0bbc-75d3-4935-991f-5f3c56d81508"
	newName    = "5a4db0c5-0000-4000-b000-000000000001"
	otherName  = "5a4db0c5-0000-4000-b000-000000000002"
)

func TestAssign(t *testing.T) {
	w := newWorld(t)
	path := fhirService + roles + "/" + newName + version
	made := w.ok(201, "PUT", path, assignment(fhirReader, clientID, "ServicePrincipal"))
	if made.body["name"] != newName || made.body["id"] != fhirService+roles+"/"+newName || made.property("principalType") != "ServicePrincipal" ||
		made.property("scope") != fhirService || made.property("createdBy") != ownerID {
		t.Errorf("made: %s", made.raw)
	}
	w.directory.View(func(s *directory.State) {
		if !s.Allowed(clientID, fhirService, entra.DataAction(entra.FHIR, entra.ActionRead), now) {
			t.Error("the data service does not honour it")
		}
	})
	w.ok(200, "PUT", path, assignment(fhirReader, clientID, "ServicePrincipal"))
	send := func(path, body string) reply { return w.send(w.token(ownerID), "PUT", path+version, body) }
	send(fhirService+roles+"/"+otherName, assignment(fhirReader, clientID, "")).
		refused(t, 409, "RoleAssignmentExists", "The ID of the existing role assignment is "+strings.ReplaceAll(newName, "-", "")+".")
	send(workspace+roles+"/"+newName, assignment(fhirReader, clientID, "")).
		refused(t, 400, "RoleAssignmentUpdateNotPermitted", "are not allowed to be updated")
	w.ok(201, "PUT", workspace+roles+"/"+otherName+version, assignment(fhirReader, clientID, ""))
	w.ok(200, "GET", path, "")
	if gone := w.ok(200, "DELETE", path, ""); gone.body["name"] != newName {
		t.Errorf("a delete shows what it was: %s", gone.raw)
	}
	w.ok(204, "DELETE", path, "")
	w.ok(404, "GET", path, "")
}

func TestAssignRefused(t *testing.T) {
	const long = "https://aka.ms/docs-principaltype"
	for name, row := range map[string]struct {
		name, body, version, code, message string
	}{
		"name is no GUID":              {"x", assignment(fhirReader, clientID, ""), "", "InvalidRoleAssignmentId", "must be a GUID"},
		"principal is no GUID":         {"", assignment(fhirReader, "x", ""), "", "InvalidPrincipalId", "'x' is not valid"},
		"role is no id":                {"", `{"properties":{"roleDefinitionId":"Reader","principalId":"` + clientID + `"}}`, "", "InvalidRoleDefinitionId", "Reader"},
		"unknown role":                 {"", assignment(tenantID, clientID, ""), "", "RoleDefinitionDoesNotExist", strings.ReplaceAll(tenantID, "-", "")},
		"role of another subscription": {"", strings.Replace(assignment(fhirReader, clientID, ""), subscriptionID, tenantID, 1), "", "RoleDefinitionDoesNotExist", ""},
		"unknown principal":            {"", assignment(fhirReader, tenantID, ""), "", "PrincipalNotFound", long},
		"app id for the object id":     {"", assignment(fhirReader, appID, ""), "", "PrincipalNotFound", "does not exist in the directory " + tenantID},
		"application's object id":      {"", assignment(fhirReader, objectID, "ServicePrincipal"), "", "PrincipalTypeNotSupported", "Principals of type Application"},
		"user named as app":            {"", assignment(fhirReader, userID, "ServicePrincipal"), "", "UnmatchedPrincipalType", "has type 'User'"},
		"unknown type":                 {"", assignment(fhirReader, userID, "Robot"), "", "InvalidPrincipalType", "Robot"},
		"old version has no type":      {"", assignment(fhirReader, tenantID, "ServicePrincipal"), "?api-version=2015-07-01", "PrincipalNotFound", long},
		"no JSON":                      {"", "{", "", "InvalidRequestContent", "could not be deserialized"},
		"empty":                        {"", "{}", "", "InvalidPrincipalId", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			at, v := row.name, row.version
			if at == "" {
				at = newName
			}
			if v == "" {
				v = version
			}
			w.send(w.token(ownerID), "PUT", fhirService+roles+"/"+at+v, row.body).refused(t, 400, row.code, row.message)
		})
	}
	w := newWorld(t)
	body := strings.Replace(assignment(fhirReader, clientID, ""), `"principalId"`, `"condition":"x","principalId"`, 1)
	w.send(w.token(ownerID), "PUT", fhirService+roles+"/"+newName+version, body).refused(t, 501, "NotImplemented", "conditions")
}

// TestNewPrincipal shows that principalType spares a principal that has not
// replicated, and that its absence does not.
func TestNewPrincipal(t *testing.T) {
	w := newWorld(t)
	_ = w.directory.Update(func(s *directory.State) error {
		s.ServicePrincipals[clientID].VisibleFrom = now.Add(time.Second)
		return nil
	})
	path := fhirService + roles + "/" + newName + version
	w.send(w.token(ownerID), "PUT", path, assignment(fhirReader, clientID, "")).refused(t, 400, "PrincipalNotFound", "replication delay")
	w.ok(201, "PUT", path, assignment(fhirReader, clientID, "ServicePrincipal"))
}

func TestRolePending(t *testing.T) {
	w := newWorld(t)
	w.scenarios.Enable("role-pending")
	w.ok(201, "PUT", fhirService+roles+"/"+newName+version, assignment(fhirReader, clientID, ""))
	read := entra.DataAction(entra.FHIR, entra.ActionRead)
	w.directory.View(func(s *directory.State) {
		if s.Allowed(clientID, fhirService, read, now) || !s.Allowed(clientID, fhirService, read, now.Add(10*time.Minute)) {
			t.Error("it counts after ten minutes, not before")
		}
	})
	if r := w.ok(200, "GET", fhirService+roles+version+"&$filter=principalId eq '"+clientID+"'", ""); len(r.values()) != 1 {
		t.Errorf("it is listed at once: %s", r.raw)
	}
}

func TestListAssignments(t *testing.T) {
	w := newWorld(t)
	w.give(clientID, fhirReader, fhirService)
	w.give(clientID, fhirReader, group)
	for name, row := range map[string]struct {
		scope, filter string
		want          int
	}{
		"above, at and below":      {workspace, "", 3},
		"atScope leaves out below": {workspace, "atScope()", 2},
		"of a principal":           {subscription, "principalId eq '" + clientID + "'", 2},
		"assigned to":              {subscription, "assignedTo('" + clientID + "')", 2},
		"both":                     {workspace, "atScope() and assignedTo('" + clientID + "')", 1},
		"case of the filter":       {workspace, "AtScope() AND AssignedTo( '" + clientID + "' )", 1},
		"of nobody":                {subscription, "principalId eq '" + userID + "'", 0},
		"double slash":             {"/" + fhirService + "/", "", 3},
		"case of the path":         {strings.ToUpper(workspace), "atScope()", 2},
	} {
		r := w.ok(200, "GET", row.scope+roles+version+"&$filter="+url.QueryEscape(row.filter), "")
		if len(r.values()) != row.want {
			t.Errorf("%s: want %d, got %s", name, row.want, r.raw)
		}
	}
	for _, filter := range []string{"atScope", "principalId eq x", "principalId eq 'a' or atScope()", "roleName eq 'x'", "atScope() and",
		"atScope() atScope()", "atScope() and atScope()"} {
		w.send(w.token(ownerID), "GET", subscription+roles+version+"&$filter="+url.QueryEscape(filter), "").refused(t, 400, "BadRequestFormat", "")
	}
}

func TestLastOwner(t *testing.T) {
	w := newWorld(t)
	path := subscription + roles + "/5a4db0c5-0000-4000-a000-000000000001" + version
	w.send(w.token(ownerID), "DELETE", path, "").refused(t, 403, "LastOwnerRoleAssignment", "Cannot delete the last RBAC admin assignment")
	w.give(userID, arm.RoleOwner, subscription)
	w.ok(200, "DELETE", path, "")
}

func TestDefinitions(t *testing.T) {
	w := newWorld(t)
	for filter, want := range map[string]int{"": 13, "roleName eq 'FHIR Data Reader'": 1, "roleName eq 'No such role'": 0,
		"type eq 'BuiltInRole'": 13, "type eq 'CustomRole'": 0, "atScopeAndBelow()": 13} {
		r := w.ok(200, "GET", fhirService+definitions+"?api-version=2022-05-01-preview&$filter="+url.QueryEscape(filter), "")
		if len(r.values()) != want {
			t.Errorf("%q: want %d, got %s", filter, want, r.raw)
		}
	}
	r := w.ok(200, "GET", subscription+definitions+"/"+fhirReader+version, "")
	if r.property("roleName") != "FHIR Data Reader" || r.body["id"] != entra.RoleDefinitionID(subscriptionID, fhirReader) ||
		!strings.Contains(r.raw, `"actions":[]`) || !strings.Contains(r.raw, "fhirservices/resources/read") {
		t.Errorf("the role: %s", r.raw)
	}
}
