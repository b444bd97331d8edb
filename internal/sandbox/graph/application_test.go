package graph_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestApplicationLife(t *testing.T) {
	w := newWorld(t)
	made := w.ok(201, "POST", "/v1.0/applications", `{"@odata.type":"#microsoft.graph.application","displayName":"it's",
		"uniqueName":"u-1","tags@odata.type":"#Collection(String)","tags":["hdstest"],"web":{"redirectUris@odata.type":"#Collection(String)","redirectUris":["https://a.example/cb"]}}`)
	id, appID := made.text("id"), made.text("appId")
	if made.text("signInAudience") != "AzureADMyOrg" || made.text("publisherDomain") != domain || made.header.Get("Location") == "" {
		t.Errorf("defaults: %s", made.raw)
	}
	if want := w.server.URL + "/v1.0/$metadata#applications/$entity"; made.text("@odata.context") != want {
		t.Errorf("context: want %s, got %s", want, made.text("@odata.context"))
	}
	for _, path := range []string{"applications/" + id, "applications(appId='" + appID + "')", "applications(uniqueName='u-1')",
		"Applications/" + strings.ToUpper(id), "applications('" + id + "')"} {
		if got := w.ok(200, "GET", "/v1.0/"+path, ""); got.text("id") != id {
			t.Errorf("%s: %s", path, got.raw)
		}
	}
	w.ok(204, "PATCH", "/v1.0/applications/"+id, `{"web":{"homePageUrl":"https://a.example"},"notes":"n"}`)
	got := w.ok(200, "GET", "/v1.0/applications/"+id, "")
	web, _ := got.body["web"].(map[string]any)
	if web["homePageUrl"] != "https://a.example" || !cmp.Equal(web["redirectUris"], []any{"https://a.example/cb"}) {
		t.Errorf("a complex value merges, got %v", web)
	}
	w.ok(204, "PATCH", "/v1.0/applications/"+id, `{"web":{"redirectUris":[]},"tags":["b"]}`)
	got = w.ok(200, "GET", "/v1.0/applications/"+id, "")
	web, _ = got.body["web"].(map[string]any)
	if !cmp.Equal(web["redirectUris"], []any{}) || !cmp.Equal(got.body["tags"], []any{"b"}) {
		t.Errorf("a collection is replaced, got %s", got.raw)
	}
}

func TestRecycleBin(t *testing.T) {
	w := newWorld(t)
	made := w.ok(201, "POST", "/v1.0/applications", `{"displayName":"x","identifierUris":["api://one"]}`)
	id := made.text("id")
	sp := w.ok(201, "POST", "/v1.0/servicePrincipals", `{"appId":"`+made.text("appId")+`"}`).text("id")
	w.ok(204, "DELETE", "/v1.0/applications/"+id, "")
	w.send(w.admin(), "GET", "/v1.0/applications/"+id, "").refused(t, 404, "Request_ResourceNotFound", id)
	w.ok(404, "GET", "/v1.0/servicePrincipals/"+sp, "")
	bin := "/v1.0/directory/deletedItems/"
	if r := w.ok(200, "GET", bin+"microsoft.graph.application", ""); len(r.values()) != 1 || r.values()[0]["deletedDateTime"] == nil {
		t.Errorf("deleted applications: %s", r.raw)
	}
	if r := w.ok(200, "GET", bin+"microsoft.graph.servicePrincipal", ""); len(r.values()) != 1 {
		t.Errorf("deleted principals: %s", r.raw)
	}
	taken := w.ok(201, "POST", "/v1.0/applications", `{"displayName":"y","identifierUris":["api://one"]}`).text("id")
	w.send(w.admin(), "POST", bin+id+"/restore", "").refused(t, 409, "Request_MultipleObjectsWithSameKeyValue", "identifierUris")
	w.ok(204, "DELETE", "/v1.0/applications/"+taken, "")
	w.ok(200, "POST", bin+id+"/restore", "{}")
	w.ok(200, "GET", "/v1.0/applications/"+id, "")
	w.ok(200, "GET", "/v1.0/servicePrincipals/"+sp, "")
	w.ok(204, "DELETE", "/v1.0/applications/"+id, "")
	w.ok(204, "DELETE", bin+id, "")
	w.ok(404, "GET", bin+id, "")
	w.pass(31 * 24 * time.Hour)
	w.ok(404, "GET", bin+taken, "")
}

// TestRecycleBinKeepsUniqueNames: purging sets the name free, and so do 30 days.
func TestRecycleBinKeepsUniqueNames(t *testing.T) {
	w := newWorld(t)
	prefer := []string{"Prefer", "create-if-missing"}
	upsert := func() reply {
		return w.send(w.admin(), "PATCH", "/v1.0/applications(uniqueName='one')", `{"displayName":"x"}`, prefer...)
	}
	id := upsert().text("id")
	w.ok(204, "DELETE", "/v1.0/applications/"+id, "")
	upsert().refused(t, 409, "Request_MultipleObjectsWithSameKeyValue", "uniqueName")
	w.send(w.admin(), "POST", "/v1.0/applications", `{"displayName":"y","uniqueName":"ONE"}`).
		refused(t, 409, "Request_MultipleObjectsWithSameKeyValue", "uniqueName")
	w.ok(200, "POST", "/v1.0/directory/deletedItems/"+id+"/restore", "")
	w.ok(204, "DELETE", "/v1.0/applications/"+id, "")
	w.ok(204, "DELETE", "/v1.0/directory/deletedItems/"+id, "")
	again := upsert()
	if again.status != 201 {
		t.Fatalf("after purging: %d %s", again.status, again.raw)
	}
	w.ok(204, "DELETE", "/v1.0/applications/"+again.text("id"), "")
	w.pass(31 * 24 * time.Hour)
	if later := upsert(); later.status != 201 {
		t.Errorf("after 31 days: %d %s", later.status, later.raw)
	}
}

func TestUpsert(t *testing.T) {
	w := newWorld(t)
	path := "/v1.0/applications(uniqueName='lab')"
	w.ok(404, "PATCH", path, `{"displayName":"a"}`)
	made := w.ok(201, "PATCH", path, `{"displayName":"a"}`, "Prefer", "create-if-missing")
	if made.text("uniqueName") != "lab" {
		t.Errorf("want uniqueName lab, got %s", made.raw)
	}
	w.ok(204, "PATCH", path, `{"displayName":"b"}`, "Prefer", "create-if-missing")
	if got := w.ok(200, "GET", path, ""); got.text("displayName") != "b" || got.text("id") != made.text("id") {
		t.Errorf("the upsert makes one application: %s", got.raw)
	}
	w.send(w.admin(), "PATCH", path, `{"uniqueName":"other"}`).refused(t, 400, "Request_BadRequest", "uniqueName")
	w.send(w.admin(), "POST", "/v1.0/applications", `{"displayName":"c","uniqueName":"LAB"}`).
		refused(t, 409, "Request_MultipleObjectsWithSameKeyValue", "uniqueName")
}

func TestApplicationRefused(t *testing.T) {
	const scope = `{"id":"11111111-1111-4111-8111-111111111111","value":"read","type":"User","isEnabled":true,` +
		`"adminConsentDisplayName":"a","adminConsentDescription":"b"}`
	const role = `{"id":"11111111-1111-4111-8111-111111111111","value":"r","displayName":"d","allowedMemberTypes":["Application"],"isEnabled":true}`
	for name, row := range map[string]struct{ body, code, message string }{
		"no display name":       {`{}`, "Request_BadRequest", "A value is required for property 'displayName'"},
		"unknown property":      {`{"displayName":"x","foo":1}`, "Request_BadRequest", "Invalid property 'foo'."},
		"unknown inside":        {`{"displayName":"x","web":{"foo":1}}`, "BadRequest", "'foo' does not exist on type 'microsoft.graph.webApplication'"},
		"wrong type":            {`{"displayName":7}`, "Request_BadRequest", "Property displayName in payload"},
		"text for a list":       {`{"displayName":"x","tags":"a"}`, "Request_BadRequest", "Property tags in payload"},
		"list for an object":    {`{"displayName":"x","web":[]}`, "Request_BadRequest", "Property web in payload"},
		"null for a list":       {`{"displayName":"x","tags":null}`, "Request_BadRequest", "'tags'"},
		"wrong @odata.type":     {`{"@odata.type":"#microsoft.graph.group","displayName":"x"}`, "BadRequest", "microsoft.graph.group"},
		"read-only":             {`{"displayName":"x","appId":"11111111-1111-4111-8111-111111111111"}`, "Request_BadRequest", "'appId' is read-only"},
		"audience":              {`{"displayName":"x","signInAudience":"Everybody"}`, "Request_BadRequest", "signInAudience"},
		"token version":         {`{"displayName":"x","api":{"requestedAccessTokenVersion":3}}`, "Request_BadRequest", "api.requestedAccessTokenVersion is invalid"},
		"persons need version2": {`{"displayName":"x","signInAudience":"AzureADandPersonalMicrosoftAccount","api":{"requestedAccessTokenVersion":1}}`, "Request_BadRequest", "requestedAccessTokenVersion"},
		"unverified domain":     {`{"displayName":"x","identifierUris":["https://elsewhere.example/x"]}`, "HostNameNotOnVerifiedDomain", "verified domain"},
		"identifier twice":      {`{"displayName":"x","identifierUris":["api://a","api://a"]}`, "Request_BadRequest", "identifierUris"},
		"identifier relative":   {`{"displayName":"x","identifierUris":["a"]}`, "Request_BadRequest", "identifierUris"},
		"resource access type":  {`{"displayName":"x","requiredResourceAccess":[{"resourceAppId":"11111111-1111-4111-8111-111111111111","resourceAccess":[{"id":"11111111-1111-4111-8111-111111111111","type":"Both"}]}]}`, "Request_BadRequest", "requiredResourceAccess"},
		"id is no GUID":         {`{"displayName":"x","requiredResourceAccess":[{"resourceAppId":"a","resourceAccess":[]}]}`, "Request_BadRequest", "resourceAppId"},
		"scope twice":           {`{"displayName":"x","api":{"oauth2PermissionScopes":[` + scope + `,` + scope + `]}}`, "Request_BadRequest", "oauth2PermissionScopes"},
		"role without members":  {`{"displayName":"x","appRoles":[{"id":"11111111-1111-4111-8111-111111111111","value":"r","displayName":"r"}]}`, "Request_BadRequest", "appRoles"},
		"role with a space":     {`{"displayName":"x","appRoles":[` + strings.Replace(role, `"r"`, `"r r"`, 1) + `]}`, "Request_BadRequest", "appRoles"},
		"role twice":            {`{"displayName":"x","appRoles":[` + role + `,` + role + `]}`, "Request_BadRequest", "appRoles"},
		"role for robots":       {`{"displayName":"x","appRoles":[` + strings.Replace(role, "Application", "Robot", 1) + `]}`, "Request_BadRequest", "appRoles"},
		"scope of no type":      {`{"displayName":"x","api":{"oauth2PermissionScopes":[` + strings.Replace(scope, "User", "Both", 1) + `]}}`, "Request_BadRequest", "oauth2PermissionScopes"},
		"scope without texts":   {`{"displayName":"x","api":{"oauth2PermissionScopes":[` + strings.Replace(scope, `"b"`, `""`, 1) + `]}}`, "Request_BadRequest", "oauth2PermissionScopes"},
		"number in a list":      {`{"displayName":"x","tags":[1]}`, "Request_BadRequest", "tags"},
		"text too long":         {`{"displayName":"` + strings.Repeat("x", 257) + `"}`, "Request_BadRequest", "displayName"},
		"too many entries":      {`{"displayName":"x","tags":["` + strings.Repeat(`t","`, 1300) + `t"]}`, "Directory_QuotaExceeded", "1200"},
		"no JSON":               {`{"displayName":`, "BadRequest", "Unable to read JSON request payload"},
		"two objects":           {`{"displayName":"x"}{}`, "BadRequest", "Unable to read JSON request payload"},
		"an array":              {`[]`, "BadRequest", "Unable to read JSON request payload"},
		"optional claims":       {`{"displayName":"x","optionalClaims":{"accessToken":[]}}`, "NotImplemented", "optionalClaims"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			status := 400
			switch row.code {
			case "Directory_QuotaExceeded":
				status = 403
			case "NotImplemented":
				status = 501
			}
			w.send(w.admin(), "POST", "/v1.0/applications", row.body).refused(t, status, row.code, row.message)
			if got := w.ok(200, "GET", "/v1.0/applications", ""); len(got.values()) != 0 {
				t.Errorf("a refused application was made: %s", got.raw)
			}
		})
	}
}

func TestRedirectURIs(t *testing.T) {
	long := "https://a.example/" + strings.Repeat("x", 256)
	for name, row := range map[string]struct {
		platform, uri string
		audience      string
		want          int
	}{
		"https":                            {"web", "https://a.example/cb", "", 201},
		"http":                             {"web", "http://a.example/cb", "", 400},
		"http localhost":                   {"web", "http://localhost:8400/cb", "", 201},
		"http 127.0.0.1 through Graph":     {"publicClient", "http://127.0.0.1", "", 201},
		"http ::1":                         {"publicClient", "http://[::1]:80", "", 400},
		"own scheme for the public client": {"publicClient", "msal5a4db0c5://auth", "", 201},
		"own scheme on the web":            {"web", "msal5a4db0c5://auth", "", 400},
		"urn":                              {"publicClient", "urn:ietf:wg:oauth:2.0:oob", "", 201},
		"urn for a page":                   {"spa", "urn:ietf:wg:oauth:2.0:oob", "", 400},
		"script":                           {"publicClient", "javascript:alert", "", 400},
		"relative":                         {"web", "/cb", "", 400},
		"fragment":                         {"web", "https://a.example/#x", "", 400},
		"forbidden character":              {"web", "https://a.example/a;b", "", 400},
		"dollar":                           {"spa", "https://a.example/$", "", 400},
		"too long":                         {"web", long, "", 400},
		"wildcard":                         {"web", "https://*.a.example/cb", "", 201},
		"wildcard with persons":            {"web", "https://*.a.example/cb", "AzureADandPersonalMicrosoftAccount", 400},
		"query":                            {"web", "https://a.example/?a=b", "", 201},
		"query with persons":               {"web", "https://a.example/?a=b", "AzureADandPersonalMicrosoftAccount", 400},
		"Postman":                          {"publicClient", "https://www.getpostman.com/oauth2/callback", "", 201},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			body := `{"displayName":"x","` + row.platform + `":{"redirectUris":["` + row.uri + `"]}`
			if row.audience != "" {
				body += `,"signInAudience":"` + row.audience + `"`
			}
			r := w.send(w.admin(), "POST", "/v1.0/applications", body+"}")
			if r.status != row.want {
				t.Fatalf("want %d, got %d %s", row.want, r.status, r.raw)
			}
			if row.want == 400 {
				r.refused(t, 400, "Request_BadRequest", "'"+row.platform+"'")
			}
		})
	}
	w := newWorld(t)
	w.send(w.admin(), "POST", "/v1.0/applications", `{"displayName":"x","web":{"redirectUris":["https://a.example"]},
		"spa":{"redirectUris":["https://a.example"]}}`).refused(t, 400, "Request_BadRequest", "'spa'")
}

func TestEnabledScopeStays(t *testing.T) {
	w := newWorld(t)
	const scope = `{"id":"11111111-1111-4111-8111-111111111111","value":"read","type":"User","adminConsentDisplayName":"a",` +
		`"adminConsentDescription":"b","isEnabled":`
	made := w.ok(201, "POST", "/v1.0/applications", `{"displayName":"x","api":{"oauth2PermissionScopes":[`+scope+`true}]}}`)
	path := "/v1.0/applications/" + made.text("id")
	w.send(w.admin(), "PATCH", path, `{"api":{"oauth2PermissionScopes":[]}}`).
		refused(t, 400, "CannotDeleteOrUpdateEnabledEntitlement", "unless disabled first")
	const role = `{"appRoles":[{"id":"22222222-1111-4111-8111-111111111111","value":"r","displayName":"d","allowedMemberTypes":["User"],"isEnabled":`
	w.ok(204, "PATCH", path, role+`true}]}`)
	w.send(w.admin(), "PATCH", path, `{"appRoles":[]}`).refused(t, 400, "CannotDeleteOrUpdateEnabledEntitlement", "unless disabled first")
	w.ok(204, "PATCH", path, role+`false}]}`)
	w.ok(204, "PATCH", path, `{"appRoles":[]}`)
	w.ok(204, "PATCH", path, `{"api":{"oauth2PermissionScopes":[`+scope+`false}]}}`)
	w.ok(204, "PATCH", path, `{"api":{"oauth2PermissionScopes":[]}}`)
}

// TestBodies sends what the SDKs send: gzipped, and in chunks.
func TestBodies(t *testing.T) {
	w := newWorld(t)
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, _ = io.WriteString(z, `{"displayName":"zipped"}`)
	_ = z.Close()
	send := func(body io.Reader, encoding, contentType string) reply {
		request, err := http.NewRequest("POST", w.server.URL+"/v1.0/applications", body)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+w.admin())
		request.Header.Set("Content-Type", contentType)
		if encoding != "" {
			request.Header.Set("Content-Encoding", encoding)
		}
		return w.do(request)
	}
	if r := send(&zipped, "gzip", "application/json"); r.status != 201 || r.text("displayName") != "zipped" {
		t.Errorf("gzip: %d %s", r.status, r.raw)
	}
	chunks := io.MultiReader(strings.NewReader(`{"displayName":`), strings.NewReader(`"chunked"}`)) // no length is known
	if r := send(chunks, "", "application/json; charset=utf-8"); r.status != 201 {
		t.Errorf("chunked: %d %s", r.status, r.raw)
	}
	send(strings.NewReader("x"), "br", "application/json").refused(t, 415, "BadRequest", "br")
	send(strings.NewReader("x"), "gzip", "application/json").refused(t, 400, "BadRequest", "Unable to read JSON")
	send(strings.NewReader(`{"displayName":"x"}`), "", "text/plain").refused(t, 400, "BadRequest", "JSON Content-Type")
	send(strings.NewReader(strings.Repeat(" ", 2<<20)), "", "application/json").refused(t, 413, "BadRequest", "too large")
}

func TestHeaders(t *testing.T) {
	w := newWorld(t)
	r := w.ok(200, "GET", "/v1.0/applications", "", "client-request-id", "mine")
	if r.header.Get("client-request-id") != "mine" || r.header.Get("request-id") == "" {
		t.Errorf("want both ids, got %v", r.header)
	}
	bad := w.send(w.admin(), "GET", "/v1.0/applications/nonsense", "")
	bad.refused(t, 400, "Request_BadRequest", "Invalid object identifier 'nonsense'.")
	if bad.header.Get("request-id") == "" {
		t.Error("an error has a request-id too")
	}
}

func TestNotThere(t *testing.T) {
	w := newWorld(t)
	for path, row := range map[string]struct {
		method, code string
		status       int
	}{
		"/v1.0/devices":                       {"GET", "NotImplemented", 501},
		"/v1.0/applications/delta":            {"GET", "NotImplemented", 501},
		"/v1.0/applications?$search=\"a\"":    {"GET", "NotImplemented", 501},
		"/v1.0/applications?$expand=owners":   {"GET", "NotImplemented", 501},
		"/v1.0/$batch":                        {"POST", "NotImplemented", 501},
		"/beta/applications":                  {"GET", "NotImplemented", 501},
		"/v2.0/applications":                  {"GET", "BadRequest", 400},
		"/v1.0/applications":                  {"DELETE", "BadRequest", 405},
		"/v1.0/applications(a='b":             {"GET", "BadRequest", 400},
		"/v1.0/applications(foo='b')":         {"GET", "BadRequest", 400},
		"/v1.0/applications(appId=b)":         {"GET", "BadRequest", 400},
		"/v1.0/applications//addPassword":     {"POST", "BadRequest", 400},
		"/v1.0/applications?$top=5&$top=6":    {"GET", "BadRequest", 400},
		"/v1.0/applications?$unknown=1":       {"GET", "BadRequest", 400},
		"/v1.0/applications?$skip=1":          {"GET", "Request_BadRequest", 400},
		"/v1.0/applications?$skiptoken=%25":   {"GET", "Request_BadRequest", 400},
		"/v1.0/applications?$orderby=notes":   {"GET", "Request_UnsupportedQuery", 400},
		"/v1.0/applications?$select=nonsense": {"GET", "BadRequest", 400},
		"/v1.0/applications?$count=perhaps":   {"GET", "BadRequest", 400},
	} {
		w.send(w.admin(), row.method, path, "").refused(t, row.status, row.code, "")
	}
}
