package diagnose_test

import (
	"strings"
	"testing"

	"hdstest/internal/diagnose"
)

// TestAnswersOfTheServices goes through the answers that Microsoft Graph, Azure
// Resource Manager and the FHIR and DICOM services are documented to give, row by
// row, and the traps that Microsoft's articles and their readers describe.
//
// Sources: learn.microsoft.com/graph/errors; role-based-access-control/troubleshooting;
// the exception filters and middleware of github.com/microsoft/fhir-server and
// dicom-server; dicom-services-conformance-statement-v2; articles/healthcare-apis.
func TestAnswersOfTheServices(t *testing.T) {
	const fhir, dicom = `"service":"fhir","service_url":"https://w-f.fhir.azurehealthcareapis.com"`, `"service":"dicom","service_url":"https://w-d.dicom.azurehealthcareapis.com"`
	outcome := func(code, text string) string {
		return `"body":{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"` + code + `","diagnostics":"` + text + `"}]}`
	}
	bearer := func(text string) string {
		return `"response":{"status":401,"www_authenticate":"Bearer authorization_uri=\"https://login.microsoftonline.com/11111111-1111-1111-1111-111111111111\", resource_id=\"https://w-f.fhir.azurehealthcareapis.com\", realm=\"x\", error=\"invalid_token\", error_description=\"` + text + `\""}`
	}
	for name, row := range map[string]struct{ evidence, cause string }{
		"Graph bad request":              {`{"graph":{"status":400,"code":"Request_BadRequest","message":"Invalid value specified for property 'web'."}}`, "graph.request"},
		"Graph unsupported query":        {`{"graph":{"status":400,"code":"Request_UnsupportedQuery"}}`, "graph.query"},
		"Graph lifetime":                 {`{"graph":{"status":400,"code":"CredentialInvalidLifetimeAsPerAppPolicy"}}`, "graph.secret_lifetime"},
		"Graph lifetime by its detail":   {`{"graph":{"status":400,"details":[{"code":"InvalidKeyEndDate","target":"EndDate"}]}}`, "graph.secret_lifetime"},
		"Graph secrets forbidden":        {`{"graph":{"status":400,"code":"CredentialTypeNotAllowedAsPerAppPolicy"}}`, "graph.secret_forbidden"},
		"Graph audience policy":          {`{"graph":{"status":400,"code":"SignInAudienceNotAllowedAsPerAppPolicy"}}`, "graph.audience_policy"},
		"Graph token":                    {`{"graph":{"status":401,"code":"InvalidAuthenticationToken","message":"Access token is empty."}}`, "graph.token"},
		"Graph audience":                 {`{"graph":{"status":401,"code":"InvalidAuthenticationToken","message":"Access token validation failure. Invalid audience."}}`, "graph.audience"},
		"Graph denied":                   {`{"graph":{"status":403,"code":"Authorization_RequestDenied","message":"Insufficient privileges to complete the operation."}}`, "graph.denied"},
		"Graph not found":                {`{"graph":{"status":404,"code":"Request_ResourceNotFound"}}`, "graph.not_found"},
		"Graph not found, new":           {`{"graph":{"status":404,"code":"Request_ResourceNotFound","application_age_seconds":5}}`, "graph.replication"},
		"Graph quota":                    {`{"graph":{"status":403,"code":"Directory_QuotaExceeded"}}`, "graph.quota"},
		"Graph conflict":                 {`{"graph":{"status":409,"code":"Request_MultipleObjectsWithSameKeyValue"}}`, "graph.conflict"},
		"Graph throttled":                {`{"graph":{"status":429,"code":"TooManyRequests"}}`, "graph.throttled"},
		"Graph no backing object":        {`{"graph":{"request":"POST /servicePrincipals","status":400,"code":"Request_BadRequest","message":"The appId 'x' of the service principal does not reference a valid application object."}}`, "graph.replication"},
		"Graph local tenant":             {`{"graph":{"request":"POST /servicePrincipals","status":403,"message":"When using this permission, the backing application of the service principal being created must be in the local tenant"}}`, "graph.replication"},
		"Graph reference update":         {`{"graph":{"request":"POST /servicePrincipals/{id}/appRoleAssignedTo","status":400,"message":"Not a valid reference update.","service_principal_age_seconds":4}}`, "graph.replication"},
		"Graph host not verified":        {`{"graph":{"request":"PATCH /applications/{id}","status":400,"code":"HostNameNotOnVerifiedDomain"}}`, "graph.identifier_uri"},
		"ARM denied":                     {`{"arm":{"status":403,"code":"AuthorizationFailed"}}`, "arm.denied"},
		"ARM exists":                     {`{"arm":{"status":409,"code":"RoleAssignmentExists"}}`, "role.exists"},
		"ARM update":                     {`{"arm":{"status":400,"code":"RoleAssignmentUpdateNotPermitted"}}`, "role.unchangeable"},
		"ARM tenant":                     {`{"arm":{"status":401,"code":"InvalidAuthenticationTokenTenant"}}`, "arm.tenant"},
		"ARM group":                      {`{"arm":{"status":404,"code":"ResourceGroupNotFound"}}`, "arm.not_found"},
		"ARM subscription":               {`{"arm":{"status":404,"code":"SubscriptionNotFound"}}`, "arm.not_found"},
		"ARM principal, new":             {`{"arm":{"status":400,"code":"PrincipalNotFound"},"graph":{"service_principal_age_seconds":12}}`, "graph.replication"},
		"ARM limit":                      {`{"arm":{"status":400,"code":"RoleAssignmentLimitExceeded"}}`, "role.limit"},
		"ARM principal type":             {`{"arm":{"status":400,"code":"UnmatchedPrincipalType"}}`, "role.principal_type"},
		"ARM no such role":               {`{"arm":{"status":400,"code":"RoleDefinitionDoesNotExist"}}`, "role.unknown"},
		"ARM lock":                       {`{"arm":{"status":409,"code":"ScopeLocked"}}`, "arm.locked"},
		"ARM policy":                     {`{"arm":{"status":403,"code":"RequestDisallowedByPolicy"}}`, "arm.policy"},
		"ARM provider":                   {`{"arm":{"status":409,"code":"MissingSubscriptionRegistration"}}`, "arm.not_registered"},
		"FHIR no token":                  {`{` + fhir + `,"request":{"method":"GET","path":"/Patient","headers":{}},"response":{"status":401,` + outcome("login", "Authentication failed.") + `}}`, "token.not_sent"},
		"FHIR audience":                  {`{` + fhir + `,` + bearer("The audience 'x' is invalid") + `}`, "audience.wrong"},
		"FHIR issuer":                    {`{` + fhir + `,` + bearer("The issuer 'x' is invalid") + `}`, "token.issuer"},
		"FHIR expired":                   {`{` + fhir + `,` + bearer("The token expired at '01/02/2026 03:04:05'") + `}`, "token.expired"},
		"FHIR not yet":                   {`{` + fhir + `,` + bearer("The token is not valid before '01/02/2026 03:04:05'") + `}`, "token.not_yet_valid"},
		"FHIR no expiry":                 {`{` + fhir + `,` + bearer("The token has no expiration") + `}`, "token.no_expiry"},
		"FHIR unknown key":               {`{` + fhir + `,` + bearer("The signature key was not found") + `}`, "token.unknown_key"},
		"FHIR signature":                 {`{` + fhir + `,` + bearer("The signature is invalid") + `}`, "token.signature"},
		"FHIR forbidden":                 {`{` + fhir + `,"request":{"method":"GET","path":"/Patient"},"response":{"status":403,` + outcome("forbidden", "Authorization failed.") + `}}`, "role.missing"},
		"FHIR route":                     {`{` + fhir + `,"request":{"method":"GET","path":"/observation"},"response":{"status":404,` + outcome("not-found", "The requested route was not found.") + `}}`, "fhir.route"},
		"FHIR missing id":                {`{` + fhir + `,"request":{"method":"GET","path":"/Patient/x"},"response":{"status":404,` + outcome("not-found", "Resource type 'Patient' with id 'x' couldn't be found.") + `}}`, "fhir.not_found"},
		"FHIR type":                      {`{` + fhir + `,"request":{"method":"GET","path":"/Person2"},"response":{"status":404,` + outcome("not-supported", "Resource type 'Person2' is not supported.") + `}}`, "fhir.type_unknown"},
		"FHIR method":                    {`{` + fhir + `,"request":{"method":"DELETE","path":"/Patient"},"response":{"status":405,` + outcome("not-supported", "The requested operation is not supported.") + `}}`, "fhir.method"},
		"FHIR accept":                    {`{` + fhir + `,"request":{"method":"GET","path":"/Patient"},"response":{"status":406}}`, "fhir.format"},
		"FHIR gone":                      {`{` + fhir + `,"response":{"status":410}}`, "fhir.deleted"},
		"FHIR precondition":              {`{` + fhir + `,"response":{"status":412}}`, "fhir.precondition"},
		"FHIR content type":              {`{` + fhir + `,"request":{"method":"POST","path":"/Patient","headers":{"Content-Type":"text/plain"}},"response":{"status":415}}`, "fhir.content_type"},
		"FHIR search set-up":             {`{` + fhir + `,"request":{"method":"POST","path":"/SearchParameter"},"response":{"status":424}}`, "fhir.search_setup"},
		"FHIR throttled":                 {`{` + fhir + `,"response":{"status":429,` + outcome("throttled", "The maximum number of concurrent API calls on this instance was reached.") + `}}`, "service.throttled"},
		"FHIR inside":                    {`{` + fhir + `,"response":{"status":500,` + outcome("exception", "There was an error processing your request.") + `}}`, "service.internal"},
		"FHIR unavailable":               {`{` + fhir + `,"response":{"status":503,` + outcome("processing", "The service is temporarily unavailable.") + `}}`, "service.unavailable"},
		"FHIR token in the address":      {`{` + fhir + `,"response":{"status":400,"body":"Access tokens must not be passed in the URL query string."}}`, "token.in_url"},
		"FHIR page size":                 {`{` + fhir + `,"request":{"method":"GET","path":"/Patient?_count=5000"},"response":{"status":400}}`, "fhir.count"},
		"FHIR bundle":                    {`{` + fhir + `,"request":{"method":"POST","path":"/"},"response":{"status":400,` + outcome("invalid", "The number of entries in the bundle exceeded the configured limit of 500.") + `}}`, "fhir.bundle_too_big"},
		"FHIR export, no Prefer":         {`{` + fhir + `,"request":{"method":"GET","path":"/$export"},"response":{"status":400,` + outcome("invalid", "Missing required header; Prefer") + `}}`, "fhir.prefer"},
		"FHIR export, Accept":            {`{` + fhir + `,"request":{"method":"GET","path":"/$export"},"response":{"status":400,` + outcome("invalid", `Value supplied, */*,  for the \"Accept\" header is not supported.`) + `}}`, "fhir.export_accept"},
		"FHIR job":                       {`{` + fhir + `,"request":{"method":"GET","path":"/_operations/export/1"},"response":{"status":404,` + outcome("not-found", `The requested job \"1\" was not found.`) + `}}`, "fhir.job_unknown"},
		"FHIR import off":                {`{` + fhir + `,"request":{"method":"POST","path":"/$import"},"response":{"status":400,` + outcome("not-supported", `The requested \"import\" operation is not enabled`) + `}}`, "fhir.import_off"},
		"FHIR import, storage":           {`{` + fhir + `,"request":{"method":"POST","path":"/$import"},"response":{"status":403,` + outcome("processing", "Failed to access the storage") + `}}`, "fhir.storage_access"},
		"FHIR fhirUser":                  {`{` + fhir + `,"claims":{"iss":"https://idp.example","fhirUser":null},"response":{"status":403}}`, "fhir.fhir_user"},
		"DICOM forbidden":                {`{` + dicom + `,"request":{"method":"GET","path":"/v2/studies"},"response":{"status":403,"body":"Authorization failed."}}`, "role.missing"},
		"DICOM metadata forbidden":       {`{` + dicom + `,"request":{"method":"GET","path":"/v2/studies/1.2.3/metadata"},"response":{"status":403,"body":"Authorization failed."}}`, "role.missing"},
		"DICOM limit, no answer":         {`{` + dicom + `,"request":{"method":"GET","path":"/v2/studies?limit=1000"}}`, "dicom.query_range"},
		"DICOM of OData, no answer":      {`{` + dicom + `,"request":{"method":"GET","path":"/v2/studies?$filter=PatientID eq '1'"}}`, "dicom.query"},
		"DICOM UID":                      {`{` + dicom + `,"request":{"method":"GET","path":"/v2/studies/1.02.3/metadata"},"response":{"status":400,"body":"Dicom element 'StudyInstanceUid' failed validation for VR 'UI': DICOM Identifier is invalid."}}`, "dicom.uid"},
		"DICOM unknown parameter":        {`{` + dicom + `,"request":{"method":"GET","path":"/v2/studies?patientid=1"},"response":{"status":400,"body":"Invalid query: unknown query parameter 'patientid'."}}`, "dicom.query"},
		"DICOM limit":                    {`{` + dicom + `,"request":{"method":"GET","path":"/v2/studies?limit=1000"},"response":{"status":400,"body":"The query parameter 'limit' is invalid."}}`, "dicom.query_range"},
		"DICOM JSON":                     {`{` + dicom + `,"request":{"method":"POST","path":"/v2/extendedquerytags"},"response":{"status":400,"body":"The syntax of the request body is invalid."}}`, "dicom.json"},
		"DICOM study":                    {`{` + dicom + `,"request":{"method":"GET","path":"/v2/studies/1.2.3"},"response":{"status":404,"body":"The specified study cannot be found."}}`, "dicom.not_found"},
		"DICOM workitem":                 {`{` + dicom + `,"request":{"method":"GET","path":"/v2/workitems/1.2.3"},"response":{"status":404,"body":"The workitem instance is not found."}}`, "dicom.workitem"},
		"DICOM tag":                      {`{` + dicom + `,"request":{"method":"GET","path":"/v2/extendedquerytags/00100010"},"response":{"status":404,"body":"The specified extended query tag with tag path 00100010 cannot be found."}}`, "dicom.tag"},
		"DICOM no Accept":                {`{` + dicom + `,"request":{"method":"GET","path":"/v2/studies","headers":{}},"response":{"status":406}}`, "dicom.no_accept"},
		"DICOM several instances":        {`{` + dicom + `,"request":{"method":"GET","path":"/v2/studies/1.2.3"},"response":{"status":406,"body":"Accept transfer syntax '1.2.840.10008.1.2.1' is not supported when multiple instances are matched."}}`, "dicom.transfer_syntax"},
		"DICOM too big":                  {`{` + dicom + `,"request":{"method":"POST","path":"/v2/studies"},"response":{"status":413,"body":"The request exceeded the allowed limit of 1 bytes."}}`, "dicom.too_big"},
		"DICOM content type":             {`{` + dicom + `,"request":{"method":"POST","path":"/v2/studies"},"response":{"status":415,"body":"The specified content type 'x' is not supported."}}`, "dicom.content_type"},
		"DICOM key or lake":              {`{` + dicom + `,"response":{"status":424}}`, "service.storage"},
		"DICOM inside":                   {`{` + dicom + `,"response":{"status":500,"body":"The server encountered an internal error."}}`, "service.internal"},
		"DICOM busy":                     {`{` + dicom + `,"response":{"status":503,"body":"The server is currently unable to receive requests."}}`, "service.unavailable"},
		"DICOM processing":               {`{` + dicom + `,"response":{"status":409,"body":{"00081198":{"Value":[{"00081197":{"Value":[272]}}]}}}}`, "dicom.not_dicom"},
		"DICOM validation":               {`{` + dicom + `,"response":{"status":409,"body":{"00081198":{"Value":[{"00081197":{"Value":[43264]}}]}}}}`, "dicom.validation"},
		"DICOM other study":              {`{` + dicom + `,"response":{"status":409,"body":{"00081198":{"Value":[{"00081197":{"Value":[43265]}}]}}}}`, "dicom.study_mismatch"},
		"DICOM there already":            {`{` + dicom + `,"response":{"status":409,"body":{"00081198":{"Value":[{"00081197":{"Value":[45070]}}]}}}}`, "dicom.exists"},
		"DICOM pending":                  {`{` + dicom + `,"response":{"status":409,"body":{"00081198":{"Value":[{"00081197":{"Value":[45071]}}]}}}}`, "dicom.pending"},
		"DICOM start":                    {`{` + dicom + `,"request":{"method":"POST","path":"/v2/studies"},"response":{"status":400,"body":"The start parameter in multipart/related request is not supported."}}`, "dicom.start"},
		"DICOM all and others":           {`{` + dicom + `,"request":{"method":"GET","path":"/v2/studies"},"response":{"status":400,"body":"Invalid query: cannot specify included fields in addition to 'all'."}}`, "dicom.include_all"},
		"DICOM nothing found":            {`{` + dicom + `,"request":{"method":"GET","path":"/v2/studies"},"response":{"status":204}}`, "dicom.empty"},
		"DICOM feed without zone":        {`{` + dicom + `,"request":{"method":"GET","path":"/v2/changefeed"},"response":{"status":400,"body":"Date and time value must specify a time zone."}}`, "dicom.feed_time"},
		"DICOM tag is there":             {`{` + dicom + `,"request":{"method":"POST","path":"/v2/extendedquerytags"},"response":{"status":409,"body":"One or more extended query tags already exist."}}`, "dicom.tag_exists"},
		"DICOM operation":                {`{` + dicom + `,"request":{"method":"GET","path":"/v2/operations/0"},"response":{"status":404}}`, "dicom.operation_unknown"},
		"DICOM bulk update on v1":        {`{` + dicom + `,"request":{"method":"POST","path":"/v1/studies/$bulkUpdate"},"response":{"status":404}}`, "dicom.version"},
		"DICOM partitions off":           {`{` + dicom + `,"request":{"method":"GET","path":"/v2/partitions"},"response":{"status":400,"body":"Data partitions feature is disabled."}}`, "dicom.partition"},
		"trap: closed to all":            {`{` + dicom + `,"request":{"method":"GET","path":"/health/check"},"response":{"status":403}}`, "network.private_link"},
		"trap: other provider's user":    {`{` + fhir + `,"response":{"status":403},"arm":{"role_assignments_for_oid":[{"role":"FHIR SMART User"}]}}`, "role.smart_user"},
		"trap: SMART scope with a slash": {`{"authorize_request":{"scope":"https://w-f.fhir.azurehealthcareapis.com/patient/*.read"},"authorize_endpoint":{"error":"invalid_scope","error_codes":[70011]}}`, "request.smart_scope"},
		"trap: application's object id":  {`{"arm":{"principalId":"99999999-1111-1111-1111-111111111111","status":400,"code":"PrincipalNotFound"},"graph":{"application":{"id":"99999999-1111-1111-1111-111111111111"}}}`, "role.app_object_id"},
		"trap: DICOM API not found":      {`{"graph":{"servicePrincipals_by_displayName":{"Azure API for DICOM":[]}}}`, "resource.dicom_not_in_tenant"},
	} {
		matches := diagnose.Diagnose(bundle(t, []byte(row.evidence)))
		if at := place(matches, row.cause); at != 1 {
			t.Errorf("%s: want %s first, got %s", name, row.cause, brief(matches))
			continue
		}
		if m := matches[0]; m.Confidence < 0.4 || m.Fix == "" || strings.Contains(m.Fix, "{{") {
			t.Errorf("%s: %+v", name, m)
		}
	}
}
