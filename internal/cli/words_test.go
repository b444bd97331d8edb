package cli

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestDescribe(t *testing.T) {
	now := time.Unix(1000, 0).In(time.FixedZone("CEST", 7200))
	for name, row := range map[string]struct {
		said map[string]any
		want []string
	}{
		"the app itself, v1": {map[string]any{"appid": "APP", "appidacr": "1", "oid": "SP", "aud": "https://x.fhir", "exp": 1600.0, "tid": "T"},
			[]string{"the app (APP) itself, nobody behind it (service principal SP), proved by a secret", "the service https://x.fhir", "until   02:26 CEST, in 10 minutes"}},
		"a person, v2": {map[string]any{"azp": "APP", "azpacr": "0", "preferred_username": "alice@b", "scp": "Dicom.ReadWrite", "oid": "U",
			"aud": "https://dicom.healthcareapis.azure.com/", "exp": 900.0},
			[]string{"alice@b (object id U), by way of the app (APP), which proved nothing", "every DICOM service", "what the person allowed: Dicom.ReadWrite", "until   02:15 CEST, 100 seconds ago"}},
		"nothing": {map[string]any{}, []string{"no client id", "it names none", "not said", "no end"}},
		"other forms": {map[string]any{"aud": []any{"x"}, "exp": "soon", "roles": "x", "scp": 1.0},
			[]string{"no service: it names none", "no end"}},
	} {
		got := strings.Join(describe(row.said, now).lines(), "\n")
		for _, want := range row.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %q is not in\n%s", name, want, got)
			}
		}
	}
}

func TestWhoami(t *testing.T) {
	w := newWorld(t)
	info := w.withSandbox(t)
	if w.must(t, "whoami"); !strings.Contains(w.stdout.String(), info.ClientID) || !strings.Contains(w.stdout.String(), info.FHIRURL) {
		t.Errorf("stdout %q", w.stdout.String())
	}
	if w.must(t, "whoami", "--grant", "authorization_code", "--client-id", info.PublicClientID); !strings.Contains(w.stdout.String(), "by way of the app") {
		t.Errorf("a person: %q", w.stdout.String())
	}
	w.must(t, "token")
	w.Stdin = strings.NewReader(w.stdout.String())
	w.must(t, "whoami", "-", "--output", "json")
	var got map[string]any
	if err := json.Unmarshal(w.stdout.Bytes(), &got); err != nil || got["expired"] != false || got["tenant"] != info.TenantID {
		t.Errorf("%v: %s", err, w.stdout.String())
	}
	noSecret(t, w, info)
}

// TestAssertion: what is printed opens the sandbox's door.
func TestAssertion(t *testing.T) {
	w := newWorld(t)
	info := w.withSandbox(t)
	for name, args := range map[string]string{"certificate": "--certificate " + info.CertificateFile,
		"with the chain": "--certificate " + info.CertificateFile + " --send-certificate-chain",
		"federated file": "--federated-token-file " + info.FederatedTokenFile} {
		w.must(t, append([]string{"assertion"}, strings.Fields(args)...)...)
		file := filepath.Join(t.TempDir(), "assertion")
		writeFile(t, file, w.stdout.String())
		if code := w.run(t, "token", "--profile", "sandbox", "--fresh", "--federated-token-file", file); code != ExitOK {
			t.Errorf("%s: exit code %d: %s", name, code, w.stderr.String())
		}
	}
	w.must(t, "assertion", "--certificate", info.CertificateFile, "--output", "form")
	if !strings.Contains(w.stdout.String(), "client_assertion_type=urn%3Aietf") {
		t.Errorf("form: %q", w.stdout.String())
	}
	if code := w.run(t, "assertion", "--profile", "sandbox"); code != ExitUsage || !strings.Contains(w.stderr.String(), "signs nothing") || w.stdout.Len() > 0 {
		t.Errorf("a secret: exit code %d: %s", code, w.stderr.String())
	}
}

var compact = regexp.MustCompile(`eyJ[\w-]+\.[\w-]+\.[\w-]+`)

// TestExplain: nothing is sent, and neither secret nor assertion is shown.
func TestExplain(t *testing.T) {
	w := newWorld(t)
	info := w.withSandbox(t)
	for args, want := range map[string][]string{
		"":                                      {"curl --request POST '" + info.Authority + "/oauth2/v2.0/token'", `"client_secret=$CLIENT_SECRET"`, "'grant_type=client_credentials'"},
		"--certificate " + info.CertificateFile: {`"client_assertion=$CLIENT_ASSERTION"`, `"alg":"PS256"`, `"x5t#S256"`, `"iss":"` + info.ClientID + `"`},
		"--federated-token-file " + info.FederatedTokenFile:             {`"aud":"api://AzureADTokenExchange"`},
		"--grant authorization_code --client-id " + info.PublicClientID: {"<code_challenge>", `"code=$CODE"`, "redirect_uri=http://localhost"},
		"--grant device_code --client-id " + info.PublicClientID:        {"/devicecode'", `"device_code=$DEVICE_CODE"`},
		"--credential azure-cli":                                        {"the Azure CLI's session hands the token out"},
	} {
		w.must(t, append([]string{"token", "--explain", "--debug"}, strings.Fields(args)...)...)
		for _, part := range want {
			if !strings.Contains(w.stdout.String(), part) {
				t.Errorf("%q: %q is not in\n%s", args, part, w.stdout.String())
			}
		}
		if w.stderr.Len() > 0 || compact.MatchString(w.stdout.String()) {
			t.Errorf("%q: sent or shown too much: stderr %q\n%s", args, w.stderr.String(), w.stdout.String())
		}
		noSecret(t, w, info)
	}
}

// TestCompareTokens: two services' tokens differ in their audience; a token and
// itself do not.
func TestCompareTokens(t *testing.T) {
	w := newWorld(t)
	info := w.withSandbox(t)
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	w.must(t, "token")
	writeFile(t, a, w.stdout.String())
	w.must(t, "token", "--service", "dicom")
	writeFile(t, b, w.stdout.String())
	w.must(t, "inspect", "--diff", a, b)
	if got := w.stdout.String(); !strings.Contains(got, "aud: the service that takes the token\n  A \""+info.FHIRURL) || strings.Contains(got, "uti") || strings.Contains(got, "eyJ") {
		t.Errorf("stdout %q", got)
	}
	if w.must(t, "inspect", "--diff", a, a); !strings.Contains(w.stdout.String(), "They say the same") {
		t.Errorf("itself: %q", w.stdout.String())
	}
	w.must(t, "inspect", "--diff", a, b, "--output", "json")
	var got struct{ Differences []map[string]any }
	if err := json.Unmarshal(w.stdout.Bytes(), &got); err != nil || len(got.Differences) == 0 {
		t.Errorf("%v: %s", err, w.stdout.String())
	}
	writeFile(t, b, canary)
	for args, want := range map[string]string{"--diff " + a: "expected two files", "--diff - -": "only one of the tokens",
		"--diff " + a + " " + b: "could not read the token " + b, a + " " + b: "unexpected argument"} {
		if code := w.run(t, append([]string{"inspect"}, strings.Fields(args)...)...); code != ExitUsage || !strings.Contains(w.stderr.String(), want) {
			t.Errorf("%s: exit code %d: %s", args, code, w.stderr.String())
		}
		noSecret(t, w, info)
	}
}
