package acquire_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"hdstest/internal/acquire"
	"hdstest/internal/problem"
	"hdstest/internal/secret"
	"hdstest/internal/transport"
)

func withSecret() acquire.Credential { return acquire.Credential{Secret: secret.New(canary)} }

func TestClientCredentialsWithSecret(t *testing.T) {
	a := newAuthority(t)
	got, b, err := acquire.ClientCredentials(t.Context(), a.settings(withSecret()), scope)
	if err != nil {
		t.Fatal(err)
	}
	form := a.form(0)
	if form.Get("client_secret") != canary || form.Get("grant_type") != "client_credentials" || !strings.HasPrefix(form.Get("scope"), scope+" ") {
		t.Errorf("sent %v", form)
	}
	if got.Token.Reveal() != token || got.TokenType != "Bearer" || time.Until(got.ExpiresOn) < 50*time.Minute || got.HasRefreshToken {
		t.Errorf("result %+v", got)
	}
	r := b.TokenRequest
	if r.URL != a.uri()+"/oauth2/v2.0/token" || r.Scope != scope || !*r.HasClientSecret || *r.HasClientAssertion || r.ClientSecretShape == "" {
		t.Errorf("token request %+v", r)
	}
	if b.TokenEndpoint.Status != 200 || b.Clock == nil || b.Config.TenantID != tenant || b.Config.Authority != a.uri() {
		t.Errorf("evidence %+v", b)
	}
	noSecret(t, texts(t, nil, b, a.trace.String()))
}

func TestClientCredentialsWithCertificate(t *testing.T) {
	a := newAuthority(t)
	key, leaf := selfSigned(t, "leaf")
	cred := acquire.Credential{Certificate: &acquire.Certificate{Leaf: leaf, Key: key, SendChain: true}}
	_, b, err := acquire.ClientCredentials(t.Context(), a.settings(cred), scope)
	if err != nil {
		t.Fatal(err)
	}
	assertion, err := jwt.Parse(a.form(0).Get("client_assertion"), func(*jwt.Token) (any, error) { return &key.PublicKey, nil },
		jwt.WithValidMethods([]string{"PS256"}), jwt.WithIssuer(clientID), jwt.WithSubject(clientID), jwt.WithAudience(a.uri()+"/oauth2/v2.0/token"))
	if err != nil || assertion.Header["x5c"] == nil {
		t.Fatalf("assertion %v: %v", assertion, err)
	}
	r := b.TokenRequest
	hex, _ := r.ClientAssertionHeader["x5t_hex"].(string)
	if r.ClientAssertionHeader["alg"] != "PS256" || len(hex) != 40 || r.ClientAssertionClaims["iss"] != clientID || *r.HasClientSecret || !*r.HasClientAssertion {
		t.Errorf("token request %+v", r)
	}
	if text := texts(t, nil, b, a.trace.String()); strings.Contains(text["evidence"]+text["trace"], a.form(0).Get("client_assertion")) {
		t.Error("the assertion is in the evidence or the trace")
	}
}

func TestExpiredCertificateIsNotSent(t *testing.T) {
	a := newAuthority(t)
	key, leaf := selfSigned(t, "leaf")
	s := a.settings(acquire.Credential{Certificate: &acquire.Certificate{Leaf: leaf, Key: key}})
	s.Now = func() time.Time { return time.Now().Add(48 * time.Hour) }
	_, b, err := acquire.ClientCredentials(t.Context(), s, scope)
	if problem.KindOf(err) != problem.Usage || b.Local == nil || b.Local.Problem != "expired" || a.form(0) != nil {
		t.Errorf("error %v, evidence %+v", err, b.Local)
	}
}

func TestFederatedAssertionIsAskedAnew(t *testing.T) {
	a := newAuthority(t)
	asked := 0
	cred := acquire.Credential{Assertion: func(context.Context) (string, error) {
		asked++
		return "eyJhbGciOiJSUzI1NiIsImtpZCI6ImsifQ.eyJpc3MiOiJodHRwczovL2kiLCJzdWIiOiJyZXBvOm8vciIsImVtYWlsIjoiYWxpY2UifQ.c2ln", nil
	}}
	s := a.settings(cred)
	for range 2 {
		_, b, err := acquire.ClientCredentials(t.Context(), s, scope)
		if err != nil {
			t.Fatal(err)
		}
		if r := b.TokenRequest; r.ClientAssertionClaims["sub"] != "repo:o/r" || r.ClientAssertionHeader["kid"] != "k" || r.ClientAssertionClaims["email"] != nil {
			t.Errorf("token request %+v", r)
		}
	}
	if asked != 2 {
		t.Errorf("asked %d times for two requests", asked)
	}
	s.Credential.Assertion = func(context.Context) (string, error) { return "", errors.New("no OIDC request URL") }
	_, _, err := acquire.ClientCredentials(t.Context(), s, scope)
	if problem.KindOf(err) != problem.NoToken || !strings.Contains(err.Error(), "no OIDC request URL") {
		t.Errorf("error %v", err)
	}
}

func TestAWrongSecretIsNotAnsweredFromACache(t *testing.T) {
	a := newAuthority(t)
	a.answer = func(w http.ResponseWriter, form url.Values, _ int) {
		if form.Get("client_secret") != canary {
			entraError(w, http.StatusUnauthorized, "invalid_client", 7000215, "Invalid client secret provided.")
			return
		}
		a.grant(w, form)
	}
	s := a.settings(withSecret())
	if _, _, err := acquire.ClientCredentials(t.Context(), s, scope); err != nil {
		t.Fatal(err)
	}
	s.Credential.Secret = secret.New("another")
	if _, _, err := acquire.ClientCredentials(t.Context(), s, scope); problem.KindOf(err) != problem.NoToken {
		t.Errorf("the wrong secret gave %v", err)
	}
}

// TestRefusals shows what each way of getting no token is told as, and that no
// secret comes out with it.
func TestRefusals(t *testing.T) {
	echo := strings.Join(forms(canary), " ")
	for rule, tc := range map[string]struct {
		set  func(a *authority)
		kind problem.Kind
		code string
		says string
	}{
		"wrong secret": {func(a *authority) {
			a.answer = func(w http.ResponseWriter, _ url.Values, _ int) {
				entraError(w, 401, "invalid_client", 7000215, "Invalid client secret provided, user alice@example.org: "+echo)
			}
		}, problem.NoToken, "AADSTS7000215", "invalid_client: AADSTS7000215: Invalid client secret provided, user {account}:"},
		"code only in the text": {func(a *authority) {
			a.answer = func(w http.ResponseWriter, _ url.Values, _ int) {
				writeJSON(w, 400, map[string]any{"error": "unauthorized_client", "error_description": "AADSTS700016: x\r\nTrace ID: t\r\nTimestamp: 2026"})
			}
		}, problem.NoToken, "AADSTS700016", "unauthorized_client: AADSTS700016: x"},
		"unknown tenant": {func(a *authority) {
			a.page = func(w http.ResponseWriter, _ *http.Request) {
				entraError(w, 400, "invalid_tenant", 90002, "Tenant not found.")
			}
		}, problem.NoToken, "AADSTS90002", "Tenant not found."},
		"no metadata": {func(a *authority) { a.page = http.NotFound }, problem.NoToken, "", "404"},
		"metadata is a page": {func(a *authority) {
			a.page = func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>"+echo) }
		}, problem.NoToken, "", "no JSON"},
		"metadata of another issuer": {func(a *authority) {
			a.metadata = func(m map[string]any) { m["issuer"] = "https://other.example/x" }
		}, problem.NoToken, "", "does not match authority"},
		"token endpoint elsewhere": {func(a *authority) {
			a.metadata = func(m map[string]any) { m["token_endpoint"] = "https://other.example/token" }
		}, problem.NoToken, "", "another host: https://other.example/token"},
		"token endpoint without TLS": {func(a *authority) {
			a.metadata = func(m map[string]any) { m["token_endpoint"] = strings.Replace(a.URL, "https:", "http:", 1) + "/token" }
		}, problem.NoToken, "", "expected an https address"},
		"busy": {func(a *authority) {
			a.answer = func(w http.ResponseWriter, _ url.Values, _ int) {
				w.Header().Set("Retry-After", "7")
				http.Error(w, echo, http.StatusServiceUnavailable)
			}
		}, problem.NoToken, "", "status 503"},
		"redirected": {func(a *authority) {
			a.answer = func(w http.ResponseWriter, _ url.Values, _ int) {
				w.Header().Set("Location", "https://other.example/")
				w.WriteHeader(http.StatusTemporaryRedirect)
			}
		}, problem.NoToken, "", "status 307"},
		"answer is a page": {func(a *authority) {
			a.answer = func(w http.ResponseWriter, _ url.Values, _ int) { _, _ = io.WriteString(w, "<html>"+echo) }
		}, problem.NoToken, "", "no JSON"},
		"answer without token": {func(a *authority) {
			a.answer = func(w http.ResponseWriter, _ url.Values, _ int) { writeJSON(w, 200, map[string]any{"expires_in": 1}) }
		}, problem.NoToken, "", "no access_token"},
		"answer without expiry": {func(a *authority) {
			a.answer = func(w http.ResponseWriter, _ url.Values, _ int) {
				writeJSON(w, 200, map[string]any{"access_token": token})
			}
		}, problem.NoToken, "", "expires_in"},
		"nobody listens": {func(a *authority) { a.Close() }, problem.Unreachable, "", "refused"},
	} {
		t.Run(rule, func(t *testing.T) {
			a := newAuthority(t)
			s := a.settings(withSecret())
			tc.set(a)
			_, b, err := acquire.ClientCredentials(t.Context(), s, scope)
			var p *problem.Error
			if !errors.As(err, &p) || p.Kind != tc.kind || p.Code != tc.code || !strings.Contains(err.Error(), tc.says) {
				t.Fatalf("error = %v (%#v)", err, p)
			}
			if p.Evidence == nil || p.Evidence.TokenRequest == nil || (p.Evidence.Network != nil) != (tc.kind == problem.Unreachable) {
				t.Errorf("evidence = %+v", p.Evidence)
			}
			noSecret(t, texts(t, err, b, a.trace.String()))
		})
	}
}

func TestUnknownAuthorityNamesTheIssuer(t *testing.T) {
	a := newAuthority(t)
	_, b, err := acquire.ClientCredentials(t.Context(), a.settingsWith(withSecret(), transport.Options{}), scope)
	if problem.KindOf(err) != problem.Unreachable || b.Network == nil || b.Network.Issuer == "" || !strings.Contains(err.Error(), b.Network.Issuer) {
		t.Errorf("error %v, network %+v", err, b.Network)
	}
}

func TestBadSettingsAreUsageErrors(t *testing.T) {
	a := newAuthority(t)
	good := a.settings(withSecret())
	for rule, change := range map[string]func(*acquire.Settings){
		"no client id":    func(s *acquire.Settings) { s.ClientID = "" },
		"no tenant":       func(s *acquire.Settings) { s.Authority = a.URL },
		"not https":       func(s *acquire.Settings) { s.Authority = "http://localhost/t" },
		"no URL":          func(s *acquire.Settings) { s.Authority = "%zz" },
		"no credential":   func(s *acquire.Settings) { s.Credential = acquire.Credential{} },
		"no client":       func(s *acquire.Settings) { s.HTTP = nil },
		"user in the URL": func(s *acquire.Settings) { s.Authority = "https://c4nary:x@localhost/t" },
	} {
		s := good
		change(&s)
		_, _, err := acquire.ClientCredentials(t.Context(), s, scope)
		if problem.KindOf(err) != problem.Usage || strings.Contains(err.Error(), "c4nary") {
			t.Errorf("%s: %v", rule, err)
		}
	}
	if _, _, err := acquire.ClientCredentials(t.Context(), good, " "); problem.KindOf(err) != problem.Usage {
		t.Errorf("no scope: %v", err)
	}
}

func TestInterrupt(t *testing.T) {
	a := newAuthority(t)
	ctx, cancel := context.WithCancel(t.Context())
	a.answer = func(w http.ResponseWriter, _ url.Values, _ int) { cancel() }
	_, _, err := acquire.ClientCredentials(ctx, a.settings(withSecret()), scope)
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "interrupted") {
		t.Errorf("error %v", err)
	}
}

func TestDeadlineOfTheCaller(t *testing.T) {
	a := newAuthority(t)
	release := make(chan struct{})
	defer close(release)
	a.answer = func(http.ResponseWriter, url.Values, int) { <-release }
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, b, err := acquire.ClientCredentials(ctx, a.settings(withSecret()), scope)
	if problem.KindOf(err) != problem.Unreachable || b.Network == nil || b.Network.Stage != "timeout" {
		t.Errorf("error %v, network %+v", err, b.Network)
	}
}

// hosts is a network that lets nothing through and keeps where it was to go.
type hosts []string

func (h *hosts) RoundTrip(r *http.Request) (*http.Response, error) {
	*h = append(*h, r.URL.Host)
	return nil, errors.New("no network")
}

func TestANationalCloudIsNotLeft(t *testing.T) {
	var asked hosts
	s := acquire.Settings{HTTP: &http.Client{Transport: &asked}, Now: time.Now, Authority: "https://login.microsoftonline.us/" + tenant,
		ClientID: clientID, Credential: withSecret()}
	_, _, err := acquire.ClientCredentials(t.Context(), s, scope)
	if err == nil || len(asked) == 0 {
		t.Fatalf("error %v, asked %v", err, asked)
	}
	for _, host := range asked {
		if host != "login.microsoftonline.us" {
			t.Errorf("asked %s", host)
		}
	}
}
