package login_test

import (
	"context"
	"crypto/x509"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"
	msalerrors "github.com/AzureAD/microsoft-authentication-library-for-go/apps/errors"
	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/public"
)

// These tests drive the service with MSAL Go as it is published.

func (f *fixture) confidential(t *testing.T, cred confidential.Credential) confidential.Client {
	t.Helper()
	c, err := confidential.New(f.url+"/"+tenantID, confidentialApp, cred, confidential.WithHTTPClient(f.server.Client()), confidential.WithInstanceDiscovery(false))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestMSALConfidential(t *testing.T) {
	f := start(t)
	key := must(t, certified)
	bySecret, err := confidential.NewCredFromSecret(secret)
	if err != nil {
		t.Fatal(err)
	}
	byCertificate, err := confidential.NewCredFromCert([]*x509.Certificate{key.Certificate}, key.Private)
	if err != nil {
		t.Fatal(err)
	}
	byFederation := confidential.NewCredFromAssertionCallback(func(context.Context, confidential.AssertionRequestOptions) (string, error) {
		return f.issuer.Token(subject, federation, time.Minute)
	})
	for name, cred := range map[string]struct {
		credential confidential.Credential
		acr        string
	}{"secret": {bySecret, "1"}, "certificate": {byCertificate, "2"}, "federated": {byFederation, "2"}} {
		t.Run(name, func(t *testing.T) {
			got, err := f.confidential(t, cred.credential).AcquireTokenByCredential(t.Context(), []string{dicom + "/.default"})
			if err != nil {
				t.Fatal(err)
			}
			if c := f.claims(t, got.AccessToken); c["appidacr"] != cred.acr || c["aud"] != dicom || time.Until(got.ExpiresOn) < 59*time.Minute {
				t.Errorf("claims %v, expires %v", c, got.ExpiresOn)
			}
		})
	}
	t.Run("wrong secret", func(t *testing.T) {
		wrong, _ := confidential.NewCredFromSecret("wrong")
		_, err := f.confidential(t, wrong).AcquireTokenByCredential(t.Context(), []string{dicom + "/.default"})
		var call msalerrors.CallErr
		if !errors.As(err, &call) || call.Resp.StatusCode != http.StatusUnauthorized || !strings.Contains(err.Error(), "AADSTS7000215") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("authorization code of a web app", func(t *testing.T) {
		client := f.confidential(t, bySecret)
		address, err := client.AuthCodeURL(t.Context(), confidentialApp, webURI, []string{dicom + "/Dicom.ReadWrite"})
		if err != nil {
			t.Fatal(err)
		}
		got, err := client.AcquireTokenByAuthCode(t.Context(), f.browser(t).open(address).signIn().answer().Get("code"), webURI, []string{dicom + "/Dicom.ReadWrite"})
		if err != nil || got.Account.PreferredUsername != upn {
			t.Errorf("%v, account %+v", err, got.Account)
		}
	})
}

func (f *fixture) public(t *testing.T) public.Client {
	t.Helper()
	c, err := public.New(publicApp, public.WithAuthority(f.url+"/"+tenantID), public.WithHTTPClient(f.server.Client()), public.WithInstanceDiscovery(false))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestMSALInteractive(t *testing.T) {
	f := start(t)
	client := f.public(t)
	scopes := []string{dicom + "/.default"}
	// MSAL's own listener takes nothing but the form of form_post.
	got, err := client.AcquireTokenInteractive(t.Context(), scopes, public.WithOpenURL(func(address string) error {
		b := f.browser(t).open(address).signIn()
		action, values := b.fields()
		response, err := http.PostForm(action, values)
		if err == nil {
			_ = response.Body.Close()
		}
		return err
	}))
	if err != nil {
		t.Fatal(err)
	}
	if got.Account.PreferredUsername != upn || f.claims(t, got.AccessToken)["scp"] != "Dicom.ReadWrite" {
		t.Errorf("account %+v", got.Account)
	}
	silent, err := client.AcquireTokenSilent(t.Context(), []string{fhirURL + "/user_impersonation"}, public.WithSilentAccount(got.Account))
	if err != nil || f.claims(t, silent.AccessToken)["aud"] != fhirURL {
		t.Errorf("by the refresh token for another resource: %v", err)
	}
}

func TestMSALCodeWithOwnListener(t *testing.T) {
	f := start(t)
	client := f.public(t)
	scopes := []string{dicom + "/Dicom.ReadWrite"}
	address, err := client.AuthCodeURL(t.Context(), publicApp, redirect, scopes)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	query := u.Query()
	query.Set("code_challenge", challenge())
	query.Set("code_challenge_method", "S256")
	query.Set("state", "s")
	u.RawQuery = query.Encode()
	answer := f.browser(t).open(u.String()).signIn().answer()
	got, err := client.AcquireTokenByAuthCode(t.Context(), answer.Get("code"), redirect, scopes, public.WithChallenge(verifier))
	if err != nil || answer.Get("state") != "s" || got.AccessToken == "" {
		t.Errorf("%v, state %q", err, answer.Get("state"))
	}
}

func TestMSALDeviceCode(t *testing.T) {
	f := start(t)
	device, err := f.public(t).AcquireTokenByDeviceCode(t.Context(), []string{dicom + "/.default"})
	if err != nil {
		t.Fatal(err)
	}
	f.browser(t).open(device.Result.VerificationURL).submit("user_code", device.Result.UserCode).signIn().submit("consent", "accept")
	got, err := device.AuthenticationResult(t.Context())
	if err != nil || got.Account.PreferredUsername != upn {
		t.Errorf("%v, account %+v", err, got.Account)
	}
}
