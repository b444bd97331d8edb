package dicom_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"hdstest/internal/sandbox/dicom/part10"
)

// operation is what GET /operations/{id} says.
type operation struct {
	OperationID, Type, Status string
	Results                   struct {
		ErrorHref                                                     string
		Exported, Skipped, StudyUpdated, StudyFailed, InstanceUpdated int
		Errors                                                        []string
	}
}

// started reads the operation that a 202 names.
func (r *rig) started(a answer) operation {
	r.t.Helper()
	var reference struct{ ID, Href string }
	if err := json.Unmarshal([]byte(a.body), &reference); err != nil || reference.Href != a.header.Get("Location") || !strings.HasSuffix(reference.Href, "/v2/operations/"+reference.ID) {
		r.t.Fatalf("%v: %s, Location %s", err, a.body, a.header.Get("Location"))
	}
	var out operation
	at := r.want(r.get(strings.TrimPrefix(reference.Href, r.server.URL)), 200)
	if err := json.Unmarshal([]byte(at.body), &out); err != nil || out.OperationID != reference.ID {
		r.t.Fatalf("%v: %s", err, at.body)
	}
	return out
}

func exportOf(values, destination string) []byte {
	return []byte(fmt.Sprintf(`{"source":{"type":"identifiers","settings":{"values":[%s]}},"destination":{"type":"azureblob","settings":{%s}}}`, values, destination))
}

const container = `"blobContainerUri":"https://a.blob.core.windows.net/export","useManagedIdentity":true`

// TestExportCopiesWhatIsThere: the files of a study, a series and an instance, each
// once; what is not there is in the log. The copies outlive what they are copies of.
func TestExportCopiesWhatIsThere(t *testing.T) {
	r := newRig(t, nil)
	first := file("1.2", "1.3", "1.4", nil)
	r.want(r.do(owner, "POST", "/v2/studies", first, "Content-Type: application/dicom"), 200)
	r.want(r.do(owner, "POST", "/v2/studies", file("1.2", "1.3", "1.5", nil), "Content-Type: application/dicom"), 200)
	r.want(r.do(owner, "POST", "/v2/studies", file("2.2", "2.3", "2.4", nil), "Content-Type: application/dicom"), 200)
	a := r.want(r.do(owner, "POST", "/v2/export", exportOf(`"1.2","1.2/1.3","2.2/2.3/2.4","9.9","1.2/1.3/9.9"`, container)), 202)
	job := r.started(a)
	if job.Type != "export" || job.Status != "succeeded" || job.Results.Exported != 3 || job.Results.Skipped != 2 {
		t.Errorf("%+v", job)
	}
	log := strings.TrimPrefix(job.Results.ErrorHref, r.server.URL)
	lines := strings.Split(strings.TrimSpace(r.want(r.do("", "GET", log, nil), 200).body), "\n")
	if len(lines) != 2 || !strings.Contains(lines[0], `"identifier":"9.9"`) || !strings.Contains(lines[1], `"identifier":"1.2/1.3/9.9"`) {
		t.Errorf("log %q", lines)
	}
	r.want(r.do(owner, "DELETE", "/v2/studies/1.2", nil), 204)
	copied := strings.TrimSuffix(log, "errors.log") + "results/1.2/1.3/1.4.dcm"
	got := r.want(r.do("", "GET", copied, nil), 200)
	parsed, err := part10.Parse(strings.NewReader(got.body), int64(len(got.body)), part10.NewDictionary())
	if err != nil || parsed.Data.Text(part10.SOPInstanceUID) != "1.4" || got.header.Get("Content-Type") != "application/dicom" {
		t.Errorf("%v, %s", err, got.header.Get("Content-Type"))
	}
	for _, path := range []string{strings.TrimSuffix(log, "errors.log") + "results/1.2/1.3/9.9.dcm", "/_exports/guess/" + job.OperationID + "/errors.log", "/_exports/x"} {
		r.want(r.do("", "GET", path, nil), 404)
	}
}

func TestExportAndBulkUpdateRefuse(t *testing.T) {
	r := newRig(t, nil)
	r.want(r.do(owner, "POST", "/v2/studies", file("1.2", "1.3", "1.4", nil), "Content-Type: application/dicom"), 200)
	const name = `"00100010":{"vr":"PN","Value":[{"Alphabetic":"A"}]}`
	update := bulkUpdate
	const invalid, body = "The request body is not valid. Details: \r\n", "The syntax of the request body is invalid."
	for rule, row := range map[string]struct {
		caller, path string
		body         []byte
		want         int
		text         string
	}{
		"export without JSON":            {owner, "export", []byte("x"), 400, body},
		"export of nothing":              {owner, "export", []byte("{}"), 400, invalid + "The Source and Destination"},
		"export of no identifier":        {owner, "export", exportOf(``, container), 400, invalid + "The Values"},
		"export of what is no UID":       {owner, "export", exportOf(`"1.02"`, container), 400, invalid + "'1.02' is not"},
		"export of four levels":          {owner, "export", exportOf(`"1.2/1.3/1.4/1.5"`, container), 400, invalid + "'1.2/1.3"},
		"export to nowhere":              {owner, "export", exportOf(`"1.2"`, `"useManagedIdentity":true`), 400, invalid + "The BlobContainerUri"},
		"export to a bare name":          {owner, "export", exportOf(`"1.2"`, `"blobContainerUri":"export","useManagedIdentity":true`), 400, invalid + "The BlobContainerUri"},
		"export to an account":           {owner, "export", exportOf(`"1.2"`, `"blobContainerUri":"https://a.blob.core.windows.net/","useManagedIdentity":true`), 400, invalid + "The BlobContainerUri"},
		"export without an identity":     {owner, "export", exportOf(`"1.2"`, `"blobContainerUri":"https://a.blob.core.windows.net/e"`), 400, invalid + "The UseManagedIdentity"},
		"export of another sort":         {owner, "export", []byte(strings.Replace(string(exportOf(`"1.2"`, container)), "identifiers", "query", 1)), 400, invalid + "The Source must"},
		"export without the right":       {reader, "export", exportOf(`"1.2"`, container), 403, "Authorization failed."},
		"update without JSON":            {owner, "studies/$bulkUpdate", []byte("x"), 400, body},
		"update of no study":             {owner, "studies/$bulkUpdate", update("", name), 400, invalid + "The StudyInstanceUids"},
		"update of nothing":              {owner, "studies/$bulkUpdate", update(`"9.9"`, ""), 400, invalid + "The StudyInstanceUids"},
		"update of too many":             {owner, "studies/$bulkUpdate", update(strings.TrimSuffix(strings.Repeat(`"9.9",`, 51), ","), name), 400, invalid + "The number of studies"},
		"update of what is no UID":       {owner, "studies/$bulkUpdate", update(`"x"`, name), 400, "Dicom element 'StudyInstanceUid' failed validation"},
		"update of what must not change": {owner, "studies/$bulkUpdate", update(`"9.9"`, `"0020000D":{"vr":"UI"}`), 400, "The following tag(s) cannot be updated: '0020000D'."},
		"update without the right":       {reader, "studies/$bulkUpdate", update(`"9.9"`, name), 403, "Authorization failed."},
		"update by another VR":           {owner, "studies/$bulkUpdate", update(`"9.9"`, `"00100010":{"vr":"LO","Value":["A"]}`), 400, "The value of the following tag(s) is not valid: '00100010'."},
		"update without a VR":            {owner, "studies/$bulkUpdate", update(`"9.9"`, `"00100010":{"Value":["A"]}`), 400, "The value of the following tag(s) is not valid: '00100010'."},
		"update by no date":              {owner, "studies/$bulkUpdate", update(`"9.9"`, `"00100030":{"vr":"DA","Value":["yesterday"]}`), 400, "The value of the following tag(s) is not valid: '00100030'."},
		"update by a sequence":           {owner, "studies/$bulkUpdate", update(`"9.9"`, `"00100020":{"vr":"LO","Value":[{"a":"b"}]}`), 400, "The value of the following tag(s) is not valid: '00100020'."},
	} {
		a := r.do(row.caller, "POST", "/v2/"+row.path, row.body)
		if a.status != row.want || !strings.HasPrefix(a.body, row.text) {
			t.Errorf("%s: want %d %q, got %d %q", rule, row.want, row.text, a.status, a.body)
		}
	}
	job := r.started(r.want(r.do(owner, "POST", "/v2/studies/$bulkUpdate", update(`"9.9"`, name)), 202))
	if job.Type != "update" || job.Status != "succeeded" || job.Results.StudyUpdated != 1 || job.Results.InstanceUpdated != 0 {
		t.Errorf("%+v", job)
	}
}

func bulkUpdate(studies, change string) []byte {
	return []byte(`{"studyInstanceUids":[` + studies + `],"changeDataset":{` + change + `}}`)
}

// name reads the patient's name out of a file.
func (r *rig) name(a answer) string {
	r.t.Helper()
	f, err := part10.Parse(strings.NewReader(a.body), int64(len(a.body)), part10.NewDictionary())
	if err != nil {
		r.t.Fatal(err)
	}
	return f.Data.Text(part10.PatientName)
}

// TestBulkUpdateChangesWhatIsThere: the files, what is searched, and the feed show the
// new values, and the original can still be had.
func TestBulkUpdateChangesWhatIsThere(t *testing.T) {
	r := newRig(t, nil)
	pixels := elements{part10.PixelData: []byte("pixels"), part10.Rows: uint16(1), part10.CharacterSet: "ISO_IR 192"}
	for _, sop := range []string{"1.4", "1.5"} {
		r.want(r.do(owner, "POST", "/v2/studies", file("1.2", "1.3", sop, pixels), "Content-Type: application/dicom"), 200)
	}
	r.want(r.do(owner, "POST", "/v2/studies", file("2.2", "2.3", "2.4", nil), "Content-Type: application/dicom"), 200)
	const one = "/v2/studies/1.2/series/1.3/instances/1.4"
	before := r.get(one + "/metadata").header.Get("ETag")
	job := r.started(r.want(r.do(owner, "POST", "/v2/studies/$bulkUpdate", bulkUpdate(`"1.2","9.9"`,
		`"00100010":{"vr":"PN","Value":[{"Alphabetic":"Née^Neu"}]},"00102180":{"vr":"SH","Value":["Tester"]},"00100020":{"vr":"LO","Value":["N2"]}`)), 202))
	if job.Status != "succeeded" || job.Results.StudyUpdated != 2 || job.Results.InstanceUpdated != 2 {
		t.Errorf("%+v", job)
	}
	const asFile = "Accept: application/dicom; transfer-syntax=*"
	if now, first := r.name(r.get(one, asFile)), r.name(r.get(one, asFile, "msdicom-request-original: true")); now != "Née^Neu" || first != "Anony^Mous" {
		t.Errorf("now %s, first %s", now, first)
	}
	if f := r.get(one, asFile).body; !strings.HasSuffix(f, "pixels") {
		t.Errorf("the pixels are gone: %q", f)
	}
	if again := r.get(one, asFile, "msdicom-request-original: true").body; !bytes.Equal([]byte(again)[128:], file("1.2", "1.3", "1.4", pixels)[128:]) {
		t.Error("the original is another file")
	}
	metadata := r.get(one + "/metadata")
	if !strings.Contains(metadata.body, `"00102180":{"vr":"SH","Value":["Tester"]}`) || metadata.header.Get("ETag") == before {
		t.Errorf("ETag %s, then %s: %s", before, metadata.header.Get("ETag"), metadata.body)
	}
	for query, want := range map[string]int{"PatientID=N2": 200, "PatientID=ID1&StudyInstanceUID=1.2": 204, "PatientID=ID1&StudyInstanceUID=2.2": 200} {
		r.want(r.get("/v2/studies?"+query), want)
	}
	if all := r.values(r.get("/v2/instances"), part10.SOPInstanceUID); all != "1.4 1.5 2.4" {
		t.Errorf("instances %s", all)
	}
	feed := r.get("/v2/changefeed?includeMetadata=false").body
	if strings.Count(feed, `"action":"update"`) != 2 || strings.Count(feed, `"state":"replaced"`) != 2 || strings.Count(feed, `"state":"current"`) != 3 {
		t.Errorf("feed %s", feed)
	}
	r.want(r.do(owner, "POST", "/v2/studies/$bulkUpdate", bulkUpdate(`"1.2"`, `"00100010":{"vr":"PN","Value":[{"Alphabetic":"Third"}]}`)), 202)
	if now, first := r.name(r.get(one, asFile)), r.name(r.get(one, asFile, "msdicom-request-original: true")); now != "Third" || first != "Anony^Mous" {
		t.Errorf("after the second: now %s, first %s", now, first)
	}
	r.want(r.do(owner, "DELETE", "/v2/studies/1.2", nil), 204)
	r.want(r.get(one, asFile, "msdicom-request-original: true"), 404)
}

// TestBulkUpdateThatCannotBeWritten fails for a study one of whose files has another
// character set, and changes nothing of it.
func TestBulkUpdateThatCannotBeWritten(t *testing.T) {
	r := newRig(t, nil)
	r.want(r.do(owner, "POST", "/v2/studies", file("1.2", "1.3", "1.4", elements{part10.CharacterSet: "ISO_IR 100"}), "Content-Type: application/dicom"), 200)
	r.want(r.do(owner, "POST", "/v2/studies", file("1.2", "1.3", "1.5", nil), "Content-Type: application/dicom"), 200)
	r.want(r.do(owner, "POST", "/v2/studies", file("2.2", "2.3", "2.4", elements{part10.CharacterSet: "ISO_IR 100"}), "Content-Type: application/dicom"), 200)
	job := r.started(r.want(r.do(owner, "POST", "/v2/studies/$bulkUpdate", bulkUpdate(`"1.2","2.2"`, `"00100010":{"vr":"PN","Value":[{"Alphabetic":"Née"}]}`)), 202))
	if job.Status != "failed" || job.Results.StudyUpdated != 1 || job.Results.StudyFailed != 1 || job.Results.InstanceUpdated != 1 ||
		len(job.Results.Errors) != 1 || job.Results.Errors[0] != "Failed to update instances for study 1.2" {
		t.Errorf("%+v", job)
	}
	const asFile = "Accept: application/dicom; transfer-syntax=*"
	for path, want := range map[string]string{"1.2/series/1.3/instances/1.4": "Anony^Mous", "1.2/series/1.3/instances/1.5": "Anony^Mous", "2.2/series/2.3/instances/2.4": "Née"} {
		if got := r.name(r.get("/v2/studies/"+path, asFile)); got != want {
			t.Errorf("%s is of %s", path, got)
		}
	}
	if left, err := filepath.Glob(filepath.Join(r.dir, "update-*")); err != nil || left != nil {
		t.Errorf("%v, left %q", err, left)
	}
}
