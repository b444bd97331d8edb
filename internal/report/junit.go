package report

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"

	"hdstest/internal/check"
)

// The elements of a JUnit report that its readers agree on, in the order that
// the strictest of them asks for. There is no official schema.
//
// Source: github.com/testmoapp/junitxml, github.com/windyroad/JUnit-Schema.
type (
	junitSuites struct {
		XMLName  xml.Name `xml:"testsuites"`
		Name     string   `xml:"name,attr"`
		Tests    int      `xml:"tests,attr"`
		Failures int      `xml:"failures,attr"`
		Errors   int      `xml:"errors,attr"`
		Skipped  int      `xml:"skipped,attr"`
		Time     string   `xml:"time,attr"`
		Suites   []*junitSuite
	}
	junitSuite struct {
		XMLName   xml.Name `xml:"testsuite"`
		Name      string   `xml:"name,attr"`
		Tests     int      `xml:"tests,attr"`
		Failures  int      `xml:"failures,attr"`
		Errors    int      `xml:"errors,attr"`
		Skipped   int      `xml:"skipped,attr"`
		Time      string   `xml:"time,attr"`
		Timestamp string   `xml:"timestamp,attr"`
		Hostname  string   `xml:"hostname,attr"`
		Cases     []junitCase
	}
	junitCase struct {
		XMLName   xml.Name `xml:"testcase"`
		Name      string   `xml:"name,attr"`
		Classname string   `xml:"classname,attr"`
		Time      string   `xml:"time,attr"`
		Failure   *junitFailure
		Skipped   *junitSkip
		Output    string `xml:"system-out,omitempty"`
	}
	junitFailure struct {
		XMLName xml.Name `xml:"failure"`
		Message string   `xml:"message,attr"`
		Type    string   `xml:"type,attr"`
		Text    string   `xml:",chardata"`
	}
	junitSkip struct {
		XMLName xml.Name `xml:"skipped"`
		Message string   `xml:"message,attr"`
	}
)

// JUnit writes the report as JUnit XML: a suite for each group, a test for each
// finding, with a name that no other of its suite has. A warning passes, with its
// text as the test's output, unless the report is strict. Every failure is a
// failure; the form's error, for tests that could not be run, is not used.
func JUnit(w io.Writer, r Report) error {
	all := junitSuites{Name: cmp.Or(Escape(r.Title), "hdstest"), Time: seconds(r.Elapsed)}
	for _, g := range groups(r.Findings) {
		s := junitSuiteOf(r, g)
		all.Tests, all.Failures, all.Skipped = all.Tests+s.Tests, all.Failures+s.Failures, all.Skipped+s.Skipped
		all.Suites = append(all.Suites, s)
	}
	text, err := xml.MarshalIndent(all, "", "  ")
	if err != nil {
		return fmt.Errorf("write the report as XML: %w", err)
	}
	_, err = fmt.Fprintf(w, "%s%s\n", xml.Header, text)
	return err
}

func junitSuiteOf(r Report, g *group) *junitSuite {
	// The host is that of the services at most, and those stand in the findings.
	s := &junitSuite{Name: groupTitle(g.name), Tests: len(g.findings), Hostname: "localhost",
		Timestamp: r.Began.UTC().Format("2006-01-02T15:04:05")}
	var took time.Duration
	for i, name := range names(g.findings) {
		f := g.findings[i]
		c := junitCase{Name: name, Classname: "hdstest." + Escape(g.name), Time: seconds(f.Duration)}
		switch {
		case r.failed(f):
			s.Failures++
			c.Failure = &junitFailure{Message: outline(f), Type: Escape(f.ID), Text: junitText(f)}
		case f.Status == check.Skip:
			s.Skipped++
			c.Skipped = &junitSkip{Message: skipReason(f)}
		case f.Status == check.Warn:
			c.Output = "warning\n" + junitText(f)
		}
		took += f.Duration
		s.Cases = append(s.Cases, c)
	}
	s.Time = seconds(took)
	return s
}

// junitText is everything about a finding, a line each.
func junitText(f check.Finding) string {
	var out strings.Builder
	for _, d := range details(f) {
		fmt.Fprintf(&out, "%s: %s\n", d.label, d.text)
	}
	return out.String()
}

// skipReason says why something was not tried, and how to have it tried.
func skipReason(f check.Finding) string {
	if f.Hint == "" {
		return Escape(f.Seen)
	}
	return Escape(f.Seen + "; " + f.Hint)
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }
