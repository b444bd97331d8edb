//go:build e2e

package e2e_test

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"hdstest/internal/entra"
)

// credentialRows: what is wrong with the app or its credential.
func credentialRows() map[string]show {
	bySecret := func(t *testing.T, s sandbox) reply {
		return s.appToken(t, s.ClientID, s.ClientSecret, entra.DICOMResource+"/.default")
	}
	byCertificate := func(t *testing.T, s sandbox) reply { return s.assert(t, s.assertion(t)) }
	return map[string]show{
		"secret-expired": {bySecret, oauthError(401, 7000222, `"error":"invalid_client"`, "are expired")},
		"secret-wrong":   {bySecret, oauthError(401, 7000215, `"error":"invalid_client"`, "Invalid client secret provided.")},
		"app-not-found":  {bySecret, oauthError(400, 700016, `"error":"unauthorized_client"`)},
		"no-dicom-principal": {bySecret, oauthError(400, 500011, `"error":"invalid_resource"`,
			"The resource principal named https://dicom.healthcareapis.azure.com was not found")},
		"certificate-not-uploaded": {byCertificate, oauthError(401, 700027, `"error":"invalid_client"`, "The key was not found.")},
		"assertion-replayed": {func(t *testing.T, s sandbox) reply {
			once := s.assertion(t)
			if first := s.assert(t, once); first.status != 200 {
				return first
			}
			return s.assert(t, once)
		}, oauthError(400, 50013, `"error":"invalid_grant"`)},
	}
}

// assert asks for a token by a client assertion.
func (s sandbox) assert(t *testing.T, assertion string) reply {
	t.Helper()
	return s.form(t, "grant_type=client_credentials", "client_id="+s.ClientID, "scope="+s.FHIRURL+"/.default",
		"client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer", "client_assertion="+assertion)
}

// assertion signs one with the example app's certificate.
// Source: learn.microsoft.com/entra/identity-platform/certificate-credentials.
func (s sandbox) assertion(t *testing.T) string {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(s.CertificateFile, s.CertificateFile)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	token := jwt.NewWithClaims(jwt.SigningMethodPS256, jwt.MapClaims{"iss": s.ClientID, "sub": s.ClientID, "jti": uuid.NewString(),
		"aud": s.Authority + "/oauth2/v2.0/token", "nbf": now.Unix(), "iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix()})
	print := sha256.Sum256(pair.Certificate[0])
	token.Header["x5t#S256"] = base64.RawURLEncoding.EncodeToString(print[:])
	signed, err := token.SignedString(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// signInRows: what is wrong with flows in which a person signs in.
func signInRows() map[string]show {
	return map[string]show{
		"consent-missing": {func(t *testing.T, s sandbox) reply {
			scope := s.FHIRURL + "/user_impersonation"
			return s.redeem(t, s.authorize(t, s.authorization(scope)).answer().Get("code"), scope)
		}, oauthError(400, 65001, `"error":"invalid_grant"`, `"suberror":"consent_required"`)},
		"public-flows-off": {func(t *testing.T, s sandbox) reply {
			code := s.curl(t, append(formArgs([]string{"client_id=" + s.PublicClientID, "scope=" + s.FHIRURL + "/.default"}),
				s.Authority+"/oauth2/v2.0/devicecode")...).text("device_code")
			return s.form(t, "grant_type=urn:ietf:params:oauth:grant-type:device_code", "client_id="+s.PublicClientID, "device_code="+code)
		}, oauthError(401, 7000218, `"error":"invalid_client"`)},
		"dicom-scope-renamed": {func(t *testing.T, s sandbox) reply {
			return s.authorize(t, s.authorization(entra.DICOMResource+"/Dicom.ReadWrite"))
		}, seen{status: 302, header: map[string]string{"Location": "http://localhost:4711"}, body: []string{"invalid_client", "AADSTS650053"}}},
		"loopback-port-strict": {func(t *testing.T, s sandbox) reply {
			app := s.graph(t, "PATCH", "/applications(appId='"+s.PublicClientID+"')",
				`{"publicClient":{"redirectUris":["http://localhost","http://127.0.0.1:4000"]}}`)
			query := s.authorization(s.FHIRURL + "/user_impersonation")
			if byName := s.authorize(t, query); app.status != 204 || byName.status != 302 {
				return byName // http://localhost works as before
			}
			query.Set("redirect_uri", "http://127.0.0.1:4711")
			return s.authorize(t, query)
		}, seen{status: 400, header: map[string]string{"Content-Type": "text/html"}, body: []string{"AADSTS50011", "http://127.0.0.1:4711"}}},
	}
}

// tokenRows: tokens are given that the services do not take.
func tokenRows(s sandbox) map[string]show {
	ask := func(t *testing.T, s sandbox) reply {
		if images := s.dicom(t, s.dicomToken(t), "/studies"); images.status != 401 || images.header.Get("WWW-Authenticate") == "" {
			return images // the DICOM service must refuse its token as well
		}
		return s.fhir(t, s.fhirToken(t), "/Patient")
	}
	return map[string]show{
		"wrong-audience": {ask, challenged(s, "The audience 'https://azurehealthcareapis.com' is invalid")},
		"token-expired":  {ask, challenged(s, "The token expired at '")},
		"clock-ahead":    {ask, challenged(s, "The token is not valid before '")},
	}
}
