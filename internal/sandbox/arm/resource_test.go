package arm_test

import (
	"strings"
	"testing"

	"hdstest/internal/sandbox/arm"
)

func TestEndpoints(t *testing.T) {
	w := newWorld(t)
	now := w.send("", "GET", "/metadata/endpoints?api-version=2022-09-01", "")
	authentication, _ := now.body["authentication"].(map[string]any)
	audiences, _ := authentication["audiences"].([]any)
	if now.status != 200 || now.body["name"] == nil || authentication["loginEndpoint"] != login || len(audiences) == 0 || audiences[0] != w.server.URL ||
		now.body["microsoftGraphResourceId"] != "https://localhost:2" || now.body["suffixes"] == nil {
		t.Errorf("2022: %s", now.raw)
	}
	if r := w.send("", "GET", "//metadata/endpoints?api-version=2015-01-01", ""); r.body["graphEndpoint"] != "https://localhost:2/" || r.body["galleryEndpoint"] == nil {
		t.Errorf("2015: %s", r.raw)
	}
	if r := w.send("", "GET", "/metadata/endpoints?api-version=2019-05-01", ""); !strings.HasPrefix(r.raw, "[{") {
		t.Errorf("2019: %s", r.raw)
	}
	w.send("", "GET", "/metadata/endpoints", "").refused(t, 400, "MissingApiVersionParameter", "")
}

func TestSubscriptions(t *testing.T) {
	w := newWorld(t)
	for _, version := range []string{"2019-11-01", "2022-12-01", "2016-06-01"} {
		r := w.ok(200, "GET", "/subscriptions?api-version="+version, "")
		if len(r.values()) != 1 || !strings.Contains(r.raw, `"subscriptionId":"`+subscriptionID+`"`) || !strings.Contains(r.raw, `"tenantId":"`+tenantID+`"`) {
			t.Errorf("%s: %s", version, r.raw)
		}
	}
	if r := w.send(w.token(clientID), "GET", "/subscriptions?api-version=2022-12-01", ""); r.status != 200 || len(r.values()) != 0 {
		t.Errorf("without a role there is no subscription: %s", r.raw)
	}
	if r := w.send(w.token(clientID), "GET", "/tenants?api-version=2022-12-01", ""); len(r.values()) != 1 {
		t.Errorf("tenants: %s", r.raw)
	}
	w.ok(200, "GET", subscription+"/resourceGroups?api-version=2021-04-01", "")
	if r := w.ok(200, "GET", strings.ToLower(group)+"?api-version=2021-04-01", ""); r.body["id"] != group {
		t.Errorf("group: %s", r.raw)
	}
}

// TestResources lists resources as az resource list does.
func TestResources(t *testing.T) {
	w := newWorld(t)
	const at = "/resources?api-version=2021-04-01&$expand=createdTime&$filter="
	for filter, want := range map[string]int{"": 3, "resourceType%20eq%20'Microsoft.HealthcareApis/workspaces/fhirservices'": 1,
		"resourceGroup%20eq%20'HDSTEST-sandbox'": 3, "resourceGroup%20eq%20'x'": 0, "name%20eq%20'sandbox'": 1} {
		for _, scope := range []string{subscription, group} {
			if r := w.ok(200, "GET", scope+at+filter, ""); len(r.values()) != want {
				t.Errorf("%s: want %d, got %s", filter, want, r.raw)
			}
		}
	}
	w.ok(400, "GET", subscription+at+"tagName%20eq%20'x'", "")
	w.give(clientID, arm.RoleReader, fhirService)
	if r := w.send(w.token(clientID), "GET", subscription+at, ""); len(r.values()) != 1 || !strings.Contains(r.raw, fhirService) {
		t.Errorf("only what the caller can read: %s", r.raw)
	}
	w.send(w.token(clientID), "GET", subscription+"/providers/Microsoft.HealthcareApis?api-version=2021-04-01", "").
		refused(t, 403, "AuthorizationFailed", "providers/read")
	r := w.ok(200, "GET", subscription+"/providers/microsoft.healthcareapis?api-version=2021-04-01", "")
	if r.body["registrationState"] != "Registered" || !strings.Contains(r.raw, `"resourceType":"workspaces/dicomservices"`) ||
		!strings.Contains(r.raw, `"apiVersions":["2025-04-01-preview","2025-03-01-preview","2024-03-31"`) {
		t.Errorf("provider: %s", r.raw)
	}
}

func TestHealthServices(t *testing.T) {
	w := newWorld(t)
	const at = "?api-version=2024-03-31"
	for _, scope := range []string{subscription, group} {
		if r := w.ok(200, "GET", scope+"/providers/Microsoft.HealthcareApis/workspaces"+at, ""); len(r.values()) != 1 {
			t.Errorf("workspaces: %s", r.raw)
		}
	}
	w.ok(200, "GET", workspace+at, "")
	for _, kind := range []string{"fhirservices", "dicomservices"} {
		if r := w.ok(200, "GET", workspace+"/"+kind+at, ""); len(r.values()) != 1 || !strings.Contains(r.raw, "workspaces/"+kind) {
			t.Errorf("%s: %s", kind, r.raw)
		}
	}
	fhir := w.ok(200, "GET", fhirService+at, "")
	if fhir.body["kind"] != "fhir-R4" || fhir.property("authenticationConfiguration", "audience") != "https://localhost:3" ||
		fhir.property("authenticationConfiguration", "authority") != login+"/"+tenantID || fhir.property("publicNetworkAccess") != "Enabled" {
		t.Errorf("fhir: %s", fhir.raw)
	}
	if old := w.ok(200, "GET", fhirService+"?api-version=2021-11-01", ""); strings.Contains(old.raw, "smartIdentityProviders") {
		t.Errorf("smartIdentityProviders came in 2023-12-01: %s", old.raw)
	}
	dicom := w.ok(200, "GET", workspace+"/dicomservices/dicom"+at, "")
	audiences, _ := dicom.property("authenticationConfiguration", "audiences").([]any)
	if dicom.property("serviceUrl") != "https://localhost:4" || len(audiences) != 2 {
		t.Errorf("dicom: %s", dicom.raw)
	}
	w.scenarios.Enable("private-link")
	if r := w.ok(200, "GET", fhirService+at, ""); r.property("publicNetworkAccess") != "Disabled" {
		t.Errorf("private link: %s", r.raw)
	}
	for _, path := range []string{workspace + "/iotconnectors", subscription + "/providers/Microsoft.HealthcareApis/services"} {
		if r := w.ok(200, "GET", path+at, ""); len(r.values()) != 0 || !strings.Contains(r.raw, "[]") {
			t.Errorf("%s: %s", path, r.raw)
		}
	}
	for _, path := range []string{workspace + "/fhirservices/other", workspace + "x", workspace + "x/fhirservices", workspace + "/iotconnectors/x"} {
		w.send(w.token(ownerID), "GET", path+at, "").refused(t, 404, "ResourceNotFound", "was not found")
	}
}
