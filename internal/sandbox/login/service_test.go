package login_test

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hdstest/internal/entra"
	"hdstest/internal/sandbox/directory"
	"hdstest/internal/sandbox/keys"
	"hdstest/internal/sandbox/scenario"
)

func TestMetadata(t *testing.T) {
	f := start(t)
	rows := []struct{ path, issuer, token, keys string }{
		{"/" + tenantID + "/v2.0", "/" + tenantID + "/v2.0", "/" + tenantID + "/oauth2/v2.0/token", "/" + tenantID + "/discovery/v2.0/keys"},
		{"/" + domain + "/v2.0", "/" + tenantID + "/v2.0", "/" + tenantID + "/oauth2/v2.0/token", "/" + tenantID + "/discovery/v2.0/keys"},
		{"/" + tenantID, "/" + tenantID + "/", "/" + tenantID + "/oauth2/token", "/" + tenantID + "/discovery/keys"},
		{"/common/v2.0", "/{tenantid}/v2.0", "/common/oauth2/v2.0/token", "/common/discovery/v2.0/keys"},
		{"/organizations/v2.0", "/{tenantid}/v2.0", "/organizations/oauth2/v2.0/token", "/organizations/discovery/v2.0/keys"},
		{"/consumers/v2.0", "/" + entra.ConsumersTenant + "/v2.0", "/consumers/oauth2/v2.0/token", "/consumers/discovery/v2.0/keys"},
		{"/adfs", "/" + tenantID + "/v2.0", "/" + tenantID + "/oauth2/v2.0/token", "/" + tenantID + "/discovery/v2.0/keys"},
	}
	for _, row := range rows {
		t.Run(row.path, func(t *testing.T) {
			a := f.send(t, "GET", row.path+"/.well-known/openid-configuration?", "") // MSAL Go sends an empty query
			got := []string{a.text("issuer"), a.text("token_endpoint"), a.text("jwks_uri")}
			if diff := cmp.Diff([]string{f.url + row.issuer, f.url + row.token, f.url + row.keys}, got); diff != "" {
				t.Error(diff)
			}
			for _, name := range []string{"authorization_endpoint", "device_authorization_endpoint", "end_session_endpoint", "userinfo_endpoint"} {
				if a.text(name) == "" {
					t.Errorf("%s is missing", name)
				}
			}
			if a.header.Get("Access-Control-Allow-Origin") != "*" || a.header.Get("Strict-Transport-Security") != "" {
				t.Errorf("headers %v", a.header)
			}
			set := f.send(t, "GET", strings.Replace(a.text("jwks_uri"), f.url, "", 1), "")
			checkKeySet(t, set, strings.Contains(row.keys, "v2.0"))
		})
	}
	if a := f.send(t, "GET", "/common/v2.0/.well-known/openid-configuration?appid=x%20y", ""); a.text("jwks_uri") != f.url+"/common/discovery/v2.0/keys?appid=x+y" {
		t.Errorf("jwks_uri %s does not carry the app id", a.text("jwks_uri"))
	}
}

func checkKeySet(t *testing.T, a answer, issuers bool) {
	t.Helper()
	var set struct{ Keys []keys.JWK }
	if err := json.Unmarshal(a.body, &set); err != nil || len(set.Keys) != 1 {
		t.Fatalf("%v, %d keys, want 1", err, len(set.Keys))
	}
	if k := set.Keys[0]; k.KeyID != k.X5T || len(k.X5C) != 1 || (k.Issuer != "") != issuers {
		t.Errorf("key %+v", k)
	}
}

func TestInstanceDiscovery(t *testing.T) {
	f := start(t)
	a := f.send(t, "GET", "/common/discovery/instance?api-version=1.1&authorization_endpoint="+url.QueryEscape(f.url+"/"+tenantID+"/oauth2/v2.0/authorize"), "")
	if a.text("tenant_discovery_endpoint") != f.url+"/"+tenantID+"/v2.0/.well-known/openid-configuration" || a.json["metadata"] == nil {
		t.Errorf("%d %s", a.status, a.body)
	}
}

func TestWhatIsNotThere(t *testing.T) {
	f := start(t)
	_ = f.directory.Update(func(s *directory.State) error {
		s.ApplicationByAppID(publicApp).Web.ImplicitGrantSettings.EnableIDTokenIssuance = true
		return nil
	})
	rows := []struct{ method, path, body string }{
		{"POST", tokenV2, "grant_type=password&client_id=x&username=a&password=b"},
		{"POST", tokenV2, form("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion", "x")},
		{"GET", "/" + tenantID + "/kerberos", ""},
		{"GET", "/" + tenantID + "/saml2", ""},
		{"GET", "/common/userrealm/ada@contoso.invalid?api-version=1.0", ""},
		{"GET", publicAuthorize("response_type", "id_token"), ""},
	}
	for _, row := range rows {
		if a := f.send(t, row.method, row.path, row.body); a.status != 501 || !strings.Contains(a.text("error_description"), "hdstest sandbox") {
			t.Errorf("%s %s: %d %s", row.method, row.path, a.status, a.body)
		}
	}
	for path, want := range map[string]int{"/": 404, "/" + tenantID + "/oauth2/v3.0/token": 404, "/adfs/oauth2/token": 404, "/outside/other": 404} {
		if a := f.send(t, "GET", path, ""); a.status != want {
			t.Errorf("%s: status %d, want %d", path, a.status, want)
		}
	}
	for _, method := range []string{"PUT", "DELETE", "PATCH"} {
		if a := f.send(t, method, tokenV2, ""); a.status != 405 || a.header.Get("Allow") == "" {
			t.Errorf("%s: status %d, Allow %q", method, a.status, a.header.Get("Allow"))
		}
	}
}

func TestScenariosOfTokens(t *testing.T) {
	rows := []struct {
		sw    scenario.Switch
		check func(t *testing.T, c map[string]any)
	}{
		{scenario.WrongAudience, func(t *testing.T, c map[string]any) {
			if c["aud"] != "https://azurehealthcareapis.com" {
				t.Errorf("aud %v", c["aud"])
			}
		}},
		{scenario.ClockAhead, func(t *testing.T, c map[string]any) {
			nbf, _ := c["nbf"].(float64)
			if d := time.Until(time.Unix(int64(nbf), 0)); d < 19*time.Minute || d > 21*time.Minute {
				t.Errorf("valid in %v, want 20 minutes", d)
			}
		}},
		{scenario.TokenExpired, func(t *testing.T, c map[string]any) {
			exp, _ := c["exp"].(float64)
			if d := time.Since(time.Unix(int64(exp), 0)); d < 19*time.Minute || d > 21*time.Minute {
				t.Errorf("ended %v ago, want 20 minutes", d)
			}
		}},
	}
	for _, row := range rows {
		t.Run(string(row.sw), func(t *testing.T) {
			f := start(t)
			f.on(t, row.sw)
			a := f.post(t, secretly()...)
			if a.status != 200 || a.json["expires_in"] != 3599.0 {
				t.Fatalf("status %d, body %s", a.status, a.body)
			}
			row.check(t, f.claims(t, a.text("access_token")))
		})
	}
	t.Run("dicom scope renamed", func(t *testing.T) {
		f := start(t)
		f.on(t, scenario.DICOMImpersonation)
		code := f.browser(t).open(publicRequest("scope", dicom+"/user_impersonation")).signIn().answer().Get("code")
		a := f.post(t, redemption(code, "scope", "")...)
		if c := f.claims(t, a.text("access_token")); c["scp"] != "user_impersonation" {
			t.Errorf("scp %v", c["scp"])
		}
	})
	t.Run("strict port spares localhost", func(t *testing.T) {
		f := start(t)
		f.on(t, scenario.StrictLoopbackPort)
		if f.browser(t).open(publicRequest()).signIn().answer().Get("code") == "" {
			t.Error("no code")
		}
	})
}

// TestKeyRotation checks that tokens are signed with the newest key at once.
func TestKeyRotation(t *testing.T) {
	f := start(t)
	f.keys.Rotate(must(t, foreign))
	a := f.post(t, secretly()...)
	header, _, _ := strings.Cut(a.text("access_token"), ".")
	data, _ := base64.RawURLEncoding.DecodeString(header)
	if !strings.Contains(string(data), must(t, foreign).ID) {
		t.Errorf("header %s", data)
	}
}

// TestReplicationDelay checks that what is not visible yet is not found.
func TestReplicationDelay(t *testing.T) {
	f := start(t)
	_ = f.directory.Update(func(s *directory.State) error {
		s.ApplicationByAppID(confidentialApp).VisibleFrom = f.now().Add(time.Minute)
		s.PrincipalByAppID(confidentialApp).VisibleFrom = f.now().Add(time.Minute)
		return nil
	})
	if a := f.post(t, secretly()...); a.code() != 700016 {
		t.Errorf("before: %s", a.body)
	}
	f.move(2 * time.Minute)
	if a := f.post(t, secretly()...); a.status != 200 {
		t.Errorf("after: %s", a.body)
	}
}

// TestSecretsAreForgotten sends secrets in every place and looks for them in
// what comes back, raw and in the usual encodings.
func TestSecretsAreForgotten(t *testing.T) {
	f := start(t)
	const canary = "Qz8Q~canary/of+a=real.looking-secret_42"
	b64 := base64.StdEncoding.EncodeToString([]byte(confidentialApp + ":" + canary))
	b := f.browser(t).open(publicAuthorize()).submit("username", upn, "password", canary, "action", "signin")
	answers := []answer{
		f.post(t, secretly("client_secret", canary)...),
		f.post(t, secretly("client_assertion", canary, "client_secret", "")...),
		f.post(t, secretly("client_secret", canary, "client_assertion", "x")...),
		f.post(t, "grant_type", "password", "client_id", publicApp, "username", upn, "password", canary),
		f.post(t, redemption(canary, "client_secret", canary, "code_verifier", canary)...),
		f.post(t, "grant_type", "refresh_token", "client_id", publicApp, "refresh_token", canary),
		f.send(t, "POST", tokenV2, form("grant_type", "client_credentials", "scope", dicom+"/.default"), "Authorization", "Basic "+b64),
		{body: []byte(b.page), header: b.header},
	}
	for i, a := range answers {
		text := string(a.body)
		for name, values := range a.header {
			text += name + strings.Join(values, "")
		}
		for _, form := range []string{canary, url.QueryEscape(canary), b64, base64.StdEncoding.EncodeToString([]byte(canary))} {
			if strings.Contains(text, form) {
				t.Errorf("answer %d shows the secret: %s", i, text)
			}
		}
	}
}

func TestPagesLoadNothing(t *testing.T) {
	f := start(t)
	b := f.browser(t)
	b.open(publicAuthorize("scope", "User.Read", "login_hint", `"><script>alert(1)</script>`))
	var pages, policies []string
	keep := func() {
		t.Helper()
		pages, policies = append(pages, b.page), append(policies, b.header.Get("Content-Security-Policy"))
		if b.header.Get("X-Frame-Options") != "DENY" || b.header.Get("Referrer-Policy") != "no-referrer" || b.header.Get("Cache-Control") != "no-store, no-cache" {
			t.Errorf("headers %v", b.header)
		}
	}
	keep()
	b.signIn()
	keep()
	b.open("/devicelogin")
	keep()
	b.open(publicAuthorize("redirect_uri", "javascript:alert(1)"))
	keep()
	for i, page := range pages {
		if found := regexp.MustCompile(`(?i)(src|href|url\()\s*=?\s*["']?\s*(https?:)?//`).FindString(page); found != "" {
			t.Errorf("page %d loads something: %s", i, found)
		}
		if !strings.Contains(page, "not Microsoft") || strings.Contains(page, "<script>") {
			t.Errorf("page %d does not say what it is, or has a script:\n%s", i, page)
		}
		for _, want := range []string{"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} {
			if !strings.Contains(policies[i], want) {
				t.Errorf("page %d: policy %q lacks %q", i, policies[i], want)
			}
		}
	}
	if !strings.Contains(policies[0], "form-action 'self' "+redirect+";") {
		t.Errorf("policy %q does not let the form be led to the app", policies[0])
	}
	b = f.browser(t).open(publicRequest("response_mode", "form_post")).signIn()
	if policy := b.header.Get("Content-Security-Policy"); !strings.Contains(policy, "script-src 'nonce-") || !strings.Contains(b.page, `action="`+redirect+`"`) {
		t.Errorf("policy %q, page:\n%s", policy, b.page)
	}
}

// TestNoWayPastTheSignInPage tries to get on without a password.
func TestNoWayPastTheSignInPage(t *testing.T) {
	f := start(t)
	b := f.browser(t).open(publicAuthorize())
	_, values := b.fields()
	flow := values.Get("flow")
	for path, body := range map[string]string{
		"/" + tenantID + "/consent": form("flow", flow, "consent", "accept"),
		"/" + tenantID + "/login":   form("flow", "guess", "username", upn, "password", password),
	} {
		if a := f.send(t, "POST", path, body); a.status != 400 || a.code() != 9002313 || a.header.Get("Set-Cookie") != "" {
			t.Errorf("%s: %d %v", path, a.status, a.header)
		}
	}
	for _, pass := range []string{"", "wrong", password + " "} {
		if a := f.send(t, "POST", "/"+tenantID+"/login", form("flow", flow, "username", upn, "password", pass)); a.code() != 50126 || a.header.Get("Location") != "" {
			t.Errorf("password %q: %d %v", pass, a.status, a.header)
		}
	}
	if got := f.browser(t).open(publicAuthorize("state", "s")).submit("action", "cancel").answer(); got.Get("error") != "access_denied" || got.Get("error_subcode") != "cancel" || got.Get("state") != "s" {
		t.Errorf("cancelled: %v", got)
	}
	done := f.browser(t).open(publicAuthorize())
	page := done.page
	done.signIn()
	done.page = page
	if done.signIn(); !strings.Contains(done.page, "AADSTS9002313") {
		t.Error("a page was sent twice, and both gave a code")
	}
	f.move(16 * time.Minute)
	if b.signIn(); !strings.Contains(b.page, "AADSTS9002313") {
		t.Errorf("a page that lay too long:\n%s", b.page)
	}
}

func TestUserInfoAndLogout(t *testing.T) {
	f := start(t)
	code := f.browser(t).open(authorizeURL("client_id", publicApp, "redirect_uri", redirect, "scope", "openid profile")).signIn().answer().Get("code")
	a := f.post(t, "grant_type", "authorization_code", "client_id", publicApp, "code", code, "redirect_uri", redirect)
	raw := a.text("access_token")
	info := f.send(t, "GET", "/"+tenantID+"/openid/userinfo", "", "Authorization", "Bearer "+raw)
	if info.status != 200 || info.text("name") != "Ada Lovelace" || info.text("sub") != f.claims(t, raw)["sub"] {
		t.Errorf("userinfo: %d %s", info.status, info.body)
	}
	app := f.post(t, secretly("scope", "https://graph.microsoft.com/.default")...)
	for _, authorization := range []string{"", "Bearer x", "Bearer " + app.text("access_token")} {
		if got := f.send(t, "GET", "/"+tenantID+"/openid/userinfo", "", "Authorization", authorization); got.status != 401 || got.header.Get("WWW-Authenticate") == "" {
			t.Errorf("userinfo with %.20q: %d", authorization, got.status)
		}
	}
	for address, want := range map[string]string{webURI: webURI + "?state=9", "https://evil.invalid/": ""} {
		got := f.send(t, "GET", "/common/oauth2/v2.0/logout?"+form("post_logout_redirect_uri", address, "state", "9"), "")
		if got.header.Get("Location") != want {
			t.Errorf("logout to %s leads to %q, want %q", address, got.header.Get("Location"), want)
		}
	}
}

// TestIssuersAreAskedOnThisMachineOnly lists addresses that must not be asked.
func TestIssuersAreAskedOnThisMachineOnly(t *testing.T) {
	f := start(t)
	for _, issuer := range []string{"https://token.actions.githubusercontent.com", "http://localhost:1", "https://localhost@example.invalid",
		"https://10.0.0.1", "https://[fe80::1]", "file:///etc/passwd", "://", "https://localhost.example.invalid"} {
		f.trust(issuer)
		f.asked = nil
		if a := f.post(t, assertionForm(f.federated(t, issuer))...); a.code() != 90061 || len(f.asked) > 0 {
			t.Errorf("%s: %s; asked %v", issuer, a.body, f.asked)
		}
	}
}

// TestComment checks that the package comment names every file of the service.
func TestComment(t *testing.T) {
	doc, err := os.ReadFile("login.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"metadata.go", "authorize.go", "token.go", "device.go", "adminconsent.go", "more.go"} {
		if !strings.Contains(string(doc), name) {
			t.Errorf("the package comment does not speak of %s", name)
		}
	}
	if !slices.Contains(strings.Fields(string(doc)), "unverified") && !strings.Contains(string(doc), "unverified") {
		t.Error("the package comment does not say what is unverified")
	}
}
