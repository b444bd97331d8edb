package report_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"hdstest/internal/check"
	"hdstest/internal/report"
)

func withMatrix(name string) report.Report {
	cell := func(v, expected check.Verdict, why string) check.Cell {
		return check.Cell{Verdict: v, Expected: expected, Why: why}
	}
	const resources = "Microsoft.HealthcareApis/workspaces/fhirservices/resources/"
	return report.Report{Findings: []check.Finding{{ID: "permission.fhir", Group: "fhir-permission", Title: "What " + name + " may do", Status: check.Pass, Seen: "fits FHIR Data Reader"}},
		Matrices: []check.Matrix{{Service: "fhir", Identities: []check.Identity{{Name: name, Fits: [][]string{{"FHIR Data Reader"}}}, {Name: "b"}}, Actions: []check.Action{
			{Action: resources + "read", Title: "Read", Roles: []string{"FHIR Data Reader", "FHIR SMART User"}, Cells: []check.Cell{cell(check.Allowed, "", ""), cell(check.Denied, "", "")}},
			{Action: resources + "delete", Title: "Delete", Roles: []string{"FHIR Data Writer"}, Cells: []check.Cell{cell(check.Denied, check.Allowed, ""), cell(check.NotTold, "", "the token is refused")}},
			{Action: resources + "create/action", Title: "Create", Cells: []check.Cell{cell(check.NotTold, "", "no way"), cell(check.NotTold, "", "no way")}},
		}}}}
}

// TestMatrixStandsBelowItsFinding in each form that has tables.
func TestMatrixStandsBelowItsFinding(t *testing.T) {
	var table, markdown, object bytes.Buffer
	r := withMatrix("reader")
	for _, err := range []error{report.Table(&table, r, report.Look{}), report.Markdown(&markdown, r, 0), report.JSON(&object, r)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	const want = `
What may be done on FHIR
  ✓ What reader may do  fits FHIR Data Reader
                           reader  b  given by
    read           Read    ✓       ✗   Reader, SMART User
    delete         Delete  ✗!      ?   Writer
    create/action  Create  ?       ?   not told: no way

✓ 1 passed
`
	if table.String() != want {
		t.Errorf("got\n%s", table.String())
	}
	for _, line := range []string{"| Action | | reader | b | Given by |", "| read | Read | ✅ | ❌ | Reader, SMART User |", "| delete | Delete | ❌ ⚠️ | ❔ | Writer |",
		"| create/action | Create | ❔ | ❔ | not told: no way |"} {
		if !strings.Contains(markdown.String(), line+"\n") {
			t.Errorf("no %q in\n%s", line, markdown.String())
		}
	}
	var page bytes.Buffer
	if err := report.HTML(&page, r); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{`<th scope="row">delete</th><td>Delete</td><td class="cell fail"><span class="sign" role="img" aria-label="denied, which the role assignments do not say">✗!</span>`,
		`<th scope="col" class="cell">reader</th>`, `<td class="time">not told: no way</td>`} {
		if !strings.Contains(page.String(), part) {
			t.Errorf("no %q in\n%s", part, page.String())
		}
	}
	var back struct{ Permissions []check.Matrix }
	if err := json.Unmarshal(object.Bytes(), &back); err != nil || len(back.Permissions) != 1 || !back.Permissions[0].Actions[1].Cells[0].Differs() {
		t.Errorf("%v: %s", err, object.String())
	}
}

// TestNarrowMatrix: where the roles would have no room, the words for an action go.
func TestNarrowMatrix(t *testing.T) {
	r := withMatrix("work")
	wide, narrow := table(t, r, report.Look{Width: 200}), table(t, r, report.Look{Width: 60})
	const title = "read           Read"
	if !strings.Contains(wide, title) || strings.Contains(narrow, title) {
		t.Errorf("%q: wide\n%s\nnarrow\n%s", title, wide, narrow)
	}
}

func TestNamesInAMatrixAreEscaped(t *testing.T) {
	var table, markdown bytes.Buffer
	r := withMatrix("a\x1b[2J|b\n")
	if err := report.Table(&table, r, report.Look{Width: 60}); err != nil {
		t.Fatal(err)
	}
	if err := report.Markdown(&markdown, r, 0); err != nil {
		t.Fatal(err)
	}
	var page bytes.Buffer
	if err := report.HTML(&page, withMatrix("<script>\x1b[2J")); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(page.String(), "<script>") || strings.Contains(page.String(), "\x1b") {
		t.Error("a name acts in the page")
	}
	if strings.Contains(table.String()+markdown.String(), "\x1b") || !strings.Contains(markdown.String(), `\|b`) {
		t.Errorf("%q\n%q", table.String(), markdown.String())
	}
}
