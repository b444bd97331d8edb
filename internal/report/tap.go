package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"hdstest/internal/check"
)

// TAP writes the report in the Test Anything Protocol, version 14: a test point
// for each finding, with a YAML block below what did not pass. A warning is ok,
// and its block says so, unless the report is strict.
//
// Source: testanything.org/tap-version-14-specification.html.
func TAP(w io.Writer, r Report) error {
	var out strings.Builder
	fmt.Fprintf(&out, "TAP version 14\n1..%d", len(r.Findings))
	if len(r.Findings) == 0 {
		out.WriteString(" # SKIP nothing was checked")
	}
	out.WriteByte('\n')
	for i, name := range names(r.Findings) {
		tapPoint(&out, r, i+1, name, r.Findings[i])
	}
	_, err := io.WriteString(w, out.String())
	return err
}

func tapPoint(out *strings.Builder, r Report, number int, name string, f check.Finding) {
	verdict := "ok"
	if r.failed(f) {
		verdict = "not ok"
	}
	fmt.Fprintf(out, "%s %d - %s: %s", verdict, number, tapText(groupTitle(f.Group)), tapText(name))
	if f.Status == check.Skip {
		fmt.Fprintf(out, " # SKIP %s", tapText(skipReason(f)))
	}
	out.WriteByte('\n')
	if f.Status != check.Fail && f.Status != check.Warn {
		return
	}
	out.WriteString("  ---\n")
	severity := "fail"
	if f.Status == check.Warn {
		severity = "warning"
	}
	tapField(out, "severity", severity)
	tapField(out, "id", Escape(f.ID))
	for _, d := range details(f) {
		tapField(out, strings.ReplaceAll(d.label, " ", "_"), d.text)
	}
	fmt.Fprintf(out, "  duration_ms: %.3f\n  ...\n", float64(f.Duration.Microseconds())/1000)
}

// tapText escapes what would begin a directive.
func tapText(text string) string {
	return strings.NewReplacer(`\`, `\\`, `#`, `\#`).Replace(text)
}

// tapField writes a line of YAML. Strings in double quotes are written in YAML as
// in JSON, once no character is left that acts by itself.
func tapField(out *strings.Builder, name, text string) {
	var quoted bytes.Buffer
	enc := json.NewEncoder(&quoted)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(text) // a string can always be encoded
	fmt.Fprintf(out, "  %s: %s\n", name, strings.TrimSuffix(quoted.String(), "\n"))
}
