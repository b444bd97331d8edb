package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hdstest/internal/check"
	"hdstest/internal/config"
)

// TestSmokeTellsTheEndOfASecret: by the day in the profile, else by Graph where the
// app may read its registration; else it says that it does not know.
func TestSmokeTellsTheEndOfASecret(t *testing.T) {
	w := newWorld(t)
	info := w.withSandbox(t)
	soon := time.Now().Add(10 * 24 * time.Hour).UTC().Format(time.DateOnly)
	for name, c := range map[string]struct {
		client, secret, day string
		status              check.Status
		seen                string
	}{
		"the profile knows it":         {info.ClientID, info.ClientSecret, soon, check.Warn, "in 10 days ("},
		"it is long past in a file":    {info.ClientID, info.ClientSecret, "2020-01-01", check.Warn, "ago ("},
		"the app may read itself":      {info.AdminClientID, info.AdminClientSecret, "", check.Pass, "in 364 days (Microsoft Graph)"},
		"nobody knows, Graph is asked": {info.ClientID, info.ClientSecret, "", check.Skip, "neither the profile nor Graph tells it"},
	} {
		path := filepath.Join(t.TempDir(), "c.yaml")
		secretFile := path + ".secret"
		if err := os.WriteFile(secretFile, []byte(c.secret), 0o600); err != nil {
			t.Fatal(err)
		}
		values := map[string]string{config.Authority: info.Authority, config.TenantID: info.TenantID, config.GraphURL: info.GraphURL,
			config.ClientID: c.client, config.ClientSecretFile: secretFile, config.FHIRURL: info.FHIRURL, config.CAFile: info.CAFile}
		if c.day != "" {
			values[config.ClientSecretExpires] = c.day
		}
		if err := config.Save(config.Saving{Path: path, Profile: "p", Values: values, StateDir: w.StateDir}); err != nil {
			t.Fatal(err)
		}
		w.run(t, "smoke", "--config", path, "--output", "json", "--only", "credential", "--only", "token")
		var report struct{ Findings []check.Finding }
		if err := json.Unmarshal(w.stdout.Bytes(), &report); err != nil {
			t.Fatalf("%s: %v: %s", name, err, w.stderr.String())
		}
		found := false
		for _, f := range report.Findings {
			if f.ID == "credential.secret_end" {
				found = f.Status == c.status && strings.Contains(f.Seen, c.seen)
				if !found {
					t.Errorf("%s: %s, %q; want %s, %q", name, f.Status, f.Seen, c.status, c.seen)
				}
			}
		}
		if !found {
			t.Errorf("%s: no such finding in\n%s", name, w.stdout.String())
		}
	}
	noSecret(t, w, info)
}
