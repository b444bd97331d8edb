//go:build e2e

package e2e_test

import (
	"slices"
	"testing"

	"hdstest/internal/entra"
)

// TestGraphClient drives @microsoft/microsoft-graph-client 3.0.7 through the life
// of an app registration.
//
// Source: learn.microsoft.com/graph/api, pages application-post-applications,
// -addpassword, -update, -list, -delete, serviceprincipal-post-serviceprincipals,
// -post-approleassignedto, oauth2permissiongrant-post,
// application-post-federatedidentitycredentials, directory-deleteditems-get;
// learn.microsoft.com/graph/errors and /graph/aad-advanced-queries. The texts of
// refusals are from public issue logs.
func TestGraphClient(t *testing.T) {
	s := startSandbox(t)
	j := newJudge(t, s, s.drive(t, nil, "node", "graph-client.mjs"))

	app := j.at("create application", map[string]any{"displayName": "graph-client's app", "signInAudience": "AzureADMyOrg",
		"publicClient/redirectUris/0": "http://localhost", "passwordCredentials/length": 0.0,
		"requiredResourceAccess/0/resourceAppId": entra.DICOMAppID})
	id, appID := place(app, "id"), place(app, "appId")
	j.that(id != nil && appID != nil && id != appID, "ids: %v and %v", id, appID)
	j.at("read application by id", map[string]any{"id": id, "appId": appID, "web": nil}) // $select leaves out the rest
	j.at("read application by app id", map[string]any{"id": id})
	principal := j.at("create service principal", map[string]any{"appId": appID, "servicePrincipalType": "Application",
		"appOwnerOrganizationId": s.TenantID, "accountEnabled": true})
	j.denied("create it again", 409, "Request_MultipleObjectsWithSameKeyValue")
	j.graphSecrets(s, appID, place(principal, "id"))
	j.graphChanges(id)
	j.graphSearches(id)
	j.graphRights(place(principal, "id"))
	throttled := j.at("throttled", map[string]any{"found": 1.0})
	seconds, _ := place(throttled, "seconds").(float64)
	j.that(seconds >= 2, "throttled: %v s for twice Retry-After: 1", seconds)

	j.denied("unknown id", 404, "Request_ResourceNotFound", "does not exist or one of its queried reference-property objects are not present.")
	j.denied("not in the sandbox", 501, "NotImplemented", "hdstest sandbox", "/v1.0/devices")
	j.denied("batch", 501, "NotImplemented", "hdstest sandbox", "$batch")
	j.at("delete", nil)
	j.denied("read it after", 404, "Request_ResourceNotFound")
	j.at("in the bin", map[string]any{"id": id, "@odata.type": "#microsoft.graph.application"})
	j.all()
	requests := s.requests(t, "node") // it names itself by an SdkVersion header only
	const name = "@microsoft/microsoft-graph-client"
	record(t, used{name, nodeVersion(t, name), requests, j.n})
}

// graphSecrets: the text is shown once, by addPassword alone, and is good at once.
func (j *judge) graphSecrets(s sandbox, appID, principal any) {
	j.t.Helper()
	password := j.at("add password", map[string]any{"displayName": "e2e", "customKeyIdentifier": nil})
	text, _ := place(password, "secretText").(string)
	j.that(len(text) >= 16 && len(text) <= 64, "secretText has %d characters", len(text))
	j.equal("hint", place(password, "hint"), any(text[:min(3, len(text))]))
	j.at("read passwords", map[string]any{"passwordCredentials/0/secretText": nil, "passwordCredentials/0/hint": text[:min(3, len(text))],
		"passwordCredentials/0/keyId": place(password, "keyId")})
	j.at("token of the new app", map[string]any{"appid": appID, "oid": principal, "sub": principal, "aud": entra.DICOMResource,
		"iss": s.Authority + "/"})
}

func (j *judge) graphChanges(id any) {
	j.t.Helper()
	j.at("patch application", nil) // 204 without a body
	j.at("read the change", map[string]any{"notes": "changed", "web/redirectUris/0": "https://localhost/signin",
		"publicClient/redirectUris/0": "http://localhost"})
	j.at("add federated credential", map[string]any{"name": "ci-main", "audiences/0": "api://AzureADTokenExchange"})
	j.at("list federated credentials", map[string]any{"value/length": 1.0, "value/0/subject": "repo:o/r:ref:refs/heads/main"})
	j.denied("federated credential with a short name", 400, "Request_BadRequest")
}

func (j *judge) graphSearches(id any) {
	j.t.Helper()
	for _, step := range []string{"filter by name", "filter by tag"} {
		j.at(step, map[string]any{"value/length": 1.0, "value/0/id": id})
	}
	j.at("filter by prefix", map[string]any{"value/length": 1.0, "value/0/displayName": "graph-client's app", "value/0/id": nil})
	j.at("filter by principal name", map[string]any{"value/length": 1.0, "value/0/appId": entra.DICOMAppID})
	j.denied("filter without the header", 400, "Request_UnsupportedQuery")
	counted := j.answer("filter with the header")
	j.equal("@odata.count", place(counted, "@odata.count"), place(counted, "value/length"))
	pages := j.at("pages", map[string]any{"first": 2.0})
	names, _ := place(pages, "names").([]any)
	j.that(len(names) > 4 && slices.Contains(names, any("Azure API for DICOM")), "pages: %q", names)
}

func (j *judge) graphRights(principal any) {
	j.t.Helper()
	j.at("grant consent", map[string]any{"clientId": principal, "consentType": "AllPrincipals", "principalId": nil, "scope": "Dicom.ReadWrite"})
	j.at("list grants", map[string]any{"value/length": 1.0, "value/0/scope": "Dicom.ReadWrite"})
	j.at("assign an app role", map[string]any{"principalId": principal, "principalType": "ServicePrincipal",
		"resourceDisplayName": "Microsoft Graph"})
	j.at("the new app reads", nil)
	j.denied("the new app may not write", 403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
	j.denied("an app without roles may not read", 403, "Authorization_RequestDenied")
}
