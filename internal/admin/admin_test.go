package admin_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"hdstest/internal/admin"
	"hdstest/internal/problem"
)

const (
	tenant = "11111111-1111-1111-1111-111111111111"
	client = "22222222-2222-2222-2222-222222222222"
	value  = "canary~secret~value"
)

// authority plays Entra: discovery, the token endpoint, the device code.
func authority(t *testing.T) *httptest.Server {
	mux := http.NewServeMux()
	s := httptest.NewTLSServer(mux)
	t.Cleanup(s.Close)
	mux.HandleFunc("/{tenant}/v2.0/.well-known/openid-configuration", func(w http.ResponseWriter, r *http.Request) {
		base := s.URL + "/" + r.PathValue("tenant")
		answer(w, 200, map[string]any{"issuer": base + "/v2.0", "authorization_endpoint": base + "/oauth2/v2.0/authorize",
			"token_endpoint": base + "/oauth2/v2.0/token"})
	})
	mux.HandleFunc("/{tenant}/oauth2/v2.0/devicecode", func(w http.ResponseWriter, r *http.Request) {
		answer(w, 200, map[string]any{"user_code": "ABCD", "device_code": "d", "verification_uri": "https://x", "expires_in": 900,
			"interval": 1, "message": "To sign in, enter the code ABCD"})
	})
	mux.HandleFunc("/{tenant}/oauth2/v2.0/token", func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("device_code") == "" && (r.FormValue("client_secret") != value || r.FormValue("client_id") != client) {
			answer(w, 401, map[string]any{"error": "invalid_client", "error_codes": []int{7000215}, "trace_id": "trace-1",
				"error_description": "AADSTS7000215: Invalid client secret provided, not " + r.FormValue("client_secret") + ". Trace ID: trace-1"})
			return
		}
		answer(w, 200, map[string]any{"token_type": "Bearer", "access_token": "token for " + r.FormValue("scope"), "expires_in": 3600,
			"scope": r.FormValue("scope")})
	})
	return s
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func environ(vars map[string]string) func(string) string {
	return func(name string) string { return vars[name] }
}

func get(t *testing.T, kind string, o admin.Options) (string, error) {
	t.Helper()
	c, err := admin.Credential(kind, o)
	if err != nil {
		return "", err
	}
	token, err := c.GetToken(context.Background(), policy.TokenRequestOptions{Scopes: []string{"https://graph.example/.default"}, EnableCAE: true})
	return token.Token, err
}

func TestKindsThatTakeVariables(t *testing.T) {
	s := authority(t)
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(value+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ours := map[string]string{admin.EnvTenantID: tenant, admin.EnvClientID: client}
	app := map[string]string{"AZURE_TENANT_ID": tenant, "AZURE_CLIENT_ID": client, "AZURE_CLIENT_SECRET": value}
	for _, row := range []struct {
		name, kind string
		vars       map[string]string
	}{
		{"hdstest with the secret in a variable", admin.HDSTest, with(ours, admin.EnvSecret, value)},
		{"hdstest with the secret in a file, its line end cut", admin.HDSTest, with(ours, admin.EnvSecretFile, file)},
		{"environment, when written", admin.Environment, app},
		{"auto takes hdstest first", admin.Auto, with(ours, admin.EnvSecret, value)},
	} {
		t.Run(row.name, func(t *testing.T) {
			var taken []string
			token, err := get(t, row.kind, admin.Options{HTTP: s.Client(), Authority: s.URL + "/" + tenant, Environ: environ(row.vars),
				Taken: func(kind, detail string) { taken = append(taken, kind+" "+detail) }})
			if err != nil || !strings.HasPrefix(token, "token for https://graph.example/.default") {
				t.Fatalf("token %q, %v", token, err)
			}
			if len(taken) != 1 || !strings.Contains(taken[0], client) || strings.Contains(fmt.Sprint(taken), value) {
				t.Errorf("told %q, want one line with the client id", taken)
			}
		})
	}
}

func with(m map[string]string, more ...string) map[string]string {
	out := map[string]string{}
	for k, v := range m {
		out[k] = v
	}
	for i := 0; i < len(more); i += 2 {
		out[more[i]] = more[i+1]
	}
	return out
}

func TestBadInputIsAUsageError(t *testing.T) {
	full := map[string]string{admin.EnvTenantID: tenant, admin.EnvClientID: client, admin.EnvSecret: value}
	other := "99999999-9999-9999-9999-999999999999"
	for _, row := range []struct {
		name, kind, want string
		o                admin.Options
	}{
		{"unknown kind", "az", `unknown administrator's credential "az"`, admin.Options{}},
		{"hdstest without a client id", admin.HDSTest, "needs " + admin.EnvTenantID, admin.Options{}},
		{"hdstest without a secret", admin.HDSTest, "needs " + admin.EnvSecret, admin.Options{Environ: environ(with(full, admin.EnvSecret, ""))}},
		{"hdstest with two secrets", admin.HDSTest, "not both", admin.Options{Environ: environ(with(full, admin.EnvSecretFile, "f"))}},
		{"hdstest with a missing file", admin.HDSTest, "no such file", admin.Options{Environ: environ(with(full, admin.EnvSecret, "", admin.EnvSecretFile, "/nowhere"))}},
		{"another tenant", admin.HDSTest, "but the profile's tenant is " + other, admin.Options{Environ: environ(full), TenantID: other}},
		{"environment never read unasked", admin.HDSTest, "needs", admin.Options{Environ: environ(map[string]string{"AZURE_CLIENT_ID": client})}},
		{"environment without a credential", admin.Environment, "AZURE_FEDERATED_TOKEN_FILE", admin.Options{Environ: environ(map[string]string{"AZURE_TENANT_ID": tenant, "AZURE_CLIENT_ID": client})}},
		{"authority without TLS", admin.HDSTest, "no https:// address", admin.Options{Environ: environ(full), Authority: "http://localhost"}},
		{"tenant that is none", admin.DeviceCode, "invalid tenantID", admin.Options{TenantID: "a b"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			row.o.HTTP = http.DefaultClient
			_, err := admin.Credential(row.kind, row.o)
			if err == nil || problem.KindOf(err) != problem.Usage || !strings.Contains(err.Error(), row.want) {
				t.Errorf("got %v, want a usage error with %q", err, row.want)
			}
		})
	}
}

func TestRefusalBecomesEvidence(t *testing.T) {
	s := authority(t)
	wrong := "canary~wrong"
	_, err := get(t, admin.HDSTest, admin.Options{HTTP: s.Client(), Authority: s.URL, Environ: environ(map[string]string{
		admin.EnvTenantID: tenant, admin.EnvClientID: client, admin.EnvSecret: wrong})})
	var p *problem.Error
	if !errors.As(err, &p) || p.Kind != problem.NoToken || p.Code != "AADSTS7000215" || p.TraceID != "trace-1" {
		t.Fatalf("got %v", err)
	}
	if e := p.Evidence.TokenEndpoint; e.Status != 401 || !slices.Equal(e.ErrorCodes, []int{7000215}) {
		t.Errorf("evidence %+v", e)
	}
	if text := fmt.Sprint(err, p.Evidence.TokenEndpoint.MessageContains); strings.Contains(text, wrong) {
		t.Errorf("the secret shows in %s", text)
	}
}

func TestNoConnectionIsUnreachable(t *testing.T) {
	s := authority(t)
	s.Close()
	_, err := get(t, admin.HDSTest, admin.Options{HTTP: s.Client(), Authority: s.URL, Environ: environ(map[string]string{
		admin.EnvTenantID: tenant, admin.EnvClientID: client, admin.EnvSecret: value})})
	if problem.KindOf(err) != problem.Unreachable {
		t.Errorf("got %v", err)
	}
}

func TestDeviceCodeShowsItsMessage(t *testing.T) {
	s := authority(t)
	var out bytes.Buffer
	if _, err := get(t, admin.DeviceCode, admin.Options{HTTP: s.Client(), Authority: s.URL, TenantID: tenant, Message: &out}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "enter the code ABCD") {
		t.Errorf("shown %q", out.String())
	}
}

func TestAutoTakesTheAzureCLI(t *testing.T) {
	bin := t.TempDir()
	script := "#!/bin/sh\necho '{\"accessToken\":\"from az\",\"expires_on\":4102444800}'\n"
	if err := os.WriteFile(filepath.Join(bin, "az"), []byte(script), 0o700); err != nil { // #nosec: a test's own program
		t.Fatal(err)
	}
	t.Setenv("PATH", bin)
	var taken string
	token, err := get(t, admin.Auto, admin.Options{HTTP: http.DefaultClient, Taken: func(kind, _ string) { taken = kind }})
	if err != nil || token != "from az" || taken != admin.AzureCLI {
		t.Errorf("token %q taken %q, %v", token, taken, err)
	}
}

func TestAutoSaysWhatItTried(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := get(t, admin.Auto, admin.Options{HTTP: http.DefaultClient})
	if problem.KindOf(err) != problem.NoToken {
		t.Fatalf("got %v", err)
	}
	for _, kind := range admin.Order() {
		if !strings.Contains(err.Error(), kind+": ") {
			t.Errorf("%s is not named in %v", kind, err)
		}
	}
}
