package register_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/google/go-cmp/cmp"

	"hdstest/internal/register"
)

const (
	tenantID = "11111111-1111-1111-1111-111111111111"
	dicomApp = "75e725bf-66ce-4cea-9b9a-5c4caae57f33"
	dicomSP  = "d1c0d1c0-0000-4000-8000-000000000001"
	dicomID  = "e69ab058-b8ae-4c0f-b687-5d97888ddccb" // Dicom.ReadWrite
	workload = "/subscriptions/22222222-2222-2222-2222-222222222222/resourceGroups/rg/providers/Microsoft.HealthcareApis/workspaces/ws"
	fhirID   = workload + "/fhirservices/fhir"
	dicomRes = workload + "/dicomservices/dicom"
)

type object = map[string]any

// cloud plays Graph and Azure Resource Manager, from the facts and strictly: an
// unknown path, property or parameter, a missing token or a wrong verb ends in
// an error that the test notes.
type cloud struct {
	t          *testing.T
	mu         sync.Mutex
	graph, arm *httptest.Server
	ids        int
	now        time.Time
	log        []string // METHOD path, answered with a status below 400

	apps, principals, grants, roles, deleted map[string]object
	federated                                map[string][]object

	lag    int            // reads that do not see a new object yet
	unseen map[string]int // such reads that are left, by object id
	refuse func(r *http.Request) (int, object)
}

func newCloud(t *testing.T) *cloud {
	c := &cloud{t: t, now: time.Date(2026, 7, 1, 10, 0, 0, 0, time.UTC), unseen: map[string]int{}, federated: map[string][]object{},
		apps: map[string]object{}, principals: map[string]object{}, grants: map[string]object{}, roles: map[string]object{}, deleted: map[string]object{}}
	c.graph = httptest.NewTLSServer(c.serve("graph-token", c.routeGraph))
	c.arm = httptest.NewTLSServer(c.serve("arm-token", c.routeARM))
	t.Cleanup(c.graph.Close)
	t.Cleanup(c.arm.Close)
	c.addDICOM()
	return c
}

func (c *cloud) addDICOM() {
	c.principals[dicomSP] = object{"id": dicomSP, "appId": dicomApp, "displayName": "Azure API for DICOM", "accountEnabled": true,
		"oauth2PermissionScopes": []any{object{"id": dicomID, "value": "Dicom.ReadWrite", "type": "User", "isEnabled": true}}}
}

// clients connects to the cloud; sleep costs nothing and moves the clock.
func (c *cloud) clients(wrap func(http.RoundTripper) http.RoundTripper) register.Clients {
	c.t.Helper()
	h := c.graph.Client()
	if wrap != nil {
		h = &http.Client{Transport: wrap(h.Transport)}
	}
	cs, err := register.NewClients(register.Options{HTTP: h, GraphURL: c.graph.URL, ARMURL: c.arm.URL, Credential: credential{},
		GraphScope: "https://graph.microsoft.com/.default", ARMScope: "https://management.core.windows.net//.default",
		Now: func() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.now },
		Sleep: func(ctx context.Context, d time.Duration) error {
			c.mu.Lock()
			c.now = c.now.Add(d)
			c.mu.Unlock()
			return ctx.Err()
		}})
	if err != nil {
		c.t.Fatal(err)
	}
	return cs
}

// credential gives a token per audience; Graph's tells the tenant.
type credential struct{}

func (credential) GetToken(_ context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	token := "arm-token"
	if o.Scopes[0] == "https://graph.microsoft.com/.default" {
		token = "h." + base64.RawURLEncoding.EncodeToString([]byte(`{"tid":"`+tenantID+`","mark":"graph-token"}`)) + ".s"
	}
	return azcore.AccessToken{Token: token, ExpiresOn: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)}, nil
}

type routed struct {
	status int
	body   object
}

func (c *cloud) serve(token string, route func(*http.Request, object) routed) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		defer c.mu.Unlock()
		if !c.authorized(r, token) {
			c.t.Errorf("%s %s came with the token %q", r.Method, r.URL, r.Header.Get("Authorization"))
		}
		a := routed{}
		if c.refuse != nil {
			a.status, a.body = c.refuse(r)
		}
		if a.status == 0 {
			a = route(r, c.body(r))
		}
		if a.status < 400 {
			c.log = append(c.log, r.Method+" "+r.URL.Path)
		}
		w.Header().Set("request-id", "req-1")
		if a.body == nil {
			w.WriteHeader(a.status)
			return
		}
		if after, ok := a.body["Retry-After"].(string); ok {
			w.Header().Set("Retry-After", after)
		}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.WriteHeader(a.status)
		_ = json.NewEncoder(w).Encode(a.body)
	})
}

func (c *cloud) authorized(r *http.Request, token string) bool {
	bearer := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	if parts := strings.Split(bearer, "."); len(parts) == 3 {
		payload, _ := base64.RawURLEncoding.DecodeString(parts[1])
		return strings.Contains(string(payload), token)
	}
	return bearer == token
}

func (c *cloud) body(r *http.Request) object {
	data, err := io.ReadAll(r.Body)
	if err != nil || len(data) == 0 {
		return nil
	}
	var o object
	if err := json.Unmarshal(data, &o); err != nil {
		c.t.Errorf("%s %s: body %s: %v", r.Method, r.URL, data, err)
	}
	if r.ContentLength != int64(len(data)) {
		c.t.Errorf("%s %s: content length %d of %d", r.Method, r.URL, r.ContentLength, len(data))
	}
	delete(o, "@odata.type")
	return o
}

func refusal(status int, code, message string) routed {
	return routed{status, object{"error": object{"code": code, "message": message, "innerError": object{"request-id": "req-1"}}}}
}

func notFound() routed {
	return refusal(404, "Request_ResourceNotFound", "Resource does not exist or one of its queried reference-property objects are not present.")
}

func (c *cloud) newID() string {
	c.ids++
	return fmt.Sprintf("aaaaaaaa-0000-4000-8000-%012d", c.ids)
}

// visible counts down the reads that a replica answers without the object.
func (c *cloud) visible(id string) bool {
	if c.unseen[id] > 0 {
		c.unseen[id]--
		return false
	}
	return true
}

func (c *cloud) known(o object, allowed ...string) {
	for _, k := range slices.Sorted(maps.Keys(o)) {
		if !slices.Contains(allowed, k) {
			c.t.Errorf("unexpected property %s in %v", k, o)
		}
	}
}

var (
	appPath = regexp.MustCompile(`^/v1\.0/applications/([0-9a-f-]{36})(/.+)?$`)
	keyPath = regexp.MustCompile(`^/v1\.0/(applications|servicePrincipals)\((appId|uniqueName)='([^']+)'\)$`)
	spPath  = regexp.MustCompile(`^/v1\.0/servicePrincipals/([0-9a-f-]{36})$`)
	grPath  = regexp.MustCompile(`^/v1\.0/oauth2PermissionGrants/([^/]+)$`)
	binPath = regexp.MustCompile(`^/v1\.0/directory/deletedItems/([0-9a-f-]{36})$`)
)

func (c *cloud) routeGraph(r *http.Request, body object) routed {
	path := r.URL.Path
	if m := keyPath.FindStringSubmatch(path); m != nil && r.Method == http.MethodPatch && m[2] == "uniqueName" && r.Header.Get("Prefer") == "create-if-missing" {
		return c.upsert(m[3], body)
	}
	if m := keyPath.FindStringSubmatch(path); m != nil && r.Method == http.MethodGet {
		from := c.apps
		if m[1] == "servicePrincipals" {
			from = c.principals
		}
		return c.readBy(from, m[2], m[3])
	}
	if m := appPath.FindStringSubmatch(path); m != nil {
		return c.routeApp(r, m[1], m[2], body)
	}
	if m := spPath.FindStringSubmatch(path); m != nil {
		return c.routeObject(r, c.principals, m[1])
	}
	if m := grPath.FindStringSubmatch(path); m != nil {
		return c.routeGrant(r, m[1], body)
	}
	if m := binPath.FindStringSubmatch(path); m != nil && r.Method == http.MethodDelete {
		return c.drop(c.deleted, m[1])
	}
	switch r.Method + " " + path {
	case "GET /v1.0/applications":
		return c.list(r, c.apps, "displayName")
	case "POST /v1.0/servicePrincipals":
		return c.createPrincipal(body)
	case "GET /v1.0/oauth2PermissionGrants":
		return c.list(r, c.grants, "clientId")
	case "POST /v1.0/oauth2PermissionGrants":
		c.known(body, "clientId", "consentType", "resourceId", "scope")
		id := "grant-" + c.newID()
		body["id"] = id
		c.grants[id] = body
		return routed{201, body}
	}
	c.t.Errorf("no route for %s %s", r.Method, r.URL)
	return refusal(404, "BadRequest", "no such route")
}

func (c *cloud) readBy(from map[string]object, key, value string) routed {
	for id, o := range from {
		if o[key] == value && c.visible(id) {
			return routed{200, o}
		}
	}
	return notFound()
}

func (c *cloud) list(r *http.Request, from map[string]object, property string) routed {
	m := regexp.MustCompile(`^` + property + ` eq '(.*)'$`).FindStringSubmatch(r.URL.Query().Get("$filter"))
	if m == nil {
		c.t.Errorf("unexpected filter in %s", r.URL)
		return refusal(400, "Request_UnsupportedQuery", "filter")
	}
	out := []any{}
	for _, id := range slices.Sorted(maps.Keys(from)) {
		if from[id][property] == strings.ReplaceAll(m[1], "''", "'") && c.unseen[id] == 0 {
			out = append(out, from[id])
		}
	}
	return routed{200, object{"value": out}}
}

func (c *cloud) drop(from map[string]object, id string) routed {
	if from[id] == nil {
		return notFound()
	}
	delete(from, id)
	return routed{status: 204}
}

func (c *cloud) routeObject(r *http.Request, from map[string]object, id string) routed {
	o := from[id]
	switch {
	case o == nil || !c.visible(id):
		return notFound()
	case r.Method == http.MethodGet:
		return routed{200, o}
	case r.Method == http.MethodDelete:
		c.deleted[id] = o
		return c.drop(from, id)
	}
	c.t.Errorf("no route for %s %s", r.Method, r.URL)
	return refusal(405, "Request_BadRequest", "verb")
}

func (c *cloud) routeApp(r *http.Request, id, rest string, body object) routed {
	app := c.apps[id]
	if app == nil || rest != "" && !c.visible(id) {
		return notFound()
	}
	switch r.Method + " " + rest {
	case "PATCH ":
		if !c.visible(id) {
			return notFound()
		}
		return c.patch(app, body)
	case "DELETE ":
		for spID, sp := range c.principals {
			if sp["appId"] == app["appId"] {
				c.deleted[spID] = sp
				delete(c.principals, spID)
			}
		}
		return c.routeObject(r, c.apps, id)
	case "GET ":
		return c.routeObject(r, c.apps, id)
	case "POST /addPassword":
		return c.addPassword(app, body)
	case "POST /removePassword":
		have := app["passwordCredentials"].([]any)
		app["passwordCredentials"] = slices.DeleteFunc(have, func(p any) bool { return p.(object)["keyId"] == body["keyId"] })
		return routed{status: 204}
	case "GET /federatedIdentityCredentials":
		return routed{200, object{"value": c.federated[id]}}
	case "POST /federatedIdentityCredentials":
		c.known(body, "name", "issuer", "subject", "audiences")
		body["id"] = c.newID()
		c.federated[id] = append(c.federated[id], body)
		return routed{201, body}
	}
	if fic, ok := strings.CutPrefix(rest, "/federatedIdentityCredentials/"); ok && r.Method == http.MethodDelete {
		c.federated[id] = slices.DeleteFunc(c.federated[id], func(o object) bool { return o["id"] == fic })
		return routed{status: 204}
	}
	c.t.Errorf("no route for %s %s", r.Method, r.URL)
	return refusal(404, "BadRequest", "no such route")
}

func properties() []string {
	return []string{"displayName", "signInAudience", "isFallbackPublicClient", "tags", "web", "publicClient", "spa",
		"requiredResourceAccess", "keyCredentials", "api"}
}

// upsert creates an app or changes it. A deleted app holds its unique name.
func (c *cloud) upsert(unique string, body object) routed {
	for _, a := range c.apps {
		if a["uniqueName"] == unique {
			return c.patch(a, body)
		}
	}
	for _, a := range c.deleted {
		if a["uniqueName"] == unique {
			return refusal(400, "Request_BadRequest", "Another object with the same value for property uniqueName already exists.")
		}
	}
	id := c.newID()
	app := object{"id": id, "appId": c.newID(), "uniqueName": unique, "passwordCredentials": []any{}, "keyCredentials": []any{}}
	if a := c.patch(app, body); a.status != 204 {
		return a
	}
	c.apps[id], c.unseen[id] = app, c.lag
	return routed{201, app}
}

// patch replaces properties as a whole. Of key credentials the entries without
// a key must be there already, letter for letter.
func (c *cloud) patch(app, body object) routed {
	c.known(body, properties()...)
	keys, _ := body["keyCredentials"].([]any)
	for i, k := range keys {
		k := k.(object)
		delete(k, "@odata.type")
		if k["key"] != nil {
			continue
		}
		if _, there := k["key"]; !there {
			c.t.Errorf("an existing key credential was sent without key: null")
		}
		have := slices.IndexFunc(app["keyCredentials"].([]any), func(h any) bool { return h.(object)["keyId"] == k["keyId"] })
		if have < 0 {
			return refusal(400, "Request_BadRequest", "Update to existing credential with KeyId '"+fmt.Sprint(k["keyId"])+"' is not allowed")
		}
		keys[i] = app["keyCredentials"].([]any)[have]
	}
	maps.Copy(app, body)
	return routed{status: 204}
}

func (c *cloud) addPassword(app, body object) routed {
	cred, _ := body["passwordCredential"].(object)
	delete(cred, "@odata.type")
	c.known(cred, "displayName", "startDateTime", "endDateTime")
	answer := maps.Clone(cred)
	cred["keyId"] = c.newID()
	answer["keyId"], answer["secretText"] = cred["keyId"], "canary~value of "+fmt.Sprint(cred["keyId"])
	app["passwordCredentials"] = append(app["passwordCredentials"].([]any), cred)
	return routed{200, answer}
}

func (c *cloud) createPrincipal(body object) routed {
	c.known(body, "appId")
	for _, sp := range c.principals {
		if sp["appId"] == body["appId"] {
			return refusal(409, "Request_MultipleObjectsWithSameKeyValue", "The service principal cannot be created, updated, or restored because the service principal name is already in use.")
		}
	}
	for id, app := range c.apps {
		if app["appId"] == body["appId"] && c.visible(id) {
			sp := object{"id": c.newID(), "appId": body["appId"], "displayName": app["displayName"], "appOwnerOrganizationId": tenantID}
			c.principals[sp["id"].(string)], c.unseen[sp["id"].(string)] = sp, c.lag
			return routed{201, sp}
		}
	}
	if body["appId"] == dicomApp {
		c.addDICOM()
		return routed{201, object{"id": dicomSP, "appId": dicomApp}}
	}
	a := refusal(400, "Request_BadRequest", "The appId of the service principal does not reference a valid application object.")
	a.body["error"].(object)["details"] = []any{object{"code": "NoBackingApplicationObject", "target": "appId"}}
	return a
}

func (c *cloud) routeGrant(r *http.Request, id string, body object) routed {
	g := c.grants[id]
	switch {
	case g == nil:
		return notFound()
	case r.Method == http.MethodDelete:
		delete(c.grants, id)
	case r.Method == http.MethodPatch:
		c.known(body, "scope")
		g["scope"] = body["scope"]
	}
	return routed{status: 204}
}

// snapshot is the whole state, for comparison. Ids and dates that differ from
// run to run are left out on demand.
func (c *cloud) snapshot() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	fed := map[string][]object{}
	for id, f := range c.federated {
		if len(f) > 0 && c.apps[id] != nil {
			fed[id] = f
		}
	}
	data, err := json.MarshalIndent(object{"apps": c.apps, "principals": c.principals, "grants": c.grants, "roles": c.roles, "federated": fed}, "", " ")
	if err != nil {
		c.t.Fatal(err)
	}
	return string(data)
}

var generated = regexp.MustCompile(`aaaaaaaa-0000-4000-8000-\d{12}`)

// shape is the snapshot with generated ids numbered by first occurrence and
// without dates, so that two tenants can be compared.
func (c *cloud) shape() string {
	text := regexp.MustCompile(`"(start|end)DateTime": "[^"]+"`).ReplaceAllString(c.snapshot(), `"$1": ""`)
	text = regexp.MustCompile(`roleAssignments/[0-9a-f-]{36}|"name": "[0-9a-f-]{36}"`).ReplaceAllString(text, "name")
	return generated.ReplaceAllString(text, "id")
}

func diff(t *testing.T, what, want, got string) {
	t.Helper()
	if d := cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

// changing lists the requests of the log that changed something.
func (c *cloud) changing() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(c.log), func(l string) bool { return strings.HasPrefix(l, "GET ") })
}

func mustURL(t *testing.T, s string) *url.URL {
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
