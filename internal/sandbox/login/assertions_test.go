package login_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"hdstest/internal/sandbox/directory"
	"hdstest/internal/sandbox/keys"
	"hdstest/internal/sandbox/login/outside"
	"hdstest/internal/sandbox/scenario"
)

// assertionSpec is a client assertion to be made; change alters it.
type assertionSpec struct {
	method jwt.SigningMethod
	header map[string]any
	claims jwt.MapClaims
	key    crypto.PrivateKey
}

func (f *fixture) assertion(t testing.TB, change func(*assertionSpec)) string {
	t.Helper()
	key := must(t, certified)
	sum := sha1.Sum(key.Certificate.Raw)
	now := f.now()
	spec := assertionSpec{method: jwt.SigningMethodRS256, key: key.Private,
		header: map[string]any{"x5t": base64.RawURLEncoding.EncodeToString(sum[:])},
		claims: jwt.MapClaims{"iss": confidentialApp, "sub": confidentialApp, "aud": f.url + tokenV2, "jti": "j1",
			"nbf": now.Unix(), "exp": now.Add(10 * time.Minute).Unix()}}
	if change != nil {
		change(&spec)
	}
	token := jwt.NewWithClaims(spec.method, spec.claims)
	for name, value := range spec.header {
		token.Header[name] = value
	}
	raw, err := token.SignedString(spec.key)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func assertionForm(assertion string, more ...string) []string {
	return append([]string{"grant_type", "client_credentials", "client_id", confidentialApp, "scope", dicom + "/.default",
		"client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", "client_assertion", assertion}, more...)
}

// TestAssertionsOfClients sends what clients that others wrote really send.
// Source: recordings of MSAL Go 1.10.1, MSAL Node 7.2.1, MSAL Python 1.32.3.
func TestAssertionsOfClients(t *testing.T) {
	f := start(t)
	der := must(t, certified).Certificate.Raw
	sum1, sum256 := sha1.Sum(der), sha256.Sum256(der)
	rows := map[string]func(*assertionSpec){
		"RS256, x5t":                          nil,
		"x5t with padding (MSAL Python)":      header("x5t", base64.URLEncoding.EncodeToString(sum1[:])),
		"x5t#S256 standard base64 (MSAL Go)":  header("x5t#S256", base64.StdEncoding.EncodeToString(sum256[:])),
		"x5t#S256 without padding (MSAL Node": header("x5t#S256", base64.RawURLEncoding.EncodeToString(sum256[:])),
		"PS256":                               func(s *assertionSpec) { s.method = jwt.SigningMethodPS256 },
		"RS384":                               func(s *assertionSpec) { s.method = jwt.SigningMethodRS384 },
		"x5c with line breaks (Azure CLI)": func(s *assertionSpec) {
			s.header["x5c"] = []string{strings.ReplaceAll(base64.StdEncoding.EncodeToString(der), "A", "A\n")}
		},
		"fractional times, no nbf": func(s *assertionSpec) {
			delete(s.claims, "nbf")
			s.claims["iat"], s.claims["exp"] = float64(f.now().Unix())+.25, float64(f.now().Unix())+600.75
		},
		"no jti":              func(s *assertionSpec) { delete(s.claims, "jti") },
		"audience v1.0":       claim("aud", f.url+tokenV1),
		"audience by domain":  claim("aud", f.url+"/"+tenantID+"/oauth2/v2.0/token"),
		"audience issuer":     claim("aud", f.url+"/"+tenantID+"/v2.0"),
		"several audiences":   claim("aud", []string{"x", f.url + tokenV2}),
		"clock off by 4 min":  claim("nbf", f.now().Add(4*time.Minute).Unix()),
		"client id uppercase": func(s *assertionSpec) { s.claims["iss"] = strings.ToUpper(confidentialApp) },
	}
	for name, change := range rows {
		t.Run(name, func(t *testing.T) {
			a := f.post(t, assertionForm(f.assertion(t, change))...)
			if a.status != 200 {
				t.Fatalf("status %d, body %s", a.status, a.body)
			}
			if c := f.claims(t, a.text("access_token")); c["appidacr"] != "2" {
				t.Errorf("appidacr is %v, want 2", c["appidacr"])
			}
		})
	}
	t.Run("without client_id", func(t *testing.T) {
		if a := f.post(t, assertionForm(f.assertion(t, nil), "client_id", "")...); a.status != 200 {
			t.Errorf("status %d, body %s", a.status, a.body)
		}
	})
	t.Run("twice", func(t *testing.T) {
		raw := f.assertion(t, claim("jti", "again"))
		f.post(t, assertionForm(raw)...)
		if a := f.post(t, assertionForm(raw)...); a.status != 200 {
			t.Errorf("a replay is accepted unless the scenario is on; got %s", a.body)
		}
	})
}

func header(name, value string) func(*assertionSpec) {
	return func(s *assertionSpec) { s.header = map[string]any{name: value} }
}

func claim(name string, value any) func(*assertionSpec) {
	return func(s *assertionSpec) { s.claims[name] = value }
}

// TestAssertionRefusals has a row for each way in which a certificate assertion
// can be wrong, the order of the checks included.
func TestAssertionRefusals(t *testing.T) {
	f := start(t)
	other := must(t, foreign)
	otherSum := sha1.Sum(other.Certificate.Raw)
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]struct {
		code   int
		change func(*assertionSpec)
	}{
		"unknown certificate":               {700027, header("x5t", base64.RawURLEncoding.EncodeToString(otherSum[:]))},
		"signed by another key":             {700027, func(s *assertionSpec) { s.key = other.Private }},
		"no thumbprint":                     {50027, func(s *assertionSpec) { s.header = map[string]any{"kid": "k"} }},
		"thumbprint no base64":              {50027, header("x5t", "%%")},
		"elliptic curve":                    {5002738, func(s *assertionSpec) { s.method, s.key = jwt.SigningMethodES256, curve }},
		"shared secret":                     {5002738, func(s *assertionSpec) { s.method, s.key = jwt.SigningMethodHS256, []byte("x") }},
		"none":                              {5002738, func(s *assertionSpec) { s.method, s.key = jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType }},
		"expired":                           {700024, claim("exp", f.now().Add(-6*time.Minute).Unix())},
		"not valid yet":                     {700024, claim("nbf", f.now().Add(6*time.Minute).Unix())},
		"no exp":                            {50027, func(s *assertionSpec) { delete(s.claims, "exp") }},
		"exp is text":                       {50027, claim("exp", "soon")},
		"sub differs from iss":              {50048, claim("sub", publicApp)},
		"no iss":                            {50048, func(s *assertionSpec) { delete(s.claims, "iss") }},
		"another app":                       {700021, func(s *assertionSpec) { s.claims["iss"], s.claims["sub"] = publicApp, publicApp }},
		"audience of another tenant":        {700023, claim("aud", f.url+"/"+orphanApp+"/oauth2/v2.0/token")},
		"audience of the real service":      {700023, claim("aud", "https://login.microsoftonline.com"+tokenV2)},
		"no audience":                       {700023, func(s *assertionSpec) { delete(s.claims, "aud") }},
		"key before times before audience":  {700027, func(s *assertionSpec) { s.key, s.claims["exp"], s.claims["aud"] = other.Private, 1, "x" }},
		"times before subject and audience": {700024, func(s *assertionSpec) { s.claims["exp"], s.claims["sub"], s.claims["aud"] = 1, "x", "x" }},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			a := f.post(t, assertionForm(f.assertion(t, row.change))...)
			if a.code() != row.code {
				t.Errorf("code %d, want %d: %s", a.code(), row.code, a.body)
			}
		})
	}
	for _, raw := range []string{"x", "a.b.c", "....", "eyJhbGciOiJSUzI1NiJ9.e30", strings.Repeat("A", 5000)} {
		if a := f.post(t, assertionForm(raw)...); a.code() != 50027 || a.status != 400 {
			t.Errorf("%.20q: %d %s", raw, a.status, a.body)
		}
	}
	t.Run("certificate past its end", func(t *testing.T) {
		f.move(400 * 24 * time.Hour)
		if a := f.post(t, assertionForm(f.assertion(t, nil))...); a.code() != 700027 || !strings.Contains(a.text("error_description"), "expired") {
			t.Errorf("got %s", a.body)
		}
	})
}

func TestFederatedCredentials(t *testing.T) {
	f := start(t)
	token := func(subject, audience string) string {
		raw, err := f.issuer.Token(subject, audience, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	exchange := func(raw string) answer { return f.post(t, assertionForm(raw)...) }
	if a := exchange(token(subject, federation)); a.status != 200 || f.claims(t, a.text("access_token"))["appidacr"] != "2" {
		t.Fatalf("status %d, body %s", a.status, a.body)
	}
	stranger := *f.issuer
	stranger.Keys = keys.NewRing(must(t, certified))
	forged, _ := stranger.Token(subject, federation, time.Hour)
	old, _ := f.issuer.Token(subject, federation, -time.Hour)
	rows := map[string]struct {
		code int
		raw  string
	}{
		"issuer with a final slash": {700211, f.federated(t, f.url+"/outside/")},
		"subject":                   {700213, token("repo:contoso/app:pull_request", federation)},
		"subject in another case":   {7002138, token(strings.ToUpper(subject), federation)},
		"audience":                  {700212, token(subject, "https://github.com/contoso")},
		"issuer does not answer":    {90061, f.federated(t, "https://127.0.0.1:1")},
		"signed by another key":     {700027, forged},
		"expired":                   {700024, old},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			if a := exchange(row.raw); a.code() != row.code {
				t.Errorf("code %d, want %d: %s", a.code(), row.code, a.body)
			}
		})
	}
	t.Run("the document names another issuer", func(t *testing.T) {
		f.trust(f.url + "/common/v2.0")
		if a := exchange(f.federated(t, f.url+"/common/v2.0")); a.code() != 90061 {
			t.Errorf("got %s", a.body)
		}
	})
	t.Run("the document is elsewhere", func(t *testing.T) {
		if a := exchange(f.federated(t, f.redirecting(t))); a.code() != 90061 {
			t.Errorf("got %s", a.body)
		}
	})
	f.trust(f.url + "/outside")
	t.Run("PS256", func(t *testing.T) {
		raw := f.assertion(t, func(s *assertionSpec) {
			s.method, s.key, s.header = jwt.SigningMethodPS256, must(t, foreign).Private, map[string]any{"kid": must(t, foreign).ID}
			s.claims["iss"], s.claims["sub"], s.claims["aud"] = f.url+"/outside", subject, federation
		})
		if a := exchange(raw); a.code() != 5002738 {
			t.Errorf("got %s", a.body)
		}
	})
	t.Run("key rotation in between", func(t *testing.T) {
		f.issuer.Keys.Rotate(must(t, certified))
		if a := exchange(token(subject, federation)); a.status != 200 {
			t.Errorf("status %d, body %s", a.status, a.body)
		}
	})
}

// trust gives the app's first federated credential another issuer.
func (f *fixture) trust(issuer string) {
	_ = f.directory.Update(func(s *directory.State) error {
		s.ApplicationByAppID(confidentialApp).Federated[0].Issuer = issuer
		return nil
	})
}

// redirecting is a trusted issuer whose discovery document is behind a redirect.
func (f *fixture) redirecting(t *testing.T) string {
	t.Helper()
	var s *httptest.Server
	s = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/document" {
			_, _ = w.Write([]byte(`{"issuer":"` + s.URL + `","jwks_uri":"` + f.url + `/outside/keys"}`))
			return
		}
		http.Redirect(w, r, "/document", http.StatusFound)
	}))
	t.Cleanup(s.Close)
	f.trust(s.URL)
	return s.URL
}

// federated makes a token that names another issuer.
func (f *fixture) federated(t testing.TB, issuer string) string {
	t.Helper()
	other := *f.issuer
	other.URL = issuer
	raw, err := other.Token(subject, federation, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// TestGitHubsTokenRequest: the job's own token is asked for, and the subject is
// that of repository and ref.
func TestGitHubsTokenRequest(t *testing.T) {
	f := start(t)
	address := f.issuer.GitHubURL(outside.GitHubJob{Repository: "contoso/app", Ref: "refs/heads/main"}) + "&audience=" + federation
	if a := f.send(t, "GET", address, ""); a.status != 401 {
		t.Errorf("without the request token: status %d", a.status)
	}
	a := f.send(t, "GET", address, "", "Authorization", "bearer request-token")
	if got := f.post(t, assertionForm(a.text("value"))...); got.status != 200 {
		t.Errorf("status %d, body %s", got.status, got.body)
	}
	a = f.send(t, "GET", strings.Replace(address, "heads/main", "heads/topic", 1), "", "Authorization", "bearer request-token")
	if got := f.post(t, assertionForm(a.text("value"))...); got.code() != 700213 || !strings.Contains(string(got.body), "repo:contoso/app:ref:refs/heads/topic") {
		t.Errorf("another branch: status %d, body %s", got.status, got.body)
	}
	for _, path := range []string{"/github/idtoken", "/github/contoso/app/main/idtoken", "/github//app/refs/heads/main/idtoken"} {
		if a := f.send(t, "GET", f.issuer.URL+path, "", "Authorization", "bearer request-token"); a.status != 404 {
			t.Errorf("%s: status %d", path, a.status)
		}
	}
}

// TestPipelinesTokenRequest: a job asks by POST, with a version and a service
// connection that is there.
func TestPipelinesTokenRequest(t *testing.T) {
	f := start(t)
	address := f.issuer.PipelinesURL()
	for name, row := range map[string]struct {
		method, query, token, redirect string
		want                           int
	}{
		"good":               {"POST", "?api-version=7.1&serviceConnectionId=connection-1", "request-token", "Suppress", 200},
		"GET":                {"GET", "?api-version=7.1&serviceConnectionId=connection-1", "request-token", "Suppress", 405},
		"no version":         {"POST", "?serviceConnectionId=connection-1", "request-token", "Suppress", 400},
		"another connection": {"POST", "?api-version=7.1&serviceConnectionId=connection-2", "request-token", "Suppress", 404},
		"wrong token":        {"POST", "?api-version=7.1&serviceConnectionId=connection-1", "other", "Suppress", 401},
		"to the sign-in":     {"POST", "?api-version=7.1&serviceConnectionId=connection-1", "other", "", 302},
	} {
		header := []string{"Authorization", "Bearer " + row.token}
		if row.redirect != "" {
			header = append(header, "X-TFS-FedAuthRedirect", row.redirect)
		}
		a := f.send(t, row.method, address+row.query, "", header...)
		if a.status != row.want || (a.text("oidcToken") != "") != (row.want == 200) {
			t.Errorf("%s: status %d, want %d: %s", name, a.status, row.want, a.body)
		}
		if row.want == 200 { // the app trusts another subject: the token is good, and that is told
			if got := f.post(t, assertionForm(a.text("oidcToken"))...); got.code() != 700213 || !strings.Contains(string(got.body), "sc://hdstest/sandbox/azure") {
				t.Errorf("status %d, body %s", got.status, got.body)
			}
		}
	}
}

func TestReplayScenario(t *testing.T) {
	f := start(t)
	f.on(t, scenario.AssertionReplay)
	raw := f.assertion(t, nil)
	if a := f.post(t, assertionForm(raw)...); a.status != 200 {
		t.Fatalf("the first time: %s", a.body)
	}
	if a := f.post(t, assertionForm(raw)...); a.code() != 50013 {
		t.Errorf("the second time: %s", a.body)
	}
}
