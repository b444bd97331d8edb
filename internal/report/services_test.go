package report_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"hdstest/internal/check"
	"hdstest/internal/report"
)

// services are five rows: two of one cause with commands of their own, one that left
// something behind, one of which nothing was asked, one that passed.
func services() report.Report {
	row := func(profile, kind string, s check.Status, answer, seen, hint, cause string) check.Service {
		return check.Service{ID: "probe." + kind + "." + profile, Profile: profile, Service: kind, URL: "https://" + profile + ".example", Status: s, Answer: answer, Seen: seen, Hint: hint, Cause: cause,
			Passed: 9, Skipped: 2, Took: 120 * time.Millisecond, Millis: 120}
	}
	green := row("dev", "fhir", check.Pass, check.AllGreen, "", "", "")
	green.Token, green.TLS, green.Fits, green.Assigned = 40, 3.25, [][]string{{"FHIR Data Reader"}, {"FHIR SMART User"}}, []string{"FHIR Data Reader"}
	green.Percentiles = &check.Percentiles{Count: 20, Failures: map[string]int{"503": 2}, P50: 1, P90: 2, P95: 3, P99: 4, Max: 5}
	left := row("prod", "fhir", check.Fail, check.LeftBehind, "what fhir.patient.create created is still there: status 500", "remove it: curl -X DELETE 'https://prod.example/Patient/1'", "")
	left.Leftovers = []check.Leftover{{Seen: left.Seen, Hint: left.Hint}}
	left.Fits, left.Unread = [][]string{}, "the service's resource id is not known; set fhir.resource_id in the profile"
	r := report.Report{Title: "Probe of many services", Elapsed: time.Second, Places: map[string]report.Place{"probe.dicom.dev": {File: "hdstest.yaml", Line: 7}}, Times: true, Roles: true, Services: []check.Service{
		left, green, row("dev", "dicom", check.Fail, "Allowed (no 403)", "403 Forbidden", "hdstest rbac assign A", "role.missing"),
		row("test", "dicom", check.Fail, "Allowed (no 403)", "403 | Forbidden", "hdstest rbac assign B", "role.missing"),
		row("test", "fhir", check.Skip, check.NotChecked, "left out by --only", "", "")}}
	for _, s := range r.Services {
		r.Findings = append(r.Findings, check.Finding{ID: s.ID, Group: s.Service, Title: s.Profile, Status: s.Status, Seen: s.Seen})
	}
	return r
}

func TestServicesGolden(t *testing.T) {
	for name, write := range map[string]func(*bytes.Buffer) error{
		"many.txt":        func(b *bytes.Buffer) error { return report.Table(b, services(), report.Look{}) },
		"many.md":         func(b *bytes.Buffer) error { return report.Markdown(b, services(), 0) },
		"many-github.txt": func(b *bytes.Buffer) error { return report.GitHub(b, services(), "guard") },
		"many.json":       func(b *bytes.Buffer) error { return report.JSON(b, services()) },
	} {
		golden(t, name, write)
	}
}

// TestPageOfServices: the page has the values of the JSON, a row for each service.
func TestPageOfServices(t *testing.T) {
	var object, page bytes.Buffer
	if err := errors.Join(report.JSON(&object, services()), report.HTML(&page, services())); err != nil {
		t.Fatal(err)
	}
	var back struct{ Services []check.Service }
	if err := json.Unmarshal(object.Bytes(), &back); err != nil {
		t.Fatal(err)
	}
	root, err := html.Parse(&page)
	if err != nil {
		t.Fatal(err)
	}
	rows := rowsOf(root)
	if len(rows) != 3*(1+len(back.Services)) {
		t.Fatalf("%d rows: %q", len(rows), rows)
	}
	for i, s := range back.Services {
		seen := s.Seen
		if seen != "" {
			seen = "seen" + seen
		}
		want := fmt.Sprintf("%s|%s|%s|%s%s|%s|%d|%d|%d|%d|%.0f ms", s.Profile, s.Service, s.URL, s.Answer, seen, s.Cause, s.Passed, s.Warnings, s.Failed, s.Skipped, s.Millis)
		if _, got, _ := strings.Cut(rows[1+i], "|"); got != want {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	}
	if want := "✓|dev fhir|40.0|||3.2|20|1.0|2.0|3.0|4.0|5.0|2× 503"; rows[8] != want {
		t.Errorf("times %q, want %q", rows[8], want)
	}
	if want := "✓|dev fhir|FHIR Data Reader, or FHIR SMART User|FHIR Data Reader"; rows[14] != want {
		t.Errorf("roles %q, want %q", rows[14], want)
	}
}

// rowsOf gives the text of each row of all tables, cells parted by bars.
func rowsOf(root *html.Node) []string {
	var out []string
	for n := range root.Descendants() {
		if n.Type != html.ElementNode || n.Data != "tr" {
			continue
		}
		var cells []string
		for cell := range n.ChildNodes() {
			var text strings.Builder
			for d := range cell.Descendants() {
				if d.Type == html.TextNode {
					text.WriteString(d.Data)
				}
			}
			cells = append(cells, text.String())
		}
		out = append(out, strings.Join(cells, "|"))
	}
	return out
}

// TestEqualReasonsAreTold of a thousand services: once, with how many they are.
func TestEqualReasonsAreTold(t *testing.T) {
	var r report.Report
	for i := range 1000 {
		s := check.Service{Profile: fmt.Sprint("p", i), Service: "fhir", Status: check.Pass, Answer: check.AllGreen}
		switch {
		case i < 12:
			s.Status, s.Answer, s.Cause, s.Hint, s.Seen = check.Fail, "Token", "secret.expired", "make a new one", "invalid_client"
		case i < 15:
			s.Status, s.Answer = check.Warn, "Start"
		case i < 19:
			s.Status, s.Answer = check.Fail, "Connection (TCP)"
		}
		r.Services = append(r.Services, s)
	}
	text := table(t, r, report.Look{})
	last := -1
	for _, want := range []string{"✗ 12 of 1000 services: The client secret has expired [secret.expired]\n      where     p0 fhir, p1 fhir, p2 fhir, p3 fhir, p4 fhir and 7 more\n      seen      p0 fhir: invalid_client\n      do next   make a new one\n",
		"✗ 4 of 1000 services: Connection (TCP)\n", "! 3 of 1000 services: Start\n", "16 failed, 3 warnings, 981 passed"} {
		at := strings.Index(text, want)
		if at <= last {
			t.Errorf("%q stands at %d, behind %d:\n%s", want, at, last, text[max(0, len(text)-1500):])
		}
		last = at
	}
	var short bytes.Buffer
	if err := report.Markdown(&short, r, 8<<10); err != nil || short.Len() > 8<<10 {
		t.Errorf("%d bytes, %v", short.Len(), err)
	}
	if got := short.String(); strings.Count(got, "<details>") != strings.Count(got, "</details>") || !strings.Contains(got, "entries did not fit here") || !strings.Contains(got, "12 of 1000") {
		t.Errorf("cut badly:\n%s", got)
	}
}

// TestServicesForgeNothing: names and texts of services are as harmless as those of
// findings.
func TestServicesForgeNothing(t *testing.T) {
	for _, h := range hostiles() {
		for form, write := range forms() {
			r := filled(h)
			r.Title, r.Command, r.Times, r.Roles = "Title", "probe", true, true
			for _, s := range []check.Status{check.Fail, check.Warn, check.Skip, check.Pass} {
				r.Services = append(r.Services, check.Service{Profile: h, Service: h, URL: h, Status: s, Answer: h, Seen: h, Hint: h, Cause: h, Fits: [][]string{{h}}, Assigned: []string{h},
					Percentiles: &check.Percentiles{Failures: map[string]int{h: 1}}, Leftovers: []check.Leftover{{Seen: h, Hint: h}}},
					check.Service{Profile: h, Service: h, Status: s, Unread: h})
			}
			var out bytes.Buffer
			if err := errors.Join(write(&out, r), held(form, out.String(), len(r.Findings))); err != nil {
				t.Errorf("%q: %v", h, err)
			}
		}
	}
}

// TestServicesOnANarrowTerminal: columns go that are told elsewhere, not the answer.
func TestServicesOnANarrowTerminal(t *testing.T) {
	r := services()
	r.Roles = false
	for width, row := range map[int]struct{ has, lacks string }{
		200: {"answer                      cause         ok  warn  fail  skip    time", "\x00"},
		80:  {"answer                      ok  warn  fail  skip    time", "cause"},
		56:  {"answer                        time", "skip"},
	} {
		text := table(t, r, report.Look{Width: width})
		rows, _, _ := strings.Cut(text, "\n  \u2717 2 of 5")
		head, _, _ := strings.Cut(rows, "Times")
		if !strings.Contains(head, row.has) || strings.Contains(head, row.lacks) {
			t.Errorf("%d columns:\n%s", width, text)
		}
		for line := range strings.Lines(rows) {
			if n := len([]rune(strings.TrimRight(line, "\n"))); n > width {
				t.Errorf("%d of %d columns: %s", n, width, line)
			}
		}
	}
}
