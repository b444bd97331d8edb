//go:build e2e

package e2e_test

import (
	"path/filepath"
	"testing"

	"hdstest/internal/entra"
)

// TestAzureIdentityNode drives @azure/identity 4.13.1, which carries a MSAL Node
// of its own (5.6.0) and adds the environment, workload identity and the tenant
// checks of the Azure SDKs.
//
// Source: learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
// and reference-error-codes; learn.microsoft.com/entra/workload-id/workload-identity-federation;
// learn.microsoft.com/entra/identity-platform/app-resilience-continuous-access-evaluation (CP1 and xms_cc,
// whose value is that of the request).
func TestAzureIdentityNode(t *testing.T) {
	s := startSandbox(t)
	browser := filepath.Join(e2eDir(t), "browser.sh")
	j := newJudge(t, s, s.drive(t, []string{"FOREIGN_CERTIFICATE=" + foreignCertificate(t),
		"BROWSER=" + browser, "BROWSER_ADDRESS=" + filepath.Join(s.home, "address")}, "node", "azure-identity.mjs"))

	fhirBySecret, fhirByKey := s.appClaims(s.FHIRURL, "1"), s.appClaims(s.FHIRURL, "2")
	dicomByKey := s.appClaims(entra.DICOMResource, "2")
	j.token("secret", fhirBySecret)
	j.equal("xms_cc", j.token("secret, CAE", fhirBySecret).Claims["xms_cc"], any([]any{"CP1"}))
	j.token("secret, tenant by name", fhirBySecret)
	j.token("certificate", dicomByKey)
	j.token("certificate with its chain", dicomByKey)
	j.token("federated", fhirByKey)
	j.token("workload identity", dicomByKey)
	j.token("environment, secret", fhirBySecret)
	j.token("environment, certificate", fhirByKey)
	const wrapped = "" // an AuthenticationRequiredError has no code but in its message
	j.refused("wrong secret", wrapped, "invalid_client", "AADSTS7000215")
	j.refused("foreign certificate", wrapped, "invalid_client", "AADSTS700027")
	j.refused("unknown client", wrapped, "unauthorized_client", "AADSTS700016")
	j.refused("named scope", wrapped, "invalid_scope", "AADSTS1002012")
	j.refused("federated, garbage", wrapped, "AADSTS50027")

	j.token("device code", s.userClaims(s.FHIRURL, s.PublicClientID, "0", "user_impersonation"))
	j.token("authorization code", s.userClaims(s.FHIRURL, s.ClientID, "1", "user_impersonation"))
	j.token("interactive browser", s.userClaims(entra.DICOMResource, s.PublicClientID, "0", "Dicom.ReadWrite"))
	j.all()
	record(t, used{"@azure/identity", nodeVersion(t, "@azure/identity"), s.requests(t, "azsdk-js-identity"), j.n})
}
