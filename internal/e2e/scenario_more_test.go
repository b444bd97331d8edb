//go:build e2e

package e2e_test

import (
	"strings"
	"testing"
	"time"

	"hdstest/internal/entra"
)

// appRows: what is wrong with the app, its secret, or the token endpoint.
func appRows() map[string]show {
	ask := func(t *testing.T, s sandbox) reply {
		secret := s.curl(t, s.LoginURL+"/_sandbox/").text("info/client_secret") // as the info has it now
		return s.appToken(t, s.ClientID, secret, entra.DICOMResource+"/.default")
	}
	return map[string]show{
		"secret-id": {ask, oauthError(401, 7000215, `"error":"invalid_client"`,
			"Ensure the secret being sent in the request is the client secret value, not the client secret ID")},
		"app-disabled": {ask, oauthError(400, 7000112, `"error":"unauthorized_client"`)},
		"entra-busy": {func(t *testing.T, s sandbox) reply {
			first, second, third := ask(t, s), ask(t, s), ask(t, s)
			if second.status != first.status || third.status != 200 {
				t.Errorf("statuses: %d, %d, %d; the third call must pass", first.status, second.status, third.status)
			}
			if wait := first.header.Get("Retry-After"); first.status == 503 && wait != "1" {
				t.Errorf("Retry-After: %q", wait)
			}
			return first
		}, oauthError(503, 90033, `"error":"temporarily_unavailable"`)},
		"redirect-mismatch": {func(t *testing.T, s sandbox) reply {
			return s.authorize(t, s.authorization(s.FHIRURL+"/user_impersonation"))
		}, seen{status: 400, header: map[string]string{"Content-Type": "text/html", "Location": ""},
			body: []string{"AADSTS50011", "http://localhost:4711"}}},
	}
}

// wholeRows: scenarios that concern all services.
func wholeRows(s sandbox) map[string]show {
	var old string // a token from before the keys were replaced
	return map[string]show{
		"clock-skew": {func(t *testing.T, s sandbox) reply {
			fhir := s.curl(t, s.FHIRURL+"/metadata")
			if ahead := time.Until(dateOf(t, fhir)); ahead < 20*time.Minute {
				return fhir
			}
			return s.assert(t, s.assertion(t))
		}, oauthError(401, 700024, `"error":"invalid_client"`, "Client assertion is not within its valid time range.")},
		"key-rotation": {func(t *testing.T, s sandbox) reply {
			if old == "" {
				old = s.fhirToken(t)
			}
			if fresh := s.fhir(t, s.fhirToken(t), "/Patient"); fresh.status != 200 {
				t.Errorf("a new token: %d %s", fresh.status, fresh.body)
			}
			return s.fhir(t, old, "/Patient")
		}, challenged(s, "The signature key was not found")},
		"unavailable": {func(t *testing.T, s sandbox) reply {
			dicom := s.dicom(t, s.dicomToken(t), "/studies")
			if dicom.status != 503 || !strings.HasPrefix(dicom.body, "The server is currently unable to receive requests.") {
				return dicom
			}
			return s.fhir(t, s.fhirToken(t), "/Patient")
		}, seen{status: 503, header: map[string]string{"Content-Type": "application/fhir+json"},
			body: []string{`"resourceType":"OperationOutcome"`, `"code":"processing"`}}},
	}
}

// dateOf reads the Date header, which tells the server's clock.
func dateOf(t *testing.T, r reply) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC1123, r.header.Get("Date"))
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// tlsRows: no connection comes about, to neither of the health services.
func tlsRows() map[string]show {
	row := func(exit int) show {
		return show{func(t *testing.T, s sandbox) reply {
			if dicom := s.curl(t, s.DICOMURL+"/health/check"); dicom.exit != exit {
				return dicom
			}
			return s.curl(t, s.FHIRURL+"/metadata")
		}, seen{exit: exit}}
	}
	const connect, verify = 35, 60 // CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION
	return map[string]show{
		"tls-expired": row(verify), "tls-other-name": row(verify), "tls-unknown-ca": row(verify),
		"tls-old": row(connect), "tls-cut": row(connect),
		"tls-plain-http": {func(t *testing.T, s sandbox) reply {
			plain := s.curl(t, "http"+strings.TrimPrefix(s.FHIRURL, "https")+"/metadata")
			if plain.status != 200 { // without the scenario: a client that forgot to speak TLS
				return plain
			}
			return s.curl(t, s.FHIRURL+"/metadata")
		}, seen{exit: connect}},
	}
}

// TestTLSTexts: curl names what is wrong with the connection.
func TestTLSTexts(t *testing.T) {
	s := startSandbox(t)
	for name, text := range map[string]string{"tls-expired": "certificate has expired", "tls-other-name": "no alternative certificate subject name",
		"tls-unknown-ca": "self-signed certificate", "tls-cut": "ssl_connect", "tls-plain-http": "wrong version number"} {
		s.turn(t, "PUT", name)
		r := command(t, s.home, environment(s.home), "curl", "--silent", "--show-error", "--cacert", s.CAFile, s.FHIRURL+"/metadata")
		if !strings.Contains(strings.ToLower(r.stderr), text) {
			t.Errorf("%s: %q does not hold %q", name, r.stderr, text)
		}
		s.turn(t, "DELETE", name)
	}
}
