package catalogue

import (
	"strings"

	"hdstest/internal/entra"
)

// Marks of what a run creates. The names end in .example, which belongs to no
// one (RFC 2606), so they collide with no one's identifiers.
const (
	RunSystem = "https://hdstest.example/run" // system of the identifier whose value is run_id
	TagSystem = "https://hdstest.example/tag"
	TagCode   = "synthetic"
)

// synthetic is the meta element of all that is created: our own tag, and HL7's
// code for test health data (terminology.hl7.org/CodeSystem-v3-ActReason).
const synthetic = `"meta": {
    "tag": [
      {"system": "` + TagSystem + `", "code": "` + TagCode + `"},
      {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}
    ]
  },
  "identifier": [{"system": "` + RunSystem + `", "value": "{{run_id}}"}]`

const patientBody = `{
  "resourceType": "Patient",
  ` + synthetic + `,
  "active": false,
  "name": [{"family": "Hdstest", "given": ["Synthetic"]}],
  "gender": "unknown",
  "birthDate": "1960-12-25"
}`

// changedPatient is the same patient with something else in it; a conditional
// update names no id.
func changedPatient(id string) string {
	head := `"resourceType": "Patient",`
	if id != "" {
		id = "\n  " + id
	}
	return strings.NewReplacer(head, head+id, `"unknown"`, `"other"`).Replace(patientBody)
}

// transactionBody creates a patient under an id of this run, by which it is
// deleted, and changes the observation that is there.
const transactionBody = `{
  "resourceType": "Bundle",
  "type": "transaction",
  "entry": [
    {
      "resource": {"resourceType": "Patient", "id": "{{run_id}}", "active": false,
        "meta": {"tag": [{"system": "` + TagSystem + `", "code": "` + TagCode + `"}]},
        "identifier": [{"system": "` + RunSystem + `", "value": "{{run_id}}-transaction"}]},
      "request": {"method": "PUT", "url": "Patient/{{run_id}}"}
    },
    {
      "resource": {"resourceType": "Observation", "id": "{{observation_id}}", ` + synthetic + `,
        "status": "amended", "code": {"text": "Body weight"}, "subject": {"reference": "Patient/{{patient_id}}"}},
      "request": {"method": "PUT", "url": "Observation/{{observation_id}}"}
    }
  ]
}`

const observationBody = `{
  "resourceType": "Observation",
  ` + synthetic + `,
  "status": "final",
  "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7", "display": "Body weight"}]},
  "subject": {"reference": "Patient/{{patient_id}}"},
  "effectiveDateTime": "2020-01-01",
  "valueQuantity": {"value": 70, "unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg"}
}`

// fhirWrites lists the round trip: create, read, search and delete a synthetic
// Patient with an Observation. A delete is soft: the server keeps the history.
func fhirWrites() []Request {
	write := func(r Request) Request {
		r.Group, r.Service, r.Auth = GroupFHIRWrite, FHIR, Bearer
		r.Headers = accept(typeFHIR)
		return r
	}
	patient, observation := []string{"fhir.patient.create"}, []string{"fhir.observation.create"}
	run := Pair{"identifier", RunSystem + "|{{" + VarRun + "}}"}
	return []Request{
		write(create("patient", "Patient", patientBody, VarPatientID, nil)),
		write(read("patient", "Patient", VarPatientID, patient)),
		write(Request{ID: "fhir.patient.search", Title: "Find the patient by tag and identifier",
			Method: "GET", Path: "/Patient", Query: []Pair{{"_tag", TagSystem + "|" + TagCode}, run},
			Expect:   found("Patient"),
			Captures: []Capture{{Variable: VarPatientID, JSON: "entry[0].resource.id"}},
			Needs:    []string{entra.ActionRead}, Effect: EffectNone, After: patient,
			Source: sourceSearch + "#token"}),
		write(Request{ID: "fhir.patient.update", Title: "Update the patient", Method: "PUT", Path: "/Patient/{{" + VarPatientID + "}}",
			Body:   Body{ContentType: typeFHIR, Template: changedPatient(`"id": "{{` + VarPatientID + `}}",`)},
			Expect: Expect{Status: []int{200}, JSON: []JSONRule{equals("id", "{{"+VarPatientID+"}}"), equals("gender", "other")}},
			Needs:  []string{entra.ActionWrite}, Effect: EffectChanges, After: patient,
			Source: sourceREST + "#update; github.com/microsoft/healthcare-apis-samples fhirdata.http"}),
		write(Request{ID: "fhir.patient.conditional-update", Title: "Update the patient by its identifier", Method: "PUT", Path: "/Patient",
			Query: []Pair{run}, Body: Body{ContentType: typeFHIR, Template: changedPatient("")},
			Expect: Expect{Status: []int{200}, JSON: []JSONRule{equals("id", "{{"+VarPatientID+"}}")}},
			Needs:  []string{entra.ActionWrite}, Effect: EffectChanges, After: patient,
			Source: sourceREST + "#cond-update; learn.microsoft.com/azure/healthcare-apis/fhir/rest-api-capabilities"}),
		write(Request{ID: "fhir.patient.history", Title: "History of the patient", Method: "GET", Path: "/Patient/{{" + VarPatientID + "}}/_history",
			Expect: Expect{Status: []int{200}, JSON: []JSONRule{equals("resourceType", "Bundle"), equals("type", "history"),
				equals("entry[0].resource.id", "{{"+VarPatientID+"}}"), exists("entry[1]")}},
			Needs: []string{entra.ActionRead}, Effect: EffectNone, After: []string{"fhir.patient.update"},
			Source: sourceREST + "#history; " + sourceSamples}),
		write(create("observation", "Observation", observationBody, VarObservation, patient)),
		write(read("observation", "Observation", VarObservation, observation)),
		write(Request{ID: "fhir.observation.search", Title: "Find the observation of the patient",
			Method: "GET", Path: "/Observation",
			Query:    []Pair{{"subject", "Patient/{{" + VarPatientID + "}}"}, run},
			Expect:   found("Observation"),
			Captures: []Capture{{Variable: VarObservation, JSON: "entry[0].resource.id"}},
			Needs:    []string{entra.ActionRead}, Effect: EffectNone, After: observation,
			Source: sourceSearch + "#reference"}),
		write(Request{ID: "fhir.patient.everything", Title: "Everything of the patient", Method: "GET", Path: "/Patient/{{" + VarPatientID + "}}/$everything",
			Expect: Expect{Status: []int{200}, JSON: []JSONRule{equals("resourceType", "Bundle"), equals("type", "searchset"), exists("entry[0]")}},
			Needs:  []string{entra.ActionRead}, Effect: EffectNone, After: observation, HealthDataServicesOnly: true,
			Source: sourceSamples + "; learn.microsoft.com/azure/healthcare-apis/fhir/patient-everything"}),
		write(Request{ID: "fhir.transaction", Title: "Create a patient and amend the observation, both or none", Method: "POST", Path: "/",
			Body: Body{ContentType: typeFHIR, Template: transactionBody},
			Expect: Expect{Status: []int{200}, JSON: []JSONRule{equals("resourceType", "Bundle"), equals("type", "transaction-response"),
				exists("entry[0].response.status"), exists("entry[1].response.status")}},
			Needs: []string{entra.ActionRead, entra.ActionWrite}, Effect: EffectCreates, Undo: "fhir.transaction.delete", After: observation,
			Source: sourceREST + "#transaction; " + sourceSamples}),
		write(Request{ID: "fhir.transaction.read", Title: "Read the patient of the transaction", Method: "GET", Path: "/Patient/{{" + VarRun + "}}",
			Expect: Expect{Status: []int{200}, JSON: []JSONRule{equals("resourceType", "Patient"), equals("id", "{{"+VarRun+"}}")}},
			Needs:  []string{entra.ActionRead}, Effect: EffectNone, After: []string{"fhir.transaction"}, Source: sourceREST + "#read"}),
		write(Request{ID: "fhir.transaction.delete", Title: "Delete the patient of the transaction", Method: "DELETE", Path: "/Patient/{{" + VarRun + "}}",
			Expect: Expect{Status: []int{204, 200}}, Needs: []string{entra.ActionDelete}, Effect: EffectDeletes,
			After: []string{"fhir.transaction"}, Source: sourceREST + "#delete"}),
		write(remove("observation", "Observation", VarObservation, observation)),
		write(remove("patient", "Patient", VarPatientID, patient)),
		write(Request{ID: "fhir.patient.gone", Title: "Read the deleted patient",
			Method: "GET", Path: "/Patient/{{" + VarPatientID + "}}",
			Expect: Expect{Status: []int{410}},
			Needs:  []string{entra.ActionRead}, Effect: EffectNone, After: []string{"fhir.patient.delete"},
			Source: sourceREST + "#delete"}),
	}
}

// found expects a bundle with one entry, which bears the mark of this run. A
// server that passes over a search parameter that it does not know would give
// someone else's resource, whose id must not come near a DELETE.
func found(resource string) Expect {
	return Expect{Status: []int{200}, JSON: []JSONRule{
		equals("resourceType", "Bundle"),
		equals("entry[0].resource.resourceType", resource),
		equals("entry[0].resource.identifier[0].value", "{{"+VarRun+"}}"),
		{Path: "entry[1]", Op: Absent},
	}}
}

func create(name, resource, body, variable string, after []string) Request {
	return Request{ID: "fhir." + name + ".create", Title: "Create a synthetic " + name,
		Method: "POST", Path: "/" + resource, Body: Body{ContentType: typeFHIR, Template: body},
		Expect: Expect{Status: []int{201}, Headers: []HeaderRule{{Name: "Location"}},
			JSON: []JSONRule{equals("resourceType", resource), exists("id")}},
		Captures: []Capture{{Variable: variable, JSON: "id"}},
		Needs:    []string{entra.ActionWrite}, Effect: EffectCreates,
		Undo: "fhir." + name + ".delete", Find: "fhir." + name + ".search", After: after,
		Source: sourcePostman + "; " + sourceREST + "#create"}
}

func read(name, resource, variable string, after []string) Request {
	return Request{ID: "fhir." + name + ".read", Title: "Read the " + name,
		Method: "GET", Path: "/" + resource + "/{{" + variable + "}}",
		Expect: Expect{Status: []int{200}, JSON: []JSONRule{
			equals("resourceType", resource), equals("id", "{{"+variable+"}}")}},
		Needs: []string{entra.ActionRead}, Effect: EffectNone, After: after,
		Source: sourceREST + "#read"}
}

func remove(name, resource, variable string, after []string) Request {
	return Request{ID: "fhir." + name + ".delete", Title: "Delete the " + name,
		Method: "DELETE", Path: "/" + resource + "/{{" + variable + "}}",
		Expect: Expect{Status: []int{204, 200}},
		Needs:  []string{entra.ActionDelete}, Effect: EffectDeletes, After: after,
		Source: sourceREST + "#delete; learn.microsoft.com/azure/healthcare-apis/fhir/rest-api-capabilities"}
}
