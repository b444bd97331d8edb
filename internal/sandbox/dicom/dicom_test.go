package dicom_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"hdstest/internal/entra"
	"hdstest/internal/sandbox/access/accesstest"
	"hdstest/internal/sandbox/dicom"
	"hdstest/internal/sandbox/dicom/part10"
)

// rig is a running service with one caller for each role, named by the role.
type rig struct {
	*accesstest.World
	t      testing.TB
	server *httptest.Server
	dir    string // of the instances
}

func newRig(t testing.TB, upstream *url.URL) *rig {
	t.Helper()
	world, err := accesstest.New(entra.DICOM, "https://localhost:2")
	if err != nil {
		t.Fatal(err)
	}
	var service http.Handler
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { service.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	world.SetURL(server.URL)
	dir := t.TempDir()
	made, err := dicom.New(dicom.Deps{Directory: world.Directory, Scenarios: world.Scenarios, Keys: world.Keys, NewID: world.NewID,
		Dir: dir, Upstream: upstream, MostBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = made.Close() })
	service = made
	for _, role := range entra.Roles() {
		world.Grant(role.Name, role.Name)
	}
	return &rig{World: world, t: t, server: server, dir: dir}
}

// The callers.
const (
	owner  = "DICOM Data Owner"
	reader = "DICOM Data Reader"
	nobody = "nobody"
)

type answer struct {
	status int
	header http.Header
	body   string
}

// do sends a call as a caller; the empty one sends no token. Headers are
// "Name: value". As curl does, it accepts anything unless they say otherwise.
func (r *rig) do(caller, method, path string, body []byte, headers ...string) answer {
	r.t.Helper()
	req, err := http.NewRequest(method, r.server.URL+path, bytes.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Accept", "*/*")
	if caller != "" {
		token, err := r.Token(caller, nil)
		if err != nil {
			r.t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
		if value == "" {
			req.Header.Del(name)
		}
	}
	res, err := r.server.Client().Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, string(data)}
}

func (r *rig) get(path string, headers ...string) answer {
	r.t.Helper()
	return r.do(reader, "GET", path, nil, headers...)
}

// want checks the status.
func (r *rig) want(a answer, status int) answer {
	r.t.Helper()
	if a.status != status {
		r.t.Fatalf("want status %d, got %d: %s", status, a.status, a.body)
	}
	return a
}

// datasets reads a DICOM JSON array.
func (r *rig) datasets(a answer) []part10.Attributes {
	r.t.Helper()
	var out []part10.Attributes
	if err := json.Unmarshal([]byte(a.body), &out); err != nil {
		r.t.Fatalf("no DICOM JSON: %v: %s", err, a.body)
	}
	return out
}

// values lists an attribute of each data set, sorted.
func (r *rig) values(a answer, tag part10.Tag) string {
	r.t.Helper()
	if a.status == http.StatusNoContent {
		return ""
	}
	var out []string
	for _, d := range r.datasets(a) {
		out = append(out, d[tag].First())
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// elements are the data elements of a file to be: tag to value. A number of two
// bytes stands as uint16, anything else as text.
type elements map[part10.Tag]any

// file encodes a DICOM file in explicit VR little endian. Whatever more says
// comes on top of what every instance has; nil leaves an element out.
func file(study, series, sop string, more elements) []byte {
	all := elements{part10.SOPClassUID: "1.2.840.10008.5.1.4.1.1.7", part10.SOPInstanceUID: sop, part10.StudyInstanceUID: study,
		part10.SeriesInstanceUID: series, part10.PatientID: "ID1", part10.PatientName: "Anony^Mous", part10.Modality: "OT"}
	for tag, value := range more {
		all[tag] = value
	}
	return encode(part10.ExplicitLittle, all)
}

func encode(syntax string, all elements) []byte {
	words := part10.NewDictionary()
	var tags []part10.Tag
	for tag, value := range all {
		if value != nil {
			tags = append(tags, tag)
		}
	}
	slices.Sort(tags)
	var data []byte
	for _, tag := range tags {
		entry, _ := words.Lookup(tag)
		vr := entry.VR
		if vr == "" {
			vr = "LO"
		}
		data = append(data, element(tag, vr, all[tag])...)
	}
	meta := element(part10.TransferSyntaxUID, "UI", syntax)
	out := append(bytes.Repeat([]byte("x"), 128), "DICM"...)
	out = append(out, element(part10.MetaLength, "UL", binary.LittleEndian.AppendUint32(nil, uint32(len(meta))))...)
	return append(append(out, meta...), data...)
}

func element(tag part10.Tag, vr string, value any) []byte {
	var raw []byte
	switch v := value.(type) {
	case uint16:
		raw = binary.LittleEndian.AppendUint16(nil, v)
	case []byte:
		raw = v
	case string:
		raw = []byte(v)
		if len(raw)%2 == 1 && vr == "UI" {
			raw = append(raw, 0)
		} else if len(raw)%2 == 1 {
			raw = append(raw, ' ')
		}
	}
	out := binary.LittleEndian.AppendUint16(nil, uint16(tag>>16))
	out = binary.LittleEndian.AppendUint16(out, uint16(tag))
	out = append(out, vr...)
	if vr == "OW" || vr == "OB" || vr == "SQ" {
		out = binary.LittleEndian.AppendUint32(append(out, 0, 0), uint32(len(raw)))
	} else {
		out = binary.LittleEndian.AppendUint16(out, uint16(len(raw)))
	}
	return append(out, raw...)
}

const boundary = "XX"

// multiparts puts files into a body with [boundary].
func multiparts(files ...[]byte) []byte {
	var out bytes.Buffer
	for _, f := range files {
		fmt.Fprintf(&out, "--%s\r\nContent-Type: application/dicom\r\n\r\n%s\r\n", boundary, f)
	}
	fmt.Fprintf(&out, "--%s--\r\n", boundary)
	return out.Bytes()
}

const related = `Content-Type: multipart/related; type="application/dicom"; boundary=` + boundary

// put stores files and wants all of them to be.
func (r *rig) put(files ...[]byte) {
	r.t.Helper()
	r.want(r.do(owner, "POST", "/v2/studies", multiparts(files...), related), 200)
}

// parts splits a multipart answer into content types and bodies.
func (r *rig) parts(a answer) (types, bodies []string) {
	r.t.Helper()
	media, parameters, err := mime.ParseMediaType(a.header.Get("Content-Type"))
	if err != nil || media != "multipart/related" {
		r.t.Fatalf("want multipart/related, got %s", a.header.Get("Content-Type"))
	}
	in := multipart.NewReader(strings.NewReader(a.body), parameters["boundary"])
	for {
		part, err := in.NextRawPart()
		if err == io.EOF {
			return types, bodies
		}
		if err != nil {
			r.t.Fatal(err)
		}
		body, _ := io.ReadAll(part)
		types, bodies = append(types, part.Header.Get("Content-Type")), append(bodies, string(body))
	}
}
