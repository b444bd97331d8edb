package judge_test

import (
	"slices"
	"strings"
	"testing"

	"hdstest/internal/check"
	"hdstest/internal/evidence"
	"hdstest/internal/judge"
)

func statement() *evidence.Capability {
	all := []string{"read", "search-type", "create", "update", "delete"}
	return &evidence.Capability{FHIRVersion: "4.0.1", Formats: []string{"application/fhir+json; fhirVersion=4.0", "xml"}, Security: []string{"OAuth"},
		Authorize: "https://login.microsoftonline.com/" + tid + "/oauth2/authorize", Token: "https://login.microsoftonline.com/" + tid + "/oauth2/token",
		SMART: []string{"permission-v2"}, Interactions: map[string][]string{"Patient": all, "Observation": all}, System: []string{"transaction"}}
}

func smartDocument() *evidence.SMART {
	return &evidence.SMART{Authorize: statement().Authorize, Token: statement().Token, Capabilities: []string{"permission-v2"}, PKCE: []string{"S256"}}
}

func feed() *evidence.ChangeFeed {
	return &evidence.ChangeFeed{Entries: 2, Form: "camelCase", Actions: []string{"create"}, OfRun: "create"}
}

// TestEachConformanceCheckCanSpeak spoils what a service says of itself, one
// thing at a time: that finding speaks, and no other.
func TestEachConformanceCheckCanSpeak(t *testing.T) {
	for name, row := range map[string]struct {
		id     string
		status check.Status
		spoil  func(*evidence.Capability, *evidence.SMART, *evidence.ChangeFeed)
	}{
		"as expected": {"", "", func(*evidence.Capability, *evidence.SMART, *evidence.ChangeFeed) {}},
		"R5":          {"version", check.Warn, func(c *evidence.Capability, _ *evidence.SMART, _ *evidence.ChangeFeed) { c.FHIRVersion = "5.0.0" }},
		"no version":  {"version", check.Fail, func(c *evidence.Capability, _ *evidence.SMART, _ *evidence.ChangeFeed) { c.FHIRVersion = "" }},
		"XML alone": {"formats", check.Fail, func(c *evidence.Capability, _ *evidence.SMART, _ *evidence.ChangeFeed) {
			c.Formats = []string{"application/fhir+xml"}
		}},
		"no OAuth": {"security", check.Warn, func(c *evidence.Capability, _ *evidence.SMART, _ *evidence.ChangeFeed) {
			c.Security = []string{"Basic"}
		}},
		"another tenant": {"authority", check.Warn, func(c *evidence.Capability, s *evidence.SMART, _ *evidence.ChangeFeed) {
			c.Token = strings.Replace(c.Token, tid, other, 1)
			s.Token = c.Token
		}},
		"no delete": {"resources", check.Warn, func(c *evidence.Capability, _ *evidence.SMART, _ *evidence.ChangeFeed) {
			c.Interactions["Patient"] = []string{"read"}
		}},
		"no Observation": {"resources", check.Warn, func(c *evidence.Capability, _ *evidence.SMART, _ *evidence.ChangeFeed) {
			delete(c.Interactions, "Observation")
		}},
		"no types": {"resources", check.Warn, func(c *evidence.Capability, _ *evidence.SMART, _ *evidence.ChangeFeed) { c.Interactions = nil }},
		"other endpoints": {"smart", check.Warn, func(_ *evidence.Capability, s *evidence.SMART, _ *evidence.ChangeFeed) {
			s.Authorize = "https://elsewhere.example"
		}},
		"PKCE in the clear": {"smart", check.Warn, func(_ *evidence.Capability, s *evidence.SMART, _ *evidence.ChangeFeed) { s.PKCE = []string{"plain"} }},
		"one capability": {"smart", check.Warn, func(c *evidence.Capability, _ *evidence.SMART, _ *evidence.ChangeFeed) {
			c.SMART = append(c.SMART, "launch-ehr")
		}},
		"feed without UIDs": {"changefeed", check.Fail, func(_ *evidence.Capability, _ *evidence.SMART, f *evidence.ChangeFeed) {
			f.Missing = []string{"sopInstanceUid"}
		}},
		"unknown action":    {"changefeed", check.Warn, func(_ *evidence.Capability, _ *evidence.SMART, f *evidence.ChangeFeed) { f.Odd = []string{"archive"} }},
		"stored as deleted": {"changefeed", check.Fail, func(_ *evidence.Capability, _ *evidence.SMART, f *evidence.ChangeFeed) { f.OfRun = "delete" }},
	} {
		t.Run(name, func(t *testing.T) {
			c, s, f := statement(), smartDocument(), feed()
			row.spoil(c, s, f)
			found := slices.Concat(judge.Conformance("fhir", tid, []evidence.Bundle{{Capability: c}, {SMART: s}}),
				judge.Conformance("dicom", tid, []evidence.Bundle{{ChangeFeed: f}}))
			if len(found) != 7 {
				t.Errorf("%d findings, want 7", len(found))
			}
			for _, f := range found {
				want := check.Pass
				if f.ID == "conformance."+row.id {
					want = row.status
				}
				if f.Status != want || f.Seen == "" || f.Expected == "" || f.Source == "" || f.Status == check.Warn && f.Hint == "" {
					t.Errorf("%+v", f)
				}
			}
		})
	}
	if got := judge.Conformance("fhir", tid, nil); got != nil {
		t.Errorf("of nothing: %+v", got)
	}
}

// TestSuccessesThatLookOdd: DICOM answers 204 when nothing matches and 409 when an
// instance is there already; both are successes and say so.
func TestSuccessesThatLookOdd(t *testing.T) {
	for status, row := range map[int]struct{ method, id, seen string }{
		204: {"GET", "dicom.studies.absent", "which is a success"},
		409: {"POST", "dicom.store", "storing works"},
	} {
		b := evidence.Bundle{Service: "dicom", Request: &evidence.Request{ID: row.id, Method: row.method}, Response: &evidence.Response{Status: status}}
		if f := judge.Probe(b); f.Status != check.Pass || !strings.Contains(f.Seen, row.seen) {
			t.Errorf("%d: %+v", status, f)
		}
		b.Response.Mismatch = []string{"another"}
		if f := judge.Probe(b); f.Status != check.Fail || strings.Contains(f.Seen, row.seen) {
			t.Errorf("%d with a mismatch: %+v", status, f)
		}
	}
}

// TestOutcomeInWords shows an OperationOutcome as people want it: words, code,
// element, how many more, and the id that support asks for.
func TestOutcomeInWords(t *testing.T) {
	b := evidence.Bundle{Service: "fhir", Request: &evidence.Request{ID: "fhir.patient.create", Method: "POST"},
		Response: &evidence.Response{Status: 400, Mismatch: []string{"status 400, expected 201"}, Headers: map[string]string{"X-Request-Id": "r-1"},
			Body: map[string]any{"resourceType": "OperationOutcome", "issue": []any{
				map[string]any{"severity": "error", "code": "invalid", "diagnostics": "birthDate is no date", "expression": []any{"Patient.birthDate"}},
				map[string]any{"severity": "warning", "code": "x"}}}}}
	want := `400 Bad Request; it says "birthDate is no date" (error invalid at Patient.birthDate, and 1 more); request id r-1`
	if f := judge.Probe(b); f.Seen != want {
		t.Errorf("%s\nwant %s", f.Seen, want)
	}
}
