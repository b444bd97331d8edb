package report_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"hdstest/internal/check"
	"hdstest/internal/report"
)

// forms are all of them, as they are written to a log or a file.
func forms() map[string]func(io.Writer, report.Report) error {
	return map[string]func(io.Writer, report.Report) error{
		"table":           func(w io.Writer, r report.Report) error { return report.Table(w, r, report.Look{}) },
		"json":            report.JSON,
		"markdown":        func(w io.Writer, r report.Report) error { return report.Markdown(w, r, 0) },
		"github":          func(w io.Writer, r report.Report) error { return report.GitHub(w, r, "guard") },
		"azure-pipelines": func(w io.Writer, r report.Report) error { return report.AzurePipelines(w, r, "/summary.md") },
		"junit":           report.JUnit,
		"tap":             report.TAP,
		"sarif":           report.SARIF,
	}
}

// ours are the commands that a form writes by itself.
func ours(form string) []string {
	return map[string][]string{"github": {"error", "warning", "notice", "stop-commands", "guard"},
		"azure-pipelines": {"task.logissue", "task.uploadsummary"}}[form]
}

var bracketed = regexp.MustCompile(`(?i)##(vso)?\[([^\] ]*)[^\]]*\]`)

// commands are those that the runner of GitHub Actions or the agent of Azure
// Pipelines would take from a line of a log: written anew from their sources,
// ActionCommand.cs (TryParseV2, TryParse) and Command.cs (TryParse).
func commands(line string) []string {
	var out []string
	if at := strings.TrimSpace(line); strings.HasPrefix(at, "::") {
		if info, _, ok := strings.Cut(at[2:], "::"); ok {
			name, _, _ := strings.Cut(info, " ")
			out = append(out, name)
		}
	}
	for _, m := range bracketed.FindAllStringSubmatch(line, -1) {
		out = append(out, m[2])
	}
	return out
}

// held checks what each form promises of a report, whatever its texts are.
func held(form string, text string, findings int) error {
	var errs []error
	for line := range strings.SplitSeq(text, "\n") { // U+2028 and such end no line of a log
		for _, name := range commands(line) {
			if !slices.Contains(ours(form), name) {
				errs = append(errs, fmt.Errorf("%s: the line %q gives the command %q", form, line, name))
			}
		}
		if i := strings.IndexFunc(line, func(c rune) bool { return c < 0x20 || c >= 0x7f && c <= 0x9f || c == 0x202e || c == 0x2028 }); i >= 0 {
			errs = append(errs, fmt.Errorf("%s: the line %q holds a character that acts", form, line))
		}
	}
	switch form {
	case "json", "sarif":
		errs = append(errs, json.Unmarshal([]byte(text), new(map[string]any)))
	case "junit":
		errs = append(errs, junitHolds(text, findings))
	case "tap":
		errs = append(errs, tapHolds(text, findings))
	}
	return errors.Join(errs...)
}

// junitHolds reads the XML with every element and attribute known, and counts.
func junitHolds(text string, findings int) error {
	allowed := map[string]string{"testsuites": "name tests failures errors skipped time", "properties": "", "property": "name value",
		"testsuite": "name tests failures errors skipped time timestamp hostname", "testcase": "name classname time",
		"failure": "message type", "skipped": "message", "system-out": ""}
	count, names := map[string]int{}, map[string]bool{}
	for d := xml.NewDecoder(strings.NewReader(text)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("junit: %w", err)
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		attributes, known := allowed[start.Name.Local]
		if !known {
			return fmt.Errorf("junit: unknown element %q", start.Name.Local)
		}
		count[start.Name.Local]++
		key := ""
		for _, a := range start.Attr {
			if !slices.Contains(strings.Fields(attributes), a.Name.Local) {
				return fmt.Errorf("junit: unknown attribute %q of %q", a.Name.Local, start.Name.Local)
			}
			if a.Name.Local == "name" || a.Name.Local == "classname" {
				key += a.Value + "\n"
			}
		}
		if start.Name.Local == "testcase" {
			if names[key] {
				return fmt.Errorf("junit: two tests are called %q", key)
			}
			names[key] = true
		}
	}
	if count["testcase"] != findings || count["testsuites"] != 1 {
		return fmt.Errorf("junit: %v, want %d tests", count, findings)
	}
	return nil
}

var point = regexp.MustCompile(`^(not )?ok \d+ - `)

// tapHolds reads TAP strictly: version, plan, points, YAML blocks, nothing else.
func tapHolds(text string, findings int) error {
	points, block := 0, []string(nil)
	for i, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		switch {
		case i == 0 && line == "TAP version 14", i == 1 && strings.HasPrefix(line, fmt.Sprintf("1..%d", findings)):
		case block != nil && line == "  ...":
			var fields map[string]any
			if err := yaml.Unmarshal([]byte(strings.Join(block[1:], "\n")), &fields); err != nil || fields["severity"] == nil {
				return fmt.Errorf("tap: block %q: %w", block, errors.Join(err, errors.New("no severity")))
			}
			block = nil
		case block != nil:
			block = append(block, line)
		case line == "  ---":
			block = []string{line}
		case point.MatchString(line):
			points++
		default:
			return fmt.Errorf("tap: line %d: %q", i+1, line)
		}
	}
	if points != findings || block != nil {
		return fmt.Errorf("tap: %d points, want %d", points, findings)
	}
	return nil
}

// filled is a report whose every text is the one given.
func filled(h string) report.Report {
	r := report.Report{Title: h, Command: h, Version: h, Began: time.Unix(0, 0), Elapsed: time.Second, Facts: []report.Fact{{Name: h, Text: h}}, Notes: []report.Note{{Text: h}, {Label: h, Text: h}}, Closing: []report.Note{{Label: h, Text: h}},
		Extra: []report.Field{{Name: h, Value: h}}, Places: map[string]report.Place{"": {File: h, Line: 2}}}
	for _, s := range []check.Status{check.Fail, check.Warn, check.Skip, check.Pass, check.Fail} {
		r.Findings = append(r.Findings, check.Finding{ID: h, Group: h, Title: h, Status: s, Expected: h, Seen: h, Hint: h, Cause: h, Source: h})
	}
	return r
}

func hostiles() []string {
	return []string{hostile(), "::error::x", "\n::set-output name=a::b", "\r\n  ::add-path::/evil", "a\n##[add-path]/evil\n", "##vso[task.setvariable variable=PATH]/evil",
		"##VSO[task.complete result=Succeeded]", "###[group]x", "a,b:c;d]e", "%0A::error::x", "%25", "</failure><x a=\"", "]]>", "\ufffe\uffff\x00", "# SKIP x", "\\# TODO",
		"...\n  ---\n", "Bail out!", "\"\n  x: y", "|a|<script>`x`[l](http://e)@you $x$ ![i](https://e)", "\u2028::error::y", "::guard::", "", "&", "'"}
}

// TestNoTextForgesACommand: whatever a server says, a log holds no commands but
// those that the form writes itself, and every form stays well-formed.
func TestNoTextForgesACommand(t *testing.T) {
	for _, h := range hostiles() {
		for form, write := range forms() {
			r := filled(h)
			r.Title, r.Command = "Title", "smoke" // ours; the rest is others'
			var out bytes.Buffer
			if err := errors.Join(write(&out, r), held(form, out.String(), len(r.Findings))); err != nil {
				t.Errorf("%q: %v", h, err)
			}
		}
	}
}

// TestErrorsForgeNoCommand is the same for runs without a report.
func TestErrorsForgeNoCommand(t *testing.T) {
	for _, h := range hostiles() {
		for form, text := range map[string]string{"github": report.GitHubError(h), "azure-pipelines": report.AzurePipelinesError(h)} {
			if err := held(form, text, 0); err != nil || strings.Count(text, "\n") != 1 {
				t.Errorf("%q: %v in %q", h, err, text)
			}
		}
	}
}

// TestForgeriesAreFound: the reader of logs sees what runner and agent would.
func TestForgeriesAreFound(t *testing.T) {
	for _, line := range []string{"::error::x", "  ::add-path::/x", "text ##[add-path]/x", "text ##vso[task.setvariable variable=a]b", "::guard::"} {
		if held("table", line, 0) == nil {
			t.Errorf("%q was not seen as a command", line)
		}
	}
	for form, text := range map[string]string{"junit": "<testsuites><x/></testsuites>", "tap": "TAP version 14\n1..0\nsaid so\n", "json": "{", "sarif": "{}x"} {
		if held(form, text, 0) == nil {
			t.Errorf("%s: %q was taken", form, text)
		}
	}
}

func FuzzForms(f *testing.F) {
	for _, h := range hostiles() {
		f.Add(h)
	}
	f.Fuzz(func(t *testing.T, h string) {
		for form, write := range forms() {
			r := filled(h)
			r.Title, r.Command = "Title", "smoke"
			var out bytes.Buffer
			if err := errors.Join(write(&out, r), held(form, out.String(), len(r.Findings))); err != nil {
				t.Error(err)
			}
		}
	})
}

// TestMasks: each line of a secret is masked, and nothing that is too short.
func TestMasks(t *testing.T) {
	for secret, want := range map[string][2]string{
		"s3cret~value": {"::add-mask::s3cret~value\n", "##vso[task.setsecret]s3cret~value\n"},
		"a%0Ab":        {"::add-mask::a%250Ab\n", "##vso[task.setsecret]a%AZP250Ab\n"},
		"line one\r\n\nline two\nx": {"::add-mask::line one\n::add-mask::line two\n",
			"##vso[task.setsecret]line one\n##vso[task.setsecret]line two\n"},
		"abc": {}, "": {},
	} {
		if got := [2]string{report.GitHubMask(secret), report.AzurePipelinesMask(secret)}; got != want {
			t.Errorf("%q: %q, want %q", secret, got, want)
		}
	}
}

func many(status check.Status, n int) report.Report {
	var r report.Report
	for i := range n {
		r.Findings = append(r.Findings, check.Finding{ID: fmt.Sprintf("probe.fhir.n%d", i), Group: "fhir", Title: fmt.Sprintf("check %d", i), Status: status, Seen: fmt.Sprintf("status %d", i)})
	}
	return r
}

// TestAnnotationsAreCounted: GitHub shows ten of a kind, so the tenth tells of the rest.
func TestAnnotationsAreCounted(t *testing.T) {
	for n, want := range map[int]int{3: 3, 10: 10, 11: 10, 40: 10} {
		var out bytes.Buffer
		if err := report.GitHub(&out, many(check.Fail, n), "guard"); err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(out.String(), "\n::error "); got != want {
			t.Errorf("%d failures: %d annotations, want %d", n, got, want)
		}
		if more := strings.Contains(out.String(), fmt.Sprintf("and %d more", n-9)); more != (n > 10) {
			t.Errorf("%d failures: the rest is told: %v", n, more)
		}
	}
}

// TestSummaryFits: a summary that is too long is refused as a whole.
func TestSummaryFits(t *testing.T) {
	r := many(check.Fail, 3000)
	for limit, cut := range map[int]bool{4096: true, 100_000: true, 0: false, report.SummaryLimit: false} {
		var out bytes.Buffer
		if err := report.Markdown(&out, r, limit); err != nil {
			t.Fatal(err)
		}
		if limit > 0 && out.Len() > limit || strings.Contains(out.String(), "did not fit here") != cut {
			t.Errorf("limit %d: %d bytes, cut as %v", limit, out.Len(), cut)
		}
	}
}

// TestStrict: where a form knows pass and fail alone, a warning is what the exit
// code says it is.
func TestStrict(t *testing.T) {
	for form, marks := range map[string][2]string{"junit": {`failures="0"`, `failures="1"`}, "tap": {"\nok 1 ", "\nnot ok 1 "}} {
		for i, mark := range marks {
			r := many(check.Warn, 1)
			r.Strict = i == 1
			var out bytes.Buffer
			if err := forms()[form](&out, r); err != nil || !strings.Contains(out.String(), mark) {
				t.Errorf("%s, strict %v: %v, no %q in\n%s", form, r.Strict, err, mark, out.String())
			}
		}
	}
}
