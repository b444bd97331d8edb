package config

import (
	"fmt"
	"slices"
	"strings"
)

// Kinds of credential that are no file, variable or prompt.
const (
	CredentialAuto            = "auto"             // the first that is there, in the order of [AutoOrder]
	CredentialGitHub          = "github-actions"   // the ID token of a job
	CredentialPipelines       = "azure-pipelines"  // the ID token of a job
	CredentialManagedIdentity = "managed-identity" // of the Azure resource on which the program runs
	CredentialAzureCLI        = "azure-cli"        // the session of az
)

// CredentialKinds lists the kinds.
func CredentialKinds() []string {
	return []string{CredentialAuto, CredentialGitHub, CredentialPipelines, CredentialManagedIdentity, CredentialAzureCLI}
}

// AutoOrder tells in which order auto looks, in words for a person.
func AutoOrder() string {
	return "the secret, certificate or federated token that is configured; GitHub Actions and Azure Pipelines, where the job may ask for an ID token; " +
		"a managed identity, where the host announces one; the Azure CLI"
}

func checkCredential(text string) error {
	if slices.Contains(CredentialKinds(), text) {
		return nil
	}
	return fmt.Errorf("expected %s", strings.Join(CredentialKinds(), ", "))
}

// HandsOut tells whether the credential hands out tokens by itself, so that
// neither tenant nor client id are needed.
func (c Credential) HandsOut() bool {
	return c.Kind == CredentialManagedIdentity || c.Kind == CredentialAzureCLI
}

// Configured tells whether a file, a variable or a prompt is named.
func (c Credential) Configured() bool { return c.Title() != "" }

// Title says in a few words what file, variable or prompt is named; empty: none.
func (c Credential) Title() string {
	switch {
	case !c.Secret.IsZero(), c.SecretFile != "", c.SecretEnv != "", c.SecretPrompt:
		return "the client secret"
	case c.CertificateFile != "":
		return "the client certificate"
	case c.FederatedTokenFile != "":
		return "the federated token"
	}
	return ""
}

// chosenCredential is the key that decides about the credential. With auto all
// the others still count.
func chosenCredential(values map[string]Value) string {
	for _, name := range primaryCredentials() {
		if v, ok := values[name]; ok && !isAuto(name, v) {
			return name
		}
	}
	return ""
}

func isAuto(name string, v Value) bool { return name == CredentialKind && v.Text == CredentialAuto }
