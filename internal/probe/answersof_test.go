package probe

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hdstest/internal/catalogue"
	"hdstest/internal/transport"
)

// recorded reads an answer of another server as it came, from testdata/answers.
func recorded(t *testing.T, name string) transport.Answer {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", "answers", name+".http"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	response, err := http.ReadResponse(bufio.NewReader(f), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return transport.Answer{Status: response.StatusCode, Header: response.Header, Body: body}
}

// TestAnswersOfOtherServers reads what HAPI FHIR 8.8.0, Orthanc 1.10.1 with its
// DICOMweb 1.7 and Medplum's router 5.2.13 answered: what each is taken for, and the
// words that are kept of a refusal. Each file has a row.
func TestAnswersOfOtherServers(t *testing.T) {
	rows := map[string]struct {
		request string // of the catalogue
		service string
		fault   string // why it is no JSON
		kept    string
		not     string // in what does not fit the request's expectation; empty: it fits
	}{
		"hapi-metadata":           {"fhir.metadata", catalogue.FHIR, "", "null", ""},
		"hapi-absent":             {"fhir.patient.read", catalogue.FHIR, "", `{"issue":[{"code":"processing","diagnostics":"HAPI-0971: Resource Patient/none is not known","severity":"error"}],"resourceType":"OperationOutcome"}`, "status 404"},
		"hapi-xml":                {"fhir.patient.read", catalogue.FHIR, "the body is XML, not JSON", `{"issue":[{"code":"processing","diagnostics":"HAPI-0971: Resource Patient/none is not known","severity":"error"}],"resourceType":"OperationOutcome"}`, "status 404"},
		"hapi-bad":                {"fhir.patient.create", catalogue.FHIR, "", `{"issue":[{"code":"processing","diagnostics":"HAPI-0450: Failed to parse request body as JSON resource. Error was: HAPI-1821: [element=\"gender\"] Invalid attribute value \"man\": Unknown AdministrativeGender code 'man'","severity":"error"}],"resourceType":"OperationOutcome"}`, "status 400"},
		"hapi-operation":          {"fhir.versions", catalogue.FHIR, "", `{"issue":[{"code":"not-supported","diagnostics":"Invalid request: The FHIR endpoint on this server does not know how to handle GET operation[$versions] with parameters [[]]","severity":"error"}],"resourceType":"OperationOutcome"}`, "status 400"},
		"hapi-history":            {"fhir.patient.history", catalogue.FHIR, "", "null", "entry[1]"},              // one version, where two are expected
		"hapi-history-empty":      {"fhir.patient.history", catalogue.FHIR, "", "null", "entry[0]"},              // not recorded but made: the standard allows it
		"hapi-conditional-update": {"fhir.patient.conditional-update", catalogue.FHIR, "", "null", "status 201"}, // it matched nothing
		"hapi-gone":               {"fhir.patient.gone", catalogue.FHIR, "", `{"issue":[{"code":"processing","diagnostics":"Resource Patient/h1 is gone/deleted","severity":"error"}],"resourceType":"OperationOutcome"}`, ""},
		"medplum-absent":          {"fhir.patient.gone", catalogue.FHIR, "", `{"issue":[{"code":"not-found","details":{"text":"Not found"},"severity":"error"}],"resourceType":"OperationOutcome"}`, "status 404"},
		"medplum-delete":          {"fhir.patient.delete", catalogue.FHIR, "", `{"issue":[{"code":"informational","details":{"text":"All OK"},"severity":"information"}],"resourceType":"OperationOutcome"}`, ""},
		"medplum-metadata":        {"fhir.metadata", catalogue.FHIR, "", "null", `resourceType is "Bundle"`},
		"orthanc-accept":          {"dicom.instance.retrieve", catalogue.DICOM, "", `{"Details":"This WADO-RS plugin cannot generate the following content type: application/dicom","Message":"Bad request"}`, "status 400"},
		"orthanc-404":             {"dicom.study.metadata", catalogue.DICOM, "", `{"Details":"Accessing an inexistent study with WADO-RS: 1.2","Message":"Accessing an inexistent item"}`, "status 404"},
		"orthanc-405":             {"dicom.study.delete", catalogue.DICOM, "the body is empty, not JSON", "null", "status 405"},
		"orthanc-qido":            {"dicom.studies.list", catalogue.DICOM, "", "null", ""},
	}
	files, err := filepath.Glob(filepath.Join("testdata", "answers", "*.http"))
	if err != nil || len(files) != len(rows) {
		t.Errorf("%d files for %d rows, %v", len(files), len(rows), err)
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			q, ok := catalogue.ByID(row.request)
			if !ok {
				t.Fatalf("no request %s", row.request)
			}
			a := recorded(t, name)
			c := read(q, a)
			kept, err := json.Marshal(c.kept(row.service))
			if err != nil || c.fault != row.fault || string(kept) != row.kept {
				t.Errorf("%v, fault %q, kept %s", err, c.fault, kept)
			}
			mismatch := strings.Join(compare(q.Expect, a, c, nil, catalogue.Vars{catalogue.VarPatientID: "h1"}), "; ")
			if (row.not == "") != (mismatch == "") || !strings.Contains(mismatch, row.not) {
				t.Errorf("does not fit: %q, want %q", mismatch, row.not)
			}
		})
	}
}

// TestStatementOfHAPI sums up a statement that lists its formats otherwise and has no
// security part.
func TestStatementOfHAPI(t *testing.T) {
	q, _ := catalogue.ByID("fhir.metadata")
	got := read(q, recorded(t, "hapi-metadata")).statement.capability()
	if got == nil || got.FHIRVersion != "4.0.1" || got.Software != "HAPI FHIR Server 8.8.0" || strings.Join(got.Formats, " ") != "application/fhir+xml xml application/fhir+json json application/x-turtle ttl" ||
		len(got.Interactions["Patient"]) == 0 || got.Security != nil || got.Token != "" {
		t.Errorf("%+v", got)
	}
}
