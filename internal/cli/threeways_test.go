package cli

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hdstest/internal/config"
	"hdstest/internal/sandbox"
)

// TestEveryCredentialInThreeWays: each kind gives a token by the profile's key, by flag,
// and by the variable that azidentity reads (or ours, where it has none).
func TestEveryCredentialInThreeWays(t *testing.T) {
	w := newWorld(t)
	info := w.withSandbox(t)
	withAZ(t)
	w.identityHost(t, 200)
	secretFile := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secretFile, []byte(info.ClientSecret), 0o600); err != nil {
		t.Fatal(err)
	}
	type ways struct {
		profile map[string]string // keys
		flags   string
		env     map[string]string
		token   string // its beginning
	}
	certificate := map[string]string{config.CertificateFile: info.CertificateFile}
	for name, c := range map[string]ways{
		"secret":      {map[string]string{config.ClientSecretFile: secretFile}, "--client-secret-file " + secretFile, map[string]string{"AZURE_CLIENT_SECRET": info.ClientSecret}, "eyJ"},
		"certificate": {certificate, "--certificate " + info.CertificateFile, map[string]string{"AZURE_CLIENT_CERTIFICATE_PATH": info.CertificateFile}, "eyJ"},
		"certificate with its chain": {map[string]string{config.CertificateFile: info.CertificateFile, config.SendCertificateChain: "true"},
			"--send-certificate-chain --certificate " + info.CertificateFile,
			map[string]string{"AZURE_CLIENT_CERTIFICATE_PATH": info.CertificateFile, "AZURE_CLIENT_SEND_CERTIFICATE_CHAIN": "true"}, "eyJ"},
		"federated token": {map[string]string{config.FederatedTokenFile: info.FederatedTokenFile}, "--federated-token-file " + info.FederatedTokenFile,
			map[string]string{"AZURE_FEDERATED_TOKEN_FILE": info.FederatedTokenFile}, "eyJ"},
		"GitHub Actions":   ofKind(config.CredentialGitHub, "eyJ"),
		"managed identity": ofKind(config.CredentialManagedIdentity, "from.the.host"),
		"Azure CLI":        ofKind(config.CredentialAzureCLI, "from.the.cli"),
	} {
		for way, set := range map[string]func() (flags string, env, profile map[string]string){
			"profile":     func() (string, map[string]string, map[string]string) { return "", nil, c.profile },
			"flag":        func() (string, map[string]string, map[string]string) { return c.flags, nil, nil },
			"environment": func() (string, map[string]string, map[string]string) { return "", c.env, nil },
		} {
			flags, env, profile := set()
			w.env = map[string]string{"IDENTITY_ENDPOINT": os.Getenv("IDENTITY_ENDPOINT"), "IDENTITY_HEADER": "x"}
			w.inGitHub(info)
			maps.Copy(w.env, env)
			path := w.profileFile(t, info, profile)
			code := w.run(t, strings.Fields("token --fresh --config "+path+" --service fhir "+flags)...)
			if code != ExitOK || !strings.HasPrefix(w.stdout.String(), c.token) {
				t.Errorf("%s by %s: exit code %d, %.12q: %s", name, way, code, w.stdout.String(), w.stderr.String())
			}
			noSecret(t, w, info)
		}
	}
}

// ofKind are the three ways of a credential that is only named.
func ofKind(kind, token string) (w struct {
	profile map[string]string
	flags   string
	env     map[string]string
	token   string
}) {
	w.profile, w.flags = map[string]string{config.CredentialKind: kind}, "--credential "+kind
	w.env, w.token = map[string]string{"HDSTEST_CREDENTIAL": kind}, token
	return w
}

// profileFile is a config file with the sandbox's app and the keys given.
func (w *world) profileFile(t *testing.T, info sandbox.Info, keys map[string]string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "c.yaml")
	values := map[string]string{config.Authority: info.Authority, config.TenantID: info.TenantID, config.ClientID: info.ClientID,
		config.FHIRURL: info.FHIRURL, config.CAFile: info.CAFile}
	maps.Copy(values, keys)
	if err := config.Save(config.Saving{Path: path, Profile: "p", Values: values, StateDir: w.StateDir}); err != nil {
		t.Fatal(err)
	}
	return path
}
