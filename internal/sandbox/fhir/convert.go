package fhir

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// collectionOf are the collections of default templates by the type of input.
//
// Source: microsoft/fhir-server docs/ConvertDataOperation.md.
func collectionOf(inputType string) []string {
	return map[string][]string{
		"Hl7v2": {"microsofthealth/fhirconverter:default", "microsofthealth/hl7v2templates:default"},
		"Ccda":  {"microsofthealth/ccdatemplates:default"},
		"Json":  {"microsofthealth/jsontemplates:default"},
		"Fhir":  {"microsofthealth/stu3tor4templates:default"},
	}[inputType]
}

// convert answers $convert-data by the one template that is published whole and is
// short: ExamplePatient. Whatever would need another is absent here.
//
// Source: microsoft/FHIR-Converter data/Templates/Json/ExamplePatient.liquid; the texts
// of the two refusals are unverified.
func (s *Service) convert(in *request) (*response, *refusal) {
	p, _ := in.sent() // checked before
	values := map[string]string{}
	for _, one := range p.Parameter {
		values[one.Name] = one.ValueString
	}
	kind, collection := values["inputDataType"], values["templateCollectionReference"]
	if strings.HasPrefix(collection, "microsofthealth/") && !slices.Contains(collectionOf(kind), collection) {
		return nil, badRequest("The input data type '%s' and the default template collection '%s' are inconsistent.", kind, collection)
	}
	if kind != "Json" || collection != "microsofthealth/jsontemplates:default" || values["rootTemplate"] != "ExamplePatient" {
		return nil, absent("$convert-data of " + kind + " by " + values["rootTemplate"] + " of " + strings.TrimSuffix(collection, "templates:default"))
	}
	var message map[string]any
	decoder := json.NewDecoder(strings.NewReader(values["inputData"]))
	decoder.UseNumber()
	if err := decoder.Decode(&message); err != nil {
		return nil, badRequest("Unable to parse the input data: it is no JSON object.")
	}
	var out bytes.Buffer
	if err := json.Indent(&out, encode(examplePatient(message)), "", "  "); err != nil {
		return nil, failed(err)
	}
	// Plain text, since it is for the template to say what comes out.
	return &response{status: http.StatusOK, body: out.Bytes(), plain: "text/plain; charset=utf-8"}, nil
}

// examplePatient is what the template makes. Elements without a value are left out
// by the converter's last step.
func examplePatient(message map[string]any) map[string]any {
	text := func(key string) string { return plainText(message[key]) }
	coding := map[string]any{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR"}
	patient := map[string]any{
		"resourceType": "Patient",
		"id":           idFrom(message["PatientId"]),
		"identifier": []any{map[string]any{"use": "usual", "type": map[string]any{"coding": []any{coding}},
			"system": "urn:oid:2.16.840.1.113883.19.5", "value": text("MRN")}},
		"active":               true,
		"name":                 []any{map[string]any{"family": text("LastName"), "given": []any{text("FirstName")}}},
		"telecom":              phones(message["Phone Number"]),
		"gender":               map[string]string{"M": "male", "F": "female", "U": "unknown"}[text("Gender")],
		"birthDate":            hyphened(text("DOB")),
		"managingOrganization": map[string]any{"reference": "Organization/2.16.840.1.113883.19.5", "display": "Good Health Clinic"},
	}
	kept, _ := filled(patient).(map[string]any)
	return kept
}

func phones(v any) []any {
	list, _ := v.([]any)
	var out []any
	for _, p := range list {
		out = append(out, map[string]any{"system": "phone", "value": plainText(p)})
	}
	return out
}

// plainText is a value as a template prints it.
func plainText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}

// idFrom is the converter's id of a value: the beginning of the SHA-256 of its JSON,
// as .NET writes a GUID. Which bytes those are is unverified.
func idFrom(v any) string {
	if v == nil {
		return ""
	}
	hash := sha256.Sum256(encode(v))
	h := hash[:16]
	h[0], h[1], h[2], h[3], h[4], h[5], h[6], h[7] = h[3], h[2], h[1], h[0], h[5], h[4], h[7], h[6]
	id, err := uuid.FromBytes(h)
	if err != nil {
		return ""
	}
	return id.String()
}

// hyphened writes a date of HL7 v2 as one of FHIR; what has hyphens stays.
func hyphened(date string) string {
	m := regexp.MustCompile(`^(\d{4})(\d\d)?(\d\d)?$`).FindStringSubmatch(date)
	if m == nil {
		return date
	}
	return strings.TrimRight(strings.Join(m[1:], "-"), "-")
}

// filled leaves out what is empty; nil if nothing is left.
func filled(v any) any {
	switch v := v.(type) {
	case string:
		if v == "" {
			return nil
		}
	case []any:
		var out []any
		for _, one := range v {
			if kept := filled(one); kept != nil {
				out = append(out, kept)
			}
		}
		if out == nil {
			return nil
		}
		return out
	case map[string]any:
		for key, one := range v {
			if v[key] = filled(one); v[key] == nil {
				delete(v, key)
			}
		}
		if len(v) == 0 {
			return nil
		}
	}
	return v
}
