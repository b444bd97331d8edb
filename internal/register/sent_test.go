package register_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	"hdstest/internal/register"
)

// sent is a request as it went over the wire.
type sent struct {
	method, target string // target: path and query, decoded
	header         http.Header
	body           string // JSON without white space, keys in order; ids that the server made are ID
}

// recorder writes down what is sent, and hands it on.
type recorder struct {
	next http.RoundTripper
	mu   sync.Mutex
	log  []sent
}

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	one := sent{method: req.Method, header: req.Header.Clone(), target: req.URL.Path}
	if q, err := url.QueryUnescape(req.URL.RawQuery); err == nil && q != "" {
		one.target += "?" + q
	}
	if req.Body != nil {
		data, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		req.Body = io.NopCloser(bytes.NewReader(data))
		one.body = canonical(data)
	}
	one.target = generated.ReplaceAllString(one.target, "ID")
	r.mu.Lock()
	r.log = append(r.log, one)
	r.mu.Unlock()
	return r.next.RoundTrip(req)
}

func canonical(data []byte) string {
	var v any
	if len(data) == 0 || json.Unmarshal(data, &v) != nil {
		return string(data)
	}
	out, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return generated.ReplaceAllString(string(out), "ID")
}

// row is a request to Microsoft Graph as its documents have it.
type row struct {
	method, target, body string
	source               string // page below learn.microsoft.com/graph/api/
}

// Placeholders of the table: what is selected of applications and service
// principals, and an app that somebody else made.
const (
	appFields = "?$select=id,appId,displayName,uniqueName,signInAudience,isFallbackPublicClient,tags,web,publicClient,spa," +
		"requiredResourceAccess,passwordCredentials,keyCredentials,api"
	spFields = "?$select=id,appId,displayName,accountEnabled,appOwnerOrganizationId,oauth2PermissionScopes"
	theirs   = "f0f0f0f0-0000-4000-8000-00000000000"
	needs    = `"requiredResourceAccess":[{"resourceAccess":[{"id":"` + dicomID + `","type":"Scope"}],"resourceAppId":"` + dicomApp + `"}]`
	ourKey   = `{"displayName":"CN=hdstest","endDateTime":"2026-12-31T00:00:00Z","key":"CERT","keyId":"KEY",` +
		`"startDateTime":"2026-01-01T00:00:00Z","type":"AsymmetricX509Cert","usage":"Verify"}`
	theirKey = `{"customKeyIdentifier":"BAUG","displayName":"CN=theirs","endDateTime":"2027-01-01T00:00:00Z","key":null,` +
		`"keyId":"` + theirs + `5","startDateTime":"2026-01-01T00:00:00Z","type":"AsymmetricX509Cert","usage":"Verify"}`
	ofApp   = `"@odata.type":"#microsoft.graph.application"`
	trusted = `{"audiences":["api://AzureADTokenExchange"],"issuer":"https://token.actions.githubusercontent.com","name":"github-main",` +
		`"subject":"repo:o/r:ref:refs/heads/main"}`
	newPassword = `{"passwordCredential":{"displayName":"hdstest","endDateTime":"2026-09-29T10:00:00Z","startDateTime":"2026-07-01T10:00:00Z"}}`
)

// newAppRows: an app is made and taken back, from the recycle bin as well.
func newAppRows() []row {
	return []row{
		{"GET", "/v1.0/applications(uniqueName='hdstest-lab')" + appFields, "", "application-get"},
		{"GET", "/v1.0/applications?$filter=displayName eq 'lab'&$select=id,appId,displayName,uniqueName,tags", "", "application-list"},
		{"GET", "/v1.0/servicePrincipals(appId='" + dicomApp + "')" + spFields, "", "serviceprincipal-get"},
		{"PATCH", "/v1.0/applications(uniqueName='hdstest-lab')", `{` + ofApp + `,"displayName":"lab","isFallbackPublicClient":false,` +
			`"keyCredentials":[` + ourKey + `],"publicClient":{"redirectUris":["http://localhost"]},` + needs + `,"signInAudience":"AzureADMyOrg",` +
			`"tags":["hdstest"],"web":{"redirectUris":["https://www.getpostman.com/oauth2/callback"]}}`, "application-upsert"},
		{"POST", "/v1.0/servicePrincipals", `{"@odata.type":"#microsoft.graph.servicePrincipal","appId":"ID"}`, "serviceprincipal-post-serviceprincipals"},
		{"GET", "/v1.0/applications/ID" + appFields, "", "application-get"},
		{"GET", "/v1.0/servicePrincipals/ID" + spFields, "", "serviceprincipal-get"},
		{"POST", "/v1.0/applications/ID/federatedIdentityCredentials", trusted, "application-post-federatedidentitycredentials"},
		{"POST", "/v1.0/oauth2PermissionGrants", `{"clientId":"ID","consentType":"AllPrincipals","resourceId":"` + dicomSP + `","scope":"Dicom.ReadWrite"}`,
			"oauth2permissiongrant-post"},
		{"POST", "/v1.0/applications/ID/addPassword", newPassword, "application-addpassword"},
		{"GET", "/v1.0/oauth2PermissionGrants?$filter=clientId eq 'ID'", "", "oauth2permissiongrant-list"},
		{"DELETE", "/v1.0/oauth2PermissionGrants/grant-ID", "", "oauth2permissiongrant-delete"},
		{"DELETE", "/v1.0/servicePrincipals/ID", "", "serviceprincipal-delete"},
		{"DELETE", "/v1.0/applications/ID", "", "application-delete"},
		{"DELETE", "/v1.0/directory/deletedItems/ID", "", "directory-deleteditems-delete"},
		{"DELETE", "/v1.0/directory/deletedItems/ID", "", "directory-deleteditems-delete"},
	}
}

// theirAppRows: somebody else's app is changed and put back as it was.
func theirAppRows() []row {
	read := row{"GET", "/v1.0/applications/" + theirs + "1" + appFields, "", "application-get"}
	back := func(change string) row {
		return row{"PATCH", "/v1.0/applications/" + theirs + "1", `{` + ofApp + `,` + change + `}`, "application-update"}
	}
	graphRead := `{"resourceAccess":[{"id":"e1fe6dd8-ba31-4d61-89e7-88639da4683d","type":"Scope"}],"resourceAppId":"00000003-0000-0000-c000-000000000000"}`
	return []row{
		{"GET", "/v1.0/applications(appId='" + foreignApp + "')" + appFields, "", "application-get"},
		{"GET", "/v1.0/servicePrincipals(appId='" + dicomApp + "')" + spFields, "", "serviceprincipal-get"},
		{"GET", "/v1.0/servicePrincipals(appId='" + foreignApp + "')" + spFields, "", "serviceprincipal-get"},
		{"GET", "/v1.0/applications/" + theirs + "1/federatedIdentityCredentials", "", "application-list-federatedidentitycredentials"},
		{"GET", "/v1.0/oauth2PermissionGrants?$filter=clientId eq '" + theirs + "3'", "", "oauth2permissiongrant-list"},
		back(`"keyCredentials":[` + theirKey + `,` + ourKey + `],"publicClient":{"redirectUris":["http://localhost"]},` +
			`"requiredResourceAccess":[` + graphRead + `,` + strings.TrimPrefix(needs, `"requiredResourceAccess":[`) + `,` +
			`"spa":{"redirectUris":[]},"web":{"redirectUris":["https://theirs.example/cb","https://www.getpostman.com/oauth2/callback"]}`),
		{"POST", "/v1.0/applications/" + theirs + "1/federatedIdentityCredentials", trusted, "application-post-federatedidentitycredentials"},
		{"PATCH", "/v1.0/oauth2PermissionGrants/theirs", `{"scope":"other.scope Dicom.ReadWrite"}`, "oauth2permissiongrant-update"},
		{"POST", "/v1.0/applications/" + theirs + "1/addPassword", newPassword, "application-addpassword"},
		read, // and back again, the last first
		{"POST", "/v1.0/applications/" + theirs + "1/removePassword", `{"keyId":"ID"}`, "application-removepassword"},
		{"GET", "/v1.0/oauth2PermissionGrants?$filter=clientId eq '" + theirs + "3'", "", "oauth2permissiongrant-list"},
		{"PATCH", "/v1.0/oauth2PermissionGrants/theirs", `{"scope":"other.scope"}`, "oauth2permissiongrant-update"},
		{"GET", "/v1.0/applications/" + theirs + "1/federatedIdentityCredentials", "", "application-list-federatedidentitycredentials"},
		{"DELETE", "/v1.0/applications/" + theirs + "1/federatedIdentityCredentials/ID", "", "federatedidentitycredential-delete"},
		read, back(`"web":{"redirectUris":["https://theirs.example/cb"]}`),
		read, back(`"publicClient":{"redirectUris":[]}`),
		read, back(`"spa":{"redirectUris":["http://localhost"]}`),
		read, back(`"requiredResourceAccess":[` + graphRead + `]`),
		read, back(`"keyCredentials":[` + theirKey + `]`),
	}
}

// TestWire: each request to Graph is that of its document: verb, address, body
// and headers. Reads that are repeated for readiness count once.
func TestWire(t *testing.T) {
	for name, job := range map[string]struct {
		appID func(*cloud) string
		want  []row
	}{
		"a new app":           {nil, newAppRows()},
		"somebody else's app": {(*cloud).addForeign, theirAppRows()},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCloud(t)
			r := &recorder{}
			clients := c.clients(func(rt http.RoundTripper) http.RoundTripper { r.next = rt; return r })
			s := spec(t)
			if job.appID != nil {
				s.Name, s.AppID = "", job.appID(c)
			}
			s.Secret.Start, s.Secret.End = c.now, c.now.Add(90*register.Day)
			var ledger []register.Made
			if _, _, err := registers(clients, s, &ledger); err != nil {
				t.Fatal(err)
			}
			if _, err := register.Remove(t.Context(), clients, register.Removal{Ledger: ledger, Purge: true}, register.Progress{}); err != nil {
				t.Fatal(err)
			}
			got := once(r.log)
			for i := range max(len(got), len(job.want)) {
				if i >= len(got) || i >= len(job.want) {
					t.Fatalf("%d requests, want %d; request %d: %+v", len(got), len(job.want), i+1, append(got, sent{})[min(i, len(got))])
				}
				checkSent(t, i+1, got[i], job.want[i])
			}
		})
	}
}

// once leaves out requests of Azure Resource Manager, and reads that were sent
// before since the last change.
func once(log []sent) (out []sent) {
	since := map[string]bool{}
	for _, one := range log {
		if !strings.HasPrefix(one.target, "/v1.0/") || one.method == http.MethodGet && since[one.target] {
			continue
		}
		since[one.target] = true
		if one.method != http.MethodGet {
			since = map[string]bool{}
		}
		out = append(out, one)
	}
	return out
}

var (
	certText = regexp.MustCompile(`"key":"[^"]{100,}"`)
	keyText  = regexp.MustCompile(`"keyId":"[0-9a-f-]{14}5[0-9a-f-]{21}","startDateTime":"2026-01-01T00:00:00Z","type":"AsymmetricX509Cert","usage":"Verify"}`)
)

func checkSent(t *testing.T, n int, got sent, want row) {
	t.Helper()
	body := certText.ReplaceAllString(got.body, `"key":"CERT"`)
	if got.method != want.method || got.target != want.target {
		t.Errorf("request %d: %s %s, want %s %s (%s)", n, got.method, got.target, want.method, want.target, want.source)
	}
	if body = keyText.ReplaceAllStringFunc(body, func(k string) string { return `"keyId":"KEY"` + k[len(`"keyId":"`)+37:] }); body != want.body {
		t.Errorf("request %d, %s %s (%s): body\n%s\nwant\n%s", n, want.method, want.target, want.source, body, want.body)
	}
	headers := map[string]string{"Accept": "application/json", "Content-Type": "", "Prefer": "", "ConsistencyLevel": "", "Content-Encoding": ""}
	if want.body != "" {
		headers["Content-Type"] = "application/json"
	}
	if want.source == "application-upsert" {
		headers["Prefer"] = "create-if-missing"
	}
	for name, value := range headers {
		if got.header.Get(name) != value {
			t.Errorf("request %d, %s %s (%s): header %s is %q, want %q", n, want.method, want.target, want.source, name, got.header.Get(name), value)
		}
	}
	if !strings.HasPrefix(got.header.Get("Authorization"), "Bearer h.") {
		t.Errorf("request %d: no token of Graph's", n)
	}
}
