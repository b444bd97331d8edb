package login_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"hdstest/internal/entra"
	"hdstest/internal/sandbox/directory"
)

// claims reads a token after its signature is verified with the published keys.
func (f *fixture) claims(t testing.TB, raw string) jwt.MapClaims {
	t.Helper()
	claims := jwt.MapClaims{}
	_, err := jwt.NewParser(jwt.WithoutClaimsValidation(), jwt.WithValidMethods([]string{"RS256"})).ParseWithClaims(raw, claims,
		func(token *jwt.Token) (any, error) {
			kid, _ := token.Header["kid"].(string)
			key, _ := f.keys.Public(kid)
			return key, nil
		})
	if err != nil {
		t.Fatalf("token %q: %v", raw, err)
	}
	return claims
}

const (
	verifier = "a-code-verifier-of-at-least-forty-three-characters"
	redirect = localhost + ":51234"
)

func challenge() string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// publicRequest is a sign-in of the public app with PKCE.
func publicRequest(more ...string) string {
	return authorizeURL(append([]string{"client_id", publicApp, "redirect_uri", redirect, "scope", dicom + "/.default openid profile offline_access",
		"state", "s 1", "nonce", "n1", "code_challenge", challenge(), "code_challenge_method", "S256"}, more...)...)
}

func redemption(code string, more ...string) []string {
	return append([]string{"grant_type", "authorization_code", "client_id", publicApp, "code", code, "redirect_uri", redirect,
		"code_verifier", verifier, "scope", dicom + "/.default openid profile offline_access", "client_info", "1"}, more...)
}

func TestClientCredentialsByEitherVersion(t *testing.T) {
	f := start(t)
	t.Run("v2.0, secret in the form", func(t *testing.T) {
		a := f.post(t, "grant_type", "client_credentials", "client_id", confidentialApp, "client_secret", secret,
			"scope", dicom+"/.default openid offline_access profile")
		if a.status != 200 || a.text("token_type") != "Bearer" || a.json["expires_in"] != 3599.0 || a.json["scope"] != nil || a.json["refresh_token"] != nil {
			t.Fatalf("status %d, body %s", a.status, a.body)
		}
		c := f.claims(t, a.text("access_token"))
		want := map[string]any{"aud": dicom, "iss": f.url + "/" + tenantID + "/", "appid": confidentialApp, "appidacr": "1",
			"oid": "sp-" + confidentialApp, "sub": "sp-" + confidentialApp, "tid": tenantID, "ver": "1.0", "idtyp": "app",
			"idp": f.url + "/" + tenantID + "/"}
		for name, value := range want {
			if c[name] != value {
				t.Errorf("%s is %v, want %v", name, c[name], value)
			}
		}
		if c["scp"] != nil || c["roles"] != nil {
			t.Errorf("scp %v, roles %v; an app without roles has neither", c["scp"], c["roles"])
		}
	})
	t.Run("v1.0, Basic, strings for numbers", func(t *testing.T) {
		a := f.send(t, "POST", tokenV1, form("grant_type", "Client_Credentials", "resource", fhirURL), "Authorization",
			"Basic "+base64.StdEncoding.EncodeToString([]byte(confidentialApp+":"+url.QueryEscape(secret))))
		if a.status != 200 || a.text("expires_in") != "3599" || a.text("resource") != fhirURL || a.text("expires_on") == "" || a.text("not_before") == "" {
			t.Fatalf("status %d, body %s", a.status, a.body)
		}
		if c := f.claims(t, a.text("access_token")); c["aud"] != fhirURL {
			t.Errorf("aud is %v", c["aud"])
		}
	})
	t.Run("a final slash of the resource is kept", func(t *testing.T) {
		a := f.post(t, "grant_type", "client_credentials", "client_id", confidentialApp, "client_secret", secret, "scope", fhirURL+"//.default")
		if c := f.claims(t, a.text("access_token")); c["aud"] != fhirURL+"/" {
			t.Errorf("aud is %v, want a final slash", c["aud"])
		}
	})
	t.Run("the resource decides the version", func(t *testing.T) {
		f.assign(t, "sp-"+confidentialApp, "sp-"+apiApp, "r1")
		a := f.post(t, "grant_type", "client_credentials", "client_id", confidentialApp, "client_secret", secret, "scope", "api://strict/.default")
		c := f.claims(t, a.text("access_token"))
		if c["aud"] != apiApp || c["ver"] != "2.0" || c["azp"] != confidentialApp || c["azpacr"] != "1" || c["appid"] != nil ||
			c["iss"] != f.url+"/"+tenantID+"/v2.0" {
			t.Errorf("claims %v", c)
		}
		if roles, _ := c["roles"].([]any); len(roles) != 1 || roles[0] != "Task.Run" {
			t.Errorf("roles %v", c["roles"])
		}
		if a := f.post(t, secretly("client_id", emptyApp, "scope", "api://strict/.default")...); a.code() != 501051 {
			t.Errorf("an app that holds no role got %s", a.body)
		}
	})
}

func (f *fixture) assign(t testing.TB, principal, api, role string) {
	t.Helper()
	_ = f.directory.Update(func(s *directory.State) error {
		s.AppRoleAssignments[principal+role] = &directory.AppRoleAssignment{ID: principal + role, AppRoleID: role, PrincipalID: principal, ResourceID: api}
		return nil
	})
}

func TestAuthorizationCodeAndRefresh(t *testing.T) {
	f := start(t)
	for _, mode := range []string{"", "query", "fragment", "form_post"} {
		t.Run("response_mode "+mode, func(t *testing.T) {
			b := f.browser(t).open(publicRequest("response_mode", mode, "login_hint", "<ada>")).signIn()
			if mode == "form_post" {
				b.submit()
			}
			got := b.answer()
			if got.Get("state") != "s 1" || got.Get("code") == "" || got.Get("session_state") == "" {
				t.Fatalf("answer %v", got)
			}
			if where := b.left.Scheme + "://" + b.left.Host + b.left.Path; where != redirect+"/" && mode != "form_post" {
				t.Errorf("led to %s, want %s/", where, redirect)
			}
			a := f.post(t, redemption(got.Get("code"))...)
			checkUserAnswer(t, f, a)
		})
	}
	code := f.browser(t).open(publicRequest()).signIn().answer().Get("code")
	first := f.post(t, redemption(code)...)
	second := f.post(t, "grant_type", "refresh_token", "client_id", publicApp, "refresh_token", first.text("refresh_token"), "scope", fhirURL+"/.default")
	if c := f.claims(t, second.text("access_token")); c["aud"] != fhirURL || c["scp"] != "user_impersonation" {
		t.Errorf("after a refresh for FHIR: %v", c)
	}
	if second.text("refresh_token") == "" || second.text("refresh_token") == first.text("refresh_token") {
		t.Error("want a new refresh token each time")
	}
}

func checkUserAnswer(t *testing.T, f *fixture, a answer) {
	t.Helper()
	if a.status != 200 || a.text("scope") != dicom+"/Dicom.ReadWrite "+dicom+"/.default openid profile" || a.text("refresh_token") == "" {
		t.Fatalf("status %d, body %s", a.status, a.body)
	}
	c := f.claims(t, a.text("access_token"))
	for name, value := range map[string]any{"aud": dicom, "scp": "Dicom.ReadWrite", "oid": "user-1", "upn": upn, "unique_name": upn,
		"appid": publicApp, "appidacr": "0", "name": "Ada Lovelace", "given_name": "Ada", "family_name": "Lovelace", "acr": "1", "ver": "1.0"} {
		if c[name] != value {
			t.Errorf("%s is %v, want %v", name, c[name], value)
		}
	}
	if c["idtyp"] != nil || c["sub"] == "user-1" {
		t.Errorf("idtyp %v, sub %v; a person's sub is pairwise", c["idtyp"], c["sub"])
	}
	id := f.claims(t, a.text("id_token"))
	if id["nonce"] != "n1" || id["aud"] != publicApp || id["preferred_username"] != upn || id["iss"] != f.url+"/"+tenantID+"/v2.0" || id["sub"] != c["sub"] {
		t.Errorf("id token %v", id)
	}
	var info map[string]string
	data, _ := base64.RawURLEncoding.DecodeString(a.text("client_info"))
	if err := json.Unmarshal(data, &info); err != nil || info["uid"] != "user-1" || info["utid"] != tenantID {
		t.Errorf("client_info %s", data)
	}
}

func TestWebAppRedeemsWithSecret(t *testing.T) {
	f := start(t)
	code := f.browser(t).open(authorizeURL("client_id", confidentialApp, "redirect_uri", webURI, "scope", "openid "+dicom+"/Dicom.ReadWrite")).
		signIn().answer().Get("code")
	a := f.post(t, "grant_type", "authorization_code", "client_id", confidentialApp, "client_secret", secret, "code", code, "redirect_uri", webURI)
	if a.status != 200 || a.json["refresh_token"] != nil {
		t.Fatalf("status %d, body %s; no offline_access, no refresh token", a.status, a.body)
	}
	if c := f.claims(t, a.text("access_token")); c["appidacr"] != "1" || c["scp"] != "Dicom.ReadWrite" {
		t.Errorf("claims %v", c)
	}
}

func TestSinglePageAppRedeemsAcrossOrigins(t *testing.T) {
	f := start(t)
	code := f.browser(t).open(authorizeURL("client_id", spaApp, "redirect_uri", redirect, "scope", dicom+"/Dicom.ReadWrite",
		"code_challenge", verifier)).signIn().answer().Get("code") // no method: plain
	a := f.send(t, "POST", tokenV2, form("grant_type", "authorization_code", "client_id", spaApp, "code", code, "redirect_uri", redirect,
		"code_verifier", verifier), "Origin", redirect)
	if a.status != 200 || a.header.Get("Access-Control-Allow-Origin") == "" {
		t.Fatalf("status %d, headers %v, body %s", a.status, a.header, a.body)
	}
	if p := f.send(t, "OPTIONS", tokenV2, "", "Origin", redirect, "Access-Control-Request-Headers", "x-a"); p.status != 200 ||
		p.header.Get("Access-Control-Allow-Headers") != "x-a" || !strings.Contains(p.header.Get("Access-Control-Allow-Methods"), "POST") {
		t.Errorf("preflight: %d, %v", p.status, p.header)
	}
}

func TestV1CodeFlow(t *testing.T) {
	f := start(t)
	code := f.browser(t).open("/" + domain + "/oauth2/authorize?" + form("client_id", publicApp, "response_type", "code", "redirect_uri", redirect,
		"resource", dicom, "scope", "openid")).signIn().answer().Get("code")
	a := f.send(t, "POST", tokenV1, form("grant_type", "authorization_code", "client_id", publicApp, "code", code, "redirect_uri", redirect, "resource", dicom))
	if a.status != 200 || a.text("scope") != "Dicom.ReadWrite" || a.text("resource") != dicom || a.text("refresh_token") == "" {
		t.Fatalf("status %d, body %s", a.status, a.body)
	}
	if id := f.claims(t, a.text("id_token")); id["ver"] != "1.0" || id["upn"] != upn {
		t.Errorf("id token %v", id)
	}
}

func TestSessionAndPrompts(t *testing.T) {
	f := start(t)
	b := f.browser(t).open(publicRequest()).signIn()
	if b.answer().Get("code") == "" {
		t.Fatal("no code")
	}
	again := func(more ...string) *browser { b.left, b.posted = nil, nil; return b.open(publicRequest(more...)) }
	if again("prompt", "none").answer().Get("code") == "" {
		t.Error("prompt=none: want a code for somebody who is signed in")
	}
	for _, prompt := range []string{"login", "select_account", "consent"} {
		if again("prompt", prompt); b.left != nil || b.status != 200 {
			t.Errorf("prompt=%s: want a page, got status %d and %v", prompt, b.status, b.left)
		}
	}
	b.open("/common/oauth2/v2.0/logout")
	if got := again("prompt", "none").answer(); got.Get("error") != "login_required" {
		t.Errorf("after logout: %v", got)
	}
}

func TestConsentPage(t *testing.T) {
	f := start(t)
	request := authorizeURL("client_id", publicApp, "redirect_uri", redirect, "scope", "openid User.Read", "state", "x")
	b := f.browser(t).open(request).signIn()
	if b.left != nil || !strings.Contains(b.page, "Microsoft Graph: User.Read") {
		t.Fatalf("want the consent page, got status %d:\n%s", b.status, b.page)
	}
	if got := b.submit("consent", "cancel").answer(); got.Get("error") != "access_denied" || got.Get("state") != "x" || !strings.Contains(got.Get("error_description"), "AADSTS65004") {
		t.Errorf("declined: %v", got)
	}
	silent := f.browser(t).open(request).signIn()
	silent.left = nil
	if got := silent.open(request + "&prompt=none").answer(); got.Get("error") != "interaction_required" || !strings.Contains(got.Get("error_description"), "AADSTS65001") {
		t.Errorf("prompt=none: %v", got)
	}
	code := f.browser(t).open(request).signIn().submit("consent", "accept").answer().Get("code")
	a := f.post(t, "grant_type", "authorization_code", "client_id", publicApp, "code", code, "redirect_uri", redirect)
	if c := f.claims(t, a.text("access_token")); c["scp"] != "User.Read openid" {
		t.Errorf("scp %v", c["scp"])
	}
	if f.browser(t).open(request).signIn().answer().Get("code") == "" {
		t.Error("consent is not remembered")
	}
	if b := f.browser(t).open(request).signInAs("admin@contoso.invalid"); b.left != nil {
		t.Error("one person's consent counts for another")
	}
	other := authorizeURL("client_id", spaApp, "redirect_uri", redirect, "scope", "User.Read", "code_challenge", challenge())
	if b := f.browser(t).open(other).signIn(); b.left != nil {
		t.Error("consent to one app counts for another")
	}
}

func TestAdminConsent(t *testing.T) {
	f := start(t)
	_ = f.directory.Update(func(s *directory.State) error {
		app := s.ApplicationByAppID(assignedApp)
		app.RequiredResourceAccess = []directory.RequiredResourceAccess{{ResourceAppID: apiApp, ResourceAccess: []directory.ResourceAccess{
			{ID: "s1", Type: "Scope"}, {ID: "r1", Type: "Role"}}}}
		s.PrincipalByAppID(assignedApp).AppRoleAssignmentRequired = false
		return nil
	})
	address := "/" + tenantID + "/adminconsent?" + form("client_id", assignedApp, "redirect_uri", redirect, "state", "12")
	if got := f.browser(t).open(address).signInAs("admin@contoso.invalid").submit("consent", "cancel").answer(); got.Get("error") != "permission_denied" {
		t.Errorf("declined: %v", got)
	}
	got := f.browser(t).open(address).signInAs("admin@contoso.invalid").submit("consent", "accept").answer()
	if got.Get("admin_consent") != "True" || got.Get("tenant") != tenantID || got.Get("state") != "12" {
		t.Errorf("accepted: %v", got)
	}
	f.directory.View(func(s *directory.State) {
		if len(s.AppRoleAssignments) != 1 {
			t.Errorf("%d app role assignments, want 1", len(s.AppRoleAssignments))
		}
		for _, g := range s.PermissionGrants {
			if g.ClientID == "sp-"+assignedApp && (g.ConsentType != "AllPrincipals" || g.Scope != "Read") {
				t.Errorf("grant %+v", g)
			}
		}
	})
	if b := f.browser(t).open(address).signIn(); !strings.Contains(b.page, "AADSTS90094") {
		t.Errorf("a person who is no administrator got:\n%s", b.page)
	}
}

func TestDeviceCode(t *testing.T) {
	f := start(t)
	a := f.send(t, "POST", "/"+tenantID+"/oauth2/v2.0/devicecode", form("client_id", publicApp, "scope", dicom+"/.default openid offline_access"))
	if a.status != 200 || a.json["expires_in"] != 900.0 || a.json["interval"] != 5.0 || a.json["verification_uri_complete"] != nil {
		t.Fatalf("status %d, body %s", a.status, a.body)
	}
	for _, name := range []string{"device_code", "urn:ietf:params:oauth:grant-type:device_code"} {
		if p := f.poll(t, name, a.text("device_code")); p.status != 400 || p.text("error") != "authorization_pending" || p.code() != 70016 {
			t.Errorf("%s: %d %s", name, p.status, p.body)
		}
	}
	b := f.browser(t).open(a.text("verification_uri")).submit("user_code", strings.ToLower(a.text("user_code")))
	b.signIn()
	if !strings.Contains(b.page, "Are you trying to sign in to Public?") {
		t.Fatalf("no question which app:\n%s", b.page)
	}
	if b.submit("consent", "accept"); !strings.Contains(b.page, "You have signed in") {
		t.Fatalf("end page:\n%s", b.page)
	}
	got := f.poll(t, "device_code", a.text("device_code"))
	if got.status != 200 || got.text("refresh_token") == "" || got.text("id_token") == "" {
		t.Fatalf("status %d, body %s", got.status, got.body)
	}
	if other := f.post(t, "grant_type", "device_code", "client_id", manyApp, "device_code", a.text("device_code")); other.code() != 70018 {
		t.Errorf("another app got %s", other.body)
	}
	if again := f.poll(t, "device_code", a.text("device_code")); again.text("error") != "invalid_grant" {
		t.Errorf("a second token for one code: %s", again.body)
	}
	v1 := f.send(t, "POST", "/"+tenantID+"/oauth2/devicecode", form("client_id", publicApp, "resource", dicom))
	if v1.text("verification_url") == "" || v1.text("expires_in") != "900" {
		t.Errorf("v1.0: %s", v1.body)
	}
}

// TestDeviceIsApprovedOnce opens the same user code in two browsers.
func TestDeviceIsApprovedOnce(t *testing.T) {
	f := start(t)
	a := f.send(t, "POST", "/"+tenantID+"/oauth2/v2.0/devicecode", form("client_id", publicApp, "scope", dicom+"/.default"))
	ask := func() *browser {
		return f.browser(t).open("/devicelogin").submit("user_code", a.text("user_code")).signIn()
	}
	first, second := ask(), ask()
	first.submit("consent", "cancel")
	if second.submit("consent", "accept"); !strings.Contains(second.page, "AADSTS90120") {
		t.Errorf("approved after it was declined:\n%s", second.page)
	}
}

func (f *fixture) poll(t testing.TB, grant, code string) answer {
	t.Helper()
	return f.post(t, "grant_type", grant, "client_id", publicApp, "device_code", code)
}

func TestAzureCLIIsThere(t *testing.T) {
	f := start(t)
	b := f.browser(t).open("/organizations/oauth2/v2.0/authorize?" + form("client_id", entra.AzureCLIAppID, "response_type", "code",
		"redirect_uri", redirect, "scope", "https://graph.microsoft.com/.default openid offline_access")).signIn()
	a := f.send(t, "POST", "/organizations/oauth2/v2.0/token", form("grant_type", "authorization_code", "client_id", entra.AzureCLIAppID,
		"code", b.answer().Get("code"), "redirect_uri", redirect))
	if a.status != http.StatusOK || a.text("foci") != "1" {
		t.Fatalf("status %d, body %s", a.status, a.body)
	}
}

func TestTimesOfTokens(t *testing.T) {
	f := start(t)
	a := f.post(t, "grant_type", "client_credentials", "client_id", confidentialApp, "client_secret", secret, "scope", dicom+"/.default",
		"claims", `{"access_token":{"xms_cc":{"values":["CP1"]}}}`)
	c := f.claims(t, a.text("access_token"))
	expires, _ := c.GetExpirationTime()
	issued, _ := c.GetIssuedAt()
	if d := expires.Sub(issued.Time); d != 65*time.Minute {
		t.Errorf("exp - iat = %v, want 65m", d)
	}
	if c["xms_cc"] == nil {
		t.Error("the client's capability is not acknowledged")
	}
}
