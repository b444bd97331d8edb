//go:build e2e

package e2e_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"hdstest/internal/entra"
)

// goClient makes azidentity's credentials for a sandbox. The only settings that
// the sandbox needs are the authority host, DisableInstanceDiscovery and a
// transport that trusts its CA.
type goClient struct {
	sandbox
	options azcore.ClientOptions
}

func newGoClient(t *testing.T, s sandbox) goClient {
	return goClient{s, azcore.ClientOptions{Transport: s.httpClient(t, ""), Retry: policy.RetryOptions{MaxRetries: -1},
		Cloud: cloud.Configuration{ActiveDirectoryAuthorityHost: s.LoginURL}}}
}

func (g goClient) secret(clientID, secret string) (azcore.TokenCredential, error) {
	return azidentity.NewClientSecretCredential(g.TenantID, clientID, secret,
		&azidentity.ClientSecretCredentialOptions{ClientOptions: g.options, DisableInstanceDiscovery: true})
}

func (g goClient) certificate(file string, chain bool) (azcore.TokenCredential, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	certificates, key, err := azidentity.ParseCertificates(data, nil)
	if err != nil {
		return nil, err
	}
	return azidentity.NewClientCertificateCredential(g.TenantID, g.ClientID, certificates, key,
		&azidentity.ClientCertificateCredentialOptions{ClientOptions: g.options, DisableInstanceDiscovery: true, SendCertificateChain: chain})
}

func (g goClient) assertion(text string) (azcore.TokenCredential, error) {
	return azidentity.NewClientAssertionCredential(g.TenantID, g.ClientID, func(context.Context) (string, error) { return text, nil },
		&azidentity.ClientAssertionCredentialOptions{ClientOptions: g.options, DisableInstanceDiscovery: true})
}

func (g goClient) workload() (azcore.TokenCredential, error) {
	return azidentity.NewWorkloadIdentityCredential(&azidentity.WorkloadIdentityCredentialOptions{ClientOptions: g.options,
		DisableInstanceDiscovery: true, TenantID: g.TenantID, ClientID: g.ClientID, TokenFilePath: g.FederatedTokenFile})
}

func (g goClient) device(t *testing.T) (azcore.TokenCredential, error) {
	show := func(ctx context.Context, m azidentity.DeviceCodeMessage) error {
		p := g.person(t)
		p.Fields["user_code"] = m.UserCode
		_, _, err := p.Open(ctx, m.VerificationURL)
		return err
	}
	return azidentity.NewDeviceCodeCredential(&azidentity.DeviceCodeCredentialOptions{ClientOptions: g.options,
		DisableInstanceDiscovery: true, TenantID: g.TenantID, ClientID: g.PublicClientID, UserPrompt: show})
}

// TestAzureIdentityGo drives azidentity of Azure's SDK for Go, with MSAL Go
// below it: the client that hdstest's own users also have.
//
// Source: learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow,
// certificate-credentials, reference-error-codes;
// learn.microsoft.com/entra/workload-id/workload-identity-federation.
func TestAzureIdentityGo(t *testing.T) {
	s := startSandbox(t)
	g, j := newGoClient(t, s), newJudge(t, s, nil)
	federated, err := os.ReadFile(s.FederatedTokenFile)
	if err != nil {
		t.Fatal(err)
	}
	fhir := s.FHIRURL + "/.default"
	dicom := entra.DICOMResource + "/.default"

	j.goToken("secret", fhir, s.appClaims(s.FHIRURL, "1"))(g.secret(s.ClientID, s.ClientSecret))
	j.goToken("certificate", fhir, s.appClaims(s.FHIRURL, "2"))(g.certificate(s.CertificateFile, false))
	j.goToken("certificate with its chain", dicom, s.appClaims(entra.DICOMResource, "2"))(g.certificate(s.CertificateFile, true))
	j.goToken("assertion", fhir, s.appClaims(s.FHIRURL, "2"))(g.assertion(string(federated)))
	j.goToken("workload identity", dicom, s.appClaims(entra.DICOMResource, "2"))(g.workload())
	j.goToken("device code", fhir, s.userClaims(s.FHIRURL, s.PublicClientID, "0", "user_impersonation"))(g.device(t))
	j.goToken("final slash", entra.DICOMResource+"//.default", s.appClaims(entra.DICOMResource+"/", "1"))(g.secret(s.ClientID, s.ClientSecret))

	j.goRefused("wrong secret", fhir, http.StatusUnauthorized, 7000215)(g.secret(s.ClientID, "wrong"))
	j.goRefused("unknown client", fhir, http.StatusBadRequest, 700016)(g.secret(s.TenantID, s.ClientSecret))
	j.goRefused("foreign certificate", fhir, http.StatusUnauthorized, 700027)(g.certificate(foreignCertificate(t), false))
	j.goRefused("foreign issuer", fhir, http.StatusUnauthorized, 700211)(g.assertion(forge(t, string(federated), "iss", "https://elsewhere.invalid")))
	j.goRefused("foreign subject", fhir, http.StatusUnauthorized, 700213)(g.assertion(forge(t, string(federated), "sub", "somebody else")))
	j.goRefused("foreign audience", fhir, http.StatusUnauthorized, 700212)(g.assertion(forge(t, string(federated), "aud", "api://elsewhere")))
	j.goRefused("unknown resource", "https://nobody.invalid/.default", http.StatusBadRequest, 500011)(g.secret(s.ClientID, s.ClientSecret))
	record(t, used{"azidentity (Go)", goVersion(t, "github.com/Azure/azure-sdk-for-go/sdk/azidentity"), s.requests(t, "azsdk-go-azidentity"), j.n})
}

// goToken asserts that a credential gets a token with these claims.
func (j *judge) goToken(what, scope string, want map[string]any) func(azcore.TokenCredential, error) {
	return func(credential azcore.TokenCredential, err error) {
		j.t.Helper()
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		var token azcore.AccessToken
		if err == nil {
			token, err = credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{scope}})
		}
		j.that(err == nil, "%s: %v", what, err)
		if err == nil {
			j.claims(what, claimsOf(j.t, token.Token), want)
			j.that(time.Until(token.ExpiresOn) > 50*time.Minute, "%s: ends %s", what, token.ExpiresOn)
		}
	}
}

// goRefused asserts the status and the code of a refusal.
func (j *judge) goRefused(what, scope string, status, code int) func(azcore.TokenCredential, error) {
	return func(credential azcore.TokenCredential, err error) {
		j.t.Helper()
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err == nil {
			_, err = credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{scope}})
		}
		var failed *azidentity.AuthenticationFailedError
		j.that(errors.As(err, &failed) && failed.RawResponse != nil, "%s: %v", what, err)
		if failed == nil || failed.RawResponse == nil {
			return
		}
		var body struct {
			Codes []int  `json:"error_codes"`
			Text  string `json:"error_description"`
		}
		_ = json.Unmarshal([]byte(read(j.t, failed.RawResponse)), &body)
		j.equal(what+": status", failed.RawResponse.StatusCode, status)
		j.equal(what+": error_codes", body.Codes, []int{code})
	}
}

func claimsOf(t *testing.T, token string) map[string]any {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("no JWT: %d parts", len(parts))
	}
	data, err := base64.RawURLEncoding.DecodeString(parts[1])
	var claims map[string]any
	if err := errors.Join(err, json.Unmarshal(data, &claims)); err != nil {
		t.Fatal(err)
	}
	return claims
}

// forge changes a claim of a token and leaves the signature: what the claim says
// is looked at before the signature.
func forge(t *testing.T, token, claim, value string) string {
	t.Helper()
	claims := claimsOf(t, token)
	claims[claim] = value
	data, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(token, ".")
	return parts[0] + "." + base64.RawURLEncoding.EncodeToString(data) + "." + parts[2]
}
