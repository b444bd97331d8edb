package report_test

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/net/html"

	"hdstest/internal/check"
	"hdstest/internal/report"
)

// timed is a run of a token and three requests, the last too short to draw.
func timed() report.Report {
	return report.Report{Title: "Probe", Waterfall: true, Findings: []check.Finding{{ID: "a", Group: "fhir", Title: "A", Status: check.Pass}},
		Timings: []check.Timing{
			{ID: "token.fhir.client_credentials", Group: "token", Title: "Token for FHIR", Total: 50},
			{ID: "probe.fhir.metadata", Group: "fhir", Title: "Capability statement", Start: 50, DNS: 10, Connect: 10, TLS: 10, Wait: 10, Transfer: 10, Total: 50},
			{ID: "probe.fhir.patient.list", Group: "fhir", Title: "Search one patient", Start: 60, Wait: 30, Transfer: 0.1, Total: 30.1},
			{ID: "probe.dicom.health", Group: "dicom", Title: "Health check", Start: 99.9, Wait: 0.1, Total: 0.1},
		}}
}

func table(t *testing.T, r report.Report, look report.Look) string {
	t.Helper()
	var out bytes.Buffer
	if err := report.Table(&out, r, look); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestWaterfall(t *testing.T) {
	text := table(t, timed(), report.Look{})
	for _, want := range []string{
		"Token for FHIR             ",
		"      50.0  " + strings.Repeat("·", 24) + "\n",
		"      50.0  " + strings.Repeat(" ", 24) + "nnnnnccccctttt█████▒▒▒▒▒\n",
		"      30.1  " + strings.Repeat(" ", 29) + strings.Repeat("█", 14) + "\n",
		"DICOM: Health check",
		"       0.1  " + strings.Repeat(" ", 47) + "█\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	quiet := timed()
	quiet.Waterfall = false
	if got := table(t, quiet, report.Look{}); strings.Contains(got, "Time of each request") {
		t.Errorf("a waterfall that nobody asked for:\n%s", got)
	}
}

// TestWaterfallFitsTheTerminal: no line passes its width, whatever that is.
func TestWaterfallFitsTheTerminal(t *testing.T) {
	colours := regexp.MustCompile(`\x1b\[[0-9;]*m`)
	for _, width := range []int{60, 80, 120} {
		_, drawn, _ := strings.Cut(table(t, timed(), report.Look{Color: true, Width: width}), "Time of each request")
		for line := range strings.Lines(drawn) {
			line = strings.TrimRight(colours.ReplaceAllString(line, ""), "\n")
			if n := utf8.RuneCountInString(line); n > width && !strings.Contains(line, "wait") {
				t.Errorf("%d of %d columns: %q", n, width, line)
			}
		}
	}
}

func TestTimingsInJSON(t *testing.T) {
	var out bytes.Buffer
	if err := report.JSON(&out, timed()); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Timings []map[string]any `json:"timings"`
	}
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Timings) != 4 || got.Timings[1]["tls_ms"] != 10.0 || got.Timings[1]["start_ms"] != 50.0 {
		t.Errorf("%v", got.Timings)
	}
}

// TestHTML reads the page as a browser does: what a server said is text, nothing
// is loaded, every bar is there.
func TestHTML(t *testing.T) {
	r := timed()
	hostile := `</title><script src="https://evil.example/x.js">alert(1)</script><img src=//evil.example onerror=alert(1)>` + "\x1b[2J"
	r.Title, r.Facts, r.Notes = hostile, []report.Fact{{Name: hostile, Text: hostile}}, []report.Note{{Text: hostile}}
	r.Findings = append(r.Findings, check.Finding{ID: "b", Group: hostile, Title: hostile, Status: check.Fail, Seen: hostile, Expected: hostile, Hint: hostile})
	r.Timings[1].Title = hostile
	var out bytes.Buffer
	if err := report.HTML(&out, r); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsRune(out.String(), 0x1b) {
		t.Error("a control character is in the page")
	}
	root, err := html.Parse(&out)
	if err != nil {
		t.Fatal(err)
	}
	elements := map[string]int{}
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		elements[n.Data]++
		for _, a := range n.Attr {
			if a.Key == "src" || a.Key == "href" || strings.HasPrefix(a.Key, "on") || strings.Contains(a.Val, "url(") {
				t.Errorf("<%s %s=%q>", n.Data, a.Key, a.Val)
			}
		}
	}
	for name, want := range map[string]int{"script": 0, "img": 0, "link": 0, "figure": 1, "main": 1} {
		if elements[name] != want {
			t.Errorf("%d <%s>, want %d", elements[name], name, want)
		}
	}
	// One for each phase in the legend, then one for each that took time.
	if want := len(check.PhaseNames()) + 1 + 5 + 2 + 1; elements["rect"] != want {
		t.Errorf("%d rectangles, want %d", elements["rect"], want)
	}
}
