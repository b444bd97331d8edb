package probe_test

import (
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"hdstest/internal/transport"
)

// Canaries: none of them may be found in evidence.
const (
	tokenCanary = "eyJ-token-canary"
	nameCanary  = "Canary-Person"
	idCanary    = "id-canary-1"
)

// fake is a server that notes every request and lets a test answer some itself.
type fake struct {
	*httptest.Server
	mu        sync.Mutex
	log       []string // METHOD path, in order of arrival
	auth      []string // Authorization of each
	stored    map[string]bool
	deleted   map[string]bool
	publisher string
	run       string                                            // value of the identifier of what was created last
	instead   func(w http.ResponseWriter, r *http.Request) bool // true: it has answered
}

func (f *fake) saw(entry string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, e := range f.log {
		if strings.HasPrefix(e, entry) {
			return true
		}
	}
	return false
}

func newFake(t *testing.T, handle func(f *fake, w http.ResponseWriter, r *http.Request)) *fake {
	t.Helper()
	f := &fake{stored: map[string]bool{}, deleted: map[string]bool{}, publisher: "Microsoft"}
	f.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		f.log = append(f.log, r.Method+" "+r.URL.RequestURI())
		f.auth = append(f.auth, r.Header.Get("Authorization"))
		instead := f.instead
		f.mu.Unlock()
		if instead != nil && instead(w, r) {
			return
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		handle(f, w, r)
	}))
	f.Config.ErrorLog = log.New(io.Discard, "", 0) // connections that the client gave up
	f.StartTLS()
	t.Cleanup(f.Close)
	return f
}

func answerJSON(w http.ResponseWriter, status int, mediaType, body string) {
	w.Header().Set("Content-Type", mediaType)
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

// client is the program's own client, trusting the server by a file.
func (f *fake) client(t *testing.T) *http.Client {
	t.Helper()
	file := filepath.Join(t.TempDir(), "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: f.Certificate().Raw})
	if err := os.WriteFile(file, block, 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := transport.New(transport.Options{CAFile: file})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// newFHIR is a FHIR service that knows one Patient and one Observation at a time.
func newFHIR(t *testing.T) *fake { return newFake(t, answerFHIR) }

func answerFHIR(f *fake, w http.ResponseWriter, r *http.Request) {
	const media = "application/fhir+json; charset=utf-8"
	open := map[string]string{
		"/health/check":                    `{"overallStatus":"Healthy","details":[]}`,
		"/.well-known/smart-configuration": `{"authorization_endpoint":"https://a/x","token_endpoint":"https://a/y"}`,
		"/$versions":                       `{"versions":["4.0"],"default":"4.0"}`,
		"/metadata": `{"resourceType":"CapabilityStatement","fhirVersion":"4.0.1","publisher":"` + f.publisher + `",
			"rest":[{"mode":"server","security":{"extension":[{"url":"http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris",
			"extension":[{"url":"token","valueUri":"https://login.example/tenant-1/oauth2/token"}]}]}}]}`,
	}
	if body, ok := open[r.URL.Path]; ok {
		answerJSON(w, 200, media, body)
		return
	}
	if r.Header.Get("Authorization") != "Bearer "+tokenCanary {
		w.Header().Set("WWW-Authenticate", `Bearer authorization_uri="https://login.example/tenant-1", resource_id="`+f.URL+`", realm="`+f.URL+`"`)
		answerJSON(w, 401, media, `{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"login","diagnostics":"Authentication failed."}]}`)
		return
	}
	kind, id, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if r.Method == http.MethodPost && kind != "" {
		f.run = runOf(r)
	}
	resource := fmt.Sprintf(`{"resourceType":%q,"id":"%s-%s","identifier":[{"value":%q}],"name":[{"family":%q}]}`,
		kind, idCanary, kind, f.run, nameCanary)
	ours := strings.HasPrefix(id, idCanary) // what came by a create, and not by the transaction
	switch {
	case r.Method == http.MethodPost && kind == "":
		f.stored["by transaction"] = true
		answerJSON(w, 200, media, `{"resourceType":"Bundle","type":"transaction-response","entry":[{"response":{"status":"201"}},{"response":{"status":"200"}}]}`)
	case r.Method == http.MethodPut:
		answerJSON(w, 200, media, strings.Replace(resource, `"name"`, `"gender":"other","name"`, 1))
	case strings.HasSuffix(id, "/_history"):
		answerJSON(w, 200, media, `{"resourceType":"Bundle","type":"history","entry":[{"resource":`+resource+`},{"resource":`+resource+`}]}`)
	case strings.HasSuffix(id, "/$everything"):
		answerJSON(w, 200, media, `{"resourceType":"Bundle","type":"searchset","entry":[{"resource":`+resource+`}]}`)
	case id != "" && !ours && r.Method == http.MethodGet && f.stored["by transaction"]:
		answerJSON(w, 200, media, fmt.Sprintf(`{"resourceType":"Patient","id":%q}`, id))
	case id != "" && !ours && r.Method == http.MethodDelete:
		delete(f.stored, "by transaction")
		w.WriteHeader(204)
	case r.Method == http.MethodPost:
		f.stored[kind] = true
		w.Header().Set("Location", f.URL+"/"+kind+"/"+idCanary+"-"+kind+"/_history/1")
		answerJSON(w, 201, media, resource)
	case r.Method == http.MethodDelete:
		delete(f.stored, kind)
		f.deleted[kind] = true
		w.WriteHeader(204)
	case id != "" && f.stored[kind]:
		answerJSON(w, 200, media, resource)
	case id != "":
		answerJSON(w, 410, media, `{"resourceType":"OperationOutcome","issue":[]}`)
	case f.stored[kind]:
		answerJSON(w, 200, media, `{"resourceType":"Bundle","type":"searchset","total":1,"entry":[{"resource":`+resource+`}]}`)
	default:
		answerJSON(w, 200, media, `{"resourceType":"Bundle","type":"searchset","total":0}`)
	}
}

func runOf(r *http.Request) string {
	var body struct{ Identifier []struct{ Value string } }
	if json.NewDecoder(r.Body).Decode(&body) != nil || len(body.Identifier) == 0 {
		return ""
	}
	return body.Identifier[0].Value
}

// newDICOM is a DICOM service below /v2.
func newDICOM(t *testing.T) *fake { return newFake(t, answerDICOM) }

func answerDICOM(f *fake, w http.ResponseWriter, r *http.Request) {
	const media = "application/dicom+json"
	if r.URL.Path == "/health/check" {
		answerJSON(w, 200, "application/json", `{"overallStatus":"Healthy"}`)
		return
	}
	if r.Header.Get("Authorization") != "Bearer "+tokenCanary {
		w.Header().Set("WWW-Authenticate", `Bearer authorization_uri="https://login.example/tenant-1", resource_id="https://dicom.healthcareapis.azure.com/", realm="x"`)
		w.WriteHeader(401)
		return
	}
	if r.Header.Get("Accept") == "" {
		w.WriteHeader(406)
		return
	}
	path := strings.TrimPrefix(r.URL.Path, "/v2")
	parts := strings.Split(path, "/") // "", studies, S, series, E, instances, I
	switch {
	case path == "/changefeed/latest" && len(f.stored) > 0:
		answerJSON(w, 200, "application/json", `{"Sequence":1}`)
	case path == "/changefeed/latest":
		w.WriteHeader(204)
	case path == "/changefeed", path == "/extendedquerytags":
		answerJSON(w, 200, "application/json", `[]`)
	case r.Method == http.MethodPost, r.Method == http.MethodPut:
		uids := storeUIDs(r)
		f.stored[uids[2]] = true
		answerJSON(w, 200, media, fmt.Sprintf(`{"00081199":{"vr":"SQ","Value":[{"00081155":{"vr":"UI","Value":[%q]}}]}}`, uids[2]))
	case r.Method == http.MethodDelete:
		if len(parts) < 7 {
			if f.knows(parts[2]) {
				clear(f.stored)
			}
		} else {
			delete(f.stored, parts[6])
		}
		w.WriteHeader(204)
	case path == "/studies" && (len(f.stored) == 0 || r.URL.Query().Get("limit") == "" && !f.knows(r.URL.Query().Get("StudyInstanceUID"))):
		w.WriteHeader(204)
	case len(f.stored) == 0, len(parts) > 6 && !f.stored[parts[6]]:
		answerJSON(w, 404, "text/plain; charset=utf-8", "The specified instance cannot be found.")
	case parts[len(parts)-1] == "rendered", strings.Contains(r.Header.Get("Accept"), "transfer-syntax"):
		media, _, _ := strings.Cut(r.Header.Get("Accept"), ";")
		answerJSON(w, 200, media+"; transfer-syntax=1.2.840.10008.1.2.1", "DICM")
	default:
		answerJSON(w, 200, media, f.datasets())
	}
}

// storeUIDs reads study, series and instance UID out of what was stored.
func storeUIDs(r *http.Request) [3]string {
	body, _ := io.ReadAll(r.Body)
	if media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err == nil && media == "multipart/related" {
		if part, err := multipart.NewReader(strings.NewReader(string(body)), params["boundary"]).NextRawPart(); err == nil {
			body, _ = io.ReadAll(part)
		}
	}
	value := func(tag string) string {
		_, rest, _ := strings.Cut(string(body), tag+"UI")
		return strings.TrimRight(rest[2:2+int(rest[0])], "\x00")
	}
	uids := [3]string{value("\x20\x00\x0d\x00"), value("\x20\x00\x0e\x00"), value("\x08\x00\x18\x00")}
	lastStored.Store(uids[2], uids)
	return uids
}

var lastStored sync.Map // instance UID to all three

func (f *fake) knows(study string) bool {
	for uid := range f.stored {
		if v, ok := lastStored.Load(uid); ok && v.([3]string)[0] == study {
			return true
		}
	}
	return false
}

func (f *fake) datasets() string {
	var out []any
	for uid := range f.stored {
		v, _ := lastStored.Load(uid)
		uids := v.([3]string)
		attribute := func(value string) any { return map[string]any{"vr": "UI", "Value": []string{value}} }
		out = append(out, map[string]any{"0020000D": attribute(uids[0]), "0020000E": attribute(uids[1]), "00080018": attribute(uids[2])})
	}
	data, _ := json.Marshal(out)
	return string(data)
}
