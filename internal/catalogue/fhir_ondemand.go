package catalogue

import "hdstest/internal/entra"

const (
	sourceExport   = "learn.microsoft.com/azure/healthcare-apis/fhir/export-data"
	sourceImport   = "learn.microsoft.com/azure/healthcare-apis/fhir/import-data"
	sourceConvert  = "learn.microsoft.com/azure/healthcare-apis/fhir/convert-data"
	sourceCustom   = "learn.microsoft.com/azure/healthcare-apis/fhir/how-to-do-custom-search"
	sourceValidate = "learn.microsoft.com/azure/healthcare-apis/fhir/validation-against-profiles"
)

// fhirGuideSearches lists the searches that the articles and the sample collection
// show: lists of the common types, combinations of parameters, chains and
// inclusions. They look for an id that nothing has, so that they answer with an
// empty bundle and nobody's data.
func fhirGuideSearches() []Request {
	patient := Pair{"patient", "Patient/{{" + VarAbsentID + "}}"}
	bundle := Expect{Status: []int{200}, JSON: []JSONRule{equals("resourceType", "Bundle"), equals("type", "searchset")}}
	var out []Request
	add := func(id, title, resource string, query ...Pair) {
		out = append(out, Request{ID: "fhir.guide." + id, Title: title, Group: GroupFHIRSearch, Service: FHIR, Method: "GET", Path: "/" + resource,
			Query: query, Headers: accept(typeFHIR), Auth: Bearer, Expect: bundle, Needs: []string{entra.ActionRead}, Effect: EffectNone,
			Source: sourceSamples + "; " + sourceSearch})
	}
	for _, t := range []string{"Appointment", "Condition", "Device", "Encounter", "Immunization", "Observation", "Organization", "Practitioner"} {
		add("list."+lower(t), "List "+t, t, Pair{"_count", "1"})
	}
	add("patient.name-gender", "Patients by name and gender", "Patient", Pair{"name", "Hdstest"}, Pair{"gender", "unknown"}, Pair{"_id", "{{" + VarAbsentID + "}}"})
	add("patient.family-birthdate", "Patients by family name and birth date", "Patient", Pair{"family", "Hdstest"}, Pair{"birthdate", "1960-12-25"}, Pair{"_id", "{{" + VarAbsentID + "}}"})
	add("observation.category-status", "Observations by patient, category and status", "Observation", patient, Pair{"category", "vital-signs"}, Pair{"status", "final"})
	add("observation.code-date", "Observations by patient, code and date", "Observation", patient, Pair{"code", "http://loinc.org|29463-7"}, Pair{"date", "ge2020-01-01"})
	add("chain.name", "Chained search: observations of patients by name", "Observation", Pair{"subject:Patient.name", "Hdstest"}, Pair{"_id", "{{" + VarAbsentID + "}}"})
	add("chain.reverse", "Reverse chained search: patients with an observation", "Patient", Pair{"_has:Observation:patient:code", "29463-7"}, Pair{"_id", "{{" + VarAbsentID + "}}"})
	add("include.patient", "Include: observations with their patients", "Observation", Pair{"_id", "{{" + VarAbsentID + "}}"}, Pair{"_include", "Observation:patient"})
	add("include.reverse", "Reverse include: patients with their observations", "Patient", Pair{"_id", "{{" + VarAbsentID + "}}"}, Pair{"_revinclude", "Observation:patient"})
	return out
}

// fhirOperations lists the operations of the articles. Those that start a job
// need a storage account or a search parameter of this run; none runs unless it
// is asked for by name and writing is allowed.
func fhirOperations() []Request {
	op := func(r Request) Request {
		r.ID, r.Group, r.Service, r.Auth, r.HealthDataServicesOnly = "fhir.operation."+r.ID, GroupFHIROperations, FHIR, Bearer, true
		if r.Method == "" {
			r.Method = "GET"
		}
		if r.Effect == "" {
			r.Effect = EffectNone
		}
		r.Headers = append(accept(typeFHIR), r.Headers...)
		return r
	}
	async := []Pair{{"Prefer", "respond-async"}}
	started := Expect{Status: []int{202}, Headers: []HeaderRule{{Name: "Content-Location"}}}
	body := func(text string) Body { return Body{ContentType: typeFHIR, Template: text} }
	container := Pair{"_container", "{{" + VarContainer + "}}"}
	after := func(id string) []string { return []string{"fhir.operation." + id} }
	export := func(id, title, path string, query ...Pair) Request {
		return op(Request{ID: id, Title: title, Path: path, Query: query, Headers: async, Expect: started,
			Needs: []string{entra.ActionExport}, Effect: EffectNone, Source: sourceExport + "; " + sourceSamples})
	}
	return []Request{
		op(Request{ID: "validate", Title: "Validate a patient", Method: "POST", Path: "/Patient/$validate", Body: body(patientBodyAlone),
			Headers: []Pair{{"x-ms-profile-validation", "true"}},
			Expect:  Expect{Status: []int{200}, JSON: []JSONRule{equals("resourceType", "OperationOutcome")}},
			Needs:   []string{entra.ActionValidate}, Source: sourceValidate + "; " + sourceSamples}),
		op(Request{ID: "convert.json", Title: "Convert JSON", Method: "POST", Path: "/$convert-data", Body: body(convertInput),
			Expect: Expect{Status: []int{200}}, Needs: []string{entra.ActionConvertData}, Source: sourceConvert}),
		op(Request{ID: "convert.hl7v2", Title: "Convert HL7 v2", Method: "POST", Path: "/$convert-data", Body: body(convertHL7),
			Expect: Expect{Status: []int{200}}, Needs: []string{entra.ActionConvertData}, Source: sourceConvert}),
		op(Request{ID: "convert.ccda", Title: "Convert C-CDA", Method: "POST", Path: "/$convert-data", Body: body(convertCCDA),
			Expect: Expect{Status: []int{200}}, Needs: []string{entra.ActionConvertData}, Source: sourceConvert}),
		// An export is started in the person's storage account: a creation, which is
		// undone by cancelling the job; files that it has written by then stay there.
		asCreation(export("export", "Export everything", "/$export", container), "fhir.operation.export.cancel",
			Capture{Variable: VarExportJob, Header: "Content-Location", Last: true}),
		op(Request{ID: "export.status", Title: "Status of the export", Path: "/_operations/export/{{" + VarExportJob + "}}",
			Expect: Expect{Status: []int{202, 200}}, Needs: []string{entra.ActionExport}, After: after("export"), Source: sourceExport}),
		op(Request{ID: "export.cancel", Title: "Cancel the export", Method: "DELETE", Path: "/_operations/export/{{" + VarExportJob + "}}",
			Expect: Expect{Status: []int{202, 404, 409}}, Needs: []string{entra.ActionExport}, Effect: EffectDeletes, After: after("export"), Source: sourceExport}),
		asCreation(export("export.patients", "Export all patients' data", "/Patient/$export", container), "fhir.operation.export.patients.cancel",
			Capture{Variable: VarPatientsJob, Header: "Content-Location", Last: true}),
		op(Request{ID: "export.patients.cancel", Title: "Cancel the patients' export", Method: "DELETE", Path: "/_operations/export/{{" + VarPatientsJob + "}}",
			Expect: Expect{Status: []int{202, 404, 409}}, Needs: []string{entra.ActionExport}, Effect: EffectDeletes, After: after("export.patients"), Source: sourceExport}),
		op(Request{ID: "import", Title: "Import a file of patients", Method: "POST", Path: "/$import", Headers: async, Body: body(importBody),
			Expect: started, Needs: []string{entra.ActionImport}, Effect: EffectChanges, Source: sourceImport + "; " + sourceSamples}),
		op(Request{ID: "search-parameter", Title: "Create a search parameter", Method: "POST", Path: "/SearchParameter", Body: body(searchParameterBody),
			Expect:   Expect{Status: []int{201}, JSON: []JSONRule{equals("resourceType", "SearchParameter"), exists("id")}},
			Captures: []Capture{{Variable: VarSearchParam, JSON: "id"}}, Needs: []string{entra.ActionWrite}, Effect: EffectCreates,
			Undo: "fhir.operation.search-parameter.delete", Source: sourceCustom + "; " + sourceSamples}),
		op(Request{ID: "reindex", Title: "Reindex", Method: "POST", Path: "/$reindex", Body: body(`{"resourceType": "Parameters", "parameter": [{"name": "maximumConcurrency", "valueInteger": 1}]}`),
			Expect:   Expect{Status: []int{201, 200}, JSON: []JSONRule{equals("resourceType", "Parameters"), exists("id")}},
			Captures: []Capture{{Variable: VarReindexJob, JSON: "id"}}, Needs: []string{entra.ActionReindex}, Effect: EffectChanges,
			After: after("search-parameter"), Source: sourceCustom}),
		op(Request{ID: "reindex.list", Title: "Status of all reindexing", Path: "/$reindex", Expect: Expect{Status: []int{200, 404}},
			Needs: []string{entra.ActionReindex}, Source: sourceCustom}),
		op(Request{ID: "search-parameter.delete", Title: "Delete the search parameter", Method: "DELETE", Path: "/SearchParameter/{{" + VarSearchParam + "}}",
			Expect: Expect{Status: []int{204, 200}}, Needs: []string{entra.ActionDelete}, Effect: EffectDeletes, After: after("search-parameter"), Source: sourceCustom}),
	}
}

// asCreation makes a request one that starts a job, which another ends.
func asCreation(r Request, undo string, c Capture) Request {
	r.Effect, r.Undo, r.Captures = EffectCreates, undo, []Capture{c}
	return r
}

const patientBodyAlone = `{
  "resourceType": "Patient",
  "active": false,
  "name": [{"family": "Hdstest", "given": ["Synthetic"]}],
  "gender": "unknown",
  "birthDate": "1960-12-25"
}`

const convertHL7 = `{
  "resourceType": "Parameters",
  "parameter": [
    {"name": "inputData", "valueString": "MSH|^~\\&|HDSTEST|SYNTHETIC|HDSTEST|SYNTHETIC|20200101120000||ADT^A01|1|P|2.3\nPID|1||1^^^SYNTHETIC||Hdstest^Synthetic||19601225|U"},
    {"name": "inputDataType", "valueString": "Hl7v2"},
    {"name": "templateCollectionReference", "valueString": "microsofthealth/hl7v2templates:default"},
    {"name": "rootTemplate", "valueString": "ADT_A01"}
  ]
}`

const convertCCDA = `{
  "resourceType": "Parameters",
  "parameter": [
    {"name": "inputData", "valueString": "<?xml version=\"1.0\"?><ClinicalDocument xmlns=\"urn:hl7-org:v3\"><recordTarget><patientRole><id extension=\"1\"/><patient><name><given>Synthetic</given><family>Hdstest</family></name></patient></patientRole></recordTarget></ClinicalDocument>"},
    {"name": "inputDataType", "valueString": "Ccda"},
    {"name": "templateCollectionReference", "valueString": "microsofthealth/ccdatemplates:default"},
    {"name": "rootTemplate", "valueString": "CCD"}
  ]
}`

const importBody = `{
  "resourceType": "Parameters",
  "parameter": [
    {"name": "inputFormat", "valueString": "application/fhir+ndjson"},
    {"name": "mode", "valueString": "IncrementalLoad"},
    {"name": "input", "part": [
      {"name": "type", "valueString": "Patient"},
      {"name": "url", "valueUri": "{{` + VarImportURL + `}}"}
    ]}
  ]
}`

const searchParameterBody = `{
  "resourceType": "SearchParameter",
  "url": "https://hdstest.example/SearchParameter/{{run_id}}",
  "name": "hdstest-synthetic",
  "status": "draft",
  "description": "Made by a test and removed by it",
  "code": "hdstest-synthetic",
  "base": ["Patient"],
  "type": "string",
  "expression": "Patient.name.text"
}`
