package config_test

import (
	"testing"

	"hdstest/internal/config"
)

// TestCredentialKind: a kind that was named beats the credentials below it; auto
// leaves them in force.
func TestCredentialKind(t *testing.T) {
	secretVariable := map[string]string{"AZURE_CLIENT_SECRET": "x", "AZURE_TENANT_ID": tenantA, "AZURE_CLIENT_ID": clientA}
	for name, row := range map[string]struct {
		world
		kind    string
		auto    bool
		secret  string // the variable
		file    string // the file's name ends in it
		handsIt bool
	}{
		"flag over variable":       {world: world{env: secretVariable, flags: map[string]string{config.CredentialKind: "github-actions"}}, kind: "github-actions"},
		"auto leaves the variable": {world: world{env: secretVariable, flags: map[string]string{config.CredentialKind: "auto"}}, auto: true, secret: "AZURE_CLIENT_SECRET"},
		"auto over the profile's": {world: world{file: two, profile: "full", flags: map[string]string{config.CredentialKind: "auto"}},
			auto: true, file: "s.txt"},
		"kind over the profile's": {world: world{file: two, profile: "full", flags: map[string]string{config.CredentialKind: "azure-cli"}},
			kind: "azure-cli", handsIt: true},
		"variable of our own":  {world: world{env: map[string]string{"HDSTEST_CREDENTIAL": "managed-identity"}}, kind: "managed-identity", handsIt: true},
		"file flag over named": {world: world{env: map[string]string{"HDSTEST_CREDENTIAL": "azure-cli"}, flags: map[string]string{config.ClientSecretFile: "s.txt"}}, file: "s.txt"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := config.Resolve(row.input(t))
			if err != nil {
				t.Fatal(err)
			}
			c := s.Credential
			if c.Kind != row.kind || c.Auto != row.auto || c.SecretEnv != row.secret || c.HandsOut() != row.handsIt || c.IsZero() {
				t.Errorf("credential %+v", c)
			}
			if len(c.SecretFile) < len(row.file) || c.SecretFile[len(c.SecretFile)-len(row.file):] != row.file {
				t.Errorf("secret file %q, want %q", c.SecretFile, row.file)
			}
		})
	}
}
