//go:build e2e

package e2e_test

import (
	"testing"

	"hdstest/internal/entra"
)

// TestMSALPython drives MSAL Python 1.32.3, the one below the Azure CLI.
//
// Source: as for MSAL Node. This one signs by RS256 with a padded x5t, sends
// fractional times, no nbf, and line breaks within x5c;
// only from a PFX file it signs by PS256. Its password grant is not driven: it
// looks for the user realm at port 443, whatever the authority's port.
func TestMSALPython(t *testing.T) {
	s := startSandbox(t)
	j := newJudge(t, s, s.drive(t, []string{"FOREIGN_CERTIFICATE=" + foreignCertificate(t)}, python(t), "msal_python.py"))

	j.token("secret", s.appClaims(s.FHIRURL, "1"))
	j.equal("secret again: cached", j.token("secret again", s.appClaims(s.FHIRURL, "1")).Cached, true)
	j.token("certificate by SHA-1", s.appClaims(s.FHIRURL, "2"))
	j.token("certificate by SHA-256", s.appClaims(s.FHIRURL, "2"))
	j.token("certificate with its chain", s.appClaims(entra.DICOMResource, "2"))
	j.token("federated", s.appClaims(entra.DICOMResource, "2"))
	j.refused("wrong secret", "invalid_client", "AADSTS7000215")
	j.refused("named scope", "invalid_scope", "AADSTS1002012")
	j.refused("foreign certificate", "invalid_client", "AADSTS700027")
	j.refused("unknown tenant", "", "Unable to get authority configuration")

	fhir := s.userClaims(s.FHIRURL, s.PublicClientID, "0", "user_impersonation")
	interactive := j.token("interactive", fhir)
	j.equal("interactive: account", interactive.Account, s.Username)
	j.equal("silent: cached", j.token("silent", fhir).Cached, true)
	j.equal("refreshed: cached", j.token("refreshed", fhir).Cached, false)
	j.token("another resource", s.userClaims(entra.DICOMResource, s.PublicClientID, "0", "Dicom.ReadWrite"))
	j.token("device code", fhir)
	j.refused("device code, confidential app", "invalid_client", "AADSTS7000218")
	j.all()
	record(t, used{"MSAL Python", pythonVersion(t, "msal"), s.requests(t, "python-requests"), j.n})
}
