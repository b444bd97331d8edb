package cli

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"hdstest/internal/sandbox"
)

// inGitHub lets the world be a job of GitHub Actions that the sandbox's example
// app trusts.
func (w *world) inGitHub(info sandbox.Info) {
	w.env[envGitHubURL] = info.GitHubTokenURL
	w.env[envGitHubToken] = info.JobToken
}

// identityHost is the identity endpoint of an Azure App Service. azidentity finds
// it by the process's own variables.
func (w *world) identityHost(t *testing.T, status int) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", "application/json")
		rw.WriteHeader(status)
		_, _ = fmt.Fprint(rw, `{"access_token":"from.the.host","expires_on":"4102444800","token_type":"Bearer","message":"no identity here"}`)
	}))
	t.Cleanup(server.Close)
	for name, value := range map[string]string{"IDENTITY_ENDPOINT": server.URL, "IDENTITY_HEADER": "x"} {
		t.Setenv(name, value)
		w.env[name] = value
	}
}

// withAZ puts a stand-in for the Azure CLI first on the PATH.
func withAZ(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the stand-in for az is a shell script")
	}
	dir := t.TempDir()
	script := "#!/bin/sh\necho '{\"accessToken\":\"from.the.cli\",\"expires_on\":4102444800,\"expiresOn\":\"2100-01-01 00:00:00.000000\"}'\n"
	if err := os.WriteFile(filepath.Join(dir, "az"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
}

// TestCredentialKinds: each kind gives a token; auto says which it took.
func TestCredentialKinds(t *testing.T) {
	for name, row := range map[string]struct {
		set   func(*testing.T, *world, sandbox.Info)
		args  string
		token string // its beginning
		says  string
	}{
		"GitHub Actions": {func(_ *testing.T, w *world, i sandbox.Info) { w.inGitHub(i) }, "--credential github-actions", "eyJ", ""},
		"managed identity": {func(t *testing.T, w *world, _ sandbox.Info) { w.identityHost(t, 200) },
			"--credential managed-identity --scope https://one/.default", "from.the.host", ""},
		"Azure CLI":        {func(t *testing.T, _ *world, _ sandbox.Info) { withAZ(t) }, "--credential azure-cli", "from.the.cli", ""},
		"auto, configured": {nil, "--credential auto", "eyJ", "credential: the client secret"},
		"auto, a certificate": {nil, "--credential auto --certificate CERTIFICATE --send-certificate-chain", "eyJ",
			"credential: the client certificate (--certificate)"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			info := w.withSandbox(t)
			if row.set != nil {
				row.set(t, w, info)
			}
			args := strings.Fields("token --profile sandbox " + strings.ReplaceAll(row.args, "CERTIFICATE", info.CertificateFile))
			if code := w.run(t, args...); code != ExitOK || !strings.HasPrefix(w.stdout.String(), row.token) || !strings.Contains(w.stderr.String(), row.says) {
				t.Errorf("exit code %d, stdout %.12q, stderr %q", code, w.stdout.String(), w.stderr.String())
			}
			noSecret(t, w, info)
		})
	}
}

// TestAutoOrder: without a configured credential a job's ID token comes first,
// then a managed identity, then the Azure CLI.
func TestAutoOrder(t *testing.T) {
	w := newWorld(t)
	info := w.withSandbox(t)
	withAZ(t)
	w.env["AZURE_AUTHORITY_HOST"], w.env["AZURE_TENANT_ID"], w.env["AZURE_CLIENT_ID"] = info.LoginURL, info.TenantID, info.ClientID
	w.env["HDSTEST_CA_FILE"], w.env["HDSTEST_CREDENTIAL"] = info.CAFile, "auto"
	auto := func(want, token string) {
		t.Helper()
		code := w.run(t, "token", "--scope", "https://two/.default", "--fresh")
		if token == "eyJ" {
			code = w.run(t, "token", "--scope", info.FHIRURL+"/.default", "--fresh")
		}
		if code != ExitOK || !strings.Contains(w.stderr.String(), want) || !strings.HasPrefix(w.stdout.String(), token) {
			t.Errorf("exit code %d, stdout %.12q, stderr %q, want %q", code, w.stdout.String(), w.stderr.String(), want)
		}
	}
	w.identityHost(t, 200)
	w.inGitHub(info)
	auto("credential: the ID token of this job of GitHub Actions", "eyJ")
	delete(w.env, envGitHubURL)
	auto("credential: the managed identity of this machine", "from.the.host")
	delete(w.env, "IDENTITY_ENDPOINT")
	auto("credential: the Azure CLI's session", "from.the.cli")
}

func TestCredentialKindRefusals(t *testing.T) {
	app := []string{"--tenant-id", "aaaaaaaa-0000-4000-8000-000000000001", "--client-id", "aaaaaaaa-0000-4000-8000-0000000000c1", "--scope", "x/.default"}
	for args, want := range map[string]string{
		"--credential magic":           "--credential: expected auto, github-actions",
		"--credential github-actions":  "credential github-actions: ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN are not set",
		"--credential azure-pipelines": "credential azure-pipelines: SYSTEM_OIDCREQUESTURI and SYSTEM_ACCESSTOKEN are not set",
	} {
		w := newWorld(t)
		if code := w.run(t, append(append([]string{"token"}, strings.Fields(args)...), app...)...); code != ExitUsage || !strings.Contains(w.stderr.String(), want) {
			t.Errorf("%s: exit code %d: %s", args, code, w.stderr.String())
		}
	}
	w := newWorld(t)
	w.env[envPipelinesURL], w.env[envPipelinesToken] = "https://localhost:1/", "x"
	if code := w.run(t, append([]string{"token", "--credential", "azure-pipelines"}, app...)...); code != ExitUsage || !strings.Contains(w.stderr.String(), "missing service_connection_id") {
		t.Errorf("no service connection: exit code %d: %s", code, w.stderr.String())
	}
}
