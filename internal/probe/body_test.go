package probe

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"hdstest/internal/catalogue"
	"hdstest/internal/transport"
)

// FuzzAnswer reads whatever a server may send, as a statement and as any answer:
// both agree with encoding/json on what is JSON, and what is kept of it is short.
func FuzzAnswer(f *testing.F) {
	for _, body := range []string{
		``, ` `, `{}`, `[]`, `null`, `"text"`, `{}{}`, `{"a":1,"a":2}`, "\ufeff{}", "{\"a\":\"\xff\"}", `{"a":`, `{"a":1}]`, `<html><title>t</title>`, `not JSON`,
		`<OperationOutcome xmlns="http://hl7.org/fhir"><issue><severity value="error"/><diagnostics value="d"/><details><text value="t"/></details></issue></OperationOutcome>`,
		`<?xml version="1.0"?><OperationOutcome><issue`, `<!DOCTYPE OperationOutcome [<!ENTITY e "x">]><OperationOutcome><issue><code value="&e;"/></issue></OperationOutcome>`,
		`{"resourceType":"CapabilityStatement","fhirVersion":"4.0.1","rest":[{"mode":"server","security":{"extension":[{"extension":[{"url":"token","valueUri":"https://a/t"}]}]},"resource":[{"type":"Patient","interaction":[{"code":"read"}]}]}]}`,
		`{"resourceType":"OperationOutcome","issue":[{"severity":"error","diagnostics":"d","expression":["Patient.name"]}]}`,
		`{"00081198":{"vr":"SQ","Value":[{"00081197":{"vr":"US","Value":[45070]}}]}}`, `{"error":{"code":"c","message":"m"}}`,
		strings.Repeat("[", 10001) + strings.Repeat("]", 10001),
	} {
		f.Add(http.StatusOK, "application/fhir+json; charset=utf-8", []byte(body))
		f.Add(http.StatusForbidden, "application/json", []byte(body))
	}
	f.Fuzz(func(t *testing.T, status int, mediaType string, body []byte) {
		answer := transport.Answer{Status: status, Header: http.Header{"Content-Type": {mediaType}}, Body: body}
		for _, id := range []string{metadataID, "fhir.patient.count"} {
			c := read(catalogue.Request{ID: id}, answer)
			valid := json.Valid(bytes.TrimPrefix(body, []byte("\ufeff")))
			if c.fault == "" && !valid || valid && c.fault != "" && !strings.HasPrefix(c.mediaType, "application/dicom") {
				t.Fatalf("%s: fault %q, JSON %v", id, c.fault, valid)
			}
			if c.fault != "" && (c.doc != nil || c.statement != nil) {
				t.Fatalf("%s: read all the same: %s", id, c.fault)
			}
			kept, err := json.Marshal([]any{c.kept(catalogue.FHIR), c.statement.capability()})
			if err != nil || id != metadataID && len(kept) > 64<<10 {
				t.Fatalf("%s: %d bytes are kept: %v", id, len(kept), err)
			}
		}
	})
}
