package catalogue

import (
	"slices"

	"hdstest/internal/entra"
)

// Permission is a data action with the way to tell, without harm, whether a
// caller holds it.
type Permission struct {
	Action string // of entra.Action…, without prefix
	Title  string
	// Needs are the actions that let a caller do it: one of each set.
	Needs [][]string
	// Told are the ids of the permission requests that must all be allowed; none
	// if no harmless one is known, for the reason of Why.
	Told []string
	// Behind is another action that the same requests need: where that is denied, a
	// refusal tells nothing of this one.
	Behind string
	Why    string
}

// Permissions lists the data actions of a service.
//
// Source: azure-docs articles/role-based-access-control/permissions/integration.md
// for the actions; the handlers of github.com/microsoft/fhir-server and
// dicom-server for what a caller needs. The requests come from the order of
// checks in that code: the permission is asked for before anything is looked at
// or kept. They are untried on the managed service (unverified).
func Permissions(service string) []Permission {
	if service == DICOM {
		return dicomPermissions()
	}
	return fhirPermissions()
}

func anyOf(actions ...string) [][]string { return [][]string{actions} }

func fhirPermissions() []Permission {
	const id = "permission.fhir."
	notKnown := "no request without an effect needs it"
	return []Permission{
		{Action: entra.ActionRead, Title: "Read and search", Needs: anyOf(entra.ActionRead), Told: []string{id + "search", id + "read"}},
		{Action: entra.ActionSearch, Title: "Search", Needs: anyOf(entra.ActionRead, entra.ActionSearch), Told: []string{id + "search"}},
		{Action: entra.ActionReadByID, Title: "Read by id", Needs: anyOf(entra.ActionRead, entra.ActionReadByID), Told: []string{id + "read"}},
		{Action: entra.ActionWrite, Title: "Create and update", Needs: anyOf(entra.ActionWrite, entra.ActionUpdate), Told: []string{id + "update"},
			Why: "told by an update; whether create alone is denied is not"},
		{Action: entra.ActionUpdate, Title: "Update", Needs: anyOf(entra.ActionWrite, entra.ActionUpdate), Told: []string{id + "update"}},
		{Action: entra.ActionCreate, Title: "Create", Needs: anyOf(entra.ActionWrite, entra.ActionCreate), Why: "a create that is allowed creates"},
		{Action: entra.ActionDelete, Title: "Delete", Needs: anyOf(entra.ActionDelete), Told: []string{id + "delete"}},
		{Action: entra.ActionHardDelete, Title: "Delete with all versions", Needs: [][]string{{entra.ActionDelete}, {entra.ActionHardDelete}},
			Told: []string{id + "hard-delete"}, Behind: entra.ActionDelete},
		{Action: entra.ActionExport, Title: "Export ($export)", Needs: anyOf(entra.ActionExport), Told: []string{id + "export"}},
		{Action: entra.ActionImport, Title: "Import ($import)", Needs: anyOf(entra.ActionImport), Told: []string{id + "import"}},
		{Action: entra.ActionValidate, Title: "Validate ($validate)", Needs: anyOf(entra.ActionValidate), Told: []string{id + "validate"}},
		{Action: entra.ActionConvertData, Title: "Convert ($convert-data)", Needs: anyOf(entra.ActionConvertData), Told: []string{id + "convert"}},
		{Action: entra.ActionReindex, Title: "Reindex ($reindex)", Needs: anyOf(entra.ActionReindex), Told: []string{id + "reindex"}},
		{Action: entra.ActionBulkOperator, Title: "Bulk update", Needs: anyOf(entra.ActionBulkOperator), Told: []string{id + "bulk-update"}},
		{Action: entra.ActionSearchParameter, Title: "Search parameters' status", Needs: anyOf(entra.ActionSearchParameter), Why: notKnown},
		{Action: entra.ActionEditProfiles, Title: "Edit profiles", Needs: anyOf(entra.ActionEditProfiles), Why: notKnown},
		{Action: entra.ActionSMART, Title: "SMART on FHIR", Needs: anyOf(entra.ActionSMART), Why: "it narrows what a token's SMART scopes allow; no request shows it"},
	}
}

func dicomPermissions() []Permission {
	const id = "permission.dicom."
	return []Permission{
		{Action: entra.ActionRead, Title: "Search, retrieve, change feed", Needs: anyOf(entra.ActionRead), Told: []string{id + "read"}},
		{Action: entra.ActionWrite, Title: "Store", Needs: anyOf(entra.ActionWrite), Told: []string{id + "write"}},
		{Action: entra.ActionDelete, Title: "Delete", Needs: anyOf(entra.ActionDelete), Told: []string{id + "delete"}},
		{Action: entra.ActionManageExtendedTags, Title: "Extended query tags", Needs: anyOf(entra.ActionManageExtendedTags), Told: []string{id + "tags"}},
		{Action: entra.ActionExport, Title: "Export", Needs: anyOf(entra.ActionExport), Why: "the body is checked first, so that a refusal may be of that"},
	}
}

// PermissionRequests lists the harmless requests that tell of permissions. They
// are expected to get the answer of a caller who may. Exports do not render them:
// what is harmless rests on one server's code.
func PermissionRequests(service string) []Request {
	if service == DICOM {
		return dicomPermissionRequests()
	}
	return fhirPermissionRequests()
}

// unusedJob is the number of a job that no service has come to.
const unusedJob = "999999999"

const (
	sourceProbe  = sourceFHIRServer + ": the handlers ask for the permission first"
	pathAbsent   = "/Patient/{{" + VarAbsentID + "}}"
	absentStudy  = "/studies/{{" + VarAbsentUID + "}}"
	absentUpdate = `{"resourceType": "Patient", "id": "{{` + VarAbsentID + `}}", ` + synthetic + `, "active": false}`
	convertInput = `{
  "resourceType": "Parameters",
  "parameter": [
    {"name": "inputData", "valueString": "{\"PatientId\": 1, \"FirstName\": \"Synthetic\"}"},
    {"name": "inputDataType", "valueString": "Json"},
    {"name": "templateCollectionReference", "valueString": "microsofthealth/jsontemplates:default"},
    {"name": "rootTemplate", "valueString": "ExamplePatient"}
  ]
}`
)

func fhirPermissionRequests() []Request {
	ask := func(r Request, needs ...string) Request {
		r.ID, r.Group, r.Service, r.Auth, r.Effect = "permission.fhir."+r.ID, GroupFHIRPermission, FHIR, Bearer, EffectNone
		r.Needs, r.Headers, r.Source = needs, append(accept(typeFHIR), r.Headers...), sourceProbe
		if r.Method == "" {
			r.Method = "GET"
		}
		r.HealthDataServicesOnly = true
		return r
	}
	status := func(list ...int) Expect { return Expect{Status: list} }
	fhir := func(text string) Body { return Body{ContentType: typeFHIR, Template: text} }
	return []Request{
		ask(Request{ID: "search", Title: "Count patients", Path: "/Patient", Query: []Pair{{"_summary", "count"}}, Expect: status(200)}, entra.ActionRead),
		ask(Request{ID: "read", Title: "Read a patient that is not there", Path: pathAbsent, Expect: status(404, 410)}, entra.ActionRead),
		// If-Match of a version that is not there keeps the update from creating.
		ask(Request{ID: "update", Title: "Update a version that is not there", Method: "PUT", Path: pathAbsent,
			Headers: []Pair{{"If-Match", `W/"1"`}}, Body: fhir(absentUpdate), Expect: status(404),
			Verify: "permission.fhir.read", Undo: "permission.fhir.delete"}, entra.ActionWrite),
		ask(Request{ID: "delete", Title: "Delete a patient that is not there", Method: "DELETE", Path: pathAbsent, Expect: status(204),
			Verify: "permission.fhir.read"}, entra.ActionDelete),
		ask(Request{ID: "hard-delete", Title: "Delete all versions of a patient that is not there", Method: "DELETE", Path: pathAbsent,
			Query: []Pair{{"hardDelete", "true"}}, Expect: status(204), Verify: "permission.fhir.read"}, entra.ActionDelete, entra.ActionHardDelete),
		ask(Request{ID: "export", Title: "Status of an export that is not there", Path: "/_operations/export/" + unusedJob, Expect: status(404)}, entra.ActionExport),
		ask(Request{ID: "import", Title: "Status of an import that is not there", Path: "/_operations/import/" + unusedJob, Expect: status(404)}, entra.ActionImport),
		ask(Request{ID: "validate", Title: "Validate a patient without content", Method: "POST", Path: "/Patient/$validate",
			Body: fhir(`{"resourceType": "Patient"}`), Expect: status(200)}, entra.ActionValidate),
		// 501 comes from a server that has no converter behind its permission check.
		ask(Request{ID: "convert", Title: "Convert a small example", Method: "POST", Path: "/$convert-data", Body: fhir(convertInput),
			Expect: status(200, 501)}, entra.ActionConvertData),
		ask(Request{ID: "reindex", Title: "Status of reindexing", Path: "/$reindex", Expect: status(200, 404)}, entra.ActionReindex),
		ask(Request{ID: "bulk-update", Title: "Status of a bulk update that is not there", Path: "/_operations/bulk-update/" + unusedJob,
			Expect: status(404)}, entra.ActionBulkOperator),
	}
}

func dicomPermissionRequests() []Request {
	ask := func(r Request, needs ...string) Request {
		r.ID, r.Group, r.Service, r.Auth, r.Effect = "permission.dicom."+r.ID, GroupDICOMPermission, DICOM, Bearer, EffectNone
		r.Needs, r.Headers, r.HealthDataServicesOnly = needs, accept(typeDICOMJSON), true
		r.Source = "github.com/microsoft/dicom-server: the handlers ask for the permission first"
		return r
	}
	return []Request{
		ask(Request{ID: "read", Title: "Latest entry of the change feed", Method: "GET", Path: "/changefeed/latest",
			Query: []Pair{{"includeMetadata", "false"}}, Expect: Expect{Status: []int{200, 204}}}, entra.ActionRead),
		ask(Request{ID: "write", Title: "Store what is no DICOM", Method: "POST", Path: "/studies",
			Body:   Body{ContentType: typeDICOM, Template: "not-dicom"},
			Expect: Expect{Status: []int{409}, JSON: []JSONRule{equals("00081198.Value[0].00081197.Value[0]", "272")}}}, entra.ActionWrite),
		ask(Request{ID: "delete", Title: "Delete a study that is not there", Method: "DELETE", Path: absentStudy,
			Expect: Expect{Status: []int{404}}, Verify: "permission.dicom.absent"}, entra.ActionDelete),
		ask(Request{ID: "absent", Title: "Metadata of a study that is not there", Method: "GET", Path: absentStudy + "/metadata",
			Expect: Expect{Status: []int{404}}}, entra.ActionRead),
		ask(Request{ID: "tags", Title: "Delete a tag that is none", Method: "DELETE", Path: "/extendedquerytags/not-a-tag",
			Expect: Expect{Status: []int{400}}}, entra.ActionManageExtendedTags),
	}
}

// AllPermissionRequests lists those of both services.
func AllPermissionRequests() []Request {
	return slices.Concat(fhirPermissionRequests(), dicomPermissionRequests())
}

// Granted tells whether a caller who holds the actions may do what p is about.
func (p Permission) Granted(holds func(action string) bool) bool {
	for _, set := range p.Needs {
		if !slices.ContainsFunc(set, holds) {
			return false
		}
	}
	return true
}
