//go:build e2e

package e2e_test

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestFHIRKit drives fhir-kit-client 2.0.3, which knows FHIR and nothing of Azure.
//
// Source: hl7.org/fhir/R4/http.html and search.html for what a FHIR client may
// expect; for statuses, texts and headers of Azure Health Data Services
// learn.microsoft.com/azure/healthcare-apis/fhir/rest-api-capabilities and
// microsoft/fhir-server (OperationOutcomeExceptionFilterAttribute.cs,
// FhirController.cs, BundleFactory.cs, Startup.cs for the challenge).
func TestFHIRKit(t *testing.T) {
	s := startSandbox(t)
	j := newJudge(t, s, s.drive(t, nil, "node", "fhir-kit.mjs"))

	j.fhirOpen(s)
	j.fhirLife(s)
	j.fhirSearches(s)
	j.fhirBundles()
	j.outcome("export without Prefer", 400, "invalid", "Missing required header; Prefer")
	j.at("delete", map[string]any{"status": 204.0})
	j.outcome("read it after", 410, nil, "")
	j.outcome("read what never was", 404, "not-found", "Resource type 'Patient' with id 'nobody' couldn't be found.")
	j.outcome("unknown type", 404, "not-found", "The requested route was not found.")
	j.outcome("XML", 406, "not-supported", `Value supplied, application/fhir+xml,  for the "Accept" header is not supported.`)
	j.all()
	record(t, used{"fhir-kit-client", nodeVersion(t, "fhir-kit-client"), s.requests(t, "node"), j.n})
}

// outcome asserts that a step failed with an OperationOutcome.
func (j *judge) outcome(step string, status int, code any, diagnostics string) failure {
	j.t.Helper()
	l, ok := j.steps[step]
	j.done[step] = true
	j.that(ok && l.Error != nil, "%s: was not refused: %s", step, l.Value)
	if !ok || l.Error == nil {
		return failure{}
	}
	var body any
	_ = json.Unmarshal(l.Error.Body, &body)
	j.equal(step+": status", l.Error.Status, status)
	j.equal(step+": resourceType", place(body, "resourceType"), any("OperationOutcome"))
	j.equal(step+": code", place(body, "issue/0/code"), code)
	if diagnostics != "" {
		j.equal(step+": diagnostics", place(body, "issue/0/diagnostics"), any(diagnostics))
	}
	j.equal(step+": X-Request-Id is the outcome's id", any(l.Error.Headers["x-request-id"]), place(body, "id"))
	return *l.Error
}

// fhirOpen: what needs no token, and the refusals without and with a wrong one.
func (j *judge) fhirOpen(s sandbox) {
	j.t.Helper()
	j.at("capabilities", map[string]any{"fhirVersion": "4.0.1", "publisher": "Microsoft", "create": true, "byName": true,
		"security/extension/0/extension/0/valueUri": s.Authority + "/oauth2/token"})
	j.at("SMART metadata", map[string]any{"authorize": s.Authority + "/oauth2/authorize", "token": s.Authority + "/oauth2/token"})
	challenge := `Bearer authorization_uri="` + s.Authority + `", resource_id="` + s.FHIRURL + `", realm="` + s.FHIRURL + `"`
	const login = "Authentication failed."
	bare := j.outcome("search without a token", 401, "login", login)
	j.equal("challenge", bare.Headers["www-authenticate"], challenge)
	garbled := j.outcome("search with a garbled token", 401, "login", login)
	j.contains("challenge, garbled", garbled.Headers["www-authenticate"], challenge+`, error="invalid_token"`)
	foreign := j.outcome("search with a token for DICOM", 401, "login", login)
	j.contains("challenge, foreign", foreign.Headers["www-authenticate"], `error="invalid_token"`,
		`error_description="The audience 'https://dicom.healthcareapis.azure.com' is invalid"`)
	denied := j.outcome("search without a role", 403, "forbidden", "Authorization failed.")
	j.equal("no challenge with 403", denied.Headers["www-authenticate"], "")
}

func (j *judge) fhirLife(s sandbox) {
	j.t.Helper()
	made := j.at("create", map[string]any{"status": 201.0, "etag": `W/"1"`, "body/meta/versionId": "1", "body/name/0/family": "Alpha"})
	id, _ := place(made, "body/id").(string)
	j.equal("Location", place(made, "location"), any(s.FHIRURL+"/Patient/"+id+"/_history/1"))
	j.that(place(made, "last-modified") != nil, "create: no Last-Modified")
	j.at("create, minimal", map[string]any{"status": 201.0})
	j.at("read", map[string]any{"status": 200.0, "etag": `W/"1"`, "body/id": id, "content-type": "application/fhir+json; charset=utf-8"})
	j.at("update", map[string]any{"status": 200.0, "etag": `W/"2"`, "body/active": false})
	j.outcome("update, version mismatch", 412, "required", "") // PreconditionFailedException.cs; the managed code is unverified
	j.at("patch", map[string]any{"status": 200.0, "etag": `W/"3"`, "body/gender": "other", "body/active": false})
	j.at("vread", map[string]any{"meta/versionId": "1", "active": true, "gender": "female"})
	j.at("history", map[string]any{"type": "history", "entry/length": 3.0, "entry/0/resource/meta/versionId": "3",
		"entry/0/request/method": "PATCH", "entry/2/request/method": "POST"})
	j.at("conditional create", map[string]any{"status": 200.0}) // found: nothing is made, no body
	j.outcome("invalid", 400, "invalid", "")
	j.outcome("other type in the body", 400, "invalid", "")
}

func (j *judge) fhirSearches(s sandbox) {
	j.t.Helper()
	found := j.at("search by name", map[string]any{"type": "searchset", "total": nil, "entry/length": 1.0,
		"entry/0/search/mode": "match", "entry/0/resource/name/0/family": "Alpha", "link/0/relation": "self"})
	full, _ := place(found, "entry/0/fullUrl").(string)
	j.that(strings.HasPrefix(full, s.FHIRURL+"/Patient/"), "fullUrl: %q", full)
	j.at("search, counted", map[string]any{"total": 2.0, "entry": nil})
	j.at("search by POST", map[string]any{"entry/length": 1.0, "entry/0/resource/name/0/family": "Beta"})
	j.at("search, nothing", map[string]any{"resourceType": "Bundle", "entry": nil})
	j.outcome("search, strict", 400, "invalid", "The search parameter 'nosuch' is not supported for resource type 'Patient'.")
	j.at("pages", map[string]any{"pages": 2.0, "ids": 2.0})
	j.at("include", map[string]any{"entry/length": 2.0, "entry/0/search/mode": "match", "entry/1/search/mode": "include",
		"entry/1/resource/resourceType": "Patient"})
	j.at("compartment", map[string]any{"entry/length": 1.0, "entry/0/resource/resourceType": "Observation"})
}

func (j *judge) fhirBundles() {
	j.t.Helper()
	j.at("batch", map[string]any{"type": "batch-response", "entry/0/response/status": "200", "entry/1/response/status": "404",
		"entry/1/response/outcome/issue/0/code": "not-found"})
	done := j.at("transaction", map[string]any{"type": "transaction-response", "entry/0/response/status": "201",
		"entry/1/response/status": "201"})
	id, _ := place(done, "entry/0/resource/id").(string)
	j.equal("the reference was resolved", place(done, "entry/1/resource/subject/reference"), any("Patient/"+id))
	j.outcome("transaction, rolled back", 404, "processing", "")
	j.at("nothing of it is there", map[string]any{"entry": nil})
	j.at("validate", map[string]any{"issue/0/severity": "information", "issue/0/code": "informational", "issue/0/diagnostics": "All OK"})
	j.at("everything", map[string]any{"type": "searchset", "entry/length": 2.0})
}
