package export_test

import (
	"slices"
	"testing"

	"hdstest/internal/catalogue"
	"hdstest/internal/dicomfile"
	"hdstest/internal/export"
)

func TestValues(t *testing.T) {
	in := export.Input{Name: "x", Vars: catalogue.Vars{
		"fhirurl": "https://f.example/", "dicomurl": "https://d.example/v2/", "bearerToken": "canary", "clientsecret": "canary"}}
	got := in.Values()
	for name, want := range map[string]string{
		"fhirurl": "https://f.example", "fhirscope": "{{fhirurl}}/.default", "dicomurl": "https://d.example/v2",
		"dicomroot": "https://d.example", "dicomscope": "https://dicom.healthcareapis.azure.com/.default",
		"authority": "https://login.microsoftonline.com", "bearerToken": "", "clientsecret": "", "tenantid": "",
	} {
		if got[name] != want {
			t.Errorf("%s is %q, want %q", name, got[name], want)
		}
	}
	seen := map[string]bool{}
	for _, name := range []string{"study_uid", "series_uid", "instance_uid", "second_instance_uid", "absent_uid"} {
		if uid := got[name]; !dicomfile.ValidUID(uid) || seen[uid] {
			t.Errorf("%s is %q", name, uid)
		}
		seen[got[name]] = true
	}
	ruled := export.Input{Vars: catalogue.Vars{"fhirurl": "https://f.example", "fhirscope": "https://f.example/.default"}}
	own := export.Input{Vars: catalogue.Vars{"fhirurl": "https://f.example", "fhirscope": "api://other/.default"}}
	if a, b := ruled.Scope(catalogue.FHIR), own.Scope(catalogue.FHIR); a != "{{fhirurl}}/.default" || b != "api://other/.default" {
		t.Errorf("scopes %s and %s", a, b)
	}
	other := export.Input{Name: "y", Vars: in.Vars}
	if other.Values()["study_uid"] == got["study_uid"] {
		t.Error("two exports share their UIDs")
	}
}

func TestSlug(t *testing.T) {
	for name, want := range map[string]string{
		"Azure Health: FHIR & DICOM": "azure-health-fhir-dicom", "../../etc": "etc", "": "hdstest", "Ümlaut": "mlaut", "--": "hdstest",
	} {
		if got := (export.Input{Name: name}).Slug(); got != want {
			t.Errorf("%q gives %q, want %q", name, got, want)
		}
	}
}

func TestFoldersKeepOrderAndServices(t *testing.T) {
	var groups []string
	for _, f := range (export.Input{Services: []string{catalogue.DICOM}}).Folders() {
		groups = append(groups, f.Group.ID)
		if f.Group.ID == catalogue.GroupToken && len(f.Requests) != 1 {
			t.Errorf("%d token requests, want DICOM's alone", len(f.Requests))
		}
	}
	reads := export.Input{Requests: catalogue.For(catalogue.FHIR)[:5]}
	if reads.Wants(catalogue.DICOM) || slices.ContainsFunc(reads.Settings(), func(s export.Setting) bool { return s.Name == catalogue.VarDICOMURL }) {
		t.Error("settings of a service to which nothing is sent")
	}
	if len(groups) != 4 || groups[0] != catalogue.GroupToken || groups[3] != catalogue.GroupDICOMWrite {
		t.Errorf("groups %v", groups)
	}
}
