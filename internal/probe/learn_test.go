package probe_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"hdstest/internal/catalogue"
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
