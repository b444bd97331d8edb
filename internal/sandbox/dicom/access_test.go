package dicom_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"hdstest/internal/entra"
	"hdstest/internal/sandbox/access"
	"hdstest/internal/sandbox/access/accesstest"
)

func TestAnonymousPaths(t *testing.T) {
	r := newRig(t, nil)
	for path, contains := range map[string]string{"/health/check": `"overallStatus":"Healthy"`, "/v2/api.yaml": "'/v2/studies/{study}':",
		"/v1/api.json": `"/v1/studies"`} {
		if a := r.want(r.do("", "GET", path, nil), 200); !strings.Contains(a.body, contains) {
			t.Errorf("%s: want %s in %s", path, contains, a.body)
		}
	}
}

func TestChallenge(t *testing.T) {
	r := newRig(t, nil)
	plain := `Bearer authorization_uri="` + accesstest.Authority + `", resource_id="` + entra.DICOMResource + `", realm="` + entra.DICOMResource + `"`
	a := r.want(r.do("", "GET", "/v2/studies", nil), 401)
	if got := a.header.Get("WWW-Authenticate"); got != plain || a.body != "" {
		t.Errorf("no token:\nwant %s and no body\ngot  %s %s", plain, got, a.body)
	}
	for audience, want := range map[string]int{entra.DICOMResource: 200, entra.DICOMResource + "/": 200, r.server.URL: 401, entra.FHIRLegacyResource: 401} {
		token, _ := r.Token(reader, map[string]any{"aud": audience})
		a := r.do("", "GET", "/v2/changefeed", nil, "Authorization: Bearer "+token)
		if a.status != want {
			t.Errorf("audience %s: want %d, got %d", audience, want, a.status)
		}
		if error := plain + `, error="invalid_token", error_description="The audience '` + audience + `' is invalid"`; want == 401 && a.header.Get("WWW-Authenticate") != error {
			t.Errorf("audience %s:\nwant %s\ngot  %s", audience, error, a.header.Get("WWW-Authenticate"))
		}
	}
}

// TestRoles holds the harmless probe of each data action.
func TestRoles(t *testing.T) {
	r := newRig(t, nil)
	for name, row := range map[string]struct {
		method, path, body, contentType string
		owner, reader                   int
	}{
		"read, feed":   {"GET", "/v2/changefeed/latest?includeMetadata=false", "", "", 204, 204},
		"read, search": {"GET", "/v2/studies?limit=1", "", "", 204, 204},
		"write":        {"POST", "/v2/studies", "not-dicom", "application/dicom", 409, 403},
		"delete":       {"DELETE", "/v2/studies/2.25.1", "", "", 404, 403},
		"tags, list":   {"GET", "/v2/extendedquerytags", "", "", 200, 200},
		"tags, manage": {"DELETE", "/v2/extendedquerytags/not-a-tag", "", "", 400, 403},
		"export":       {"POST", "/v2/export", string(exportOf(`"9.9"`, container)), "application/json", 202, 403},
	} {
		for caller, want := range map[string]int{owner: row.owner, reader: row.reader, nobody: 403, "FHIR Data Contributor": 403} {
			a := r.do(caller, row.method, row.path, []byte(row.body), "Content-Type: "+row.contentType)
			if a.status != want {
				t.Errorf("%s, %s: want %d, got %d %s", name, caller, want, a.status, a.body)
			}
			if a.status == 403 && (a.body != "Authorization failed." || a.header.Get("Content-Type") != "text/plain; charset=utf-8") {
				t.Errorf("%s, %s: want plain text, got %s %s", name, caller, a.header.Get("Content-Type"), a.body)
			}
		}
	}
}

func TestRolePending(t *testing.T) {
	r := newRig(t, nil)
	get := func() int { return r.get("/v2/changefeed").status }
	r.Scenarios.Enable("role-pending")
	if got := get(); got != 403 {
		t.Errorf("role pending, at once: want 403, got %d", got)
	}
	r.Move(access.PendingTime)
	if got := get(); got != 200 {
		t.Errorf("role pending, ten minutes later: want 200, got %d", got)
	}
	r.Scenarios.Enable("private-link")
	if got := r.do("", "GET", "/health/check", nil).status; got != 403 {
		t.Errorf("private link: want 403 even on /health/check, got %d", got)
	}
}

func TestOrderOfChecks(t *testing.T) {
	r := newRig(t, nil)
	for name, row := range map[string]struct {
		got  answer
		want int
		text string
	}{
		"no version":                      {r.do("", "GET", "/studies", nil), 404, ""},
		"an unknown version":              {r.do("", "GET", "/v3/studies", nil), 404, ""},
		"an unknown route":                {r.do("", "GET", "/v2/nothing", nil), 404, ""},
		"bulk update on version 1":        {r.do(owner, "POST", "/v1/studies/$bulkUpdate", nil), 404, ""},
		"a method that there is not":      {r.do("", "PATCH", "/v2/studies", nil), 405, ""},
		"401 before Accept":               {r.do("", "GET", "/v2/studies", nil, "Accept: "), 401, ""},
		"no Accept before 403":            {r.do(nobody, "GET", "/v2/studies", nil, "Accept: "), 406, ""},
		"Accept without JSON before 403":  {r.do(nobody, "GET", "/v2/studies", nil, "Accept: application/dicom"), 406, ""},
		"Content-Type before 403":         {r.do(nobody, "POST", "/v2/studies", []byte("x"), "Content-Type: text/plain"), 415, ""},
		"limit before 403":                {r.do(nobody, "GET", "/v2/studies?limit=201", nil), 400, "The query parameter 'limit' is invalid. The field Limit must be between 1 and 200."},
		"frames before 403":               {r.do(nobody, "GET", "/v2/studies/1/series/2/instances/3/frames/0", nil), 400, "The specified frames value is not valid."},
		"403 before UIDs":                 {r.do(nobody, "GET", "/v2/studies/x", nil), 403, "Authorization failed."},
		"UIDs before Accept":              {r.get("/v2/studies/1.02", "Accept: text/plain"), 400, "Dicom element 'StudyInstanceUid' failed validation for VR 'UI': DICOM Identifier is invalid."},
		"Accept before storage":           {r.get("/v2/studies/1.2", "Accept: text/plain"), 406, "The request headers are not acceptable"},
		"no Accept on WADO":               {r.get("/v2/studies/1.2", "Accept: "), 406, "The request headers are not acceptable"},
		"a study that is not there":       {r.get("/v2/studies/1.2"), 404, "The specified study cannot be found."},
		"a series that is not there":      {r.get("/v2/studies/1.2/series/1.3"), 404, "The specified series cannot be found."},
		"an instance that is not there":   {r.get("/v2/studies/1.2/series/1.3/instances/1.4"), 404, "The specified instance cannot be found."},
		"the same UID twice":              {r.get("/v2/studies/1.2/series/1.2"), 400, "The values for StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID must be unique."},
		"partitions are off":              {r.get("/v2/partitions"), 400, "Data partitions feature is disabled."},
		"partitions are off, with a name": {r.get("/v2/partitions/a/studies"), 400, "Data partitions feature is disabled."},
		"bulk update of version 2":        {r.do(owner, "POST", "/v2/studies/$bulkUpdate", []byte(`{"studyInstanceUids":["1"],"changeDataset":{"00100010":{"vr":"PN"}}}`)), 202, `{"href":"`},
		"the feed needs no Accept":        {r.get("/v2/changefeed", "Accept: "), 200, "[]"},
	} {
		if row.got.status != row.want || !strings.HasPrefix(row.got.body, row.text) || row.text == "" && row.got.body != "" {
			t.Errorf("%s:\nwant %d %q\ngot  %d %q", name, row.want, row.text, row.got.status, row.got.body)
		}
	}
	if got := r.get("/v1/changefeed").header.Get("api-supported-versions"); got != "1.0-prerelease, 1, 2" {
		t.Errorf("api-supported-versions: got %q", got)
	}
}

// TestGateway puts the checks before a server that answers anything.
func TestGateway(t *testing.T) {
	var seen []string
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		seen = append(seen, r.Method+" "+r.URL.RequestURI()+" "+string(body))
		if r.Header.Get("Authorization") != "" {
			t.Errorf("the caller's token must not reach the upstream server")
		}
		w.Header().Set("Content-Location", "http://"+r.Host+"/dicom-web/studies/1")
	}))
	defer upstream.Close()
	target, _ := url.Parse(upstream.URL + "/dicom-web")
	r := newRig(t, target)
	for name, row := range map[string]struct {
		got  answer
		want int
	}{
		"no token":                 {r.do("", "GET", "/v2/studies", nil), 401},
		"no role":                  {r.do(nobody, "GET", "/v2/studies", nil), 403},
		"a reader searches":        {r.get("/v2/studies?PatientID=x"), 200},
		"a reader stores":          {r.do(reader, "POST", "/v2/studies", []byte("x"), "Content-Type: application/dicom"), 403},
		"an owner stores":          {r.do(owner, "POST", "/v2/studies", []byte("x"), "Content-Type: application/dicom"), 200},
		"an unknown path, read":    {r.get("/v2/studies/1/thumbnail"), 200},
		"an unknown path, written": {r.do(reader, "PUT", "/v2/studies/1/thumbnail", nil), 403},
		"a path that climbs":       {r.get("/v2/%2e%2e/secret"), 404},
		"no version":               {r.get("/studies"), 404},
	} {
		if row.got.status != row.want {
			t.Errorf("%s: want %d, got %d %s", name, row.want, row.got.status, row.got.body)
		}
	}
	all := strings.Join(seen, "\n")
	for _, want := range []string{"GET /dicom-web/studies?PatientID=x ", "POST /dicom-web/studies x", "GET /dicom-web/studies/1/thumbnail "} {
		if !strings.Contains(all, want) {
			t.Errorf("want %q to reach the server, which saw\n%s", want, all)
		}
	}
	if got, want := r.get("/v2/studies/1").header.Get("Content-Location"), r.server.URL+"/v2/studies/1"; got != want {
		t.Errorf("Content-Location: want %s, got %s", want, got)
	}
}
