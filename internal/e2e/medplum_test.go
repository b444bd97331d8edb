//go:build e2e

package e2e_test

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"testing"
)

// startMedplum runs Medplum's FHIR router with its repository in memory on loopback
// and gives its base address.
func startMedplum(t *testing.T) (base, version string) {
	t.Helper()
	return startFHIR(t, "Medplum", "node", filepath.Join(e2eDir(t), "medplum.mjs"))
}

// medplumDiffers is where the router does otherwise than Azure. It has no capability
// statement: a type that it does not know is one without resources. It keeps no track
// of what was deleted, which the standard leaves to servers (http.html#delete).
func medplumDiffers() map[string]differs {
	return both(hapiLacks(), map[string]differs{
		"probe.fhir.metadata":     {"fail", "service.not_fhir", `resourceType is "Bundle", expected CapabilityStatement`},
		"probe.fhir.patient.gone": {"fail", "service.unexpected", `404 Not Found; it says "Not found" (error not-found)`},
	})
}

// medplumIsEmpty asks Medplum itself what it holds.
func medplumIsEmpty(t *testing.T, base string) {
	t.Helper()
	for _, kind := range []string{"Patient", "Observation"} {
		var bundle struct{ Total *int }
		body := read(t, get(t, http.DefaultClient, base+"/"+kind+"?_summary=count"))
		if err := json.Unmarshal([]byte(body), &bundle); err != nil || bundle.Total == nil || *bundle.Total != 0 {
			t.Errorf("%s held by Medplum: %v\n%s", kind, err, body)
		}
	}
}

// TestProbeMedplumStraight has the whole round trip on one more FHIR server, which has
// ids of versions that are no numbers, and says what went wrong in details.text.
func TestProbeMedplumStraight(t *testing.T) {
	base, version := startMedplum(t)
	p := alone(t).probe(t, "probe", "fhir", "--anonymous", "--fhir-url", base, "--write")
	requests, assertions := p.compare(t, both(medplumDiffers(), map[string]differs{
		"probe.fhir.challenge": {"warn", "service.open", "no challenge: this server lets anybody in"}}))
	if p.code != 1 {
		t.Errorf("exit code %d\n%s", p.code, p.stderr)
	}
	medplumIsEmpty(t, base)
	record(t, used{"Medplum's FHIR router", version, requests, assertions})
}

// TestProbeMedplumBehindTheGate puts the tokens and roles of Azure before it.
func TestProbeMedplumBehindTheGate(t *testing.T) {
	base, version := startMedplum(t)
	s := startSandbox(t, "--fhir-upstream", base)
	p := s.probe(t, "probe", "fhir", "--profile", "sandbox", "--write")
	_, assertions := p.compare(t, medplumDiffers())
	if p.code != 1 {
		t.Errorf("exit code %d\n%s", p.code, p.stderr)
	}
	medplumIsEmpty(t, base)
	record(t, used{"Medplum's FHIR router (behind the sandbox)", version, s.requests(t, "hdstest/"), assertions})
}
