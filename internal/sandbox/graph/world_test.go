package graph_test

import (
	"bytes"
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
	"hdstest/internal/sandbox/bearer"
	"hdstest/internal/sandbox/directory"
	"hdstest/internal/sandbox/graph"
	"hdstest/internal/sandbox/keys"
	"hdstest/internal/sandbox/scenario"
)

// Ids that the tests know.
const (
	tenantID = "5a4db0c5-0000-4000-8000-000000000001"
	adminID  = "5a4db0c5-0000-4000-8000-00000000000a" // a service principal
	userID   = "5a4db0c5-0000-4000-8000-00000000000b"
	domain   = "sandbox.hdstest.invalid"
	login    = "https://localhost:1"
)

// ring is one signing key for all tests: making one takes a while.
var ring = sync.OnceValue(func() *keys.Ring {
	key, err := keys.Generate(time.Now())
	if err != nil {
		panic(err)
	}
	return keys.NewRing(key)
})

// world is a Graph with a directory and a clock of its own.
type world struct {
	t         *testing.T
	server    *httptest.Server
	directory *directory.Directory
	scenarios *scenario.Set
	mu        sync.Mutex
	now       time.Time
	ids       int
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, scenarios: scenario.NewSet(), now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	w.directory = directory.New(state(), w.clock)
	w.server = httptest.NewUnstartedServer(nil)
	url := "https://" + w.server.Listener.Addr().String()
	handler := graph.New(graph.Deps{Directory: w.directory, Scenarios: w.scenarios, URL: url, LoginURL: login,
		NewID: w.newID, Tokens: bearer.Checker{Keys: ring(), Now: w.clock, Issuers: []string{login + "/" + tenantID + "/"},
			Audiences: []string{entra.GraphResource, url}}})
	w.server.Config.Handler = w.scenarios.Wrap(scenario.Graph, handler)
	w.server.StartTLS()
	t.Cleanup(w.server.Close)
	return w
}

func state() *directory.State {
	s := directory.NewState(directory.Tenant{ID: tenantID, Domain: domain, DisplayName: "Sandbox"}, directory.Subscription{})
	for i, app := range entra.ResourceApps() {
		p := &directory.ServicePrincipal{ID: fmt.Sprintf("5a4db0c5-0000-4000-8000-0000000001%02d", i), AppID: app.AppID,
			DisplayName: app.Name, AccountEnabled: true, ServicePrincipalType: "Application", TokenVersion: 1,
			ServicePrincipalNames: append([]string{app.AppID}, app.Names...)}
		for _, perm := range app.Permissions {
			if perm.Role {
				p.AppRoles = append(p.AppRoles, directory.AppRole{ID: perm.ID, Value: perm.Value, IsEnabled: true,
					AllowedMemberTypes: []string{"Application"}})
				continue
			}
			p.OAuth2PermissionScopes = append(p.OAuth2PermissionScopes,
				directory.PermissionScope{ID: perm.ID, Value: perm.Value, Type: "User", IsEnabled: true})
		}
		s.ServicePrincipals[p.ID] = p
	}
	s.ServicePrincipals[adminID] = &directory.ServicePrincipal{ID: adminID, AppID: "5a4db0c5-0000-4000-8000-0000000000aa",
		DisplayName: "Administrator", AccountEnabled: true, ServicePrincipalType: "Application"}
	s.Users[userID] = &directory.User{ID: userID, UserPrincipalName: "user@" + domain, DisplayName: "User", AccountEnabled: true}
	return s
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func (w *world) newID() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ids++
	return fmt.Sprintf("5a4db0c5-0000-4000-9000-%012x", w.ids)
}

// claims of a good app token; a test changes what it is about.
func (w *world) claims() map[string]any {
	now := w.clock()
	return map[string]any{"aud": entra.GraphResource, "iss": login + "/" + tenantID + "/", "tid": tenantID, "oid": adminID,
		"appid": "5a4db0c5-0000-4000-8000-0000000000aa", "nbf": now.Unix(), "exp": now.Add(time.Hour).Unix(), "ver": "1.0"}
}

func (w *world) sign(claims map[string]any) string {
	w.t.Helper()
	token, err := ring().Sign(claims, 1)
	if err != nil {
		w.t.Fatal(err)
	}
	return token
}

// app signs an app's token with application permissions.
func (w *world) app(roles ...string) string {
	claims := w.claims()
	claims["roles"] = roles
	return w.sign(claims)
}

// user signs a user's token with delegated permissions.
func (w *world) user(scopes string) string {
	claims := w.claims()
	claims["oid"], claims["scp"] = userID, scopes
	return w.sign(claims)
}

func (w *world) admin() string {
	return w.app("Application.ReadWrite.All", "DelegatedPermissionGrant.ReadWrite.All", "AppRoleAssignment.ReadWrite.All",
		"Directory.Read.All")
}

// reply is an answer, read.
type reply struct {
	status int
	header http.Header
	body   map[string]any
	raw    string
}

// send makes a request as curl would. body is JSON text, empty for none.
func (w *world) send(token, method, path, body string, headers ...string) reply {
	w.t.Helper()
	address := path
	if !strings.HasPrefix(path, "https://") {
		address = w.server.URL + strings.ReplaceAll(path, " ", "%20")
	}
	request, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	return w.do(request)
}

func (w *world) do(request *http.Request) reply {
	w.t.Helper()
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
	if bytes.HasPrefix(data, []byte("{")) {
		if err := json.Unmarshal(data, &r.body); err != nil {
			w.t.Fatalf("%s %s: no JSON: %v\n%s", request.Method, request.URL, err, data)
		}
	}
	return r
}

// ok sends with the administrator's token and wants a status.
func (w *world) ok(status int, method, path, body string, headers ...string) reply {
	w.t.Helper()
	r := w.send(w.admin(), method, path, body, headers...)
	if r.status != status {
		w.t.Fatalf("%s %s: want %d, got %d %s", method, path, status, r.status, r.raw)
	}
	return r
}

// refused wants an error with a status, a code and part of a message.
func (r reply) refused(t *testing.T, status int, code, message string) {
	t.Helper()
	e, _ := r.body["error"].(map[string]any)
	got, _ := e["message"].(string)
	if r.status != status || e["code"] != code || !strings.Contains(got, message) {
		t.Errorf("want %d %s %q, got %d %s", status, code, message, r.status, r.raw)
	}
	inner, _ := e["innerError"].(map[string]any)
	if inner["request-id"] == nil || inner["client-request-id"] == nil || inner["date"] == nil {
		t.Errorf("innerError is incomplete: %s", r.raw)
	}
}

func (r reply) text(name string) string {
	s, _ := r.body[name].(string)
	return s
}

func (r reply) values() []map[string]any {
	list, _ := r.body["value"].([]any)
	var out []map[string]any
	for _, item := range list {
		m, _ := item.(map[string]any)
		out = append(out, m)
	}
	return out
}
