package report_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hdstest/internal/check"
	"hdstest/internal/report"
)

var update = flag.Bool("update", false, "write the golden files")

func sample() report.Report {
	return report.Report{
		Title: "hdstest smoke",
		Facts: []report.Fact{{Name: "tenant", Text: "11111111-2222-3333-4444-555555555555"}, {Name: "FHIR", Text: "https://w-f.fhir.azurehealthcareapis.com"}},
		Findings: []check.Finding{
			{ID: "token.client_credentials.fhir", Group: "token", Title: "client_credentials for FHIR", Status: check.Pass, Seen: "expires in 59m59s", Duration: 41 * time.Millisecond},
			{ID: "token.authorization_code.fhir", Group: "token", Title: "authorization_code for FHIR", Status: check.Skip, Seen: "needs a person", Hint: "add --browser"},
			{ID: "probe.fhir.metadata", Group: "fhir", Title: "Capability statement", Status: check.Pass, Seen: "200", Duration: 12300 * time.Microsecond},
			{ID: "probe.fhir.patient.read", Group: "fhir", Title: "Read a patient", Status: check.Fail, Expected: "200", Seen: "403 forbidden: Authorization failed.",
				Hint: "give the app a role on the service with hdstest register --role, then wait up to ten minutes until Azure has spread it and run the same command again", Cause: "no.such.cause",
				Source: "https://learn.microsoft.com/azure/healthcare-apis/configure-azure-rbac", Duration: 9 * time.Millisecond},
			{ID: "claims.exp", Group: "claims", Title: "Expiry", Status: check.Warn, Expected: "more than 5 minutes left", Seen: "2 minutes left", Hint: "get a new token", Duration: 300 * time.Microsecond},
			{ID: "claims.nbf", Group: "claims", Title: "Start", Status: check.Warn, Expected: "a time past", Seen: "in a minute", Hint: "get a new token"},
			{ID: "token.authorization_code.dicom", Group: "token", Title: "authorization_code for DICOM", Status: check.Skip, Seen: "needs a person", Hint: "add --browser"},
			{ID: "probe.fhir.search", Group: "fhir", Title: "A title that is a good deal longer than the column of titles and goes on", Status: check.Pass, Seen: "200", Duration: 11 * time.Second},
		},
		Elapsed: 412 * time.Millisecond,
		Notes:   []report.Note{{Text: "wrote /tmp/x/postman.json"}},
		Extra:   []report.Field{{Name: "profile", Value: "work"}},
	}
}

// placed is the sample with what CI systems are told besides.
func placed() report.Report {
	r := sample()
	r.Command, r.Version, r.Began = "smoke", "v1.2.3", time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)
	r.Places = map[string]report.Place{"": {File: "hdstest.yaml", Line: 3}, "fhir": {File: "hdstest.yaml", Line: 7}}
	return r
}

func TestGolden(t *testing.T) {
	for name, write := range map[string]func(*bytes.Buffer) error{
		"plain.txt":   func(b *bytes.Buffer) error { return report.Table(b, sample(), report.Look{}) },
		"color.txt":   func(b *bytes.Buffer) error { return report.Table(b, sample(), report.Look{Color: true, Width: 72}) },
		"narrow.txt":  func(b *bytes.Buffer) error { return report.Table(b, sample(), report.Look{Width: 40}) },
		"smoke.md":    func(b *bytes.Buffer) error { return report.Markdown(b, placed(), report.SummaryLimit) },
		"github.txt":  func(b *bytes.Buffer) error { return report.GitHub(b, placed(), "guard") },
		"azure.txt":   func(b *bytes.Buffer) error { return report.AzurePipelines(b, placed(), "/tmp/summary.md") },
		"junit.xml":   func(b *bytes.Buffer) error { return report.JUnit(b, placed()) },
		"smoke.tap":   func(b *bytes.Buffer) error { return report.TAP(b, placed()) },
		"smoke.sarif": func(b *bytes.Buffer) error { return report.SARIF(b, placed()) },
		"empty.md":    func(b *bytes.Buffer) error { return report.Markdown(b, report.Report{}, 0) },
		"empty.tap":   func(b *bytes.Buffer) error { return report.TAP(b, report.Report{}) },
		"empty.sarif": func(b *bytes.Buffer) error { return report.SARIF(b, report.Report{}) },
		"smoke.json":  func(b *bytes.Buffer) error { return report.JSON(b, sample()) },
		"empty.txt":   func(b *bytes.Buffer) error { return report.Table(b, report.Report{}, report.Look{}) },
		"empty.json":  func(b *bytes.Buffer) error { return report.JSON(b, report.Report{}) },
	} {
		golden(t, name, write)
	}
}

// golden compares what is written with the file of this name; -update writes it.
func golden(t *testing.T, name string, write func(*bytes.Buffer) error) {
	t.Helper()
	var got bytes.Buffer
	if err := write(&got); err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// TestNarrowTablesKeepTheAnswer: on a narrow terminal what passed is cut, but not
// where it is the answer, and never why something was skipped; without a terminal
// nothing is cut.
func TestNarrowTablesKeepTheAnswer(t *testing.T) {
	seen, why := strings.Repeat("issuer ", 12)+"end", strings.Repeat("because ", 12)+"stop"
	r := report.Report{Findings: []check.Finding{{Title: "Issuer", Status: check.Pass, Seen: seen}, {Title: "Key", Status: check.Skip, Seen: why}},
		Closing: []report.Note{{Text: "First"}, {Label: "do next", Text: strings.Repeat("type ", 20) + "this"}}}
	for name, row := range map[string]struct {
		width     int
		whole     bool
		want, not string
	}{
		"no terminal":    {0, false, seen, "because   "},
		"cut":            {60, false, "…", "end"},
		"whole":          {60, true, "issuer issuer\n                end", "…"},
		"skip":           {60, false, "because stop", "\x00"},
		"wide":           {200, true, seen, "…"},
		"closing, broke": {60, false, "\n    do next   type", "\x00"},
	} {
		r.Whole = row.whole
		got := table(t, r, report.Look{Width: row.width})
		if !strings.Contains(got, row.want) || strings.Contains(got, row.not) {
			t.Errorf("%s: want %q and not %q in\n%s", name, row.want, row.not, got)
		}
		for line := range strings.Lines(got) {
			if n := len([]rune(strings.TrimRight(line, "\n"))); row.width > 0 && n > row.width {
				t.Errorf("%s: %d columns: %s", name, n, line)
			}
		}
	}
}

// TestCommandsAreNotBroken: what is to be copied stays in one piece.
func TestCommandsAreNotBroken(t *testing.T) {
	for _, command := range []string{"az role assignment create --assignee-object-id 11111111-2222-3333-4444-555555555555 --role x",
		"remove it: curl --fail-with-body -H \"$(hdstest token --service fhir --output header)\" -X DELETE 'https://localhost/Patient/1'"} {
		r := report.Report{Findings: []check.Finding{{Title: "Allowed", Status: check.Fail, Hint: command}}}
		if got := table(t, r, report.Look{Width: 60}); !strings.Contains(got, command) {
			t.Error(got)
		}
	}
}

func hostile() string {
	return "a\x1b[2Jb\u009b1mc\r\x07\u202ed\u200be\x7f\xfff\n  \u2713 forged\U000e0041"
}

func TestNothingFromAServerActsOnTheTerminal(t *testing.T) {
	h := hostile()
	r := report.Report{Title: h, Facts: []report.Fact{{Name: h, Text: h}}, Notes: []report.Note{{Text: h}, {Label: h, Text: h}}, Closing: []report.Note{{Label: h, Text: h}},
		Findings: []check.Finding{{ID: h, Group: h, Title: h, Status: check.Fail, Expected: h, Seen: h, Hint: h, Cause: h, Source: h}},
		Extra:    []report.Field{{Name: h, Value: h}}}
	var table, object bytes.Buffer
	if err := errors.Join(report.Table(&table, r, report.Look{Width: 80}), report.JSON(&object, r)); err != nil {
		t.Fatal(err)
	}
	for name, out := range map[string]string{"table": table.String(), "json": object.String()} {
		if i := strings.IndexFunc(out, func(c rune) bool {
			return c < 0x20 && c != '\n' || c >= 0x7f && c <= 0x9f || c == 0x202e || c == 0x200b || c >= 0xe0000
		}); i >= 0 {
			t.Errorf("%s: unsafe character %q in %q", name, out[i:i+4], out)
		}
	}
	for line := range strings.Lines(table.String()) {
		if strings.HasPrefix(line, "  \u2713 forged") {
			t.Errorf("a forged line: %q", line)
		}
	}
	var back struct{ Findings []check.Finding }
	if err := json.Unmarshal(object.Bytes(), &back); err != nil {
		t.Fatal(err)
	}
	if want := strings.ToValidUTF8(h, "\ufffd"); back.Findings[0].Seen != want {
		t.Errorf("JSON changed the text: %q, want %q", back.Findings[0].Seen, want)
	}
}

func TestJSONKeepsAnglesReadable(t *testing.T) {
	var b bytes.Buffer
	if err := report.JSON(&b, report.Report{Findings: []check.Finding{{Seen: "<a> & b"}}}); err != nil || !strings.Contains(b.String(), "<a> & b") {
		t.Errorf("%v: %s", err, b.String())
	}
}

func TestManySkipsOfOneReasonAreOneLine(t *testing.T) {
	var r report.Report
	for _, title := range []string{"a", "b", "c", "d", "e"} {
		r.Findings = append(r.Findings, check.Finding{Group: "fhir", Title: title, Status: check.Skip, Seen: "needs fhir." + title})
	}
	r.Findings = append(r.Findings, check.Finding{Group: "fhir", Title: "f", Status: check.Skip, Seen: "needs --write"})
	var b bytes.Buffer
	if err := report.Table(&b, r, report.Look{}); err != nil {
		t.Fatal(err)
	}
	want := "\nFHIR\n  – 5 checks were skipped  needs …\n  – f  needs --write\n\n! 6 skipped\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
}

func TestEscapeLeavesGoodTextAlone(t *testing.T) {
	for _, text := range []string{"", "plain", "Müller – 東京 ✓"} {
		if got := report.Escape(text); got != text {
			t.Errorf("Escape(%q) = %q", text, got)
		}
	}
	if got := report.Escape("a\r\nb\tc\rd"); got != `a b c\u000dd` {
		t.Errorf("line ends: %q", got)
	}
}
