package acquire_test

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"hdstest/internal/acquire"
)

// TestSignAssertion: the form that Microsoft documents, verified with the
// certificate's public key.
func TestSignAssertion(t *testing.T) {
	key, leaf := selfSigned(t, "leaf")
	_, other := selfSigned(t, "other")
	for name, chain := range map[string]bool{"thumbprint only": false, "with the chain": true} {
		t.Run(name, func(t *testing.T) {
			c := acquire.Certificate{Leaf: leaf, Chain: []*x509.Certificate{other}, Key: key, SendChain: chain}
			now := time.Now().Truncate(time.Second)
			raw, err := c.SignAssertion(acquire.AssertionFacts{ClientID: clientID, Audience: "https://login/t/oauth2/v2.0/token", ID: "id", Now: now})
			if err != nil {
				t.Fatal(err)
			}
			claims := jwt.MapClaims{}
			got, err := jwt.NewParser(jwt.WithValidMethods([]string{"PS256"}), jwt.WithAudience("https://login/t/oauth2/v2.0/token"),
				jwt.WithIssuer(clientID), jwt.WithSubject(clientID)).ParseWithClaims(raw, claims, func(*jwt.Token) (any, error) { return leaf.PublicKey, nil })
			if err != nil {
				t.Fatal(err)
			}
			sum := sha256.Sum256(leaf.Raw)
			if got.Header["x5t#S256"] != base64.RawURLEncoding.EncodeToString(sum[:]) || got.Header["typ"] != "JWT" || (got.Header["x5c"] != nil) != chain {
				t.Errorf("header %v", got.Header)
			}
			exp, _ := claims.GetExpirationTime()
			nbf, _ := claims.GetNotBefore()
			if exp.Sub(nbf.Time) != 10*time.Minute || !nbf.Equal(now) || claims["jti"] != "id" {
				t.Errorf("claims %v", claims)
			}
			header, said, err := acquire.ReadAssertion(raw)
			if err != nil || header["alg"] != "PS256" || said["iss"] != clientID || (header["x5c"] == "[2 certificates]") != chain {
				t.Errorf("read: %v, %v, %v", header, said, err)
			}
		})
	}
}

// TestReadAssertion: what names persons stays out, and what is no JWT is not quoted.
func TestReadAssertion(t *testing.T) {
	raw, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"sub": "repo:a/b:ref:refs/heads/main", "actor": "alice"}).SignedString([]byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	_, claims, err := acquire.ReadAssertion(raw)
	if err != nil || claims["sub"] != "repo:a/b:ref:refs/heads/main" || claims["actor"] != nil {
		t.Errorf("claims %v, error %v", claims, err)
	}
	if _, _, err := acquire.ReadAssertion("c4nary"); err == nil || strings.Contains(err.Error(), "c4nary") {
		t.Errorf("error %v", err)
	}
}

// TestExplain: the fields are those that the grant really sends.
func TestExplain(t *testing.T) {
	key, leaf := selfSigned(t, "leaf")
	a := newAuthority(t)
	for name, cred := range map[string]acquire.Credential{"secret": withSecret(), "certificate": {Certificate: &acquire.Certificate{Leaf: leaf, Key: key}}} {
		s := a.settings(cred)
		if _, _, err := acquire.ClientCredentials(t.Context(), s, scope); err != nil {
			t.Fatal(err)
		}
		sent := a.form(len(a.forms) - 1)
		for _, f := range acquire.Explain(s, "client_credentials", scope, "")[0].Fields {
			if !sent.Has(f.Name) || f.Secret != (f.Value == "") || !f.Secret && f.Name != "scope" && sent.Get(f.Name) != f.Value {
				t.Errorf("%s: explained %+v, sent %q", name, f, sent.Get(f.Name))
			}
		}
	}
	s := a.settings(acquire.Credential{})
	o, g := codeOptions(s)
	o.Notify = func(address string) {
		page := acquire.Explain(s, "authorization_code", scope, "http://localhost")[0]
		for _, f := range page.Fields {
			if !strings.Contains(address, f.Name+"=") {
				t.Errorf("explained %+v, opened %s", f, address)
			}
		}
		if !strings.HasPrefix(address, page.URL+"?") {
			t.Errorf("explained %s, opened %s", page.URL, address)
		}
	}
	if _, _, err := acquire.AuthorizationCode(t.Context(), s, o); err != nil {
		t.Fatal(err)
	}
	<-g.done
	sent := a.form(len(a.forms) - 1)
	for _, f := range acquire.Explain(s, "authorization_code", scope, "http://localhost")[1].Fields {
		if !sent.Has(f.Name) {
			t.Errorf("explained %+v, sent %v", f, sent)
		}
	}
	if got := acquire.Explain(s, "device_code", scope, ""); len(got) != 2 || got[0].URL != a.uri()+"/oauth2/v2.0/devicecode" {
		t.Errorf("device code: %+v", got)
	}
}
