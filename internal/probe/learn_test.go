package probe_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"hdstest/internal/catalogue"
	"hdstest/internal/evidence"
	"hdstest/internal/probe"
)

// TestDescriptionsAreRead: what a service says of itself is in the evidence, with
// the capability statement's resources and without anything of the feed's UIDs.
func TestDescriptionsAreRead(t *testing.T) {
	f := newFHIR(t)
	outcomes, _, err := probe.Run(context.Background(), target(f, catalogue.FHIR), catalogue.For(catalogue.FHIR), options(t, f))
	if err != nil {
		t.Fatal(err)
	}
	c := outcome(t, outcomes, "fhir.metadata").Evidence.Capability
	if c == nil || c.FHIRVersion != "4.0.1" || c.Token != "https://login.example/tenant-1/oauth2/token" {
		t.Errorf("%+v", c)
	}
	if s := outcome(t, outcomes, "fhir.smart-configuration").Evidence.SMART; s == nil || s.Token != "https://a/y" {
		t.Errorf("%+v", s)
	}
}

func TestChangeFeedIsReadInEitherCase(t *testing.T) {
	const camel = `[{"sequence":1,"studyInstanceUid":"1.2","seriesInstanceUid":"1.3","sopInstanceUid":"1.4","action":"create","timestamp":"2020-01-01T00:00:00Z","state":"current"}]`
	pascal := strings.NewReplacer("sequence", "Sequence", "study", "Study", "series", "Series", "sop", "Sop", "action", "Action",
		"timestamp", "Timestamp", `"state"`, `"State"`, "create", "Create", "current", "Current").Replace(camel)
	for body, row := range map[string]struct {
		form    string
		missing []string
		odd     []string
	}{
		camel:  {form: "camelCase"},
		pascal: {form: "PascalCase"},
		`[{"sequence":1,"action":"archive","state":"current","timestamp":"t"}]`: {form: "camelCase",
			missing: []string{"studyInstanceUid", "seriesInstanceUid", "sopInstanceUid"}, odd: []string{"archive"}},
		`[]`: {},
	} {
		f := newDICOM(t)
		f.instead = func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path == "/v2/changefeed" && r.Header.Get("Authorization") != "" {
				answerJSON(w, 200, "application/json", body)
				return true
			}
			return false
		}
		o := options(t, f)
		o.Only = []string{"dicom.changefeed.list"}
		outcomes, _, err := probe.Run(context.Background(), target(f, catalogue.DICOM), catalogue.For(catalogue.DICOM), o)
		got := outcome(t, outcomes, "dicom.changefeed.list").Evidence.ChangeFeed
		if err != nil || got == nil || got.Form != row.form || !slices.Equal(got.Missing, row.missing) || !slices.Equal(got.Odd, row.odd) {
			t.Errorf("%s: %+v, %v", body, got, err)
		}
	}
}

// TestEveryDICOMRequestNamesWhatItAccepts: without Accept the service answers 406
// and not a word; a server that does so gets none of ours.
func TestEveryDICOMRequestNamesWhatItAccepts(t *testing.T) {
	f := newDICOM(t)
	f.instead = func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Header.Get("Accept") == "" {
			t.Errorf("%s %s without Accept", r.Method, r.URL.Path)
		}
		return false
	}
	o := options(t, f)
	o.Write = true
	if _, _, err := probe.Run(context.Background(), target(f, catalogue.DICOM), catalogue.Requests(), o); err != nil {
		t.Fatal(err)
	}
}

// TestStatementIsReadWithCare: what a capability statement has in another form than
// FHIR says stays empty, and the rest is read.
func TestStatementIsReadWithCare(t *testing.T) {
	const start = `{"resourceType":"CapabilityStatement","fhirVersion":"4.0.1"`
	for name, row := range map[string]struct {
		body   string
		passed bool
		want   *evidence.Capability
	}{
		"whole": {start + `,"kind":"instance","format":["json","xml"],"patchFormat":["application/json-patch+json"],"software":{"name":"S","version":"2"},
			"rest":[{"mode":"client","resource":[{"type":"Basic"}]},{"mode":"server","security":{"service":[{"coding":[{"code":"OAuth"},{"display":"none"}]}],
			"extension":[{"url":"http://x/StructureDefinition/capabilities","valueCode":"launch"},{"extension":[{"url":"authorize","valueUri":"https://a/y"}]}]},
			"interaction":[{"code":"batch"}],"resource":[{"type":"Patient","interaction":[{"code":"read"},{"documentation":"none"}]}]}]}`, true,
			&evidence.Capability{FHIRVersion: "4.0.1", Kind: "instance", Formats: []string{"json", "xml"}, PatchFormats: []string{"application/json-patch+json"},
				Software: "S 2", Security: []string{"OAuth"}, Authorize: "https://a/y", SMART: []string{"launch"}, System: []string{"batch"},
				Interactions: map[string][]string{"Patient": {"read"}}}},
		"of other types": {start + `,"kind":7,"format":"json","software":[1],"rest":[{"security":"none","interaction":{"code":"batch"},
			"resource":[{"type":["Basic"]},7,{"type":"Patient","interaction":[{"code":1},{"code":"read"}]}]}]}`, true,
			&evidence.Capability{FHIRVersion: "4.0.1", Interactions: map[string][]string{"": nil, "Patient": {"read"}}}},
		"rest is an object": {start + `,"rest":{"resource":[]}}`, true, &evidence.Capability{FHIRVersion: "4.0.1"}},
		"names twice":       {start + `,"kind":"instance","kind":"capability"}`, true, &evidence.Capability{FHIRVersion: "4.0.1", Kind: "capability"}},
		"long": {start + `,"kind":"` + strings.Repeat("k", 600) + `"}`, true,
			&evidence.Capability{FHIRVersion: "4.0.1", Kind: strings.Repeat("k", 500) + "…"}},
		"another resource": {`{"resourceType":"Patient","fhirVersion":"4.0.1"}`, false, nil},
		"a list":           {`[{"resourceType":"CapabilityStatement"}]`, false, nil},
		"null":             {`null`, false, nil},
		"cut short":        {start + `,"rest":[{"mode":"server","resource":[{"type":"Pat`, false, nil},
		"more follows":     {start + `}{}`, false, nil},
		"no JSON":          {start + `,"rest":[}`, false, nil},
	} {
		f := newFHIR(t)
		f.instead = func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path == "/metadata" {
				answerJSON(w, 200, "application/fhir+json", row.body)
				return true
			}
			return false
		}
		o := options(t, f)
		o.Only = []string{"fhir.metadata"}
		outcomes, _, err := probe.Run(context.Background(), target(f, catalogue.FHIR), catalogue.For(catalogue.FHIR), o)
		got := outcome(t, outcomes, "fhir.metadata")
		if err != nil || got.Passed != row.passed {
			t.Errorf("%s: passed %v, %v: %v", name, got.Passed, got.Evidence.Response.Mismatch, err)
		}
		if diff := cmp.Diff(row.want, got.Evidence.Capability, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestRulesOfTheStatement: package probe keeps the elements of a capability
// statement itself for the rules of the catalogue, and no more.
func TestRulesOfTheStatement(t *testing.T) {
	request, _ := catalogue.ByID("fhir.metadata")
	for _, rule := range request.Expect.JSON {
		steps, err := rule.Path.Steps()
		if err != nil || len(steps) == 0 || slices.Contains([]string{"rest", "format", "patchFormat", "software"}, steps[0].Name) {
			t.Errorf("the rule about %q would never find it", rule.Path)
		}
	}
	if len(request.Captures) > 0 {
		t.Error("a capture would find only what the rules find")
	}
}
