package catalogue_test

import (
	"strings"
	"testing"

	"hdstest/internal/catalogue"
)

func TestAddressEncodesValues(t *testing.T) {
	r, _ := catalogue.ByID("fhir.patient.search")
	got, err := r.Address(catalogue.Vars{"run_id": "a b&c|d"})
	want := "/Patient?_tag=https%3A%2F%2Fhdstest.example%2Ftag%7Csynthetic" +
		"&identifier=https%3A%2F%2Fhdstest.example%2Frun%7Ca+b%26c%7Cd"
	if err != nil || got != want {
		t.Errorf("got %s, %v; want %s", got, err, want)
	}
}

func TestAddressKeepsAValueInsideItsSegment(t *testing.T) {
	r, _ := catalogue.ByID("fhir.patient.delete")
	got, err := r.Address(catalogue.Vars{"patient_id": "../metadata?x"})
	if err != nil || got != "/Patient/..%2Fmetadata%3Fx" {
		t.Errorf("got %s, %v", got, err)
	}
}

func TestAddressRefusesAHole(t *testing.T) {
	r, _ := catalogue.ByID("fhir.patient.delete")
	for _, vars := range []catalogue.Vars{{}, {"patient_id": ""}, {"patient_id": ".."}} {
		if got, err := r.Address(vars); err == nil || !strings.Contains(err.Error(), "patient_id") {
			t.Errorf("got %q, %v; want an error that names patient_id", got, err)
		}
	}
}

func TestTemplateHoldsNoValue(t *testing.T) {
	r, _ := catalogue.ByID("dicom.studies.absent")
	if got := r.Template(); got != "/studies?StudyInstanceUID={{absent_uid}}" {
		t.Error(got)
	}
}

func TestBaseVariable(t *testing.T) {
	for id, want := range map[string]string{
		"fhir.health": "fhirurl", "dicom.health": "dicomroot", "dicom.store": "dicomurl", "token.fhir": "authority",
	} {
		r, ok := catalogue.ByID(id)
		if got := r.BaseVariable(); !ok || got != want {
			t.Errorf("%s: %s, want %s", id, got, want)
		}
	}
	if got := catalogue.RootOf("https://ws-d.dicom.azurehealthcareapis.com/v2"); got != "https://ws-d.dicom.azurehealthcareapis.com" {
		t.Error(got)
	}
}

func FuzzPathSteps(f *testing.F) {
	for _, seed := range []string{"", "issue[0].code", "[0].0020000D.Value[0]", "a..b", "[x]", "a[", "a]b", "."} {
		f.Add(seed)
	}
	doc := map[string]any{"issue": []any{map[string]any{"code": "login"}}}
	f.Fuzz(func(t *testing.T, text string) {
		steps, err := catalogue.Path(text).Steps()
		if err == nil && text != "" && len(steps) == 0 {
			t.Errorf("%q gives no steps and no error", text)
		}
		catalogue.Path(text).Lookup(doc)
	})
}
