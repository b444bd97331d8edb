package graph_test

import (
	"net/url"
	"strings"
	"testing"
)

// TestAzureCLI sends what az ad sends, as recorded with versions 2.45.0 and
// 2.74.0: the look-ups before each command, and its headers.
func TestAzureCLI(t *testing.T) {
	w := newWorld(t)
	headers := []string{"x-ms-client-request-id", "1", "CommandName", "ad app create", "ParameterSetName", "--display-name",
		"User-Agent", "AZURECLI/2.74.0", "Accept", "*/*"}
	get := func(path, filter string) reply {
		if filter != "" {
			path += "?$filter=" + strings.ReplaceAll(url.QueryEscape(filter), "+", "%20")
		}
		return w.ok(200, "GET", "/v1.0"+path, "", headers...)
	}
	// az ad app create --display-name
	get("/applications", "startswith(displayName,'D')")
	app := w.ok(201, "POST", "/v1.0/applications", `{"displayName": "D", "keyCredentials": []}`, headers...)
	id, appID := app.text("id"), app.text("appId")
	if r := get("/applications", "startswith(displayName,'D')"); len(r.values()) != 1 {
		t.Errorf("az ad app list --display-name: %s", r.raw)
	}
	w.ok(204, "PATCH", "/v1.0/applications/"+id, `{"isFallbackPublicClient": true}`, headers...)
	// az ad app credential reset --id
	get("/applications", "appId eq '"+appID+"'")
	w.send(w.admin(), "GET", "/v1.0/applications/"+appID, "", headers...).refused(t, 404, "Request_ResourceNotFound", appID)
	r := w.ok(200, "POST", "/v1.0/applications/"+id+"/addPassword",
		`{"passwordCredential": {"displayName": null, "startDateTime": "2026-03-01T12:00:00Z", "endDateTime": "2027-03-01T12:00:00Z"}}`, headers...)
	if r.text("secretText") == "" || r.text("endDateTime") != "2027-03-01T12:00:00Z" {
		t.Errorf("credential reset: %s", r.raw)
	}
	// az ad sp create --id, az ad sp show --id, az ad sp list --display-name
	sp := w.ok(201, "POST", "/v1.0/servicePrincipals", `{"appId": "`+appID+`", "accountEnabled": true}`, headers...).text("id")
	for _, filter := range []string{"servicePrincipalNames/any(c:c eq '" + appID + "')", "startswith(displayName,'D')"} {
		if r := get("/servicePrincipals", filter); len(r.values()) != 1 || r.values()[0]["id"] != sp {
			t.Errorf("%s: %s", filter, r.raw)
		}
	}
	get("/servicePrincipals/"+sp, "")
	get("/applications/"+id+"/federatedIdentityCredentials", "")
	// az role assignment list looks names up
	names := w.ok(200, "POST", "/v1.0/directoryObjects/getByIds", `{"ids": ["`+sp+`"], "types": ["user", "group", "servicePrincipal", "directoryObjectPartnerReference"]}`, headers...)
	if v := names.values(); len(v) != 1 || v[0]["@odata.type"] != "#microsoft.graph.servicePrincipal" || v[0]["displayName"] != "D" {
		t.Errorf("getByIds: %s", names.raw)
	}
	w.ok(204, "DELETE", "/v1.0/applications/"+id, "", headers...)
}
