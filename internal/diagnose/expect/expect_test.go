package expect_test

import (
	"slices"
	"testing"

	"hdstest/internal/diagnose/expect"
	"hdstest/internal/evidence"
)

const (
	tid     = "11111111-1111-1111-1111-111111111111"
	other   = "22222222-2222-2222-2222-222222222222"
	fhirURL = "https://w-f.fhir.azurehealthcareapis.com"
	dicom   = "https://dicom.healthcareapis.azure.com"
)

func challenged(header string) *evidence.Response { return &evidence.Response{WWWAuthenticate: header} }

func TestAudiences(t *testing.T) {
	for name, c := range map[string]struct {
		bundle evidence.Bundle
		want   []string
	}{
		"challenge before settings": {evidence.Bundle{Response: challenged(`Bearer resource_id="https://a"`),
			ServiceConfig: &evidence.ServiceConfig{Audience: "https://b"}}, []string{"https://a"}},
		"settings before rule": {evidence.Bundle{Service: "fhir", ServiceURL: fhirURL,
			ServiceConfig: &evidence.ServiceConfig{Audience: "https://b", Audiences: []string{"https://c"}}}, []string{"https://b", "https://c"}},
		"rule of FHIR":            {evidence.Bundle{Service: "fhir", ServiceURL: fhirURL + "/"}, []string{fhirURL}},
		"rule of DICOM":           {evidence.Bundle{Service: "dicom", ServiceURL: "https://w-d.dicom.azurehealthcareapis.com/v2"}, []string{dicom, dicom + "/"}},
		"DICOM told with a slash": {evidence.Bundle{Service: "dicom", ServiceConfig: &evidence.ServiceConfig{Audience: dicom + "/"}}, []string{dicom + "/", dicom, dicom + "/"}},
		"a server of one's own":   {evidence.Bundle{Service: "fhir", ServiceURL: "https://f.azurewebsites.net"}, nil},
		"nothing known":           {evidence.Bundle{}, nil},
	} {
		if got, _ := expect.Audiences(c.bundle); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestTenantAndIssuers(t *testing.T) {
	custom := evidence.Bundle{Config: &evidence.Config{Authority: "https://localhost:8443/" + tid}}
	for name, c := range map[string]struct {
		bundle  evidence.Bundle
		tid, v1 string
	}{
		"challenge before profile": {evidence.Bundle{Response: challenged(`Bearer authorization_uri="https://login.microsoftonline.com/` + other + `"`),
			Config: &evidence.Config{TenantID: tid}}, other, "https://sts.windows.net/" + other + "/"},
		"service's settings": {evidence.Bundle{ServiceConfig: &evidence.ServiceConfig{Authority: "https://login.microsoftonline.us/" + other}}, other, "https://sts.windows.net/" + other + "/"},
		"custom authority":   {custom, tid, "https://localhost:8443/" + tid + "/"},
		"tenant by name":     {evidence.Bundle{Config: &evidence.Config{TenantID: "contoso.example"}}, "", "https://sts.windows.net//"},
	} {
		got, _ := expect.Tenant(c.bundle)
		v1, _ := expect.Issuers(c.bundle, got)
		if got != c.tid || v1 != c.v1 {
			t.Errorf("%s: tenant %q, issuer %q, want %q, %q", name, got, v1, c.tid, c.v1)
		}
	}
	if _, v2 := expect.Issuers(custom, tid); v2 != "https://localhost:8443/"+tid+"/v2.0" {
		t.Errorf("v2.0 issuer of a custom authority = %q", v2)
	}
}
