package dicom_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"hdstest/internal/sandbox/dicom/part10"
)

func fill(r *rig) {
	latin := elements{part10.CharacterSet: "ISO_IR 192", part10.PatientName: "Müller^Hans=漢", part10.PatientID: "P2", part10.StudyDate: "20210601", part10.Modality: "MR",
		part10.StudyDescription: "Knee", 0x00200011: "7", part10.ManufacturerModel: "Scanner"}
	r.put(
		file("1.1", "1.11", "1.111", elements{part10.StudyDate: "20200115", part10.Modality: "CT", part10.AccessionNumber: "A1", part10.Rows: uint16(512)}),
		file("1.1", "1.12", "1.121", elements{part10.StudyDate: "20200115", part10.Modality: "SR", part10.AccessionNumber: "A1"}),
		file("1.1", "1.12", "1.122", elements{part10.StudyDate: "20200115", part10.Modality: "SR", part10.AccessionNumber: "A1"}),
		file("1.2", "1.21", "1.211", latin))
}

func TestSearch(t *testing.T) {
	r := newRig(t, nil)
	fill(r)
	study, series, instance := part10.StudyInstanceUID, part10.SeriesInstanceUID, part10.SOPInstanceUID
	for _, row := range []struct {
		path string
		tag  part10.Tag
		want string
	}{
		{"studies", study, "1.1 1.2"}, {"series", series, "1.11 1.12 1.21"}, {"instances", instance, "1.111 1.121 1.122 1.211"},
		{"studies?PatientID=id1", study, "1.1"}, {"studies?00100020=P2", study, "1.2"}, {"studies?PatientID=nobody", study, ""},
		{"studies?StudyInstanceUID=1.1", study, "1.1"}, {"studies?AccessionNumber=A1&PatientID=P2", study, ""},
		{"studies?PatientName=muller%5Ehans%3D%E6%BC%A2", study, "1.2"}, {"studies?PatientName=muller", study, ""},
		{"studies?PatientName=mul&fuzzymatching=true", study, "1.2"}, {"studies?PatientName=hans%20mul&fuzzymatching=true", study, "1.2"},
		{"studies?PatientName=uller&fuzzymatching=true", study, ""},
		{"studies?StudyDate=20200101-20201231", study, "1.1"}, {"studies?StudyDate=20200115-", study, "1.1 1.2"}, {"studies?StudyDate=-20200115", study, "1.1"},
		{"studies?StudyDate=20210601", study, "1.2"}, {"studies?ModalitiesInStudy=CT", study, "1.1"}, {"studies?ModalitiesInStudy=MR", study, "1.2"},
		{"series?PatientID=ID1&Modality=SR", series, "1.12"}, {"series?StudyInstanceUID=1.2", series, "1.21"},
		{"instances?Modality=sr", instance, "1.121 1.122"}, {"instances?PatientID=P2", instance, "1.211"},
		{"studies/1.1/series", series, "1.11 1.12"}, {"studies/1.1/series?Modality=CT", series, "1.11"}, {"studies/1.1/instances", instance, "1.111 1.121 1.122"},
		{"studies/1.1/instances?Modality=SR&SOPInstanceUID=1.122", instance, "1.122"}, {"studies/1.1/series/1.12/instances", instance, "1.121 1.122"},
		{"studies/1.9/series", series, ""}, {"studies/1.1/series/1.21/instances", instance, ""},
		{"instances?limit=2", instance, "1.122 1.211"}, {"instances?limit=2&offset=3", instance, "1.111"}, {"instances?offset=4", instance, ""},
	} {
		a := r.get("/v2/" + row.path)
		want := 200
		if row.want == "" {
			want = 204
		}
		if a.status != want || want == 204 && a.body != "" {
			t.Errorf("%s: want %d, got %d %s", row.path, want, a.status, a.body)
			continue
		}
		if got := r.values(a, row.tag); got != row.want {
			t.Errorf("%s: want %q, got %q", row.path, row.want, got)
		}
	}
}

// TestSearchAnswer holds which attributes come with a result.
func TestSearchAnswer(t *testing.T) {
	r := newRig(t, nil)
	fill(r)
	for path, want := range map[string]string{
		"/v2/studies?StudyInstanceUID=1.2":                                         "00080020 00081030 00100010 00100020 0020000D",
		"/v2/studies?StudyInstanceUID=1.2&includefield=ModalitiesInStudy,00201208": "00080020 00080061 00081030 00100010 00100020 0020000D 00201208",
		"/v2/studies?StudyInstanceUID=1.2&ModalitiesInStudy=MR":                    "00080020 00080061 00081030 00100010 00100020 0020000D",
		"/v2/studies/1.2/series":                                                   "00080060 00081090 0020000D 0020000E",
		"/v2/studies/1.2/series?includefield=SeriesNumber":                         "00080060 00081090 0020000D 0020000E 00200011",
		"/v2/studies/1.2/series?includefield=all":                                  "00080005 00080060 00081090 0020000D 0020000E 00200011",
		"/v2/studies/1.2/series/1.21/instances":                                    "00080018 0020000D 0020000E",
		"/v2/series?Modality=MR":                                                   "00080020 00080060 00081030 00081090 00100010 00100020 0020000D 0020000E",
		"/v2/instances?SOPInstanceUID=1.111&includefield=Rows":                     "00080018 00080020 00080050 00080060 00100010 00100020 0020000D 0020000E 00280010",
		"/v1/studies/1.2/series":                                                   "00080005 00080060 00081090 0020000D 0020000E",
	} {
		a := r.want(r.get(path), 200)
		if a.header.Get("Content-Type") != "application/dicom+json; charset=utf-8" {
			t.Errorf("%s: got %s", path, a.header.Get("Content-Type"))
		}
		var sets []map[string]any
		if err := json.Unmarshal([]byte(a.body), &sets); err != nil || len(sets) != 1 {
			t.Fatalf("%s: want one data set, got %s", path, a.body)
		}
		var got []string
		for _, part := range strings.Split(a.body, `":{"vr"`) {
			if tag := part[max(0, len(part)-8):]; len(part) > 8 && sets[0][tag] != nil {
				got = append(got, tag)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s:\nwant %s\ngot  %s", path, want, strings.Join(got, " "))
		}
	}
	if a := r.get("/v2/studies?StudyInstanceUID=1.2"); !strings.Contains(a.body, `"00100010":{"vr":"PN","Value":[{"Alphabetic":"Müller^Hans","Ideographic":"漢"}]}`) {
		t.Errorf("want the name in its groups, got %s", a.body)
	}
}

func TestSearchRefused(t *testing.T) {
	r := newRig(t, nil)
	for query, want := range map[string]string{
		"studies?$filter=x":                              "Invalid query: unknown query parameter '$filter'. If the parameter is an attribute keyword, check the casing as they are case-sensitive.",
		"studies?patientid=x":                            "Invalid query: unknown query parameter 'patientid'.",
		"studies?Modality=CT":                            "Invalid query: AttributeId Modality is not queryable.",
		"studies?PatientSex=M":                           "Invalid query: AttributeId PatientSex is not queryable.",
		"studies/1.1/series?PatientID=x":                 "Invalid query: AttributeId PatientID is not queryable.",
		"studies?PatientID=a&00100020=b":                 "Invalid query: duplicate AttributeId '00100020'.",
		"studies?PatientID=":                             "Invalid query: AttributeId 'PatientID' has empty string value that is not supported.",
		"studies?StudyDate=2020-01-01":                   "Invalid query: Specified Date value '2020' is invalid for attribute 'StudyDate'.",
		"studies?StudyDate=20201301":                     "Invalid query: Specified Date value '20201301' is invalid",
		"studies?StudyDate=-":                            "Invalid query: Specified range value '-' is invalid",
		"studies?StudyDate=20210101-20200101":            "Invalid query: Specified range '20210101-20200101' is invalid.",
		"studies?includefield=all&includefield=00100010": "Invalid query: cannot specify included fields in addition to 'all'.",
		"studies?includefield=Nothing":                   "Invalid query: includefield has unknown attribute 'Nothing'.",
		"studies?limit=0":                                "The query parameter 'limit' is invalid.",
		"studies?limit=x":                                "The query parameter 'limit' is invalid.",
		"studies?offset=-1":                              "The query parameter 'offset' is invalid.",
		"studies?fuzzymatching=maybe":                    "The query parameter 'fuzzymatching' is invalid.",
	} {
		if a := r.get("/v2/" + query); a.status != 400 || !strings.HasPrefix(a.body, want) || a.header.Get("Content-Type") != "text/plain; charset=utf-8" {
			t.Errorf("%s:\nwant 400 %s\ngot  %d %s", query, want, a.status, a.body)
		}
	}
}

func TestExtendedQueryTags(t *testing.T) {
	r := newRig(t, nil)
	fill(r)
	add := func(body string) answer {
		return r.do(owner, "POST", "/v2/extendedquerytags", []byte(body), "Content-Type: application/json")
	}
	a := r.want(add(`[{"Path":"00200011","Level":"Series"},{"path":"12051003","vr":"LO","privateCreator":"me","level":"instance"}]`), 202)
	var job struct{ ID, Href string }
	if err := json.Unmarshal([]byte(a.body), &job); err != nil || a.header.Get("Location") != job.Href || len(job.ID) != 32 {
		t.Fatalf("want an operation, got %s", a.body)
	}
	if a := r.want(r.get(strings.TrimPrefix(job.Href, r.server.URL)), 200); !strings.Contains(a.body, `"status":"succeeded"`) {
		t.Errorf("operation: got %s", a.body)
	}
	if a := r.want(r.get("/v1/operations/"+job.ID), 200); !strings.Contains(a.body, `"status":"completed"`) {
		t.Errorf("operation, version 1: got %s", a.body)
	}
	if got := r.values(r.get("/v2/series?SeriesNumber=7"), part10.SeriesInstanceUID); got != "1.21" {
		t.Errorf("what was stored before the tag: want 1.21, got %q", got)
	}
	r.put(file("1.3", "1.31", "1.311", elements{0x00200011: "7", 0x12050010: "me", 0x12051003: "private"}))
	if got := r.values(r.get("/v2/series?SeriesNumber=7"), part10.SeriesInstanceUID); got != "1.21 1.31" {
		t.Errorf("what was stored after the tag: want 1.21 1.31, got %q", got)
	}
	if got := r.values(r.get("/v2/instances?12051003=private"), part10.SOPInstanceUID); got != "1.311" {
		t.Errorf("a private tag: want 1.311, got %q", got)
	}
	want := `{"path":"00200011","vr":"IS","level":"Series","status":"Ready","queryStatus":"Enabled"}`
	if a := r.want(r.get("/v2/extendedquerytags/SeriesNumber"), 200); a.body != want {
		t.Errorf("one tag: want %s, got %s", want, a.body)
	}
	r.want(r.do(owner, "PATCH", "/v2/extendedquerytags/00200011", []byte(`{"QueryStatus":"Disabled"}`)), 200)
	if a := r.get("/v2/series?SeriesNumber=7"); a.status != 400 || !strings.Contains(a.body, "disabled") {
		t.Errorf("a disabled tag: want 400, got %d %s", a.status, a.body)
	}
	if a := r.want(r.get("/v2/extendedquerytags/00200011/errors"), 200); a.body != "[]" {
		t.Errorf("errors: got %s", a.body)
	}
	r.want(r.do(owner, "DELETE", "/v2/extendedquerytags/00200011", nil), 204)
	if a := r.get("/v2/series?SeriesNumber=7"); a.status != 400 {
		t.Errorf("a deleted tag: want 400, got %d", a.status)
	}
	for body, want := range map[string]struct {
		status int
		text   string
	}{
		`[`:  {400, "The syntax of the request body is invalid."},
		`[]`: {400, "The extended query tag(s) is missing."},
		`[{"Path":"12051003","VR":"LO","PrivateCreator":"me","Level":"Instance"}]`:             {409, "One or more extended query tags already exist."},
		`[{"Path":"00200012","Level":"Series"},{"Path":"AcquisitionNumber","Level":"Series"}]`: {400, "The extended query tag 'AcquisitionNumber' has been specified before."},
		`[{"Path":"zz","Level":"Series"}]`:                                                     {400, "The extended query tag 'zz' is invalid as it cannot be parsed into a valid Dicom Tag."},
		`[{"Path":"PatientID","Level":"Study"}]`:                                               {400, "The query tag 'PatientID' is already supported."},
		`[{"Path":"PatientSex","Level":"Planet"}]`:                                             {400, "The request body is not valid."},
		`[{"Path":"PatientSex"}]`:                                                              {400, "The request body is not valid."},
		`[{"Path":"PatientSex","VR":"LO","Level":"Study"}]`:                                    {400, "The VR code 'LO' is incorrectly specified for 'PatientSex'. The expected VR code for it is 'CS'."},
		`[{"Path":"PatientComments","Level":"Study"}]`:                                         {400, "The VR code 'LT' specified for tag 'PatientComments' is not supported."},
		`[{"Path":"11051003","VR":"LO","Level":"Study"}]`:                                      {400, "The private creator for private tag '11051003' is missing."},
		`[{"Path":"PatientSex","PrivateCreator":"x","Level":"Study"}]`:                         {400, "The private creator is not empty for standard tag 'PatientSex'."},
	} {
		if a := add(body); a.status != want.status || !strings.HasPrefix(a.body, want.text) {
			t.Errorf("%s:\nwant %d %s\ngot  %d %s", body, want.status, want.text, a.status, a.body)
		}
	}
	if a := r.do(owner, "DELETE", "/v2/extendedquerytags/00200011", nil); a.status != 404 || a.body != "The specified extended query tag with tag path 00200011 cannot be found." {
		t.Errorf("a tag that is not there: got %d %s", a.status, a.body)
	}
	r.want(r.get("/v2/operations/"+strings.Repeat("0", 32)), 404)
	r.want(r.get("/v2/operations/x"), 400)
}

func TestWorkitems(t *testing.T) {
	r := newRig(t, nil)
	item := func(more string) []byte {
		return []byte(`[{"00741000":{"vr":"CS","Value":["SCHEDULED"]},"00741200":{"vr":"CS","Value":["HIGH"]},"00741204":{"vr":"LO","Value":["label"]},` +
			`"00404005":{"vr":"DT","Value":["20260101120000"]},"00404041":{"vr":"CS","Value":["READY"]},"00100020":{"vr":"LO","Value":["P1"]},` +
			`"0040A370":{"vr":"SQ","Value":[{"00080050":{"vr":"SH","Value":["A1"]}}]}` + more + `}]`)
	}
	send := func(method, path string, body []byte) answer {
		return r.do(owner, method, path, body, "Content-Type: application/dicom+json")
	}
	a := r.want(send("POST", "/v2/workitems?1.2.3", item("")), 201)
	if want := r.server.URL + "/v2/workitems/1.2.3"; a.header.Get("Location") != want || a.header.Get("Content-Location") != want {
		t.Errorf("want both locations, got %v", a.header)
	}
	r.want(send("POST", "/v2/workitems?1.2.3", item("")), 409)
	r.want(send("POST", "/v2/workitems", item(`,"00080018":{"vr":"UI","Value":["1.2.4"]}`)), 201)
	r.want(send("POST", "/v2/workitems?x", item("")), 400)
	r.want(send("POST", "/v2/workitems?1.2.5", []byte(`[{}]`)), 400)
	r.want(r.do(owner, "POST", "/v2/workitems?1.2.5", item(""), "Content-Type: application/json"), 415)
	r.want(r.do(reader, "POST", "/v2/workitems?1.2.5", item(""), "Content-Type: application/dicom+json"), 403)
	if a := r.get("/v2/workitems/9.9"); a.status != 404 || a.body != "The workitem instance is not found." {
		t.Errorf("an item that is not there: got %d %s", a.status, a.body)
	}
	for query, want := range map[string]string{"": "1.2.3 1.2.4", "?PatientID=p1&limit=1": "1.2.4", "?PatientID=x": "", "?0040A370.00080050=A1": "1.2.3 1.2.4",
		"?ProcedureStepState=SCHEDULED": "1.2.3 1.2.4", "?ScheduledProcedureStepStartDateTime=2026-": "1.2.3 1.2.4"} {
		if got := r.values(r.get("/v2/workitems"+query), part10.SOPInstanceUID); got != want {
			t.Errorf("%s: want %q, got %q", query, want, got)
		}
	}
	r.want(r.get("/v2/workitems?Modality=CT"), 400)
	state := func(tx, to string) answer {
		return send("PUT", "/v2/workitems/1.2.3/state", fmt.Appendf(nil, `[{"00081195":{"vr":"UI","Value":["%s"]},"00741000":{"vr":"CS","Value":["%s"]}}]`, tx, to))
	}
	r.want(state("7.7", "COMPLETED"), 409)
	r.want(state("7.7", "IN PROGRESS"), 200)
	r.want(send("POST", "/v2/workitems/1.2.3/cancelrequest", nil), 409)
	r.want(send("POST", "/v2/workitems/1.2.3", []byte(`[{"00741204":{"vr":"LO","Value":["new"]}}]`)), 400)
	r.want(send("POST", "/v2/workitems/1.2.3?7.7", []byte(`[{"00741204":{"vr":"LO","Value":["new"]}}]`)), 200)
	r.want(state("8.8", "COMPLETED"), 400)
	r.want(state("7.7", "COMPLETED"), 200)
	if a := r.want(r.get("/v2/workitems/1.2.3"), 200); strings.Contains(a.body, "7.7") || !strings.Contains(a.body, `["COMPLETED"]`) || !strings.Contains(a.body, `["new"]`) {
		t.Errorf("want the item completed, without the transaction UID, got %s", a.body)
	}
	r.want(send("POST", "/v2/workitems/1.2.4/cancelrequest", nil), 202)
	if a := r.want(send("POST", "/v2/workitems/1.2.4/cancelrequest", nil), 409); !strings.HasSuffix(a.header.Get("Warning"), "The UPS is already in the requested state of CANCELED.") {
		t.Errorf("again: want a Warning, got %v", a.header)
	}
}
