package suggest_test

import (
	"testing"

	"hdstest/internal/suggest"
)

func TestNearest(t *testing.T) {
	known := []string{"token", "inspect", "probe", "export", "smoke", "--client-secret-file", "fhir"}
	for got, want := range map[string]string{
		"tokne":     "token", // neighbours swapped
		"TOKEN":     "token", // case
		"insp":      "inspect",
		"probes":    "probe",
		"expotr":    "export",
		"fihr":      "fhir",
		"kubectl":   "",
		"x":         "",
		"":          "",
		"logintime": "",
	} {
		if word := suggest.Nearest(got, known); word != want {
			t.Errorf("Nearest(%q) = %q, want %q", got, word, want)
		}
	}
	if got, want := suggest.DidYouMean("smok", "hdstest ", known), " (did you mean hdstest smoke?)"; got != want {
		t.Errorf("DidYouMean = %q, want %q", got, want)
	}
}
