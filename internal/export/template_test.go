package export_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hdstest/internal/catalogue"
	"hdstest/internal/dicomfile"
	"hdstest/internal/export"
	"hdstest/internal/secret"
)

func TestParts(t *testing.T) {
	for text, want := range map[string][]export.Part{
		"":            nil,
		"plain":       {{Literal: "plain"}},
		"{{a}}":       {{Variable: "a"}},
		"x{{a}}{{b}}": {{Literal: "x"}, {Variable: "a"}, {Variable: "b"}},
		"{{a b}}{{":   {{Literal: "{{a b}}{{"}},
	} {
		if diff := cmp.Diff(want, export.Parts(text)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

func FuzzPartsJoinToTheText(f *testing.F) {
	f.Add("a{{b}}c{{}}{{d}}")
	f.Fuzz(func(t *testing.T, text string) {
		same := func(s string) string { return s }
		if got := export.Join(export.Parts(text), same, func(name string) string { return "{{" + name + "}}" }); got != text {
			t.Errorf("%q became %q", text, got)
		}
	})
}

func TestAddressEscapesLiteralsOnly(t *testing.T) {
	r, _ := catalogue.ByID("fhir.patient.search")
	want := "{{fhirurl}}/Patient?_tag=https%3A%2F%2Fhdstest.example%2Ftag%7Csynthetic&identifier=https%3A%2F%2Fhdstest.example%2Frun%7C{{run_id}}"
	if got := export.Address(r); got != want {
		t.Errorf("got %s", got)
	}
}

func TestChainMarksWhatOthersAskFor(t *testing.T) {
	c := export.Input{}.Chain()
	for id, want := range map[string]bool{"fhir.patient.create": true, "dicom.store": true, "fhir.patient.read": false, "fhir.metadata": false} {
		if c.LeavesMark(id) != want {
			t.Errorf("%s leaves a mark: %v", id, !want)
		}
	}
	if got := c.Unmarks("fhir.patient.delete"); !slices.Equal(got, []string{"fhir.patient.create"}) {
		t.Errorf("deleting the patient takes away %q", got)
	}
	if !c.BeginsRun("fhir.patient.create") || c.BeginsRun("fhir.observation.create") || c.BeginsRun("dicom.store") {
		t.Error("a run begins elsewhere")
	}
}

func TestNoIDIsTakenFromASearch(t *testing.T) {
	for _, r := range catalogue.Requests() {
		if got := export.Captures(r); got != nil && r.Effect != catalogue.EffectCreates {
			t.Errorf("%s keeps %v", r.ID, got)
		}
	}
}

func TestSettings(t *testing.T) {
	in := export.Input{Name: "x", ClientSecret: secret.New("canary"), Vars: catalogue.Vars{"clientsecret": "elsewhere"}}
	for _, included := range []bool{false, true} {
		in.IncludeSecrets = included
		for _, s := range in.Settings() {
			if holds := s.Value == "canary"; holds != (included && s.Name == "clientsecret") || s.Value == "elsewhere" || s.Run {
				t.Errorf("included %v: %+v", included, s)
			}
		}
	}
	reads := export.Input{Requests: catalogue.For(catalogue.FHIR)[:2]}
	if slices.ContainsFunc(reads.Settings(), func(s export.Setting) bool { return s.Name == export.AllowWrites }) || reads.UIDs() != nil || reads.Tokens() != nil {
		t.Error("settings for what the export does not do")
	}
}

func TestBodiesComeInTheirForm(t *testing.T) {
	in := export.Input{Name: "x"}
	files, err := in.Bodies()
	if err != nil || len(files) != 2 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	bare, err := in.Payload(catalogue.DICOMMultipart)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(dicomfile.Multipart(catalogue.MultipartBoundary, bare.Data), files[0].Data); diff != "" || files[0].Name != "x-1.dcm.multipart" {
		t.Errorf("%s: %s", files[0].Name, diff)
	}
	if files[1].Name != "x-2.dcm" || string(files[1].Data[128:132]) != "DICM" {
		t.Errorf("%s is no DICOM file", files[1].Name)
	}
}
