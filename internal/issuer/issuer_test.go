package issuer_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"

	"hdstest/internal/evidence"
	"hdstest/internal/issuer"
	"hdstest/internal/problem"
)

const (
	tid   = "11111111-1111-1111-1111-111111111111"
	other = "22222222-2222-2222-2222-222222222222"
)

// authority serves metadata and keys; both can be replaced.
type authority struct {
	*httptest.Server
	metadata, keys string
	fetched        int // how often the keys were
}

func newAuthority(t *testing.T, keyIDs ...string) *authority {
	t.Helper()
	a := &authority{}
	a.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/" + tid + "/v2.0/.well-known/openid-configuration":
			fmt.Fprint(w, a.metadata)
		case "/keys":
			a.fetched++
			fmt.Fprint(w, a.keys)
		default:
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"error":"invalid_tenant","error_description":"AADSTS90002: Tenant 'x' not found. Trace ID: t","error_codes":[90002],"trace_id":"t"}`)
		}
	}))
	t.Cleanup(a.Close)
	a.metadata = fmt.Sprintf(`{"issuer":"%[1]s/%[2]s/v2.0","jwks_uri":"%[1]s/keys","token_endpoint":"%[1]s/%[2]s/oauth2/v2.0/token","id_token_signing_alg_values_supported":["RS256"]}`, a.URL, tid)
	a.keys = keyDocument(t, keyIDs...)
	return a
}

// keyDocument has, beside the keys wanted, entries that must not count.
func keyDocument(t *testing.T, ids ...string) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	entries := []string{`{"kty":"oct","kid":"symmetric","k":"c2VjcmV0"}`, `{"kty":"XX","kid":"unknown"}`, `"no object"`}
	for _, id := range ids {
		data, err := json.Marshal(jose.JSONWebKey{Key: &key.PublicKey, KeyID: id, Use: "sig"})
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, strings.TrimSuffix(string(data), "}")+`,"issuer":"https://x/{tenantid}/v2.0"}`)
	}
	return `{"keys":[` + strings.Join(entries, ",") + `]}`
}

func TestDiscover(t *testing.T) {
	a := newAuthority(t)
	good := a.metadata
	for name, c := range map[string]struct {
		metadata, authority string
		kind                problem.Kind
		seen                string
	}{
		"good":                     {metadata: good, authority: a.URL + "/" + tid + "/"},
		"unknown tenant":           {metadata: good, authority: a.URL + "/nowhere", kind: problem.NoToken, seen: "AADSTS90002"},
		"keys elsewhere":           {metadata: strings.Replace(good, a.URL+"/keys", "https://evil.example/keys", 1), authority: a.URL + "/" + tid, kind: problem.Failed, seen: "evil.example"},
		"keys without TLS":         {metadata: strings.Replace(good, a.URL+"/keys", "http"+a.URL[5:]+"/keys", 1), authority: a.URL + "/" + tid, kind: problem.Failed, seen: "jwks_uri"},
		"issuer elsewhere":         {metadata: strings.Replace(good, `"issuer":"`+a.URL, `"issuer":"https://evil.example`, 1), authority: a.URL + "/" + tid, kind: problem.Failed, seen: "issuer"},
		"no JSON":                  {metadata: "<html>", authority: a.URL + "/" + tid, kind: problem.Failed, seen: "6 bytes"},
		"authority without tenant": {metadata: good, authority: a.URL, kind: problem.Usage, seen: "https://host/tenant"},
		"authority without TLS":    {metadata: good, authority: "http://localhost/" + tid, kind: problem.Usage, seen: "https://host/tenant"},
		"refused":                  {metadata: good, authority: "https://127.0.0.1:1/" + tid, kind: problem.Unreachable, seen: "refused"},
	} {
		a.metadata = c.metadata
		m, err := issuer.Discover(t.Context(), a.Client(), c.authority)
		if c.seen == "" {
			if err != nil || m.KeysURL != a.URL+"/keys" {
				t.Errorf("%s: %+v, %v", name, m, err)
			}
			continue
		}
		if err == nil || problem.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.seen) {
			t.Errorf("%s: error %v of kind %d, want kind %d about %q", name, err, problem.KindOf(err), c.kind, c.seen)
		}
	}
}

func TestRefusalCarriesEvidence(t *testing.T) {
	a := newAuthority(t)
	_, err := issuer.Discover(t.Context(), a.Client(), a.URL+"/nowhere")
	var p *problem.Error
	if !errors.As(err, &p) || p.TraceID != "t" || p.Evidence == nil {
		t.Fatalf("error = %#v", err)
	}
	want := &evidence.OAuthAnswer{Status: 400, Error: "invalid_tenant", ErrorCodes: []int{90002},
		MessageContains: "AADSTS90002: Tenant 'x' not found.", TraceID: "t"}
	if diff := cmp.Diff(want, p.Evidence.TokenEndpoint); diff != "" {
		t.Error(diff)
	}
}

func TestKeys(t *testing.T) {
	a := newAuthority(t, "k1")
	set := issuer.Keys(a.Client(), a.URL+"/"+tid)
	if set.URL() != "" || set.Algorithms() != nil {
		t.Error("something was fetched before it was asked for")
	}
	ask := func(kid string, want bool, fetched int) {
		t.Helper()
		key, iss, err := set.Key(t.Context(), kid)
		if err != nil || (key != nil) != want || (want && iss != "https://x/{tenantid}/v2.0") {
			t.Errorf("Key(%s) = %v, %q, %v", kid, key, iss, err)
		}
		if a.fetched != fetched {
			t.Errorf("after %s the keys were fetched %d times, want %d", kid, a.fetched, fetched)
		}
	}
	ask("k1", true, 1)
	ask("symmetric", false, 2)
	ask("symmetric", false, 2) // missed before: no third time
	a.keys = keyDocument(t, "k2")
	ask("k2", true, 3) // rolled over: one refresh
	if set.URL() != a.URL+"/keys" || set.Algorithms()[0] != "RS256" {
		t.Errorf("URL() = %q, Algorithms() = %v", set.URL(), set.Algorithms())
	}
}

func TestKeysCannotBeHad(t *testing.T) {
	a := newAuthority(t)
	a.keys = "<html>"
	if key, _, err := issuer.Keys(a.Client(), a.URL+"/"+tid).Key(t.Context(), "k"); err == nil || key != nil {
		t.Errorf("Key() = %v, %v", key, err)
	}
}

func TestTrusted(t *testing.T) {
	const public, local = "https://login.microsoftonline.com/", "https://localhost:8443/"
	for _, c := range []struct{ rule, iss, authority, want string }{
		{"own v2.0", local + tid + "/v2.0", local + tid, local + tid},
		{"own v1.0", local + tid + "/", local + tid, local + tid},
		{"own host, tenant by name", local + tid + "/v2.0", local + "contoso.example", local + "contoso.example"},
		{"own host, other tenant", local + other + "/v2.0", local + tid, ""},
		{"own host, other port", "https://localhost:9/" + tid + "/v2.0", local + tid, ""},
		{"public v1.0 by its authority", "https://sts.windows.net/" + tid + "/", public + tid, public + tid},
		{"government v1.0 by its authority", "https://sts.windows.net/" + tid + "/", "https://login.microsoftonline.us/" + tid, "https://login.microsoftonline.us/" + tid},
		{"Microsoft, no profile", "https://sts.windows.net/" + tid + "/", "", public + tid},
		{"Microsoft, other tenant", public + other + "/v2.0", public + tid, public + other},
		{"Microsoft, custom profile", public + tid + "/v2.0", local + other, public + tid},
		{"Microsoft, tenant by name", public + "contoso.example/v2.0", "", ""},
		{"Microsoft with a port", "https://login.microsoftonline.com:444/" + tid + "/v2.0", "", ""},
		{"a host that only looks so", "https://login.microsoftonline.com.evil.example/" + tid + "/v2.0", public + tid, ""},
		{"a person in the address", "https://login.microsoftonline.com@evil.example/" + tid + "/v2.0", public + tid, ""},
		{"no TLS", "http://sts.windows.net/" + tid + "/", public + tid, ""},
		{"a longer path", public + "x/" + tid + "/v2.0", public + tid, ""},
		{"nothing", "", public + tid, ""},
	} {
		got, err := issuer.Trusted(c.iss, c.authority)
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s: Trusted(%q, %q) = %q, %v, want %q", c.rule, c.iss, c.authority, got, err, c.want)
		}
	}
}

func TestChallenge(t *testing.T) {
	const login = "https://login.microsoftonline.com/" + tid
	for name, c := range map[string]struct {
		header string
		want   evidence.ServiceConfig
	}{
		"of the FHIR service": {`Bearer authorization_uri="` + login + `", resource_id="https://f", realm="https://f"`,
			evidence.ServiceConfig{Audience: "https://f", Authority: login, TenantID: tid}},
		"other order, behind another": {`Basic realm="b", Bearer realm="r", resource_id="https://f", error="invalid_token", authorization_uri="` + login + `/oauth2/authorize"`,
			evidence.ServiceConfig{Audience: "https://f", Authority: login + "/oauth2/authorize", TenantID: tid, Extra: map[string]any{"realm": "r"}}},
		"realm alone":      {`Bearer realm="https://f"`, evidence.ServiceConfig{Audience: "https://f"}},
		"old, error alone": {`Bearer error="invalid_token", error_description="The audience is invalid"`, evidence.ServiceConfig{}},
		"another scheme":   {`Basic realm="https://f"`, evidence.ServiceConfig{}},
	} {
		if diff := cmp.Diff(c.want, issuer.Challenge(c.header)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
