//go:build e2e

package dicom_test

import (
	"bytes"
	"encoding/json"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hdstest/internal/sandbox/dicom/part10"
)

// dump is a data set in dcmtk's language, with the things that readers trip over.
const dump = `(0008,0005) CS [ISO_IR 100]
(0008,0016) UI =SecondaryCaptureImageStorage
(0008,0018) UI [1.2.3.4.5]
(0008,0020) DA [20200115]
(0008,0060) CS [OT]
(0010,0010) PN [M` + "\xfc" + `ller^Hans]
(0010,0020) LO [ID1]
(0018,0050) DS [1.5]
(0020,000d) UI [1.2.3]
(0020,000e) UI [1.2.3.4]
(0020,0011) IS [7]
(0020,0032) DS [0\-1.25\1e2]
(0028,0002) US 1
(0028,0004) CS [MONOCHROME2]
(0028,0009) AT (0018,1063)
(0028,0010) US 2
(0028,0011) US 2
(0028,0100) US 8
(0028,0101) US 8
(0028,0102) US 7
(0028,0103) US 0
(0040,0275) SQ
(fffe,e000) na
(0040,0009) SH [STEP]
(fffe,e00d) na
(fffe,e000) na
(fffe,e00d) na
(fffe,e0dd) na
(7fe0,0010) OW 0001\0002
`

func tool(t *testing.T, name string, arguments ...string) []byte {
	t.Helper()
	out, err := exec.Command(name, arguments...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(arguments, " "), err, out)
	}
	return out
}

// TestFilesOfDCMTK stores files that dcmtk has written, in all encodings, and
// compares the metadata with what its dcm2json makes of the same file.
func TestFilesOfDCMTK(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	if err := os.WriteFile(at("dump"), []byte(dump), 0o600); err != nil {
		t.Fatal(err)
	}
	tool(t, "dump2dcm", at("dump"), at("file"))
	for name, row := range map[string]struct {
		options []string
		status  int
		has     string
	}{
		"explicit, defined lengths":   {[]string{"+te", "-e"}, 200, "00081199"},
		"explicit, undefined lengths": {[]string{"+te", "+e"}, 200, "00081199"},
		"big endian":                  {[]string{"+tb"}, 200, "00081199"},
		"implicit":                    {[]string{"+ti"}, 409, "[43264]"},
		"deflated":                    {[]string{"+td"}, 409, "[272]"},
	} {
		r := newRig(t, nil)
		tool(t, "dcmconv", append(row.options, at("file"), at("out"))...)
		data, err := os.ReadFile(at("out"))
		if err != nil {
			t.Fatal(err)
		}
		a := r.do(owner, "POST", "/v2/studies", data, "Content-Type: application/dicom")
		if a.status != row.status || !strings.Contains(a.body, row.has) {
			t.Errorf("%s: want %d %s, got %d %s", name, row.status, row.has, a.status, a.body)
		}
		if row.status != 200 {
			continue
		}
		got := r.want(r.get("/v2/studies/1.2.3/metadata"), 200)
		if diff := cmp.Diff(plain(t, tool(t, "dcm2json", at("out"))), plain(t, []byte(got.body))); diff != "" {
			t.Errorf("%s: metadata differ from dcm2json's (-want +got)\n%s", name, diff)
		}
		back := r.want(r.get("/v2/studies/1.2.3/series/1.2.3.4/instances/1.2.3.4.5", "Accept: application/dicom; transfer-syntax=*"), 200)
		if err := os.WriteFile(at("back"), []byte(back.body), 0o600); err != nil {
			t.Fatal(err)
		}
		tool(t, "dcmdump", "-q", at("back"))
	}
}

// TestBulkUpdateForDCMTK changes a file of dcmtk's and has dcmtk compare: its dcm2json
// finds the new values in what comes back, nothing else otherwise, and our metadata agree.
func TestBulkUpdateForDCMTK(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	if err := os.WriteFile(at("dump"), []byte(dump), 0o600); err != nil {
		t.Fatal(err)
	}
	tool(t, "dump2dcm", "+te", "+e", at("dump"), at("file"))
	data, err := os.ReadFile(at("file"))
	if err != nil {
		t.Fatal(err)
	}
	r := newRig(t, nil)
	r.want(r.do(owner, "POST", "/v2/studies", data, "Content-Type: application/dicom"), 200)
	job := r.started(r.want(r.do(owner, "POST", "/v2/studies/$bulkUpdate",
		bulkUpdate(`"1.2.3"`, `"00100010":{"vr":"PN","Value":[{"Alphabetic":"Möller^Ida"}]},"00100040":{"vr":"CS","Value":["F"]}`)), 202))
	if job.Status != "succeeded" || job.Results.InstanceUpdated != 1 {
		t.Errorf("%+v", job)
	}
	back := r.want(r.get("/v2/studies/1.2.3/series/1.2.3.4/instances/1.2.3.4.5", "Accept: application/dicom; transfer-syntax=*"), 200)
	if err := os.WriteFile(at("back"), []byte(back.body), 0o600); err != nil {
		t.Fatal(err)
	}
	before, after := plain(t, tool(t, "dcm2json", at("file"))), plain(t, tool(t, "dcm2json", at("back")))
	if diff := cmp.Diff(after, plain(t, []byte(r.want(r.get("/v2/studies/1.2.3/metadata"), 200).body))); diff != "" {
		t.Errorf("metadata differ from dcm2json's (-want +got)\n%s", diff)
	}
	before["00100010"] = map[string]any{"vr": "PN", "Value": []any{map[string]any{"Alphabetic": "Möller^Ida"}}}
	before["00100040"] = map[string]any{"vr": "CS", "Value": []any{"F"}}
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("the file differs in more than what was asked for (-want +got)\n%s", diff)
	}
}

// plain decodes DICOM JSON without bulk data and the character set, which
// dcm2json changes to that of JSON.
func plain(t *testing.T, data []byte) map[string]any {
	t.Helper()
	var out map[string]any
	var list []map[string]any
	if err := json.Unmarshal(data, &list); err == nil {
		out = list[0]
	} else if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	for tag, v := range out {
		attribute, _ := v.(map[string]any)
		vr, _ := attribute["vr"].(string)
		if part10.Bulk(vr) || tag == "00080005" {
			delete(out, tag)
		}
	}
	return out
}

// TestJPEGOfDCMTK stores a picture that img2dcm has wrapped, and draws it.
func TestJPEGOfDCMTK(t *testing.T) {
	dir := t.TempDir()
	picture := image.NewGray(image.Rect(0, 0, 16, 8))
	for x := range 16 {
		picture.SetGray(x, 3, color.Gray{Y: uint8(16 * x)})
	}
	var encoded bytes.Buffer
	if err := jpeg.Encode(&encoded, picture, nil); err != nil {
		t.Fatal(err)
	}
	in, out := filepath.Join(dir, "in.jpg"), filepath.Join(dir, "out.dcm")
	if err := os.WriteFile(in, encoded.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	tool(t, "img2dcm", "-k", "StudyInstanceUID=1.2.3", "-k", "SeriesInstanceUID=1.2.4", "-k", "SOPInstanceUID=1.2.5", "-k", "PatientID=x", in, out)
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	r := newRig(t, nil)
	a := r.do(owner, "POST", "/v2/studies", data, "Content-Type: application/dicom")
	if a.status != 200 && a.status != 202 {
		t.Fatalf("want it stored, got %d %s", a.status, a.body)
	}
	path := "/v2/studies/1.2.3/series/1.2.4/instances/1.2.5"
	a = r.want(r.get(path+"/frames/1", `Accept: application/octet-stream; transfer-syntax=*`), 200)
	if !strings.HasPrefix(a.body, "\xff\xd8") {
		t.Errorf("want the JPEG as it is, got % x", a.body[:min(4, len(a.body))])
	}
	a = r.want(r.get(path+"/rendered", "Accept: image/png"), 200)
	if drawn, _, err := image.Decode(strings.NewReader(a.body)); err != nil || drawn.Bounds().Dx() != 16 {
		t.Errorf("want a picture of 16 columns, got %v", err)
	}
}
