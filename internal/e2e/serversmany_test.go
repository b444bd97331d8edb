//go:build e2e

package e2e_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"hdstest/internal/check"
)

// TestProbeManyServers writes to three servers of other makes in one run: each has
// its own answer, and what the one without DELETE keeps is listed with a command,
// which removes it.
func TestProbeManyServers(t *testing.T) {
	fhir, version := startHAPI(t)
	root, orthanc := startOrthanc(t)
	s := alone(t)
	config := filepath.Join(s.home, "open.yaml")
	text := fmt.Sprintf("profiles:\n  hapi: {fhir: {url: %q}}\n  orthanc: {dicom: {url: %q}}\n  keeps: {dicom: {url: %q}}\n",
		fhir, withDelete(t, root)+"/dicom-web", lateRefusal(t, root, 400))
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	r := s.hdstest(t, "probe", "--all", "--config", config, "--anonymous", "--write", "--output", "json")
	var got struct{ Services []check.Service }
	if err := json.Unmarshal([]byte(r.stdout), &got); err != nil || r.code != 1 || len(got.Services) != 3 {
		t.Fatalf("exit code %d, %v\n%s%s", r.code, err, r.stdout, r.stderr)
	}
	assertions := 0
	for i, want := range []check.Service{{Profile: "hapi", Status: check.Warn}, {Profile: "orthanc", Status: check.Fail, Cause: "dicom.accept"},
		{Profile: "keeps", Status: check.Fail, Leftovers: []check.Leftover{{}}}} {
		row := got.Services[i]
		if row.Profile != want.Profile || row.Status != want.Status || want.Cause != "" && row.Cause != want.Cause || len(row.Leftovers) != len(want.Leftovers) ||
			row.Percentiles == nil || row.Percentiles.Count < 10 {
			t.Errorf("%+v, want %+v", row, want)
		}
		assertions += 5
	}
	hapiIsEmpty(t, fhir)
	_, command, ok := strings.Cut(got.Services[2].Leftovers[0].Hint, "which of Orthanc is: ")
	if !ok {
		t.Fatalf("%+v", got.Services[2].Leftovers)
	}
	if output, err := exec.CommandContext(t.Context(), "sh", "-c", command).CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s", command, err, output)
	}
	orthancIsEmpty(t, root)
	sent := 0
	for _, row := range got.Services {
		if row.Percentiles != nil {
			sent += row.Percentiles.Count
		}
	}
	record(t, used{"HAPI FHIR and Orthanc (in one run)", version + ", " + orthanc, sent, assertions + 3})
}
