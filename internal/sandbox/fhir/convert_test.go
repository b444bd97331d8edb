package fhir_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// conversion is the body of a $convert-data; what is empty is left out.
func conversion(input, kind, collection, template string) string {
	var out []string
	for _, p := range [][2]string{{"inputData", input}, {"inputDataType", kind}, {"templateCollectionReference", collection}, {"rootTemplate", template}} {
		if p[1] != "" {
			out = append(out, fmt.Sprintf(`{"name":%q,"valueString":%q}`, p[0], p[1]))
		}
	}
	return `{"resourceType":"Parameters","parameter":[` + strings.Join(out, ",") + `]}`
}

const jsonTemplates = "microsofthealth/jsontemplates:default"

// TestConvertByTheExampleTemplate: the whole patient of the published template, and
// of too little input only what there is.
func TestConvertByTheExampleTemplate(t *testing.T) {
	r := newRig(t, nil)
	for input, want := range map[string]string{
		`{"PatientId":12434,"MRN":"M0R1N2","FirstName":"Jerry","LastName":"Smith","Phone Number":["1234-5678","1234-5679"],"Gender":"M","DOB":"20010110"}`: `{
			"resourceType":"Patient","id":"*","active":true,"gender":"male","birthDate":"2001-01-10",
			"identifier":[{"use":"usual","type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"MR"}]},"system":"urn:oid:2.16.840.1.113883.19.5","value":"M0R1N2"}],
			"name":[{"family":"Smith","given":["Jerry"]}],"telecom":[{"system":"phone","value":"1234-5678"},{"system":"phone","value":"1234-5679"}],
			"managingOrganization":{"reference":"Organization/2.16.840.1.113883.19.5","display":"Good Health Clinic"}}`,
		`{"FirstName":"S","Gender":"X","DOB":"2001"}`: `{
			"resourceType":"Patient","active":true,"birthDate":"2001",
			"identifier":[{"use":"usual","type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"MR"}]},"system":"urn:oid:2.16.840.1.113883.19.5"}],
			"name":[{"given":["S"]}],"managingOrganization":{"reference":"Organization/2.16.840.1.113883.19.5","display":"Good Health Clinic"}}`,
	} {
		a := r.want(r.do(converter, "POST", "/$convert-data", conversion(input, "Json", jsonTemplates, "ExamplePatient")), 200)
		var got, wanted map[string]any
		if err := json.Unmarshal([]byte(a.body), &got); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(want), &wanted); err != nil {
			t.Fatal(err)
		}
		if wanted["id"] == "*" {
			wanted["id"] = got["id"]
			if again := r.do(converter, "POST", "/$convert-data", conversion(input, "Json", jsonTemplates, "ExamplePatient")); len(fmt.Sprint(got["id"])) != 36 || again.body != a.body {
				t.Errorf("another id for the same patient: %s and %s", a.body, again.body)
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(wanted) || a.header.Get("Content-Type") != "text/plain; charset=utf-8" {
			t.Errorf("got  %s %v\nwant %v", a.header.Get("Content-Type"), got, wanted)
		}
	}
}

func TestConvertRefuses(t *testing.T) {
	r := newRig(t, nil)
	for name, row := range map[string]struct {
		caller, body string
		want         int
		issue        string
	}{
		"no parameters":           {converter, `{"resourceType":"Patient"}`, 400, "invalid: Convert data operation parameters must be specified"},
		"no input":                {converter, conversion("", "Json", jsonTemplates, "ExamplePatient"), 400, "invalid: Value of the following parameter inputData is invalid."},
		"no type":                 {converter, conversion("{}", "", jsonTemplates, "ExamplePatient"), 400, "invalid: Value of the following parameter inputDataType is invalid."},
		"no such type":            {converter, conversion("{}", "Xml", jsonTemplates, "ExamplePatient"), 400, "invalid: Value of the following parameter inputDataType is invalid."},
		"no collection":           {converter, conversion("{}", "Json", "", "ExamplePatient"), 400, "invalid: Value of the following parameter templateCollectionReference is invalid."},
		"no template":             {converter, conversion("{}", "Json", jsonTemplates, ""), 400, "invalid: Value of the following parameter rootTemplate is invalid."},
		"no right":                {reader, conversion("{}", "Json", jsonTemplates, "ExamplePatient"), 403, "forbidden: "},
		"another's collection":    {converter, conversion("{}", "Json", "microsofthealth/hl7v2templates:default", "ADT_A01"), 400, "invalid: The input data type 'Json' and the default template"},
		"no JSON":                 {converter, conversion("{", "Json", jsonTemplates, "ExamplePatient"), 400, "invalid: Unable to parse the input data"},
		"a template not here":     {converter, conversion("MSH|", "Hl7v2", "microsofthealth/hl7v2templates:default", "ADT_A01"), 501, "not-supported: The hdstest sandbox does not implement $convert-data of Hl7v2 by ADT_A01"},
		"templates of a registry": {converter, conversion("{}", "Json", "x.azurecr.io/t:1", "ExamplePatient"), 501, "not-supported: "},
	} {
		a := r.do(row.caller, "POST", "/$convert-data", row.body)
		if a.status != row.want || !strings.HasPrefix(a.issue(), row.issue) {
			t.Errorf("%s: want %d %s, got %d %s", name, row.want, row.issue, a.status, a.body)
		}
	}
}
