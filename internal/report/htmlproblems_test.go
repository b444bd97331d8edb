package report_test

import (
	"bytes"
	"strings"
	"testing"

	"hdstest/internal/check"
	"hdstest/internal/report"
)

// TestThePageBeginsWithWhatToDo: what did not pass stands at the top, once for each
// cause and each thing to do, with where it was seen.
func TestThePageBeginsWithWhatToDo(t *testing.T) {
	missing := func(group, title, hint string) check.Finding {
		return check.Finding{Group: group, Title: title, Status: check.Fail, Cause: "role.missing", Seen: "403", Hint: hint}
	}
	var page bytes.Buffer
	err := report.HTML(&page, report.Report{Findings: []check.Finding{{Group: "token", Title: "Token", Status: check.Pass},
		missing("fhir", "One", "give FHIR"), missing("fhir", "Two", "give FHIR"), missing("fhir", "Three", "give FHIR"), missing("fhir", "Four", "give FHIR"),
		missing("dicom", "Five", "give DICOM")}})
	top, rest, found := strings.Cut(page.String(), "<h2>Tokens</h2>")
	if err != nil || !found {
		t.Fatal(err, page.String())
	}
	for _, want := range []string{"<h2>What to do</h2>", "FHIR: The caller has no data role", "DICOM: The caller has no data role",
		"One; Two; Three; and 1 more", "give FHIR", "give DICOM"} {
		if n := strings.Count(strings.ReplaceAll(top, "DICOM: ", "D: "), strings.ReplaceAll(want, "DICOM: ", "D: ")); n != 1 {
			t.Errorf("%q stands %d times above the checks, want once:\n%s", want, n, top)
		}
	}
	if strings.Count(rest, "give FHIR") != 1 || strings.Count(rest, "as above") != 3 {
		t.Errorf("a hint stands in full once:\n%s", rest)
	}
}
