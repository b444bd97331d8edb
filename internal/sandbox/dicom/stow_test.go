package dicom_test

import (
	"bytes"
	"strings"
	"testing"

	"hdstest/internal/sandbox/dicom/part10"
)

func TestStore(t *testing.T) {
	r := newRig(t, nil)
	good := file("1.2.3", "1.2.3.4", "1.2.3.4.5", nil)
	where := r.server.URL + "/v2/studies/1.2.3"
	stored := `"00081199":{"vr":"SQ","Value":[{"00081150":{"vr":"UI","Value":["1.2.840.10008.5.1.4.1.1.7"]},"00081155":{"vr":"UI","Value":["1.2.3.4.5"]},` +
		`"00081190":{"vr":"UR","Value":["` + where + `/series/1.2.3.4/instances/1.2.3.4.5"]},"00741048":{"vr":"SQ"}}]}`
	a := r.want(r.do(owner, "POST", "/v2/studies", multiparts(good), related), 200)
	if a.body != "{"+stored+"}" || a.header.Get("Content-Type") != "application/dicom+json; charset=utf-8" {
		t.Errorf("stored:\nwant {%s}\ngot  %s", stored, a.body)
	}
	exists := `"00081198":{"vr":"SQ","Value":[{"00081150":{"vr":"UI","Value":["1.2.840.10008.5.1.4.1.1.7"]},"00081155":{"vr":"UI","Value":["1.2.3.4.5"]},"00081197":{"vr":"US","Value":[45070]}}]}`
	if a := r.want(r.do(owner, "POST", "/v2/studies", good, "Content-Type: application/dicom"), 409); a.body != "{"+exists+"}" {
		t.Errorf("again:\nwant {%s}\ngot  %s", exists, a.body)
	}
	r.want(r.do(owner, "DELETE", "/v2/studies/1.2.3", nil), 204)
	a = r.want(r.do(owner, "POST", "/v2/studies/1.2.3", multiparts(good, good), related), 202)
	if want := `{"00081190":{"vr":"UR","Value":["` + where + `"]},` + exists + "," + stored + "}"; a.body != want {
		t.Errorf("one of two, in a study:\nwant %s\ngot  %s", want, a.body)
	}
	r.want(r.do(owner, "DELETE", "/v2/studies/1.2.3", nil), 204)
	if a := r.want(r.do(owner, "POST", "/v1/studies", good, "Content-Type: application/dicom"), 200); strings.Contains(a.body, "00741048") {
		t.Errorf("version 1: want no FailedAttributesSequence, got %s", a.body)
	}
	if a := r.want(r.do(owner, "PUT", "/v2/studies", good, "Content-Type: application/dicom"), 200); !strings.Contains(a.body, "00081199") {
		t.Errorf("upsert: want it stored, got %s", a.body)
	}
	r.want(r.do(owner, "PUT", "/v1/studies", good, "Content-Type: application/dicom"), 405)
}

func TestStoreRefused(t *testing.T) {
	r := newRig(t, nil)
	uids := [3]string{"1.2.3", "1.2.3.4", "1.2.3.4.5"}
	with := func(more elements) []byte { return file(uids[0], uids[1], uids[2], more) }
	comment := func(text string) string {
		return `"00741048":{"vr":"SQ","Value":[{"00000902":{"vr":"LO","Value":["DICOM100: ` + text
	}
	for name, row := range map[string]struct {
		path   string
		body   []byte
		status int
		want   string
	}{
		"no DICOM":              {"/v2/studies", []byte("not-dicom"), 409, `{"00081198":{"vr":"SQ","Value":[{"00081197":{"vr":"US","Value":[272]}}]}}`},
		"nothing":               {"/v2/studies", nil, 409, `[272]`},
		"cut short":             {"/v2/studies", with(nil)[:300], 409, `[272]`},
		"implicit VR":           {"/v2/studies", append(encode(part10.ImplicitLittle, nil), 0x10, 0, 0x20, 0, 2, 0, 0, 0, 'A', 'B'), 409, `[43264]`},
		"no study":              {"/v2/studies", with(elements{part10.StudyInstanceUID: nil}), 409, comment("(0020,000d) - The required tag '(0020,000d)' is missing.")},
		"no patient":            {"/v2/studies", with(elements{part10.PatientID: nil}), 409, `[43264]`},
		"an empty patient, v1":  {"/v1/studies", with(elements{part10.PatientID: ""}), 409, `[43264]`},
		"a UID that is none":    {"/v2/studies", with(elements{part10.SOPInstanceUID: "1.02"}), 409, comment("(0008,0018) - Dicom element 'SOPInstanceUID' failed validation for VR 'UI'")},
		"the same UIDs":         {"/v2/studies", with(elements{part10.SOPInstanceUID: uids[0]}), 409, `[43264]`},
		"another study":         {"/v2/studies/1.2.4", with(nil), 409, `[43265]`},
		"a bad date, v1":        {"/v1/studies", with(elements{part10.StudyDate: "yesterday"}), 409, `[43264]`},
		"a bad UID in the path": {"/v2/studies/x", with(nil), 400, "Dicom element 'StudyInstanceUid'"},
		"too large":             {"/v2/studies", make([]byte, 1<<20+1), 413, "The request exceeded the allowed limit of 1048576 bytes."},
	} {
		a := r.do(owner, "POST", row.path, row.body, "Content-Type: application/dicom")
		if a.status != row.status || !strings.Contains(a.body, row.want) {
			t.Errorf("%s:\nwant %d %s\ngot  %d %s", name, row.status, row.want, a.status, a.body)
		}
	}
	body := multiparts(with(nil))
	for name, row := range map[string]struct {
		contentType string
		body        []byte
		status      int
		want        string
	}{
		"no Content-Type":      {"", body, 415, "The specified content type '' is not supported."},
		"no boundary":          {"multipart/related", body, 415, "The content type 'multipart/related' is either not multipart or is missing boundary."},
		"a start parameter":    {"multipart/related; boundary=XX; start=a", body, 400, "The start parameter in multipart/related request is not supported."},
		"form data":            {"multipart/form-data; boundary=XX", body, 415, ""},
		"the wrong boundary":   {"multipart/related; boundary=YY", body, 400, "There was an error reading the multipart request."},
		"a part of text":       {"multipart/related; boundary=XX", bytes.Replace(body, []byte("application/dicom"), []byte("text/plain"), 1), 415, "The specified content type 'text/plain' is not supported."},
		"no end":               {"multipart/related; boundary=XX", body[:len(body)-10], 400, "There was an error reading the multipart request."},
		"no part":              {"multipart/related; boundary=XX", []byte("--XX--\r\n"), 204, ""},
		"neither type nor own": {"multipart/related; boundary=XX", bytes.Replace(body, []byte("Content-Type: application/dicom\r\n"), nil, 1), 200, "00081199"},
		"of a form (curl)":     {`multipart/related; type="application/dicom"; boundary=XX`, bytes.Replace(multiparts(file("9.1", "9.2", "9.3", nil)), []byte("Content-Type"), []byte("Content-Disposition: form-data; name=\"f\"\r\nContent-Type"), 1), 200, "00081199"},
	} {
		a := r.do(owner, "POST", "/v2/studies", row.body, "Content-Type: "+row.contentType)
		if a.status != row.status || !strings.Contains(a.body, row.want) {
			t.Errorf("%s:\nwant %d %s\ngot  %d %s", name, row.status, row.want, a.status, a.body)
		}
	}
}

func TestStoreWarnings(t *testing.T) {
	r := newRig(t, nil)
	a := r.want(r.do(owner, "POST", "/v2/studies", file("1.2", "1.3", "1.4", elements{part10.StudyDate: "yesterday", part10.PatientID: ""}), "Content-Type: application/dicom"), 202)
	want := `"00081196":{"vr":"US","Value":[1]},"00741048":{"vr":"SQ","Value":[{"00000902":{"vr":"LO","Value":["DICOM100: (0008,0020) - Dicom element 'StudyDate' failed validation for VR 'DA': Value cannot be parsed as a valid date."]}}]}`
	if !strings.Contains(a.body, want) {
		t.Errorf("want %s\nin %s", want, a.body)
	}
	if a := r.want(r.get("/v2/studies/1.2/metadata"), 200); strings.Contains(a.body, "00080020") {
		t.Errorf("want the attribute left out of the metadata, got %s", a.body)
	}
	a = r.want(r.do(owner, "POST", "/v2/studies", file("1.2", "1.3", "1.5", elements{part10.Modality: `CT\MR`}), "Content-Type: application/dicom"), 200)
	if got := a.header.Get("Warning"); !strings.HasPrefix(got, "299 ") || !strings.HasSuffix(got, `: "One or more indexed Dicom tag(s) have multiple values, only first value is indexed."`) {
		t.Errorf("Warning: got %q", got)
	}
}
