package arm_test

import (
	"strings"
	"testing"
	"time"

	"hdstest/internal/sandbox/arm"
	"hdstest/internal/sandbox/keys"
)

func TestTokenRefused(t *testing.T) {
	w := newWorld(t)
	other, err := keys.Generate(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := keys.NewRing(other).Sign(map[string]any{"exp": now.Add(time.Hour).Unix()}, 1)
	if err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct{ token, code, message string }{
		"none":       {"", "AuthenticationFailed", "The 'Authorization' header is missing."},
		"no JWT":     {"x", "InvalidAuthenticationToken", "The access token is invalid."},
		"foreign":    {foreign, "InvalidAuthenticationToken", "The access token is invalid."},
		"expired":    {w.token(ownerID, "exp", now.Add(-time.Hour).Unix()), "ExpiredAuthenticationToken", "'3/1/2026 11:00:00 AM' is earlier than current UTC time '3/1/2026 12:00:00 PM'"},
		"for Graph":  {w.token(ownerID, "aud", "https://graph.microsoft.com"), "InvalidAuthenticationTokenAudience", "wrong audience or resource 'https://graph.microsoft.com'"},
		"of another": {w.token(ownerID, "iss", "https://sts.windows.net/x/"), "InvalidAuthenticationTokenTenant", "wrong issuer 'https://sts.windows.net/x/'"},
	} {
		t.Run(name, func(t *testing.T) {
			r := w.send(row.token, "GET", subscription+version, "")
			r.refused(t, 401, row.code, row.message)
			if want := `Bearer authorization_uri="` + login + "/" + tenantID + `", error="invalid_token"`; !strings.HasPrefix(r.header.Get("WWW-Authenticate"), want) {
				t.Errorf("want a challenge that begins %s, got %s", want, r.header.Get("WWW-Authenticate"))
			}
		})
	}
}

// TestOrder shows what is told before any token.
func TestOrder(t *testing.T) {
	w := newWorld(t)
	w.send("", "GET", "/subscriptions", "").refused(t, 400, "MissingApiVersionParameter", "(?api-version=) is required")
	w.send("", "GET", "/subscriptions?api-version=1", "").refused(t, 400, "InvalidApiVersionParameter", "'1'")
	w.send("", "GET", "/subscriptions?api-version=2013-01-01", "").refused(t, 400, "InvalidApiVersionParameter", "2014-04-01")
	w.send("", "GET", workspace+"?api-version=2021-11-02", "").refused(t, 400, "NoRegisteredProviderFound", "2024-03-31")
	w.send("", "GET", subscription+roles+"?api-version=2014-01-01", "").refused(t, 400, "NoRegisteredProviderFound", "roleassignments")
	w.send("", "GET", "/subscriptions/"+tenantID+version, "").refused(t, 404, "SubscriptionNotFound", tenantID)
	w.send("", "GET", "/subscriptions/x"+version, "").refused(t, 400, "InvalidSubscriptionId", "'x'")
	w.send("", "GET", subscription+version, "").refused(t, 401, "AuthenticationFailed", "")
	if r := w.send("", "GET", subscription+"?API-Version=2022-12-01", ""); r.status != 401 {
		t.Errorf("names of options in any case: %d %s", r.status, r.raw)
	}
}

func TestRights(t *testing.T) {
	const put = roles + "/5a4db0c5-0000-4000-b000-000000000001"
	body := assignment("4c8d0bbc-75d3-4935-991f-5f3c56d81508", userID, "User")
	for name, row := range map[string]struct {
		role, scope, method, path string
		want                      int
	}{
		"nothing":                               {"", "", "GET", subscription, 403},
		"Reader reads":                          {arm.RoleReader, subscription, "GET", fhirService, 200},
		"Reader gives nothing":                  {arm.RoleReader, subscription, "PUT", fhirService + put, 403},
		"Contributor reads assignments":         {arm.RoleContributor, subscription, "GET", subscription + roles, 200},
		"Contributor gives nothing":             {arm.RoleContributor, subscription, "PUT", fhirService + put, 403},
		"User Access Administrator gives":       {arm.RoleUserAccess, workspace, "PUT", fhirService + put, 201},
		"Owner of the group gives":              {arm.RoleOwner, group, "PUT", fhirService + put, 201},
		"Owner of the service gives there":      {arm.RoleOwner, fhirService, "PUT", fhirService + put, 201},
		"Owner of the service not above":        {arm.RoleOwner, fhirService, "PUT", workspace + put, 403},
		"a role for the group shows the parent": {arm.RoleReader, group, "GET", subscription, 200},
		"a data role is nothing here":           {"58a3b984-7adf-4c20-983a-32417c86fbc8", subscription, "GET", subscription, 403},
		"a data role reads no service":          {"5a1fc7df-4bf1-4951-a576-89034ee01acd", fhirService, "GET", fhirService, 403},
		"a data role lists no assignments":      {"5a1fc7df-4bf1-4951-a576-89034ee01acd", fhirService, "GET", fhirService + roles, 403},
		"no role lists roles of the tenant":     {"", "", "GET", definitions, 200},
		"no role lists no roles further down":   {"", "", "GET", subscription + definitions, 403},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			if row.role != "" {
				w.give(clientID, row.role, row.scope)
			}
			query := version
			if strings.HasSuffix(row.path, "/fhir") {
				query = "?api-version=2024-03-31"
			}
			r := w.send(w.token(clientID), row.method, row.path+query, body)
			if r.status != row.want {
				t.Errorf("want %d, got %d %s", row.want, r.status, r.raw)
			}
			if row.want == 403 {
				r.refused(t, 403, "AuthorizationFailed", "The client '"+appID+"' with object id '"+clientID+
					"' does not have authorization to perform action 'Microsoft.")
			}
		})
	}
	w := newWorld(t)
	w.send(w.token(userID), "GET", subscription+roles+version, "").refused(t, 403, "AuthorizationFailed",
		"The client 'user@sandbox.hdstest.invalid' with object id '"+userID+"'")
}

func TestAdministratorDenied(t *testing.T) {
	w := newWorld(t)
	w.scenarios.Enable("role-assignment-denied")
	path := fhirService + roles + "/5a4db0c5-0000-4000-b000-000000000001"
	w.send(w.token(ownerID), "PUT", path+version, assignment(arm.RoleReader, userID, "User")).
		refused(t, 403, "AuthorizationFailed", "'Microsoft.Authorization/roleAssignments/write' over scope '"+path+"'")
	w.send(w.token(ownerID), "DELETE", path+version, "").refused(t, 403, "AuthorizationFailed", "roleAssignments/delete")
	w.ok(200, "GET", fhirService+roles+version, "")
}

func TestNotThere(t *testing.T) {
	w := newWorld(t)
	for path, row := range map[string]struct {
		method, code string
		status       int
	}{
		"/":                         {"GET", "NotImplemented", 501},
		subscription + "/locations": {"GET", "NotImplemented", 501},
		subscription + "/providers": {"GET", "NotImplemented", 501},
		subscription + "/providers/Microsoft.Storage/storageAccounts": {"GET", "NotImplemented", 501},
		group:                {"PUT", "NotImplemented", 501},
		subscription + roles: {"POST", "NotImplemented", 501},
		"/providers/Microsoft.Management/managementGroups/x" + roles:     {"GET", "NotImplemented", 501},
		subscription + "/resourceGroups/other":                           {"GET", "ResourceGroupNotFound", 404},
		subscription + "/resourceGroups/other" + roles:                   {"GET", "ResourceGroupNotFound", 404},
		group + "/providers/Microsoft.Storage/storageAccounts/x" + roles: {"GET", "ResourceNotFound", 404},
		subscription + definitions + "/" + tenantID:                      {"GET", "RoleDefinitionDoesNotExist", 404},
		subscription + roles + "/" + tenantID:                            {"GET", "RoleAssignmentNotFound", 404},
		subscription + roles + "/a%2Fb":                                  {"GET", "InvalidResourceType", 404},
	} {
		w.send(w.token(ownerID), row.method, path+version, "{}").refused(t, row.status, row.code, "")
	}
	w.send(w.token(ownerID), "PUT", fhirService+"?api-version=2024-03-31", "{}").refused(t, 501, "NotImplemented", "fhirservices")
	r := w.ok(200, "GET", subscription+version, "")
	if r.header.Get("x-ms-request-id") == "" || r.header.Get("x-ms-correlation-request-id") == "" {
		t.Errorf("headers: %v", r.header)
	}
}
