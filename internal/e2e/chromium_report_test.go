//go:build e2e

package e2e_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestChromiumReport looks at reports of the form html in a real browser: of a run
// with failures and a waterfall, of many services, and of repeats. None is wider
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
	report("many", 1, "probe", "--all", "--config", s.twoProfiles(t, dir))
	report("repeat", 1, "probe", "fhir", "--profile", "sandbox", "--repeat", "3")
	shots := screenshots(t, "report")
	j := newJudge(t, s, s.drive(t, []string{"SCREENSHOTS=" + shots, "REPORTS=" + strings.Join(files, ":")}, "node", "chromium-report.mjs"))
	for _, name := range []string{"probe", "many", "repeat"} {
		j.readable(name, j.answer(name+".html"))
	}
	probed, _ := place(j.answer("probe.html"), "text").(string)
	j.contains("probe", probed, "Allowed (no 403)", "Time of each request", "FHIR", "DICOM")
	many, _ := place(j.answer("many.html"), "text").(string)
	j.contains("many", many, "4 of 4 services: The caller has no data role", "dev fhir, dev dicom, test fhir, test dicom", "Times of each service in ms", "What may be done on FHIR", s.FHIRURL)
	repeated, _ := place(j.answer("repeat.html"), "text").(string)
	j.contains("repeat", repeated, "Times of each request in ms", "p99", "3× 403")
	j.at("what the pages asked for", map[string]any{"elsewhere/length": 0.0, "problems/length": 0.0})
	faults := j.at("the same page with faults", map[string]any{"problems/length": 1.0})
	wide, _ := place(faults, "overflow/1280").(float64)
	ratio, _ := place(faults, "contrast/light/ratio").(float64)
	j.that(wide > 100 && ratio < 3.1, "a page with faults: overflow %v, contrast %v", wide, ratio)
	j.all()
	j.pictures(shots, "probe", "many", "repeat")
}

// twoProfiles writes a config file of two profiles of the sandbox's example app.
func (s sandbox) twoProfiles(t *testing.T, dir string) string {
	t.Helper()
	secret, config := filepath.Join(dir, "secret"), filepath.Join(dir, "two.yaml")
	authority, _, _ := strings.Cut(s.Authority, "/"+s.TenantID)
	profile := fmt.Sprintf(": {tenant_id: %s, client_id: %s, client_secret_file: %s, authority: %q, ca_file: %s, fhir: {url: %q}, dicom: {url: %q}}\n",
		s.TenantID, s.ClientID, secret, authority, s.CAFile, s.FHIRURL, s.DICOMURL)
	for file, text := range map[string]string{secret: s.ClientSecret, config: "profiles:\n  dev" + profile + "  test" + profile} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return config
}
