package pipeline_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"hdstest/internal/causes"
	"hdstest/internal/pipeline"
	"hdstest/internal/sandbox/scenario"
)

// TestScenarioCausesExist: the sandbox may not know the table of causes, so its
// scenarios are held against it here.
func TestScenarioCausesExist(t *testing.T) {
	for _, s := range scenario.All() {
		if _, ok := causes.ByID(s.Cause); !ok {
			t.Errorf("the scenario %s names the cause %q, which is in no table", s.Name, s.Cause)
		}
	}
}

// elsewhere are the scenarios whose cause a check of a tenant by an app's own
// credential does not name, by what they need.
func elsewhere() []string {
	signIn := []string{"consent-missing", "public-flows-off", "redirect-mismatch", "loopback-port-strict", "dicom-scope-renamed"}
	register := []string{"replication-delay", "graph-denied", "graph-throttled", "secrets-forbidden", "secret-lifetime", "role-assignment-denied"}
	return slices.Concat(signIn, register, []string{
		"assertion-replayed", // an assertion that is sent twice, which MSAL never does
		"throttled",          // a client that does not wait, as the probes do
		"role-pending",       // the age of the role assignments, or else it looks like a missing one
	})
}

// TestScenariosYieldTheirCauses runs the check of a tenant with each scenario on:
// the cause that the scenario promises must be among the findings.
func TestScenariosYieldTheirCauses(t *testing.T) {
	state := t.TempDir()
	start(t, state, time.Minute) // makes the keys
	for _, s := range scenario.All() {
		if slices.Contains(elsewhere(), s.Name) {
			continue
		}
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			timeout := time.Minute
			if s.Name == "slow" {
				timeout = 300 * time.Millisecond
			}
			w := start(t, state, timeout, s.Name)
			if s.Name == "certificate-not-uploaded" || s.Name == "clock-skew" {
				w.profile.Credential = w.certificate(t)
			}
			r := pipeline.Smoke(context.Background(), w.env, w.profile, pipeline.SmokeOptions{})
			var seen []string
			for _, f := range r.Findings {
				if f.Cause != "" {
					seen = append(seen, f.ID+": "+f.Cause)
				}
			}
			if !slices.ContainsFunc(seen, func(c string) bool { return strings.HasSuffix(c, ": "+s.Cause) }) {
				t.Errorf("want %s among the causes, got %q (%s)", s.Cause, seen, r.Status())
			}
		})
	}
}
