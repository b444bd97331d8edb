package arm_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"hdstest/internal/entra"
	"hdstest/internal/sandbox/arm"
	"hdstest/internal/sandbox/bearer"
	"hdstest/internal/sandbox/directory"
	"hdstest/internal/sandbox/keys"
	"hdstest/internal/sandbox/scenario"
)

// Ids that the tests know.
const (
	tenantID       = "5a4db0c5-0000-4000-8000-000000000001"
	subscriptionID = "5a4db0c5-0000-4000-8000-000000000002"
	ownerID        = "5a4db0c5-0000-4000-8000-00000000000a" // Owner of the subscription
	appID          = "5a4db0c5-0000-4000-8000-0000000000aa"
	clientID       = "5a4db0c5-0000-4000-8000-00000000000c" // a service principal without roles
	userID         = "5a4db0c5-0000-4000-8000-00000000000b"
	objectID       = "5a4db0c5-0000-4000-8000-00000000000d" // an application's object id
	login          = "https://localhost:1"
	subscription   = "/subscriptions/" + subscriptionID
	group          = subscription + "/resourceGroups/hdstest-sandbox"
	workspace      = group + "/providers/Microsoft.HealthcareApis/workspaces/sandbox"
	fhirService    = workspace + "/fhirservices/fhir"
	roles          = "/providers/Microsoft.Authorization/roleAssignments"
	definitions    = "/providers/Microsoft.Authorization/roleDefinitions"
	version        = "?api-version=2022-04-01"
)

// ring is one signing key for all tests: making one takes a while.
var ring = sync.OnceValue(func() *keys.Ring {
	key, err := keys.Generate(time.Now())
	if err != nil {
		panic(err)
	}
	return keys.NewRing(key)
})

// world is a Resource Manager with a directory and a clock of its own.
type world struct {
	t         *testing.T
	server    *httptest.Server
	directory *directory.Directory
	scenarios *scenario.Set
	mu        sync.Mutex
	ids       int
}

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, scenarios: scenario.NewSet()}
	clock := func() time.Time { return now }
	w.directory = directory.New(state(), clock)
	w.server = httptest.NewUnstartedServer(nil)
	url := "https://" + w.server.Listener.Addr().String()
	w.server.Config.Handler = arm.New(arm.Deps{Directory: w.directory, Scenarios: w.scenarios, URL: url, LoginURL: login,
		GraphURL: "https://localhost:2", NewID: w.newID, Tokens: bearer.Checker{Keys: ring(), Now: clock,
			Issuers: []string{login + "/" + tenantID + "/"}, Audiences: []string{"https://management.azure.com", url}}})
	w.server.StartTLS()
	t.Cleanup(w.server.Close)
	return w
}

func state() *directory.State {
	s := directory.NewState(directory.Tenant{ID: tenantID, Domain: "sandbox.hdstest.invalid", DisplayName: "Sandbox"},
		directory.Subscription{ID: subscriptionID, DisplayName: "Sandbox", ResourceGroup: "hdstest-sandbox", Workspace: "sandbox"})
	s.Services = []*directory.HealthService{
		{Kind: entra.FHIR, Name: "fhir", URL: "https://localhost:3", Audiences: []string{"https://localhost:3"}, Authority: login + "/" + tenantID},
		{Kind: entra.DICOM, Name: "dicom", URL: "https://localhost:4", Audiences: []string{entra.DICOMResource, entra.DICOMResource + "/"}},
	}
	for _, id := range []string{ownerID, clientID} {
		s.ServicePrincipals[id] = &directory.ServicePrincipal{ID: id, DisplayName: "x"}
	}
	s.Applications[objectID] = &directory.Application{ID: objectID}
	s.Users[userID] = &directory.User{ID: userID, UserPrincipalName: "user@sandbox.hdstest.invalid"}
	give(s, ownerID, arm.RoleOwner, subscription)
	return s
}

func give(s *directory.State, principal, role, scope string) {
	name := fmt.Sprintf("5a4db0c5-0000-4000-a000-%012x", len(s.RoleAssignments)+1)
	id := scope + roles + "/" + name
	s.RoleAssignments[strings.ToLower(id)] = &directory.RoleAssignment{ID: id, Name: name, Scope: scope, PrincipalID: principal,
		PrincipalType: "ServicePrincipal", RoleDefinitionID: entra.RoleDefinitionID(subscriptionID, role), Created: now}
}

func (w *world) give(principal, role, scope string) {
	_ = w.directory.Update(func(s *directory.State) error { give(s, principal, role, scope); return nil })
}

func (w *world) newID() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ids++
	return fmt.Sprintf("5a4db0c5-0000-4000-9000-%012x", w.ids)
}

// token signs one for a principal; changes overwrite claims.
func (w *world) token(principal string, changes ...any) string {
	w.t.Helper()
	claims := map[string]any{"aud": "https://management.azure.com", "iss": login + "/" + tenantID + "/", "tid": tenantID,
		"oid": principal, "appid": appID, "nbf": now.Unix(), "exp": now.Add(time.Hour).Unix(), "ver": "1.0"}
	for i := 0; i < len(changes); i += 2 {
		claims[changes[i].(string)] = changes[i+1]
	}
	token, err := ring().Sign(claims, 1)
	if err != nil {
		w.t.Fatal(err)
	}
	return token
}

// reply is an answer, read.
type reply struct {
	status int
	header http.Header
	body   map[string]any
	raw    string
}

func (w *world) send(token, method, path, body string) reply {
	w.t.Helper()
	request, err := http.NewRequest(method, w.server.URL+strings.ReplaceAll(path, " ", "%20"), strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := w.server.Client().Do(request)
	if err != nil {
		w.t.Fatal(err)
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	r := reply{status: response.StatusCode, header: response.Header, raw: string(data)}
	_ = json.Unmarshal(data, &r.body)
	return r
}

// ok sends as the Owner and wants a status.
func (w *world) ok(status int, method, path, body string) reply {
	w.t.Helper()
	r := w.send(w.token(ownerID), method, path, body)
	if r.status != status {
		w.t.Fatalf("%s %s: want %d, got %d %s", method, path, status, r.status, r.raw)
	}
	return r
}

func (r reply) refused(t *testing.T, status int, code, message string) {
	t.Helper()
	e, _ := r.body["error"].(map[string]any)
	got, _ := e["message"].(string)
	if r.status != status || e["code"] != code || !strings.Contains(got, message) {
		t.Errorf("want %d %s %q, got %d %s", status, code, message, r.status, r.raw)
	}
}

func (r reply) values() []any {
	list, _ := r.body["value"].([]any)
	return list
}

func (r reply) property(names ...string) any {
	var at any = r.body
	for _, name := range append([]string{"properties"}, names...) {
		object, _ := at.(map[string]any)
		at = object[name]
	}
	return at
}

// assignment is the body of a PUT.
func assignment(role, principal, kind string) string {
	body := `{"properties":{"roleDefinitionId":"` + entra.RoleDefinitionID(subscriptionID, role) + `","principalId":"` + principal + `"`
	if kind != "" {
		body += `,"principalType":"` + kind + `"`
	}
	return body + "}}"
}
