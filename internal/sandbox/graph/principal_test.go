package graph_test

import (
	"strings"
	"testing"
	"time"

	"hdstest/internal/entra"
)

// register makes an application with its principal.
func (w *world) register(name string) (app, principal reply) {
	w.t.Helper()
	app = w.ok(201, "POST", "/v1.0/applications", `{"displayName":"`+name+`"}`)
	return app, w.ok(201, "POST", "/v1.0/servicePrincipals", `{"appId":"`+app.text("appId")+`"}`)
}

func TestPrincipal(t *testing.T) {
	w := newWorld(t)
	app, sp := w.register("x")
	if sp.text("displayName") != "x" || sp.body["accountEnabled"] != true || sp.text("appOwnerOrganizationId") != tenantID {
		t.Errorf("defaults: %s", sp.raw)
	}
	again := w.send(w.admin(), "POST", "/v1.0/servicePrincipals", `{"appId":"`+app.text("appId")+`"}`)
	again.refused(t, 409, "Request_MultipleObjectsWithSameKeyValue", "is already in use")
	if !strings.Contains(again.raw, `"code":"ObjectConflict"`) {
		t.Errorf("want details, got %s", again.raw)
	}
	w.ok(204, "PATCH", "/v1.0/applications/"+app.text("id"), `{"displayName":"y","identifierUris":["api://y"],"api":{"requestedAccessTokenVersion":2}}`)
	got := w.ok(200, "GET", "/v1.0/servicePrincipals(appId='"+app.text("appId")+"')", "")
	if got.text("displayName") != "y" || !strings.Contains(got.raw, `"servicePrincipalNames":["`+app.text("appId")+`","api://y"]`) {
		t.Errorf("a principal mirrors its application: %s", got.raw)
	}
	w.ok(204, "PATCH", "/v1.0/servicePrincipals/"+sp.text("id"), `{"accountEnabled":false,"notes":"n","tags":["a"]}`)
	if got := w.ok(200, "GET", "/v1.0/servicePrincipals/"+sp.text("id"), ""); got.body["accountEnabled"] != false || got.text("notes") != "n" {
		t.Errorf("patched: %s", got.raw)
	}
	w.ok(204, "DELETE", "/v1.0/servicePrincipals/"+sp.text("id"), "")
	w.ok(404, "GET", "/v1.0/servicePrincipals/"+sp.text("id"), "")
	w.ok(200, "GET", "/v1.0/applications/"+app.text("id"), "")
	w.ok(201, "PATCH", "/v1.0/servicePrincipals(appId='"+app.text("appId")+"')", `{"displayName":"y"}`, "Prefer", "create-if-missing")
}

func TestPrincipalRefused(t *testing.T) {
	w := newWorld(t)
	r := w.send(w.admin(), "POST", "/v1.0/servicePrincipals", `{"appId":"11111111-1111-4111-8111-111111111111"}`)
	r.refused(t, 400, "Request_BadRequest", "does not reference a valid application object.")
	if !strings.Contains(r.raw, `"code":"NoBackingApplicationObject"`) || !strings.Contains(r.raw, `"target":"appId"`) {
		t.Errorf("want details, got %s", r.raw)
	}
	_, sp := w.register("x")
	path := "/v1.0/servicePrincipals/" + sp.text("id")
	for body, message := range map[string]string{
		`{"appId":"11111111-1111-4111-8111-111111111111"}`: "'appId' is read-only",
		`{"foo":1}`:              "Invalid property 'foo'.",
		`{"displayName":""}`:     "A value is required",
		`{"accountEnabled":"a"}`: "accountEnabled",
	} {
		w.send(w.admin(), "PATCH", path, body).refused(t, 400, "Request_BadRequest", message)
	}
	w.send(w.admin(), "PATCH", path, `{"keyCredentials":[{}]}`).refused(t, 501, "NotImplemented", "keyCredentials")
	w.send(w.admin(), "POST", "/v1.0/servicePrincipals", `{}`).refused(t, 400, "Request_BadRequest", "appId")
}

// TestReplication shows the sequence that follows a create: 404, then
// NoBackingApplicationObject, then the principal that is not found yet.
func TestReplication(t *testing.T) {
	w := newWorld(t)
	w.scenarios.Enable("replication-delay")
	app := w.ok(201, "POST", "/v1.0/applications", `{"displayName":"x"}`)
	path, body := "/v1.0/applications/"+app.text("id"), `{"appId":"`+app.text("appId")+`"}`
	w.ok(404, "GET", path, "")
	w.ok(404, "POST", path+"/addPassword", "")
	w.send(w.admin(), "POST", "/v1.0/servicePrincipals", body).refused(t, 400, "Request_BadRequest", "does not reference")
	if r := w.ok(200, "GET", "/v1.0/applications?$filter=appId eq '"+app.text("appId")+"'", ""); len(r.values()) != 0 {
		t.Errorf("not in a list either: %s", r.raw)
	}
	w.pass(3 * time.Second)
	w.ok(200, "GET", path, "")
	sp := w.ok(201, "POST", "/v1.0/servicePrincipals", body).text("id")
	w.ok(404, "GET", "/v1.0/servicePrincipals/"+sp, "")
	graph := w.ok(200, "GET", "/v1.0/servicePrincipals(appId='"+entra.GraphAppID+"')", "").text("id")
	w.send(w.admin(), "POST", "/v1.0/servicePrincipals/"+graph+"/appRoleAssignedTo", `{"principalId":"`+sp+`","resourceId":"`+graph+
		`","appRoleId":"9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30"}`).refused(t, 400, "Request_BadRequest", "Not a valid reference update")
	w.pass(3 * time.Second)
	w.ok(200, "GET", "/v1.0/servicePrincipals/"+sp, "")
}

func TestDICOMScenarios(t *testing.T) {
	w := newWorld(t)
	path := "/v1.0/servicePrincipals(appId='" + entra.DICOMAppID + "')"
	if r := w.ok(200, "GET", path, ""); !strings.Contains(r.raw, `"Dicom.ReadWrite"`) {
		t.Errorf("want Dicom.ReadWrite, got %s", r.raw)
	}
	w.scenarios.Enable("no-dicom-principal")
	w.ok(404, "GET", path, "")
	if r := w.ok(200, "GET", "/v1.0/servicePrincipals?$filter=servicePrincipalNames/any(c:c eq 'https://dicom.healthcareapis.azure.com')", ""); len(r.values()) != 0 {
		t.Errorf("not in a list: %s", r.raw)
	}
	w.ok(201, "POST", "/v1.0/servicePrincipals", `{"appId":"`+entra.DICOMAppID+`"}`)
	if r := w.ok(200, "GET", path, ""); !strings.Contains(r.raw, "https://dicom.healthcareapis.azure.com/") {
		t.Errorf("added by hand it is there: %s", r.raw)
	}
}

func TestDICOMScopeRenamed(t *testing.T) {
	w := newWorld(t)
	w.scenarios.Enable("dicom-scope-renamed")
	r := w.ok(200, "GET", "/v1.0/servicePrincipals(appId='"+entra.DICOMAppID+"')", "")
	if !strings.Contains(r.raw, `"value":"user_impersonation"`) || strings.Contains(r.raw, "Dicom.ReadWrite") {
		t.Errorf("want user_impersonation alone, got %s", r.raw)
	}
}

// TestPrincipalParts walks what hangs below a principal as below an application.
func TestPrincipalParts(t *testing.T) {
	w := newWorld(t)
	app, sp := w.register("x")
	path := "/v1.0/servicePrincipals/" + sp.text("id")
	secret := w.ok(200, "POST", path+"/addPassword", "")
	if secret.text("secretText") == "" || !strings.Contains(w.ok(200, "GET", path, "").raw, secret.text("keyId")) {
		t.Errorf("a principal's own secret: %s", secret.raw)
	}
	w.ok(204, "POST", path+"/removePassword", `{"keyId":"`+secret.text("keyId")+`"}`)
	w.ok(400, "POST", path+"/removePassword", `{"keyId":"`+secret.text("keyId")+`"}`)
	w.ok(204, "POST", path+"/owners/$ref", `{"@odata.id":"`+w.server.URL+`/v1.0/users/`+userID+`"}`)
	if r := w.ok(200, "GET", path+"/owners", ""); len(r.values()) != 1 {
		t.Errorf("owners: %s", r.raw)
	}
	w.ok(204, "DELETE", path+"/owners/"+userID+"/$ref", "")
	w.ok(404, "DELETE", path+"/owners/"+userID+"/$ref", "")
	bin := "/v1.0/directory/deletedItems/" + sp.text("id")
	w.ok(204, "DELETE", path, "")
	if r := w.ok(200, "GET", bin, ""); r.text("@odata.type") != "#microsoft.graph.servicePrincipal" {
		t.Errorf("in the bin: %s", r.raw)
	}
	again := w.ok(201, "POST", "/v1.0/servicePrincipals", `{"appId":"`+app.text("appId")+`"}`).text("id")
	w.send(w.admin(), "POST", bin+"/restore", "").refused(t, 409, "Request_MultipleObjectsWithSameKeyValue", "already in use")
	w.ok(204, "DELETE", "/v1.0/servicePrincipals/"+again, "")
	w.ok(200, "POST", bin+"/restore", "")
	w.ok(200, "GET", path, "")
}

func TestGrants(t *testing.T) {
	w := newWorld(t)
	_, client := w.register("x")
	api := w.ok(200, "GET", "/v1.0/servicePrincipals(appId='"+entra.DICOMAppID+"')", "").text("id")
	body := func(kind, more string) string {
		return `{"clientId":"` + client.text("id") + `","consentType":"` + kind + `","resourceId":"` + api + `","scope":"Dicom.ReadWrite"` + more + `}`
	}
	made := w.ok(201, "POST", "/v1.0/oauth2PermissionGrants", body("AllPrincipals", ""))
	w.ok(201, "POST", "/v1.0/oauth2PermissionGrants", body("Principal", `,"principalId":"`+userID+`"`))
	w.send(w.admin(), "POST", "/v1.0/oauth2PermissionGrants", body("AllPrincipals", "")).
		refused(t, 409, "Request_MultipleObjectsWithSameKeyValue", "Permission entry already exists.")
	for bad, message := range map[string]string{
		body("Everybody", ""):                                "consentType",
		body("Principal", ""):                                "principalId",
		body("AllPrincipals", `,"principalId":"`+userID+`"`): "principalId",
		`{"consentType":"AllPrincipals","scope":"a"}`:        "clientId",
		body("AllPrincipals", `,"foo":1`):                    "foo",
	} {
		w.send(w.admin(), "POST", "/v1.0/oauth2PermissionGrants", bad).refused(t, 400, "Request_BadRequest", message)
	}
	w.send(w.admin(), "POST", "/v1.0/oauth2PermissionGrants", strings.Replace(body("AllPrincipals", ""), api, tenantID, 1)).
		refused(t, 404, "Directory_ObjectNotFound", tenantID)
	path := "/v1.0/oauth2PermissionGrants/" + made.text("id")
	w.ok(204, "PATCH", path, `{"scope":"a b"}`)
	if r := w.ok(200, "GET", path, ""); r.text("scope") != "a b" {
		t.Errorf("patched: %s", r.raw)
	}
	w.ok(400, "PATCH", path, `{"clientId":"`+api+`"}`)
	for filter, want := range map[string]int{"clientId eq '" + client.text("id") + "'": 2, "consentType eq 'Principal'": 1,
		"clientId eq '" + client.text("id") + "' and principalId eq null": 1, "resourceId eq '" + tenantID + "'": 0} {
		if r := w.ok(200, "GET", "/v1.0/oauth2PermissionGrants?$filter="+filter, ""); len(r.values()) != want {
			t.Errorf("%s: want %d, got %s", filter, want, r.raw)
		}
	}
	if r := w.ok(200, "GET", "/v1.0/servicePrincipals/"+client.text("id")+"/oauth2PermissionGrants", ""); len(r.values()) != 2 {
		t.Errorf("want two, got %s", r.raw)
	}
	w.ok(204, "DELETE", path, "")
	w.ok(404, "GET", path, "")
	w.ok(204, "DELETE", "/v1.0/servicePrincipals/"+client.text("id"), "")
	if r := w.ok(200, "GET", "/v1.0/oauth2PermissionGrants", ""); len(r.values()) != 0 {
		t.Errorf("grants go with their client: %s", r.raw)
	}
}

func TestAppRoles(t *testing.T) {
	w := newWorld(t)
	_, client := w.register("x")
	graph := w.ok(200, "GET", "/v1.0/servicePrincipals(appId='"+entra.GraphAppID+"')", "").text("id")
	dicom := w.ok(200, "GET", "/v1.0/servicePrincipals(appId='"+entra.DICOMAppID+"')", "").text("id")
	body := func(resource, role string) string {
		return `{"principalId":"` + client.text("id") + `","resourceId":"` + resource + `","appRoleId":"` + role + `"}`
	}
	const readAll = "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30"
	at, of := "/v1.0/servicePrincipals/"+graph+"/appRoleAssignedTo", "/v1.0/servicePrincipals/"+client.text("id")+"/appRoleAssignments"
	made := w.ok(201, "POST", at, body(graph, readAll))
	if made.text("principalType") != "ServicePrincipal" || made.text("resourceDisplayName") != "Microsoft Graph" {
		t.Errorf("names: %s", made.raw)
	}
	for name, row := range map[string]struct{ path, body, message string }{
		"twice":              {of, body(graph, readAll), "Permission being assigned already exists on the object"},
		"unknown role":       {of, body(graph, tenantID), "was not found on application"},
		"default with roles": {of, body(graph, "00000000-0000-0000-0000-000000000000"), "was not found on application"},
		"other path":         {at, body(dicom, readAll), "path"},
		"no GUID":            {at, body(graph, "x"), "appRoleId"},
	} {
		t.Run(name, func(t *testing.T) {
			w.send(w.admin(), "POST", row.path, row.body).refused(t, 400, "Request_BadRequest", row.message)
		})
	}
	// An app without roles can still be assigned to.
	w.ok(201, "POST", of, body(dicom, "00000000-0000-0000-0000-000000000000"))
	if r := w.ok(200, "GET", of+"?$filter=resourceId eq "+graph, ""); len(r.values()) != 1 {
		t.Errorf("want one, got %s", r.raw)
	}
	w.ok(200, "GET", at+"/"+made.text("id"), "")
	w.ok(200, "GET", of+"/"+made.text("id"), "")
	w.ok(404, "GET", strings.Replace(at, graph, dicom, 1)+"/"+made.text("id"), "")
	if r := w.ok(200, "GET", at+"?$select=principalDisplayName", ""); len(r.values()) != 1 || r.values()[0]["principalDisplayName"] != "x" {
		t.Errorf("assigned at Graph: %s", r.raw)
	}
	w.ok(204, "DELETE", of+"/"+made.text("id"), "")
	w.ok(404, "DELETE", at+"/"+made.text("id"), "")
}

func TestOwners(t *testing.T) {
	w := newWorld(t)
	app, _ := w.register("x")
	path := "/v1.0/applications/" + app.text("id") + "/owners"
	body := `{"@odata.id":"` + w.server.URL + `/v1.0/directoryObjects/` + userID + `"}`
	w.ok(204, "POST", path+"/$ref", body)
	w.send(w.admin(), "POST", path+"/$ref", body).refused(t, 400, "Request_BadRequest", "already exist for the following modified properties: 'owners'")
	w.send(w.admin(), "POST", path+"/$ref", `{"@odata.id":"https://graph.microsoft.com/v1.0/directoryObjects/`+userID+`"}`).
		refused(t, 400, "Request_BadRequest", "@odata.id")
	w.send(w.admin(), "POST", path+"/$ref", strings.Replace(body, userID, tenantID, 1)).refused(t, 404, "Request_ResourceNotFound", tenantID)
	if r := w.ok(200, "GET", path+"?$select=id", ""); len(r.values()) != 1 {
		t.Errorf("want one owner, got %s", r.raw)
	}
	w.ok(204, "DELETE", path+"/"+userID+"/$ref", "")
	w.ok(404, "DELETE", path+"/"+userID+"/$ref", "")
}

func TestSmallResources(t *testing.T) {
	w := newWorld(t)
	if r := w.ok(200, "GET", "/v1.0/organization", ""); len(r.values()) != 1 || r.values()[0]["id"] != tenantID {
		t.Errorf("organization: %s", r.raw)
	}
	w.ok(200, "GET", "/v1.0/organization/"+tenantID, "")
	w.ok(404, "GET", "/v1.0/organization/"+userID, "")
	for _, at := range []string{userID, "user@" + domain} {
		if r := w.ok(200, "GET", "/v1.0/users/"+at, ""); r.text("id") != userID {
			t.Errorf("user: %s", r.raw)
		}
	}
	w.ok(404, "GET", "/v1.0/users/nobody@"+domain, "")
	for filter, want := range map[string]int{"accountEnabled eq true": 1, "accountEnabled": 1, "accountEnabled eq false": 0,
		"mail eq null": 1, "mail eq 'null'": 0, "userPrincipalName eq 'user@" + domain + "'": 1} {
		if r := w.ok(200, "GET", "/v1.0/users?$filter="+filter, ""); len(r.values()) != want {
			t.Errorf("%s: want %d, got %s", filter, want, r.raw)
		}
	}
	for filter, want := range map[string]int{"mail ne null": 0, "displayName ne null": 1, "accountEnabled ne false": 1, "mail ne 'x'": 1} {
		if r := w.ok(200, "GET", "/v1.0/users?$count=true&$filter="+filter, "", "ConsistencyLevel", "eventual"); len(r.values()) != want {
			t.Errorf("%s: want %d, got %s", filter, want, r.raw)
		}
	}
	w.ok(404, "GET", "/v1.0/directoryObjects/"+tenantID, "")
	w.ok(400, "GET", "/v1.0/directoryObjects/x", "")
	if r := w.ok(200, "GET", "/v1.0/directoryObjects/"+adminID, ""); r.text("@odata.type") != "#microsoft.graph.servicePrincipal" {
		t.Errorf("directoryObject: %s", r.raw)
	}
	r := w.ok(200, "POST", "/v1.0/directoryObjects/getByIds", `{"ids":["`+adminID+`","`+userID+`","`+tenantID+`"],"types":["user"]}`)
	if len(r.values()) != 1 || r.values()[0]["id"] != userID {
		t.Errorf("getByIds: %s", r.raw)
	}
	w.ok(400, "POST", "/v1.0/directoryObjects/getByIds", `{"ids":["x"]}`)
}
