package acquire_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"hdstest/internal/acquire"
	"hdstest/internal/problem"
)

// appService is the identity endpoint of Azure App Service.
// Source: learn.microsoft.com/azure/app-service/overview-managed-identity.
func appService(t *testing.T, answer http.HandlerFunc) {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	t.Setenv("IDENTITY_ENDPOINT", server.URL)
	t.Setenv("IDENTITY_HEADER", "c4naryheader")
}

func TestManagedIdentity(t *testing.T) {
	for name, id := range map[string]string{"system-assigned": "", "user-assigned": clientID} {
		t.Run(name, func(t *testing.T) {
			appService(t, func(w http.ResponseWriter, r *http.Request) {
				q := r.URL.Query()
				if r.Header.Get("X-IDENTITY-HEADER") != "c4naryheader" || q.Get("resource") != strings.TrimSuffix(scope, "/.default") || q.Get("client_id") != id {
					t.Errorf("asked %s with %v", r.URL, r.Header)
				}
				writeJSON(w, 200, map[string]any{"access_token": token, "expires_on": "4102444800", "resource": q.Get("resource"), "token_type": "Bearer"})
			})
			s := acquire.Settings{Now: time.Now, Credential: acquire.Credential{Source: acquire.ManagedIdentity(id)}}
			got, b, err := acquire.ClientCredentials(t.Context(), s, scope)
			if err != nil || got.Token.Reveal() != token || got.ExpiresOn.Unix() != 4102444800 || b.TokenRequest.GrantType != "managed_identity" {
				t.Errorf("result %+v, evidence %+v, error %v", got, b.TokenRequest, err)
			}
			noSecret(t, texts(t, nil, b, ""))
		})
	}
}

func TestManagedIdentityRefused(t *testing.T) {
	appService(t, func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, 400, map[string]any{"statusCode": 400, "message": "No User Assigned or Delegated Managed Identity found"})
	})
	// Another id than above: MSAL keeps tokens of managed identities for the process.
	s := acquire.Settings{Now: time.Now, Credential: acquire.Credential{Source: acquire.ManagedIdentity(tenant)}}
	_, b, err := acquire.ClientCredentials(t.Context(), s, scope)
	var p *problem.Error
	if !errors.As(err, &p) || p.Kind != problem.NoToken || strings.Contains(p.Seen, "\n") || len(p.Seen) > 300 || !strings.Contains(p.Seen, "No User Assigned") {
		t.Errorf("error %v", err)
	}
	noSecret(t, texts(t, err, b, ""))
}

// az puts a program of that name first on the PATH.
func az(t *testing.T, script string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the stand-in for az is a shell script")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "az"), []byte("#!/bin/sh\n"+script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
}

func TestAzureCLI(t *testing.T) {
	az(t, `case "$*" in
*"get-access-token"*"https://dicom.healthcareapis.azure.com"*) ;;
*) echo "asked $*" >&2; exit 1;;
esac
echo '{"accessToken":"`+token+`","expires_on":4102444800,"expiresOn":"2100-01-01 00:00:00.000000","tokenType":"Bearer"}'`)
	s := acquire.Settings{Now: time.Now, Credential: acquire.Credential{Source: acquire.AzureCLI(tenant)}}
	got, b, err := acquire.ClientCredentials(t.Context(), s, scope)
	if err != nil || got.Token.Reveal() != token || b.TokenRequest.GrantType != "azure_cli" {
		t.Errorf("result %+v, error %v", got, err)
	}
}

func TestAzureCLINotSignedIn(t *testing.T) {
	az(t, `echo "ERROR: Please run 'az login' to setup account." >&2; exit 1`)
	s := acquire.Settings{Now: time.Now, Credential: acquire.Credential{Source: acquire.AzureCLI("")}}
	_, _, err := acquire.ClientCredentials(t.Context(), s, scope)
	if problem.KindOf(err) != problem.NoToken || !strings.Contains(err.Error(), "az login") || !strings.Contains(err.Error(), "the Azure CLI's session") {
		t.Errorf("error %v", err)
	}
}
