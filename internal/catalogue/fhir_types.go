package catalogue

import (
	"strings"

	"hdstest/internal/entra"
)

func lower(text string) string { return strings.ToLower(text) }

// resourceType is a type of the sample collection with the elements that R4 wants
// of it. A reference to others than the patient of the run has words alone.
type resourceType struct{ name, elements string }

const (
	typePatientVar = "type_patient_id"
	ofPatient      = `{"reference": "Patient/{{` + typePatientVar + `}}"}`
	inWords        = `{"display": "Synthetic"}`
	concept        = `{"text": "Synthetic"}`
)

// sampleTypes lists the types that have a folder in the sample collection, as far
// as its published description tells; the patient leads, for the others refer to
// it.
//
// Source: Azure-Samples/azure-health-data-and-ai-samples sample-postman-queries
// README; hl7.org/fhir/R4/resourcelist.html for the elements.
func sampleTypes() []resourceType {
	return []resourceType{
		{"AllergyIntolerance", `"patient": ` + ofPatient + `, "code": ` + concept},
		{"Appointment", `"status": "proposed", "participant": [{"actor": ` + ofPatient + `, "status": "needs-action"}]`},
		{"CarePlan", `"status": "draft", "intent": "proposal", "subject": ` + ofPatient},
		{"CareTeam", `"status": "proposed", "subject": ` + ofPatient},
		{"Claim", `"status": "draft", "type": ` + concept + `, "use": "claim", "patient": ` + ofPatient + `, "created": "2020-01-01", "provider": ` + inWords +
			`, "priority": ` + concept + `, "insurance": [{"sequence": 1, "focal": true, "coverage": ` + inWords + `}]`},
		{"Condition", `"subject": ` + ofPatient + `, "code": ` + concept},
		{"Coverage", `"status": "draft", "beneficiary": ` + ofPatient + `, "payor": [` + inWords + `]`},
		{"Device", `"status": "inactive"`},
		{"DiagnosticReport", `"status": "preliminary", "code": ` + concept + `, "subject": ` + ofPatient},
		{"DocumentReference", `"status": "current", "content": [{"attachment": {"contentType": "text/plain", "title": "Synthetic"}}]`},
		{"Encounter", `"status": "planned", "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"}, "subject": ` + ofPatient},
		{"Goal", `"lifecycleStatus": "proposed", "description": ` + concept + `, "subject": ` + ofPatient},
		{"Group", `"type": "person", "actual": true, "member": [{"entity": ` + ofPatient + `}]`},
		{"Immunization", `"status": "not-done", "vaccineCode": ` + concept + `, "patient": ` + ofPatient + `, "occurrenceDateTime": "2020-01-01"`},
		{"Location", `"status": "inactive", "name": "Synthetic"`},
		{"Medication", `"code": ` + concept},
		{"MedicationDispense", `"status": "preparation", "medicationCodeableConcept": ` + concept + `, "subject": ` + ofPatient},
		{"MedicationRequest", `"status": "draft", "intent": "proposal", "medicationCodeableConcept": ` + concept + `, "subject": ` + ofPatient},
		{"Observation", `"status": "preliminary", "code": ` + concept + `, "subject": ` + ofPatient},
		{"Organization", `"active": false, "name": "Synthetic"`},
		{"Practitioner", `"active": false, "name": [{"family": "Hdstest", "given": ["Synthetic"]}]`},
		{"PractitionerRole", `"active": false, "practitioner": ` + inWords},
		{"Procedure", `"status": "preparation", "subject": ` + ofPatient + `, "code": ` + concept},
		{"RelatedPerson", `"active": false, "patient": ` + ofPatient},
		{"Schedule", `"active": false, "actor": [` + inWords + `]`},
		{"ServiceRequest", `"status": "draft", "intent": "proposal", "subject": ` + ofPatient + `, "code": ` + concept},
		{"Specimen", `"status": "unavailable", "subject": ` + ofPatient},
	}
}

func (t resourceType) id() string       { return "fhir.type." + lower(t.name) }
func (t resourceType) variable() string { return "type_" + lower(t.name) + "_id" }

func (t resourceType) body(id string) string {
	return "{\n  \"resourceType\": \"" + t.name + "\",\n  " + id + synthetic + ",\n  " + t.elements + "\n}"
}

// fhirTypes lists create, read, search, update and delete for each type.
func fhirTypes() []Request {
	patient := resourceType{"Patient", `"active": false, "name": [{"family": "Hdstest", "given": ["Synthetic"]}]`}
	out := patient.begin(nil)
	for _, t := range sampleTypes() {
		after := []string{patient.id() + ".create"}
		out = append(append(out, t.begin(after)...), t.end())
	}
	return append(out, patient.end())
}

// typeVariables are those with the ids of what the types' requests create.
func typeVariables() []Variable {
	out := []Variable{{Name: typePatientVar, Meaning: "Id of the Patient to which those of other types refer", Run: true}}
	for _, t := range sampleTypes() {
		out = append(out, Variable{Name: t.variable(), Meaning: "Id of the " + t.name + " that this run created", Run: true})
	}
	return out
}

func (t resourceType) request(r Request) Request {
	r.ID, r.Group, r.Service, r.Auth, r.Headers = t.id()+"."+r.ID, GroupFHIRTypes, FHIR, Bearer, accept(typeFHIR)
	r.Source = sourceSamples + "; hl7.org/fhir/R4/" + lower(t.name) + ".html"
	return r
}

func (t resourceType) begin(after []string) []Request {
	created, one := []string{t.id() + ".create"}, "/"+t.name+"/{{"+t.variable()+"}}"
	is := []JSONRule{equals("resourceType", t.name), equals("id", "{{"+t.variable()+"}}")}
	return []Request{
		t.request(Request{ID: "create", Title: "Create " + t.name, Method: "POST", Path: "/" + t.name, Body: Body{ContentType: typeFHIR, Template: t.body("")},
			Expect:   Expect{Status: []int{201}, JSON: []JSONRule{equals("resourceType", t.name), exists("id")}},
			Captures: []Capture{{Variable: t.variable(), JSON: "id"}}, Needs: []string{entra.ActionWrite}, Effect: EffectCreates,
			Undo: t.id() + ".delete", Find: t.id() + ".search", After: after}),
		t.request(Request{ID: "read", Title: "Read " + t.name, Method: "GET", Path: one, Expect: Expect{Status: []int{200}, JSON: is},
			Needs: []string{entra.ActionRead}, Effect: EffectNone, After: created}),
		t.request(Request{ID: "search", Title: "Find " + t.name + " by identifier", Method: "GET", Path: "/" + t.name,
			Query: []Pair{{"identifier", RunSystem + "|{{" + VarRun + "}}"}}, Expect: found(t.name),
			Captures: []Capture{{Variable: t.variable(), JSON: "entry[0].resource.id"}},
			Needs:    []string{entra.ActionRead}, Effect: EffectNone, After: created}),
		t.request(Request{ID: "update", Title: "Update " + t.name, Method: "PUT", Path: one,
			Body:   Body{ContentType: typeFHIR, Template: t.body(`"id": "{{` + t.variable() + `}}", "language": "en", `)},
			Expect: Expect{Status: []int{200}, JSON: append(is, equals("language", "en"))},
			Needs:  []string{entra.ActionWrite}, Effect: EffectChanges, After: created}),
	}
}

func (t resourceType) end() Request {
	return t.request(Request{ID: "delete", Title: "Delete " + t.name, Method: "DELETE", Path: "/" + t.name + "/{{" + t.variable() + "}}",
		Expect: Expect{Status: []int{204, 200}}, Needs: []string{entra.ActionDelete}, Effect: EffectDeletes, After: []string{t.id() + ".create"}})
}
