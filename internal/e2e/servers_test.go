//go:build e2e

package e2e_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// found is a finding of `hdstest probe --output json`.
type found struct {
	ID, Status, Expected, Seen, Hint, Cause string
}

// probed is how a run of probe or smoke ended.
type probed struct {
	result
	Status   string
	Findings []found
}

// probe runs probe or another command that reports findings.
func (s sandbox) probe(t *testing.T, args ...string) probed {
	t.Helper()
	p := probed{result: s.hdstest(t, append(args, "--output", "json")...)}
	if err := json.Unmarshal([]byte(p.stdout), &p); err != nil {
		t.Fatalf("%q prints no report: %v\n%s%s", args, err, p.stdout, p.stderr)
	}
	return p
}

// alone is a sandbox that is not there: a home for a program that needs none.
func alone(t *testing.T) sandbox { return sandbox{home: t.TempDir()} }

// differs is how one finding may deviate from a pass.
type differs struct{ status, cause, seen string }

// skipped are findings of what was not sent, for a reason.
func skipped(reason string, ids ...string) map[string]differs {
	out := map[string]differs{}
	for _, id := range ids {
		out[id] = differs{"skip", "", reason}
	}
	return out
}

const notAzure = "it is for Azure Health Data Services"

func both(tables ...map[string]differs) map[string]differs {
	out := map[string]differs{}
	for _, table := range tables {
		maps.Copy(out, table)
	}
	return out
}

// compare expects that everything that the catalogue asks for passes but for the
// differences named, each of which must be there. Rungs of the ladder and rows of
// the permission matrix are compared where they are named. It gives the numbers of
// requests and of assertions.
func (p probed) compare(t *testing.T, expected map[string]differs) (requests, assertions int) {
	t.Helper()
	met := map[string]bool{}
	for _, f := range p.Findings {
		want, named := expected[f.ID]
		if !named {
			if !strings.HasPrefix(f.ID, "probe.fhir.") && !strings.HasPrefix(f.ID, "probe.dicom.") || strings.HasPrefix(f.Seen, "left out by ") {
				continue
			}
			want = differs{status: "pass"}
		}
		met[f.ID] = true
		assertions++
		if f.Status != want.status || f.Cause != want.cause || !strings.Contains(f.Seen, want.seen) {
			t.Errorf("%s: %+v, want %+v", f.ID, f, want)
		}
		if f.Status != "skip" {
			requests++
		}
	}
	for id := range expected {
		if !met[id] {
			t.Errorf("no finding %s", id)
		}
	}
	return requests, assertions
}

// startHAPI runs HAPI FHIR's plain server on loopback and gives its base address.
func startHAPI(t *testing.T) (base, version string) {
	t.Helper()
	target := filepath.Join(e2eDir(t), "hapi", "target")
	return startFHIR(t, "HAPI FHIR", "java", "-Xmx256m", "-XX:TieredStopAtLevel=1",
		"-cp", filepath.Join(target, "classes")+":"+filepath.Join(target, "lib", "*"), "Main")
}

// startFHIR runs a server that says on which port it listens and what version it is,
// and ends with its input.
func startFHIR(t *testing.T, name, program string, args ...string) (base, version string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, program, args...)
	var said strings.Builder
	cmd.Stderr = &said
	input, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("%s did not start (see .ci/install): %v", name, err)
	}
	t.Cleanup(func() {
		_ = input.Close()
		ended := time.AfterFunc(20*time.Second, cancel)
		_ = cmd.Wait()
		ended.Stop()
		cancel()
	})
	first, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		t.Fatalf("%s does not listen (see .ci/install): %v\n%.2000s", name, err, said.String())
	}
	var port int
	if _, err := fmt.Sscanf(first, "listening %d %s", &port, &version); err != nil {
		t.Fatalf("%s says %q: %v", name, first, err)
	}
	return fmt.Sprintf("http://localhost:%d/fhir", port), version
}

// hapiIsEmpty asks HAPI itself what it holds.
func hapiIsEmpty(t *testing.T, base string) {
	t.Helper()
	for _, kind := range []string{"Patient", "Observation"} {
		var bundle struct{ Total *int }
		body := read(t, get(t, http.DefaultClient, base+"/"+kind+"?_summary=count"))
		if err := json.Unmarshal([]byte(body), &bundle); err != nil || bundle.Total == nil || *bundle.Total != 0 {
			t.Errorf("%s held by HAPI FHIR: %v\n%s", kind, err, body)
		}
	}
}

// orthancIsEmpty asks Orthanc itself what it holds.
func orthancIsEmpty(t *testing.T, root string) {
	t.Helper()
	var held []string
	body := read(t, get(t, http.DefaultClient, strings.TrimSuffix(root, "/dicom-web")+"/instances"))
	if err := json.Unmarshal([]byte(body), &held); err != nil || len(held) != 0 {
		t.Errorf("instances held by Orthanc: %v\n%s", err, body)
	}
}

// TestProbeHAPIStraight probes a FHIR server that asks for no token, over plain
// HTTP on this machine: a warning, no more.
func TestProbeHAPIStraight(t *testing.T) {
	base, version := startHAPI(t)
	s := alone(t)
	p := s.probe(t, "probe", "fhir", "--anonymous", "--fhir-url", base, "--write")
	open := map[string]differs{"probe.fhir.challenge": {"warn", "service.open", "no challenge: this server lets anybody in"}}
	requests, assertions := p.compare(t, both(open, hapiLacks()))
	if p.code != 0 || p.Status != "warn" {
		t.Errorf("exit code %d, status %s\n%s", p.code, p.Status, p.stderr)
	}
	hapiIsEmpty(t, base)

	// Taken for Azure's service, it lacks what is Azure's own. That is said as such.
	p = s.probe(t, "probe", "fhir", "--anonymous", "--fhir-url", base, "--only", "fhir-open", "--assume-ahds")
	more, compared := p.compare(t, both(open, map[string]differs{
		"probe.fhir.health":              {"fail", "service.azure_only", "404"},
		"probe.fhir.smart-configuration": {"fail", "service.azure_only", "404"},
		"probe.fhir.versions":            {"fail", "service.azure_only", "400"},
	}))
	if p.code != 1 {
		t.Errorf("exit code %d\n%s", p.code, p.stderr)
	}

	// Whoever did not say that it is open is told that nobody is asked for a token.
	token := filepath.Join(s.home, "token")
	if err := os.WriteFile(token, []byte("any"), 0o600); err != nil {
		t.Fatal(err)
	}
	p = s.probe(t, "probe", "fhir", "--token-file", token, "--fhir-url", base, "--only", "fhir.challenge")
	p.compareLoosely(t, map[string]differs{"probe.fhir.challenge": {"fail", "service.open", "lets anybody in"}})
	if p.code != 1 {
		t.Errorf("exit code %d\n%s", p.code, p.stderr)
	}
	record(t, used{"HAPI FHIR", version, requests + more, assertions + compared})
}

// hapiLacks is what is skipped with a server that does not say it is Azure's.
func hapiLacks() map[string]differs {
	return skipped(notAzure, "probe.fhir.health", "probe.fhir.smart-configuration", "probe.fhir.versions", "probe.fhir.patient.everything")
}

// TestProbeHAPIBehindTheGate puts the tokens and roles of Azure before it.
func TestProbeHAPIBehindTheGate(t *testing.T) {
	base, version := startHAPI(t)
	s := startSandbox(t, "--fhir-upstream", base)
	p := s.probe(t, "probe", "fhir", "--profile", "sandbox", "--write")
	_, assertions := p.compare(t, both(hapiLacks(), map[string]differs{
		"conformance.version":   {status: "pass", seen: "4.0.1"},
		"conformance.formats":   {status: "pass", seen: "json"},
		"conformance.security":  {status: "warn", seen: "authorize none"}, // the gate before it is not in its statement
		"conformance.resources": {status: "pass"},
	}))
	if p.code != 0 || p.Status != "warn" {
		t.Errorf("exit code %d, status %s\n%s", p.code, p.Status, p.stderr)
	}
	hapiIsEmpty(t, base)
	record(t, used{"HAPI FHIR (behind the sandbox)", version, s.requests(t, "hdstest/"), assertions})
}

// TestProbeOrthancStraight probes a DICOMweb server without tokens and without
// DELETE: nothing is stored there, since nothing could remove it.
func TestProbeOrthancStraight(t *testing.T) {
	root, version := startOrthanc(t)
	p := alone(t).probe(t, "probe", "dicom", "--anonymous", "--dicom-url", root, "--write")
	requests, assertions := p.compareLoosely(t, map[string]differs{
		"probe.dicom.challenge":     {"warn", "service.open", "no challenge: this server lets anybody in"},
		"probe.dicom.studies.list":  {status: "pass"},
		"probe.dicom.health":        {"skip", "", notAzure},
		"probe.dicom.store":         {"fail", "service.no_undo", "it was not sent"},
		"probe.dicom.study.gone":    {status: "skip"},
		"probe.dicom.store.single":  {status: "skip"},
		"probe.dicom.instance.gone": {status: "skip"},
	})
	if p.code != 1 {
		t.Errorf("exit code %d\n%s", p.code, p.stderr)
	}
	orthancIsEmpty(t, root)
	record(t, used{"Orthanc (probed)", version, requests, assertions})
}

// compareLoosely looks at the named findings only.
func (p probed) compareLoosely(t *testing.T, expected map[string]differs) (requests, assertions int) {
	t.Helper()
	p.Findings = slices.DeleteFunc(p.Findings, func(f found) bool {
		_, named := expected[f.ID]
		return !named
	})
	return p.compare(t, expected)
}

// TestProbeOrthancBehindTheGate has the whole round trip on Orthanc, with tokens.
// The plug-in's want of DELETE is made up for by Orthanc's own interface.
func TestProbeOrthancBehindTheGate(t *testing.T) {
	root, version := startOrthanc(t)
	s := startSandbox(t, "--dicom-upstream", withDelete(t, root)+"/dicom-web")
	p := s.probe(t, "probe", "dicom", "--profile", "sandbox", "--write")
	_, assertions := p.compare(t, map[string]differs{
		"probe.dicom.changefeed.latest": {"fail", "service.azure_only", "404"},
		"probe.dicom.changefeed.list":   {"fail", "service.azure_only", "404"},
		"probe.dicom.tags.list":         {"fail", "service.azure_only", "404"},
		"probe.dicom.instance.retrieve": {"fail", "dicom.accept", "cannot generate the following content type"},
		"probe.dicom.instance.gone":     {"fail", "dicom.accept", "cannot generate the following content type"},
		"probe.dicom.store.single":      {"fail", "dicom.content_type", "415"},
		"probe.dicom.stored.changefeed": {"fail", "service.azure_only", "404"},
		"probe.dicom.frame.retrieve":    {"fail", "dicom.accept", "expecting 'Accept: multipart/related'"},
		"probe.dicom.upsert":            {"fail", "service.azure_only", "405"},
		"probe.dicom.series.delete":     {"skip", "", "dicom.store.single"},
		"probe.dicom.store.last":        {"skip", "", "dicom.series.delete"},
		"probe.dicom.study.delete":      {"skip", "", "dicom.store.last"},
		"probe.dicom.study.gone":        {"skip", "", "dicom.study.delete"},
	})
	if p.code != 1 {
		t.Errorf("exit code %d\n%s", p.code, p.stderr)
	}
	orthancIsEmpty(t, root)
	record(t, used{"Orthanc (probed, behind the sandbox)", version, s.requests(t, "hdstest/"), assertions})
}
