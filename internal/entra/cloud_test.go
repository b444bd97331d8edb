package entra_test

import (
	"testing"

	"hdstest/internal/entra"
)

func TestRetiredFHIRHost(t *testing.T) {
	for host, want := range map[string]bool{
		"contoso.azurehealthcareapis.com":  true,
		"Contoso.AzureHealthcareAPIs.com":  true,
		"gov.azurehealthcareapis.us":       true,
		"w-f.fhir.azurehealthcareapis.com": false, "w-d.dicom.azurehealthcareapis.com": false,
		"fhir.azurehealthcareapis.com": false, "azurehealthcareapis.com": false,
		"contoso.azurehealthcareapis.com.example": false, "contoso.example": false, "": false,
	} {
		if got := entra.IsRetiredFHIRHost(host); got != want {
			t.Errorf("IsRetiredFHIRHost(%q) = %t", host, got)
		}
	}
}
