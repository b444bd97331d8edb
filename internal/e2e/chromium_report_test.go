//go:build e2e

package e2e_test

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestChromiumReport looks at reports of the form html in a real browser: of a run
// with failures and a waterfall, and of repeats. None is wider
// than a screen, all text has contrast, and nothing is asked for from elsewhere.
func TestChromiumReport(t *testing.T) {
	s := startSandbox(t, "--scenario", "role-missing")
	dir := t.TempDir()
	var files []string
	report := func(name string, code int, args ...string) {
		t.Helper()
		file := filepath.Join(dir, name+".html")
		files = append(files, file)
		if r := s.hdstest(t, append(args, "--report", "html="+file)...); r.code != code {
			t.Fatalf("%s: exit code %d, want %d\n%s", name, r.code, code, r.stderr)
		}
	}
	report("probe", 1, "probe", "all", "--profile", "sandbox")
	report("repeat", 1, "probe", "fhir", "--profile", "sandbox", "--repeat", "3")
	shots := screenshots(t, "report")
	j := newJudge(t, s, s.drive(t, []string{"SCREENSHOTS=" + shots, "REPORTS=" + strings.Join(files, ":")}, "node", "chromium-report.mjs"))
	for _, name := range []string{"probe", "repeat"} {
		j.readable(name, j.answer(name+".html"))
	}
	probed, _ := place(j.answer("probe.html"), "text").(string)
	j.contains("probe", probed, "Allowed (no 403)", "Time of each request", "FHIR", "DICOM")
	repeated, _ := place(j.answer("repeat.html"), "text").(string)
	j.contains("repeat", repeated, "Times of each request in ms", "p99", "3× 403")
	j.at("what the pages asked for", map[string]any{"elsewhere/length": 0.0, "problems/length": 0.0})
	faults := j.at("the same page with faults", map[string]any{"problems/length": 1.0})
	wide, _ := place(faults, "overflow/1280").(float64)
	ratio, _ := place(faults, "contrast/light/ratio").(float64)
	j.that(wide > 100 && ratio < 3.1, "a page with faults: overflow %v, contrast %v", wide, ratio)
	j.all()
	j.pictures(shots, "probe", "repeat")
}
