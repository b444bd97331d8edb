package fhir_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"hdstest/internal/entra"
	"hdstest/internal/sandbox/access/accesstest"
	"hdstest/internal/sandbox/fhir"
)

// rig is a running service with one caller for each role, named by the role.
type rig struct {
	*accesstest.World
	t      testing.TB
	server *httptest.Server
}

func newRig(t testing.TB, upstream *url.URL) *rig {
	t.Helper()
	world, err := accesstest.New(entra.FHIR, "https://localhost:2")
	if err != nil {
		t.Fatal(err)
	}
	var service http.Handler
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { service.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	world.SetURL(server.URL)
	made, err := fhir.New(fhir.Deps{Directory: world.Directory, Scenarios: world.Scenarios, Keys: world.Keys, NewID: world.NewID,
		Dir: t.TempDir(), Upstream: upstream})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = made.Close() })
	service = made
	for _, role := range entra.Roles() {
		world.Grant(role.Name, role.Name)
	}
	return &rig{World: world, t: t, server: server}
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
	json   map[string]any
}

// do sends a call as a caller; the empty one sends no token. Headers are
// "Name: value"; a body is sent as FHIR JSON unless they say otherwise.
func (r *rig) do(caller, method, path, body string, headers ...string) answer {
	r.t.Helper()
	req, err := http.NewRequest(method, r.server.URL+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/fhir+json")
	}
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
	return r.send(req)
}

func (r *rig) send(req *http.Request) answer {
	r.t.Helper()
	res, err := r.server.Client().Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	a := answer{status: res.StatusCode, header: res.Header, body: string(data)}
	_ = json.Unmarshal(data, &a.json)
	return a
}

// want checks the status.
func (r *rig) want(a answer, status int) answer {
	r.t.Helper()
	if a.status != status {
		r.t.Fatalf("want status %d, got %d: %s", status, a.status, a.body)
	}
	return a
}

// issue gives code and diagnostics of an OperationOutcome's first issue.
func (a answer) issue() string {
	issues, _ := a.json["issue"].([]any)
	if len(issues) == 0 {
		return ""
	}
	first, _ := issues[0].(map[string]any)
	code, _ := first["code"].(string)
	text, _ := first["diagnostics"].(string)
	return code + ": " + text
}

func (a answer) text(name string) string { s, _ := a.json[name].(string); return s }

// entries gives the entries of a bundle.
func (a answer) entries() []map[string]any {
	list, _ := a.json["entry"].([]any)
	var out []map[string]any
	for _, e := range list {
		m, _ := e.(map[string]any)
		out = append(out, m)
	}
	return out
}

// ids gives the ids of the matches of a searchset, in order.
func (a answer) ids() []string {
	var out []string
	for _, e := range a.entries() {
		resource, _ := e["resource"].(map[string]any)
		if resource["resourceType"] != "OperationOutcome" {
			id, _ := resource["id"].(string)
			out = append(out, id)
		}
	}
	return out
}

// The callers that most tests need.
const (
	contributor = "FHIR Data Contributor"
	writer      = "FHIR Data Writer"
	reader      = "FHIR Data Reader"
	exporter    = "FHIR Data Exporter"
	importer    = "FHIR Data Importer"
	converter   = "FHIR Data Converter"
	smartUser   = "FHIR SMART User"
	nobody      = "nobody"
)

const kirk = `{"resourceType":"Patient","active":true,"name":[{"use":"official","family":"Kirk","given":["James","Tiberious"]}],` +
	`"gender":"male","birthDate":"1960-12-25","identifier":[{"system":"urn:test","value":"NCC-1701"}]}`

// put stores a resource under an id.
func (r *rig) put(path, body string) answer {
	r.t.Helper()
	a := r.do(contributor, "PUT", path, body)
	if a.status != 200 && a.status != 201 {
		r.t.Fatalf("PUT %s: %d %s", path, a.status, a.body)
	}
	return a
}
