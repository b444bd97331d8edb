//go:build e2e

package e2e_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"hdstest/internal/entra"
)

// foreignCertificate writes a key with a certificate that no app of the sandbox has.
func foreignCertificate(t *testing.T) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "foreign"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	leaf, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "foreign.pem")
	data := slices.Concat(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}),
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf}))
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestMSALNode drives @azure/msal-node 7.2.1 through every grant it has for our
// kind of app. What it sends, and what it makes of answers, was read in its
// source; what Entra answers stands in the sources below.
//
// Source: learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow,
// v2-oauth2-auth-code-flow, v2-oauth2-device-code, certificate-credentials and
// reference-error-codes (statuses and texts as in public issue logs).
func TestMSALNode(t *testing.T) {
	s := startSandbox(t)
	j := newJudge(t, s, s.drive(t, []string{"FOREIGN_CERTIFICATE=" + foreignCertificate(t)}, "node", "msal-node.mjs"))

	first := j.token("secret, FHIR", s.appClaims(s.FHIRURL, "1"))
	j.equal("the first token is not cached", first.Cached, false)
	j.equal("app-only: sub is oid", first.Claims["sub"], first.Claims["oid"])
	j.equal("the second is", j.token("secret, FHIR again", s.appClaims(s.FHIRURL, "1")).Cached, true)
	j.token("secret, DICOM", s.appClaims(entra.DICOMResource, "1"))
	j.token("certificate by SHA-256", s.appClaims(s.FHIRURL, "2")) // PS256, x5t#S256 in base64url
	j.token("certificate with its chain", s.appClaims(s.FHIRURL, "2"))
	j.token("certificate by SHA-1", s.appClaims(entra.DICOMResource, "2")) // RS256, x5t
	j.refused("wrong secret", "invalid_client", "AADSTS7000215: Invalid client secret provided.", s.ClientID)
	j.refused("foreign certificate", "invalid_client", "AADSTS700027", "[Reason - The key was not found.", s.ClientID)
	j.refused("own thumbprint, foreign key", "invalid_client", "AADSTS700027", "invalid signature")
	j.refused("named scope", "invalid_scope", "AADSTS1002012", "/.default")
	j.refused("unknown resource", "invalid_resource", "AADSTS500011", "https://nobody.invalid")
	j.refused("unknown tenant", "endpoints_resolution_error") // 400 on the metadata itself
	j.refused("on /organizations", "missing_tenant_id_error") // refused by the library

	j.userSteps(s)
	j.refused("code, wrong verifier", "invalid_grant", "AADSTS501481")
	j.refused("code, twice", "invalid_grant", "AADSTS54005")
	j.refused("device code, declined", "post_request_failed", "authorization_declined")
	j.refused("device code, confidential app", "post_request_failed", "invalid_client") // 7000218 at the first poll

	j.all()
	record(t, used{"@azure/msal-node", nodeVersion(t, "@azure/msal-node"), s.requests(t, "node"), j.n})
}

// userSteps judges the tokens of the signed-in person.
func (j *judge) userSteps(s sandbox) {
	j.t.Helper()
	fhir := s.userClaims(s.FHIRURL, s.PublicClientID, "0", "user_impersonation")
	dicom := s.userClaims(entra.DICOMResource, s.PublicClientID, "0", "Dicom.ReadWrite")
	interactive := j.token("interactive", fhir)
	j.equal("interactive: account", interactive.Account, s.Username)
	j.that(slices.Contains(interactive.Scopes, s.FHIRURL+"/.default"), "interactive: scopes %q do not echo .default", interactive.Scopes)
	j.equal("pairwise sub is the same in ID and access token", interactive.Claims["sub"], any(interactive.Subject))
	j.equal("silent: from the cache", j.token("silent, from the cache", fhir).Cached, true)
	j.equal("silent: refreshed", j.token("silent, refreshed", fhir).Cached, false)
	j.token("silent, another resource", dicom)
	confidential := j.token("code, confidential", s.userClaims(s.FHIRURL, s.ClientID, "1", "user_impersonation"))
	j.that(confidential.Claims["sub"] != interactive.Claims["sub"], "sub is not pairwise: the same for two apps")
	j.equal("oid is the same for two apps", confidential.Claims["oid"], interactive.Claims["oid"])
	j.token("code, public, named scope", fhir)
	j.token("refresh token", dicom)
	j.token("device code", fhir)
}
