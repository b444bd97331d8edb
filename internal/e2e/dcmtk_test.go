//go:build e2e

package e2e_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// dump is an instance as dcmtk's dump2dcm reads it: a Secondary Capture of 4 by
// 4 grey pixels, with elements that our own instance has not.
const dump = `(0008,0005) CS [ISO_IR 192]
(0008,0016) UI =SecondaryCaptureImageStorage
(0008,0018) UI [2.25.7001]
(0008,0020) DA [20260102]
(0008,0030) TM [030405.678]
(0008,0050) SH []
(0008,0060) CS [OT]
(0008,0064) CS [SYN]
(0008,0090) PN []
(0008,1140) SQ
(fffe,e000) na
(0008,1150) UI =SecondaryCaptureImageStorage
(0008,1155) UI [2.25.7009]
(fffe,e00d) na
(fffe,e0dd) na
(0010,0010) PN [Müller^Synthetic]
(0010,0020) LO [dcmtk-1]
(0010,0030) DA [19700102]
(0010,0040) CS [O]
(0018,1164) DS [0.5\0.25]
(0020,000d) UI [2.25.7000]
(0020,000e) UI [2.25.7002]
(0020,0010) SH [1]
(0020,0011) IS [1]
(0020,0013) IS [-1]
(0028,0002) US 1
(0028,0004) CS [MONOCHROME2]
(0028,0010) US 4
(0028,0011) US 4
(0028,0100) US 8
(0028,0101) US 8
(0028,0102) US 7
(0028,0103) US 0
(7fe0,0010) OB 00\10\20\30\40\50\60\70\80\90\a0\b0\c0\d0\e0\f0
`

// bench is a folder in which dcmtk's tools work.
type bench struct {
	*judge
	dir string
}

// run runs a tool that must end well and say nothing of errors.
func (b bench) run(name string, args ...string) string {
	b.t.Helper()
	r := command(b.t, b.dir, environment(b.dir), name, args...)
	b.that(r.code == 0 && !strings.Contains(r.stderr, "E: "), "%s %v: exit code %d\n%s%s", name, args, r.code, r.stdout, r.stderr)
	return r.stdout
}

// store sends files by curl as the article on curl has it: --form, with the
// header of multipart/related.
// Source: learn.microsoft.com/azure/healthcare-apis/dicom/dicomweb-standard-apis-curl.
func (b bench) store(files ...string) reply {
	b.t.Helper()
	args := []string{"--request", "POST", "--header", "Authorization: Bearer " + b.s.dicomToken(b.t),
		"--header", "Accept: application/dicom+json", "--header", `Content-Type: multipart/related; type="application/dicom"`}
	for i, f := range files {
		args = append(args, "--form", "file"+string(rune('1'+i))+"=@"+filepath.Join(b.dir, f)+";type=application/dicom")
	}
	return b.s.curl(b.t, append(args, b.s.DICOMURL+"/v2/studies")...)
}

// fetch gets a file by curl.
func (b bench) fetch(path, accept, file string) reply {
	b.t.Helper()
	r := b.s.curl(b.t, "--header", "Authorization: Bearer "+b.s.dicomToken(b.t), "--header", "Accept: "+accept, b.s.DICOMURL+"/v2"+path)
	if err := os.WriteFile(filepath.Join(b.dir, file), []byte(r.body), 0o600); err != nil {
		b.t.Fatal(err)
	}
	return r
}

// TestDCMTK has dcmtk make instances and judge what comes back. dcmtk has no
// DICOMweb client: curl carries the files.
//
// Source: DICOM PS3.10 and PS3.18; F.2 of PS3.18 for the JSON model, which dcmtk's
// dcm2json writes independently of ours; microsoft/dicom-server for the refusal
// of implicit VR.
func TestDCMTK(t *testing.T) {
	s := startSandbox(t)
	b := bench{newJudge(t, s, nil), t.TempDir()}
	b.files()
	stored := b.store("one.dcm", "jpeg.dcm", "implicit.dcm")
	b.equal("two stored, one refused: status", stored.status, 202)
	b.equal("stored", len(list(stored.json, "00081199/Value")), 2)
	b.equal("implicit VR: reason", place(stored.json, "00081198/Value/0/00081197/Value/0"), any(43264.0))

	const instance = "/studies/2.25.7000/series/2.25.7002/instances/2.25.7001"
	got := b.fetch(instance, "application/dicom; transfer-syntax=*", "back.dcm")
	b.equal("WADO-RS: status", got.status, 200)
	b.contains("WADO-RS: type", got.header.Get("Content-Type"), "application/dicom", "transfer-syntax=1.2.840.10008.1.2.1")
	b.equal("the same data set", b.dumped("back.dcm"), b.dumped("one.dcm"))
	b.equal("the same meta information", b.syntax("back.dcm"), b.syntax("one.dcm"))
	b.fetch("/studies/2.25.7003/series/2.25.7004/instances/2.25.7005", "application/dicom; transfer-syntax=*", "jpeg-back.dcm")
	b.equal("the same compressed data set", b.dumped("jpeg-back.dcm"), b.dumped("jpeg.dcm"))
	b.run("dcmdjpeg", "jpeg-back.dcm", "decoded.dcm") // what was compressed can still be decoded
	b.metadata(instance)

	rendered := b.fetch(instance+"/rendered", "image/jpeg", "rendered.jpg")
	b.equal("rendered: status", rendered.status, 200)
	b.run("img2dcm", "rendered.jpg", "of-rendered.dcm") // refuses what is no JPEG
	b.contains("rendered: size", b.run("dcmdump", "+P", "0028,0010", "of-rendered.dcm"), " US 4 ")
	version := regexp.MustCompile(`v(\S+)`).FindStringSubmatch(b.run("dcmdump", "--version"))
	record(t, used{"dcmtk (by curl)", version[1], s.requests(t, "curl/"), b.n})
}

// files makes an uncompressed instance, a JPEG one of a picture of it, and one
// with implicit VR.
func (b bench) files() {
	b.t.Helper()
	if err := os.WriteFile(filepath.Join(b.dir, "one.dump"), []byte(dump), 0o600); err != nil {
		b.t.Fatal(err)
	}
	b.run("dump2dcm", "--write-xfer-little", "one.dump", "one.dcm")
	b.run("dcmj2pnm", "--write-jpeg", "one.dcm", "one.jpg")
	b.run("img2dcm", "one.jpg", "jpeg.dcm", "--key", "0010,0020=dcmtk-1", "--key", "0020,000d=2.25.7003", "--key", "0020,000e=2.25.7004",
		"--key", "0008,0018=2.25.7005", "--key", "0010,0010=Synthetic^Jpeg")
	b.run("dcmconv", "--write-xfer-implicit", "one.dcm", "implicit.dcm")
	b.run("dcmodify", "--no-backup", "-m", "0008,0018=2.25.7006", "implicit.dcm")
}

// dumped is the data set in words, without the file's meta information, which
// names who wrote the file.
func (b bench) dumped(file string) string {
	b.t.Helper()
	_, set, ok := strings.Cut(b.run("dcmdump", "--print-all", "--no-uid-names", file), "# Dicom-Data-Set")
	b.that(ok, "%s: dcmdump shows no data set", file)
	return set
}

// syntax is the file's transfer syntax and identity.
func (b bench) syntax(file string) string {
	b.t.Helper()
	return b.run("dcmdump", "+P", "0002,0010", "+P", "0002,0003", "+P", "0002,0002", file)
}

// metadata compares the sandbox's DICOM JSON with dcmtk's, without bulk data.
func (b bench) metadata(instance string) {
	b.t.Helper()
	got := b.fetch(instance+"/metadata", "application/dicom+json", "metadata.json")
	b.equal("metadata: status", got.status, 200)
	ours, _ := place(got.json, "0").(map[string]any)
	var theirs map[string]any
	if err := json.Unmarshal([]byte(b.run("dcm2json", "one.dcm")), &theirs); err != nil {
		b.t.Fatal(err)
	}
	delete(theirs, "7FE00010")
	for tag, value := range theirs {
		if strings.HasPrefix(tag, "0002") {
			continue // the file's meta information is no part of the model
		}
		b.equal("metadata "+tag, ours[tag], value)
	}
	b.that(len(ours) >= 25, "metadata: %d elements", len(ours))
}

func list(v any, path string) []any {
	l, _ := place(v, path).([]any)
	return l
}
