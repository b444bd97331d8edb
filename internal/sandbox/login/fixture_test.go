package login_test

import (
	"crypto/sha1"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hdstest/internal/entra"
	"hdstest/internal/sandbox/directory"
	"hdstest/internal/sandbox/keys"
	"hdstest/internal/sandbox/login"
	"hdstest/internal/sandbox/login/outside"
	"hdstest/internal/sandbox/scenario"
)

// The tenant of the tests.
const (
	tenantID = "5a4db0c5-0000-4000-8000-000000000001"
	domain   = "contoso.invalid"
	upn      = "ada@contoso.invalid"
	password = "correct horse battery staple"
	fhirURL  = "https://localhost:9443"

	confidentialApp = "5a4db0c5-0000-4000-8000-00000000c001" // web, secret, certificate, federated
	publicApp       = "5a4db0c5-0000-4000-8000-00000000c002" // mobile and desktop, fallback public client
	spaApp          = "5a4db0c5-0000-4000-8000-00000000c003" // single-page
	manyApp         = "5a4db0c5-0000-4000-8000-00000000c004" // public, serves other tenants too
	orphanApp       = "5a4db0c5-0000-4000-8000-00000000c005" // no service principal
	disabledApp     = "5a4db0c5-0000-4000-8000-00000000c006"
	emptyApp        = "5a4db0c5-0000-4000-8000-00000000c007" // no redirect URI, no permission, no federation
	assignedApp     = "5a4db0c5-0000-4000-8000-00000000c008" // only for assigned people
	apiApp          = "5a4db0c5-0000-4000-8000-00000000a001" // token version 2, assignment required
	brokenAPI       = "5a4db0c5-0000-4000-8000-00000000a002" // disabled

	secret        = "hdstest~right~secret"
	expiredSecret = "hdstest~old~secret"
	subject       = "repo:contoso/app:ref:refs/heads/main"
	federation    = "api://AzureADTokenExchange"

	localhost = "http://localhost"
	webURI    = "https://app.contoso.invalid/callback"
	dicom     = entra.DICOMResource
)

// fixture is a running service.
type fixture struct {
	url       string
	server    *httptest.Server
	directory *directory.Directory
	scenarios *scenario.Set
	keys      *keys.Ring
	issuer    *outside.Issuer
	asked     []string // hosts that the service asked for keys
	moved     atomic.Int64
	ids       atomic.Int64
}

// key is made once: an RSA key takes long.
var (
	certified = sync.OnceValues(func() (*keys.Key, error) { return keys.Generate(time.Now()) })
	signing   = sync.OnceValues(func() (*keys.Key, error) { return keys.Generate(time.Now()) })
	foreign   = sync.OnceValues(func() (*keys.Key, error) { return keys.Generate(time.Now()) })
)

func must[T any](t testing.TB, f func() (T, error)) T {
	t.Helper()
	v, err := f()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func start(t testing.TB) *fixture {
	t.Helper()
	f := &fixture{scenarios: scenario.NewSet(), keys: keys.NewRing(must(t, signing))}
	var handler http.Handler
	f.server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(f.server.Close)
	f.url = f.server.URL
	f.directory = directory.New(state(t, f.url), f.now)
	f.issuer = &outside.Issuer{URL: f.url + "/outside", Keys: keys.NewRing(must(t, foreign)), Now: f.now, RequestToken: "request-token",
		Connections: map[string]string{"connection-1": "azure"}}
	handler = login.New(login.Deps{Directory: f.directory, Scenarios: f.scenarios, Keys: f.keys, URL: f.url,
		GraphURL: "https://localhost:9444", NewID: f.id, HTTP: f.recorder(), Outside: f.issuer})
	return f
}

// recorder is a client that writes down whom it is sent to.
func (f *fixture) recorder() *http.Client {
	return &http.Client{Transport: tripper(func(r *http.Request) (*http.Response, error) {
		f.asked = append(f.asked, r.URL.Hostname())
		return f.server.Client().Transport.RoundTrip(r)
	})}
}

type tripper func(*http.Request) (*http.Response, error)

// RoundTrip makes a function an http.RoundTripper.
func (t tripper) RoundTrip(r *http.Request) (*http.Response, error) { return t(r) }

func (f *fixture) now() time.Time { return time.Now().Add(time.Duration(f.moved.Load())) }

func (f *fixture) move(by time.Duration) { f.moved.Add(int64(by)) }

func (f *fixture) id() string { return fmt.Sprintf("5a4db0c5-0000-4000-9000-%012d", f.ids.Add(1)) }

// on switches a condition on for the length of a test, by the scenario that is
// that condition alone.
func (f *fixture) on(t testing.TB, sw scenario.Switch) {
	t.Helper()
	for _, s := range scenario.All() {
		if len(s.Switches) == 1 && s.Switches[0] == sw && f.scenarios.Enable(s.Name) {
			t.Cleanup(func() { f.scenarios.Disable(s.Name) })
			return
		}
	}
	t.Fatalf("no scenario has the switch %s alone", sw)
}

func yes() *bool { b := true; return &b }

// state is the tenant of the tests.
func state(t testing.TB, loginURL string) *directory.State {
	t.Helper()
	s := directory.NewState(directory.Tenant{ID: tenantID, Domain: domain, DisplayName: "Contoso"}, directory.Subscription{ID: tenantID})
	for _, r := range entra.ResourceApps() {
		addAPI(s, r, 1)
	}
	api := addAPI(s, entra.ResourceApp{AppID: apiApp, Name: "Strict API", Names: []string{"api://strict"}, Permissions: []entra.Permission{
		{ID: "s1", Value: "Read"}, {ID: "s2", Value: "Manage"}, {ID: "r1", Value: "Task.Run", Role: true}}}, 2)
	api.AppRoleAssignmentRequired = true
	api.OAuth2PermissionScopes[1].Type = "Admin"
	addAPI(s, entra.ResourceApp{AppID: brokenAPI, Name: "Broken API", Names: []string{"api://broken"}}, 1).AccountEnabled = false
	s.PrincipalByAppID(entra.FHIRAppID).ServicePrincipalNames = append(s.PrincipalByAppID(entra.FHIRAppID).ServicePrincipalNames, fhirURL)
	s.Users["user-1"] = &directory.User{ID: "user-1", UserPrincipalName: upn, DisplayName: "Ada Lovelace", AccountEnabled: true, Password: password}
	s.Users["user-2"] = &directory.User{ID: "user-2", UserPrincipalName: "gone@contoso.invalid", DisplayName: "Gone", Password: password}
	s.Users["user-3"] = &directory.User{ID: "user-3", UserPrincipalName: "admin@contoso.invalid", DisplayName: "Admin", AccountEnabled: true,
		Password: password, Administrator: true}
	s.Users["user-4"] = &directory.User{ID: "user-4", UserPrincipalName: "guest@contoso.invalid", DisplayName: "Guest", AccountEnabled: true}
	addClients(t, s, loginURL)
	return s
}

func addAPI(s *directory.State, r entra.ResourceApp, version int) *directory.ServicePrincipal {
	p := &directory.ServicePrincipal{ID: "sp-" + r.AppID, AppID: r.AppID, DisplayName: r.Name, AccountEnabled: true,
		ServicePrincipalNames: append([]string{r.AppID}, r.Names...), TokenVersion: version}
	for _, perm := range r.Permissions {
		if perm.Role {
			p.AppRoles = append(p.AppRoles, directory.AppRole{ID: perm.ID, Value: perm.Value, IsEnabled: true})
			continue
		}
		p.OAuth2PermissionScopes = append(p.OAuth2PermissionScopes, directory.PermissionScope{ID: perm.ID, Value: perm.Value, Type: "User", IsEnabled: true})
	}
	s.ServicePrincipals[p.ID] = p
	return p
}

func addClients(t testing.TB, s *directory.State, loginURL string) {
	t.Helper()
	web := addClient(s, confidentialApp, "Confidential")
	web.Web.RedirectURIs = []string{localhost, webURI}
	web.PasswordCredentials = []*directory.PasswordCredential{
		credential(secret, time.Now().Add(time.Hour*24*365)), credential(expiredSecret, time.Now().Add(-time.Hour))}
	web.KeyCredentials = []*directory.KeyCredential{certificate(t)}
	web.Federated = []*directory.FederatedCredential{{ID: "f", Name: "ci", Issuer: loginURL + "/outside", Subject: subject,
		Audiences: []string{federation}}, {ID: "g", Name: "unreachable", Issuer: "https://127.0.0.1:1", Subject: subject, Audiences: []string{federation}}}
	public := addClient(s, publicApp, "Public")
	public.PublicClient.RedirectURIs, public.IsFallbackPublicClient = []string{localhost, "http://127.0.0.1/cb"}, yes()
	addClient(s, spaApp, "Single page").SPA.RedirectURIs = []string{localhost}
	many := addClient(s, manyApp, "Many tenants")
	many.SignInAudience, many.PublicClient.RedirectURIs, many.IsFallbackPublicClient = "AzureADMultipleOrgs", []string{localhost}, yes()
	addClient(s, orphanApp, "Orphan").PublicClient.RedirectURIs = []string{localhost}
	delete(s.ServicePrincipals, "sp-"+orphanApp)
	addClient(s, disabledApp, "Disabled")
	s.ServicePrincipals["sp-"+disabledApp].AccountEnabled = false
	empty := addClient(s, emptyApp, "Empty")
	empty.PasswordCredentials = []*directory.PasswordCredential{credential(secret, time.Now().Add(time.Hour))}
	assigned := addClient(s, assignedApp, "Assigned")
	assigned.PublicClient.RedirectURIs = []string{localhost}
	s.ServicePrincipals["sp-"+assignedApp].AppRoleAssignmentRequired = true
	for _, app := range []*directory.Application{web, public, many} {
		app.RequiredResourceAccess = []directory.RequiredResourceAccess{{ResourceAppID: entra.DICOMAppID,
			ResourceAccess: []directory.ResourceAccess{{ID: "e69ab058-b8ae-4c0f-b687-5d97888ddccb", Type: "Scope"}}}}
		consent(s, app.AppID, entra.DICOMAppID, "Dicom.ReadWrite")
		consent(s, app.AppID, entra.FHIRAppID, "user_impersonation")
	}
	consent(s, spaApp, entra.DICOMAppID, "Dicom.ReadWrite")
}

func addClient(s *directory.State, appID, name string) *directory.Application {
	app := &directory.Application{ID: "app-" + appID, AppID: appID, DisplayName: name, SignInAudience: "AzureADMyOrg"}
	s.Applications[app.ID] = app
	s.ServicePrincipals["sp-"+appID] = &directory.ServicePrincipal{ID: "sp-" + appID, AppID: appID, DisplayName: name,
		AccountEnabled: true, ServicePrincipalNames: []string{appID, "api://" + appID}, TokenVersion: 1}
	return app
}

func consent(s *directory.State, client, api, scope string) {
	id := "grant-" + client + api
	s.PermissionGrants[id] = &directory.PermissionGrant{ID: id, ClientID: "sp-" + client, ConsentType: "AllPrincipals",
		ResourceID: "sp-" + api, Scope: scope}
}

func credential(text string, end time.Time) *directory.PasswordCredential {
	c := &directory.PasswordCredential{KeyID: "k", StartDateTime: end.Add(-2 * 365 * 24 * time.Hour), EndDateTime: end}
	c.SetText(text)
	return c
}

func certificate(t testing.TB) *directory.KeyCredential {
	t.Helper()
	c := must(t, certified).Certificate
	sum := sha1.Sum(c.Raw)
	return &directory.KeyCredential{KeyID: "c", CustomKeyIdentifier: sum[:], Type: "AsymmetricX509Cert", Usage: "Verify",
		Key: c.Raw, StartDateTime: c.NotBefore, EndDateTime: c.NotAfter}
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
	json   map[string]any
}

func (a answer) text(name string) string { s, _ := a.json[name].(string); return s }

// code is the AADSTS code: of the JSON, or of a page.
func (a answer) code() int {
	if codes, ok := a.json["error_codes"].([]any); ok && len(codes) > 0 {
		n, _ := codes[0].(float64)
		return int(n)
	}
	n := 0
	if _, after, ok := strings.Cut(string(a.body), "AADSTS"); ok {
		_, _ = fmt.Sscanf(after, "%d", &n)
	}
	return n
}

// send sends a request as curl would; it follows no redirect.
func (f *fixture) send(t testing.TB, method, path, body string, headers ...string) answer {
	t.Helper()
	if !strings.HasPrefix(path, "https://") {
		path = f.url + path
	}
	r, err := http.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	client := *f.server.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	a := answer{status: response.StatusCode, header: response.Header, body: data}
	_ = json.Unmarshal(data, &a.json)
	return a
}

// form writes pairs as a form body.
func form(pairs ...string) string {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v.Encode()
}

const (
	tokenV2 = "/" + tenantID + "/oauth2/v2.0/token"
	tokenV1 = "/" + tenantID + "/oauth2/token"
)

// post sends a form to the v2.0 token endpoint.
func (f *fixture) post(t testing.TB, pairs ...string) answer {
	t.Helper()
	return f.send(t, http.MethodPost, tokenV2, form(pairs...))
}
