package dicom_test

import (
	"bytes"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"hdstest/internal/sandbox/dicom/part10"
)

// picture is the pixels of two frames of two grey values each.
var pictureElements = elements{part10.SamplesPerPixel: uint16(1), part10.Photometric: "MONOCHROME2", part10.NumberOfFrames: "2",
	part10.Rows: uint16(1), part10.Columns: uint16(2), part10.BitsAllocated: uint16(8), part10.PixelData: []byte{0, 255, 255, 0}}

func TestRetrieve(t *testing.T) {
	r := newRig(t, nil)
	one, two := file("1.2", "1.3", "1.4", pictureElements), file("1.2", "1.5", "1.6", nil)
	r.put(one, two)
	copy(one, make([]byte, 128)) // the preamble does not come back
	copy(two, make([]byte, 128))
	const all = `Accept: multipart/related; type="application/dicom"; transfer-syntax=*`
	for path, want := range map[string][]string{
		"/v2/studies/1.2": {string(one), string(two)}, "/v2/studies/1.2/series/1.5": {string(two)},
		"/v1/studies/1.2/series/1.3/instances/1.4": {string(one)},
	} {
		types, bodies := r.parts(r.want(r.get(path, all), 200))
		if strings.Join(bodies, "") != strings.Join(want, "") || types[0] != "application/dicom; transfer-syntax="+part10.ExplicitLittle {
			t.Errorf("%s: want %d files as they were sent, got %d of %q", path, len(want), len(bodies), types)
		}
	}
	if _, bodies := r.parts(r.want(r.get("/v2/studies/1.2"), 200)); len(bodies) != 2 {
		t.Errorf("*/*: want both files, got %d", len(bodies))
	}
	a := r.want(r.get("/v2/studies/1.2/series/1.3/instances/1.4", "Accept: application/dicom; transfer-syntax=*"), 200)
	if a.body != string(one) || a.header.Get("Content-Type") != "application/dicom; transfer-syntax="+part10.ExplicitLittle {
		t.Errorf("alone: want the file, got %s and %d bytes", a.header.Get("Content-Type"), len(a.body))
	}
	for name, row := range map[string]struct {
		path, accept string
		status       int
		text         string
	}{
		"a syntax for several":   {"/v2/studies/1.2", `multipart/related; type="application/dicom"`, 406, "Accept transfer syntax '1.2.840.10008.1.2.1' is not supported when multiple instances are matched."},
		"the syntax of the only": {"/v2/studies/1.2/series/1.3", `multipart/related; type="application/dicom"; transfer-syntax=1.2.840.10008.1.2.1`, 200, ""},
		"an unknown syntax":      {"/v2/studies/1.2/series/1.3", `multipart/related; type="application/dicom"; transfer-syntax=1.2.3`, 406, "The request headers are not acceptable"},
		"JPEG 2000":              {"/v2/studies/1.2/series/1.3", `multipart/related; type="application/dicom"; transfer-syntax=1.2.840.10008.1.2.4.90`, 501, "The hdstest sandbox does not implement transcoding"},
		"a series alone":         {"/v2/studies/1.2/series/1.3", "application/dicom", 406, ""},
		"the second choice":      {"/v2/studies/1.2/series/1.3/instances/1.4", "text/html, application/dicom;q=0.5", 200, ""},
		"JSON":                   {"/v2/studies/1.2", "application/dicom+json", 406, ""},
	} {
		if a := r.get(row.path, "Accept: "+row.accept); a.status != row.status || !strings.HasPrefix(a.body, row.text) {
			t.Errorf("%s: want %d %s, got %d %s", name, row.status, row.text, a.status, a.body)
		}
	}
}

func TestMetadata(t *testing.T) {
	r := newRig(t, nil)
	r.put(file("1.2", "1.3", "1.4", pictureElements), file("1.2", "1.5", "1.6", nil))
	for path, want := range map[string]string{"/v2/studies/1.2/metadata": "1.4 1.6", "/v2/studies/1.2/series/1.5/metadata": "1.6",
		"/v2/studies/1.2/series/1.3/instances/1.4/metadata": "1.4"} {
		a := r.want(r.get(path, "Accept: application/dicom+json"), 200)
		if got := r.values(a, part10.SOPInstanceUID); got != want || strings.Contains(a.body, "7FE00010") {
			t.Errorf("%s: want %s without pixels, got %s: %s", path, want, got, a.body)
		}
		tag := a.header.Get("ETag")
		if again := r.get(path, "If-None-Match: "+tag); again.status != 304 || again.body != "" || tag == "" {
			t.Errorf("%s: want 304 for ETag %s, got %d", path, tag, again.status)
		}
	}
	before := r.get("/v2/studies/1.2/metadata").header.Get("ETag")
	r.put(file("1.2", "1.3", "1.7", nil))
	if after := r.get("/v2/studies/1.2/metadata").header.Get("ETag"); after == before {
		t.Errorf("want another ETag after another instance, got %s", after)
	}
	r.want(r.get("/v2/studies/1.2/metadata", "Accept: "), 406)
}

func TestFramesAndRendered(t *testing.T) {
	r := newRig(t, nil)
	r.put(file("1.2", "1.3", "1.4", pictureElements), file("1.2", "1.3", "1.5", nil))
	path := "/v2/studies/1.2/series/1.3/instances/1.4"
	types, bodies := r.parts(r.want(r.get(path+"/frames/2,1", `Accept: multipart/related; type="application/octet-stream"; transfer-syntax=*`), 200))
	if len(bodies) != 2 || bodies[0] != "\xff\x00" || bodies[1] != "\x00\xff" || types[0] != "application/octet-stream; transfer-syntax="+part10.ExplicitLittle {
		t.Errorf("frames 2,1: got %q %q", types, bodies)
	}
	if a := r.want(r.get(path+"/frames/1", "Accept: application/octet-stream; transfer-syntax=*"), 200); a.body != "\x00\xff" {
		t.Errorf("frame 1 alone: got %q", a.body)
	}
	for name, row := range map[string]struct {
		path, accept string
		status       int
		text         string
	}{
		"a frame that is not there": {path + "/frames/3", "*/*", 404, "The specified frame cannot be found."},
		"no pixels":                 {"/v2/studies/1.2/series/1.3/instances/1.5/frames/1", "*/*", 404, "The specified frame cannot be found."},
		"no number":                 {path + "/frames/x", "*/*", 400, "The specified frames value is not valid."},
		"several alone":             {path + "/frames/1,2", "application/octet-stream", 400, ""},
		"JPEG 2000":                 {path + "/frames/1", `multipart/related; type="image/jp2"`, 501, ""},
		"a picture of another kind": {path + "/rendered", "application/jpeg", 406, "The request headers are not acceptable"},
		"a quality that is none":    {path + "/rendered?quality=101", "image/jpeg", 400, "Image quality must be between 1 and 100 inclusive"},
		"two frames rendered":       {path + "/frames/1,2/rendered", "image/jpeg", 400, ""},
		"rendered, no pixels":       {"/v2/studies/1.2/series/1.3/instances/1.5/rendered", "image/png", 404, ""},
	} {
		if a := r.get(row.path, "Accept: "+row.accept); a.status != row.status || !strings.HasPrefix(a.body, row.text) {
			t.Errorf("%s: want %d %s, got %d %s", name, row.status, row.text, a.status, a.body)
		}
	}
	a := r.want(r.get(path+"/frames/2/rendered", "Accept: image/png"), 200)
	picture, err := png.Decode(strings.NewReader(a.body))
	if err != nil || a.header.Get("Content-Type") != "image/png" {
		t.Fatalf("want a PNG, got %s, %v", a.header.Get("Content-Type"), err)
	}
	if left, _, _, _ := picture.At(0, 0).RGBA(); left != 0xFFFF {
		t.Errorf("frame 2: want white on the left, got %d", left)
	}
	a = r.want(r.get(path+"/rendered?quality=50", "Accept: "), 200)
	if _, err := jpeg.Decode(bytes.NewReader([]byte(a.body))); err != nil || a.header.Get("Content-Type") != "image/jpeg" {
		t.Errorf("without Accept: want a JPEG, got %s, %v", a.header.Get("Content-Type"), err)
	}
}

func TestDeleteAndFeed(t *testing.T) {
	r := newRig(t, nil)
	r.put(file("1.2", "1.3", "1.4", nil), file("1.2", "1.3", "1.5", nil), file("1.2", "1.6", "1.7", nil))
	if a := r.want(r.do(owner, "DELETE", "/v2/studies/1.2/series/1.3/instances/1.4", nil, "Accept: "), 204); a.body != "" {
		t.Errorf("want no body, got %s", a.body)
	}
	r.want(r.do(owner, "DELETE", "/v2/studies/1.2/series/1.3/instances/1.4", nil), 404)
	r.want(r.do(owner, "DELETE", "/v2/studies/1.2/series/1.3", nil), 204)
	r.want(r.do(owner, "DELETE", "/v2/studies/1.2/series/1.3", nil), 404)
	if got := r.values(r.get("/v2/instances"), part10.SOPInstanceUID); got != "1.7" {
		t.Errorf("want the rest to stay, got %s", got)
	}
	r.want(r.do(owner, "DELETE", "/v2/studies/1.2", nil), 204)
	r.want(r.get("/v2/studies"), 204)
	feed := r.want(r.get("/v2/changefeed?includeMetadata=false"), 200)
	if got := strings.Count(feed.body, `"state":"deleted"`); got != 6 || strings.Contains(feed.body, "metadata") {
		t.Errorf("want six entries, all deleted, got %d: %s", got, feed.body)
	}
	r.put(file("1.2", "1.3", "1.4", nil))
	latest := r.want(r.get("/v2/changefeed/latest"), 200)
	for _, want := range []string{`"sequence":7`, `"action":"create"`, `"state":"current"`, `"sopInstanceUid":"1.4"`, `"metadata":{"00080016"`, `"timestamp":"2026-03-04T05:06:07.0000000+00:00"`} {
		if !strings.Contains(latest.body, want) {
			t.Errorf("latest: want %s in %s", want, latest.body)
		}
	}
	for path, want := range map[string]int{"/v1/changefeed?offset=5": 2, "/v1/changefeed?limit=3": 3, "/v2/changefeed?offset=6": 1, "/v2/changefeed?limit=2": 2,
		"/v2/changefeed?startTime=2026-03-04T05:06:08Z": 0, "/v2/changefeed?endTime=2026-03-04T05:06:08Z&limit=200": 7} {
		if got := strings.Count(r.want(r.get(path), 200).body, `"sequence"`); got != want {
			t.Errorf("%s: want %d entries, got %d", path, want, got)
		}
	}
	for path, want := range map[string]string{"/v2/changefeed?limit=201": "The limit must be between 1 and 200.", "/v1/changefeed?limit=101": "The limit must be between 1 and 100.",
		"/v2/changefeed?offset=-1": "The offset cannot be a negative value.", "/v2/changefeed?startTime=2026-03-04T05:06:08": "Date and time value must specify a time zone."} {
		if a := r.get(path); a.status != 400 || a.body != want {
			t.Errorf("%s: want 400 %s, got %d %s", path, want, a.status, a.body)
		}
	}
}
