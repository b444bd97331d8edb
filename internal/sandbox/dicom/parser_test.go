package dicom

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hdstest/internal/sandbox/dicom/part10"
	"hdstest/internal/sandbox/querystring"
)

// FuzzMultipart reads any body; whatever comes of it, what was spooled is dropped
// again, and nothing but the spool is touched.
func FuzzMultipart(f *testing.F) {
	f.Add(`multipart/related; type="application/dicom"; boundary=XX`, []byte("--XX\r\nContent-Type: application/dicom\r\n\r\nabc\r\n--XX--\r\n"))
	f.Add("multipart/related; boundary=XX", []byte("--XX\r\n\r\n\r\n--XX\r\nContent-Type: text/plain\r\n\r\n"))
	f.Add("application/dicom", append(make([]byte, 128), "DICM0000"...))
	f.Add("multipart/related; start=a; boundary=\"", []byte("--"))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		to := &spool{dir: dir}
		refused := readParts(contentType, bytes.NewReader(body), to)
		if refused != nil && (refused.status < 400 || refused.status >= 500 || refused.text == "") {
			t.Errorf("want a refusal of the client's doing, got %d %s", refused.status, refused.text)
		}
		to.drop()
		if left, _ := os.ReadDir(dir); len(left) != 0 {
			t.Errorf("%d files are left", len(left))
		}
	})
}

// FuzzQuery reads any query; what is understood can be searched with.
func FuzzQuery(f *testing.F) {
	for _, seed := range []string{"PatientName=a&fuzzymatching=true&limit=5", "StudyDate=20200101-&includefield=all", "00100020=x&offset=9&includefield=00080005,Rows",
		"ModalitiesInStudy=CT&=&%zz=1", "StudyDate=-20200101&SOPInstanceUID=1"} {
		f.Add(uint8(2), seed)
	}
	s := filled(f, 3)
	f.Fuzz(func(t *testing.T, at uint8, raw string) {
		in := scope{target: level(at % uint8(levels))}
		if at > 100 {
			in.study = "1.0"
		}
		q, rest, refused := parseLimits(in, querystring.Split(raw))
		if refused == nil {
			refused = s.parseQuery(q, rest)
		}
		if refused != nil {
			return
		}
		for _, e := range s.search(q) {
			if _, err := s.result(q, e, 2); err != nil {
				t.Errorf("%s: %v", raw, err)
			}
		}
	})
}

// FuzzAccept reads any Accept header.
func FuzzAccept(f *testing.F) {
	f.Add(`multipart/related; type="application/dicom"; transfer-syntax=*, */*;q=0.1`)
	f.Add(`application/dicom;;`)
	f.Fuzz(func(t *testing.T, header string) {
		for _, rules := range [][]rule{instanceRules(true), instanceRules(false), frameRules()} {
			a, refused := choose([]string{header}, rules, dicomType)
			if refused == nil && (a.syntax == "" || a.media == "") {
				t.Errorf("%q: an empty choice %v", header, a)
			}
		}
	})
}

// filled makes a store of so many studies of one instance each.
func filled(t testing.TB, many int) *store {
	t.Helper()
	s, err := newStore(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for n := range many {
		temporary := filepath.Join(s.dir, "new")
		if err := os.WriteFile(temporary, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		text := func(tag part10.Tag, vr, value string) *part10.Element {
			return &part10.Element{Tag: tag, VR: vr, Value: []byte(value)}
		}
		d := &part10.Dataset{Elements: []*part10.Element{
			text(part10.SOPClassUID, "UI", "1.2.840.10008.5.1.4.1.1.7"), text(part10.SOPInstanceUID, "UI", fmt.Sprint("3.", n)),
			text(part10.StudyDate, "DA", fmt.Sprintf("%04d0101", 1900+n%100)), text(part10.Modality, "CS", []string{"CT", "MR"}[n%2]),
			text(part10.PatientName, "PN", fmt.Sprintf("Family%d^Given", n)), text(part10.PatientID, "LO", fmt.Sprint("ID", n)),
			text(part10.StudyInstanceUID, "UI", fmt.Sprint("1.", n)), text(part10.SeriesInstanceUID, "UI", fmt.Sprint("2.", n))}}
		e, err := s.add(&part10.File{Data: d, Syntax: part10.ExplicitLittle}, temporary, 1, nil)
		if err != nil {
			t.Fatal(err)
		}
		s.record("create", e, time.Unix(int64(n), 0))
	}
	return s
}

// TestTenThousand holds that a search does not look at all instances: it must be
// far quicker than reading their metadata once.
func TestTenThousand(t *testing.T) {
	if testing.Short() {
		t.Skip("fills a store")
	}
	s := filled(t, 10_000)
	scan := fastest(1, func() {
		for _, e := range s.tables[instanceLevel].byNumber {
			if _, err := s.metadata(e); err != nil {
				t.Fatal(err)
			}
		}
	})
	for raw, want := range map[string]int{"PatientID=ID4711": 1, "StudyInstanceUID=1.4711": 1, "PatientName=family4711&fuzzymatching=true": 1, "StudyDate=19470101": 100,
		"StudyDate=19470101-19480101&limit=200": 200, "Modality=CT&limit=10": 10, "Modality=MR&PatientID=ID4711": 1, "limit=10&offset=9000": 10, "SOPInstanceUID=3.4711": 1} {
		q, rest, refused := parseLimits(scope{target: instanceLevel}, querystring.Split(raw))
		if refused == nil {
			refused = s.parseQuery(q, rest)
		}
		if refused != nil {
			t.Fatal(refused)
		}
		var found int
		took := fastest(5, func() { found = len(s.search(q)) })
		if found != want {
			t.Errorf("%s: want %d, got %d", raw, want, found)
		}
		if took*50 > scan {
			t.Errorf("%s took %s, reading all metadata takes %s", raw, took, scan)
		}
	}
}

func fastest(times int, do func()) time.Duration {
	best := time.Duration(1 << 62)
	for range times {
		began := time.Now()
		do()
		best = min(best, time.Since(began))
	}
	return best
}

// TestRemoveLeavesNothing holds that indexes and files go with the instances.
func TestRemoveLeavesNothing(t *testing.T) {
	s := filled(t, 20)
	for uid := range s.studies {
		if _, err := s.remove(s.studies[uid]); err != nil {
			t.Fatal(err)
		}
	}
	for l := range levels {
		if n := len(s.tables[l].all) + len(s.tables[l].byNumber); n != 0 {
			t.Errorf("%s: %d are left", l, n)
		}
		for tag, x := range s.tables[l].indexes {
			if left := x.All(); len(left) != 0 {
				t.Errorf("%s %s: %d are left in the index", l, tag, len(left))
			}
		}
	}
	if left, _ := os.ReadDir(s.dir); len(left) != 1 {
		t.Errorf("want the metadata's file only, got %d", len(left))
	}
}

// TestNoOperationWithoutPermission holds that each operation needs a data action.
func TestNoOperationWithoutPermission(t *testing.T) {
	s := &Service{}
	for _, path := range []string{"studies", "series", "instances", "studies/1", "studies/1/metadata", "studies/1/series", "studies/1/instances",
		"studies/1/series/2", "studies/1/series/2/metadata", "studies/1/series/2/instances", "studies/1/series/2/instances/3",
		"studies/1/series/2/instances/3/metadata", "studies/1/series/2/instances/3/rendered", "studies/1/series/2/instances/3/frames/1",
		"studies/1/series/2/instances/3/frames/1/rendered", "studies/$bulkUpdate", "changefeed", "changefeed/latest", "extendedquerytags",
		"extendedquerytags/1", "extendedquerytags/1/errors", "operations/1", "export", "partitions", "partitions/a/studies", "workitems",
		"workitems/1", "workitems/1/state", "workitems/1/cancelrequest"} {
		found := s.paths(&request{version: 2, path: strings.Split(path, "/")})
		if found == nil {
			t.Errorf("%s: want operations", path)
		}
		for method, op := range found {
			if len(op.needs) == 0 {
				t.Errorf("%s %s needs no data action", method, path)
			}
		}
	}
}
