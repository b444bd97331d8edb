//go:build e2e

package e2e_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// scenarioNames are those that the program itself lists.
func scenarioNames(t *testing.T) map[string]string {
	t.Helper()
	home := t.TempDir()
	r := command(t, home, environment(home), binary(), "sandbox", "scenarios", "--output", "json")
	var list struct {
		Scenarios []struct{ Name, Cause string }
	}
	if err := json.Unmarshal([]byte(r.stdout), &list); err != nil || len(list.Scenarios) < 30 {
		t.Fatalf("%v: %.200s %s", err, r.stdout, r.stderr)
	}
	causes := map[string]string{}
	for _, s := range list.Scenarios {
		causes[s.Name] = s.Cause
	}
	return causes
}

// doctorArguments are what doctor needs besides, where a scenario shows only so.
func doctorArguments(t *testing.T, s sandbox, scenario string) []string {
	t.Helper()
	switch scenario {
	case "certificate-not-uploaded":
		return []string{"--certificate", s.CertificateFile}
	case "consent-missing":
		return []string{"--grant", "authorization_code", "--client-id", s.PublicClientID}
	case "public-flows-off":
		return []string{"--grant", "device_code", "--client-id", s.PublicClientID}
	case "redirect-mismatch":
		return []string{"--redirect-uri", "http://localhost"}
	case "loopback-port-strict":
		return []string{"--redirect-uri", "http://127.0.0.1:4711", "--client-id", s.PublicClientID}
	case "assertion-replayed": // the same assertion for both services
		r := s.hdstest(t, "assertion", "--profile", "sandbox", "--certificate", s.CertificateFile)
		file := filepath.Join(s.home, "assertion.txt")
		if err := os.WriteFile(file, []byte(strings.TrimSpace(r.stdout)), 0o600); err != nil || r.code != 0 {
			t.Fatal(err, r.stderr)
		}
		return []string{"--federated-token-file", file}
	case "key-rotation":
		// An administrator's token would be the first of the old keys.
		return []string{"--admin-credential", "none"}
	case "slow":
		return []string{"--timeout", "2s"}
	case "replication-delay", "graph-denied", "secrets-forbidden", "secret-lifetime", "role-assignment-denied":
		return []string{"--rehearse"}
	}
	return nil
}

// TestDoctorNamesEveryScenario: every scenario of the sandbox, run through the
// compiled program, yields its cause; without one nothing is wrong.
func TestDoctorNamesEveryScenario(t *testing.T) {
	all := scenarioNames(t)
	all[""] = ""
	for name, cause := range all {
		t.Run("scenario "+name, func(t *testing.T) {
			t.Parallel()
			var on []string
			if name != "" {
				on = []string{"--scenario", name}
			}
			s := startSandbox(t, on...)
			if got, r := s.doctor(t, doctorArguments(t, s, name)...); got != cause {
				t.Errorf("cause %q, want %q; exit code %d\n%s", got, cause, r.code, r.stderr)
			}
		})
	}
}

// doctor runs the program and gives the id of the cause it names. A person sits at
// the browser.
func (s sandbox) doctor(t *testing.T, args ...string) (string, result) {
	t.Helper()
	bin := t.TempDir()
	wanted := filepath.Join(bin, "address")
	script := "#!/bin/sh\nprintf '%s' \"$1\" > '" + wanted + ".new' && mv '" + wanted + ".new' '" + wanted + "'\n"
	if err := os.WriteFile(filepath.Join(bin, "xdg-open"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	gone := make(chan struct{})
	go func() { defer close(gone); s.sitAt(ctx, t, wanted) }()
	env := append(environment(s.home), "DISPLAY=:0", "PATH="+bin+":"+os.Getenv("PATH"))
	r := command(t, s.home, env, binary(), append([]string{"doctor", "--profile", "sandbox", "--output", "json"}, args...)...)
	stop()
	<-gone
	var told struct {
		Diagnosis *struct{ ID string }
	}
	if err := json.Unmarshal([]byte(r.stdout), &told); err != nil {
		t.Fatalf("%v: %s%s", err, r.stdout, r.stderr)
	}
	if told.Diagnosis == nil {
		return "", r
	}
	return told.Diagnosis.ID, r
}

// sitAt signs in wherever the program sends its browser.
func (s sandbox) sitAt(ctx context.Context, t *testing.T, file string) {
	for tick := time.NewTicker(20 * time.Millisecond); ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			data, err := os.ReadFile(file)
			if err != nil {
				continue
			}
			_ = os.Remove(file)
			_, _, _ = s.person(t).Open(ctx, string(data)) // what comes of it the program tells
		}
	}
}
