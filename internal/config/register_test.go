package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hdstest/internal/config"
)

// TestLifetimes: months are those of the portal, in days; others are refused.
func TestLifetimes(t *testing.T) {
	const day = 24 * time.Hour
	for text, want := range map[string]time.Duration{"3mo": 90 * day, "6 months": 180 * day, "12mo": 365 * day, "24 Months": 730 * day,
		"45d": 45 * day, "1 day": day, "2w": 14 * day, "36h": 36 * time.Hour, "1h30m": 90 * time.Minute, "": 0} {
		if got, err := config.ParseLifetime(text); err != nil || got != want {
			t.Errorf("%q: got %s, %v, want %s", text, got, err, want)
		}
	}
	for text, want := range map[string]string{"6m": "6mo", "4mo": "120d", "0d": "above zero", "-5h": "above zero", "soon": "expected",
		"999999999d": "expected", "1y": "expected"} {
		if _, err := config.ParseLifetime(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q in it", text, err, want)
		}
	}
}

func TestInstants(t *testing.T) {
	for text, want := range map[string]string{"2027-01-31": "2027-01-31T00:00:00Z", "2027-01-31T08:00:00+02:00": "2027-01-31T06:00:00Z"} {
		if got, err := config.ParseInstant(text); err != nil || got.Format(time.RFC3339) != want {
			t.Errorf("%q: got %s, %v", text, got, err)
		}
	}
	for _, text := range []string{"31.1.2027", "2027-02-30", "tomorrow"} {
		if _, err := config.ParseInstant(text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

const wished = `profiles:
  a:
    tenant_id: 11111111-1111-1111-1111-111111111111
    register:
      name: lab
      secret: true
      secret_lifetime: 3 months
      redirect_uris: [localhost, "web=https://a.example/cb"]
      roles:
        - FHIR Data Reader@fhir
      secret_out: app.secret
`

// TestRegisterSection: a profile says what the app should be, flags win, and an
// unfinished run's wish stands between them.
func TestRegisterSection(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "c.yaml")
	if err := os.WriteFile(file, []byte(wished), 0o600); err != nil {
		t.Fatal(err)
	}
	flags := map[string]config.Value{config.RegisterSecretLifetime: {Text: "45d", Source: config.Source{Kind: config.FromFlag}}}
	s, err := config.Resolve(config.Input{File: file, Flags: flags})
	if err != nil {
		t.Fatal(err)
	}
	r := s.Register
	if r.Name != "lab" || !r.Secret || r.SecretLifetime != 45*24*time.Hour || len(r.RedirectURIs) != 2 || r.RedirectURIs[1] != "web=https://a.example/cb" ||
		r.Roles[0] != "FHIR Data Reader@fhir" || r.SecretOut != filepath.Join(dir, "app.secret") {
		t.Errorf("%+v", r)
	}
	wish := s.Wish()
	wish[config.RegisterName], wish[config.RegisterSecretLifetime] = "earlier", "90d"
	if err := s.Recall(wish); err != nil || s.Register.Name != "earlier" || s.Register.SecretLifetime != 45*24*time.Hour {
		t.Errorf("%v, %+v", err, s.Register)
	}
	for _, bad := range []map[string]string{{config.TenantID: "x"}, {config.RegisterSecretEnd: "soon"}, {"register.nothing": "x"}} {
		if err := s.Recall(bad); err == nil {
			t.Errorf("%v is recalled", bad)
		}
	}
}

// TestStrangersRegisterNothing: a file that is merely found may not say what an
// app lets in.
func TestStrangersRegisterNothing(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, config.FileName), []byte(wished), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := config.Resolve(config.Input{Dir: dir, StateDir: t.TempDir()})
	if err == nil || !strings.Contains(err.Error(), config.RegisterRoles) {
		t.Errorf("got %v", err)
	}
}

// TestUnset takes out what was saved and still stands, nothing else.
func TestUnset(t *testing.T) {
	const before = "# mine\nprofiles:\n  a:\n    client_id: 11111111-1111-1111-1111-111111111111 # written\n    tenant_id: contoso.com\n" +
		"    app_object_id: 22222222-2222-2222-2222-222222222222\n  b:\n    client_id: 11111111-1111-1111-1111-111111111111\n"
	const after = "# mine\nprofiles:\n  a:\n    tenant_id: contoso.com\n" +
		"    app_object_id: 22222222-2222-2222-2222-222222222222\n  b:\n    client_id: 11111111-1111-1111-1111-111111111111\n"
	file := filepath.Join(t.TempDir(), "c.yaml")
	if err := os.WriteFile(file, []byte(before), 0o600); err != nil {
		t.Fatal(err)
	}
	values := map[string]string{config.ClientID: "11111111-1111-1111-1111-111111111111", config.AppObjectID: "33333333-3333-3333-3333-333333333333"}
	s := config.Saving{Path: file, Profile: "a", Values: values, StateDir: t.TempDir()}
	for range 2 {
		if err := config.Unset(s); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(file); err != nil || string(got) != after {
			t.Errorf("%v\n%s", err, got)
		}
	}
	s.Path = filepath.Join(t.TempDir(), "absent.yaml")
	if err := config.Unset(s); err != nil {
		t.Error(err)
	}
}

// FuzzLifetime: what is taken is above zero and means what it says in other
// spellings too.
func FuzzLifetime(f *testing.F) {
	for _, text := range []string{"6mo", "24 Months", "45d", "2w", "36h", "6m", "1y", "-1h"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := config.ParseLifetime(text)
		if err != nil || text == "" {
			return
		}
		if again, err := config.ParseLifetime(d.String()); d <= 0 || err != nil || again != d {
			t.Errorf("%q is %s, again %s, %v", text, d, again, err)
		}
	})
}
