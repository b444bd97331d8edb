package graph_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"math/big"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"hdstest/internal/sandbox/directory"
)

func TestPassword(t *testing.T) {
	w := newWorld(t)
	path := "/v1.0/applications/" + w.ok(201, "POST", "/v1.0/applications", `{"displayName":"x"}`).text("id")
	for name, body := range map[string]string{"no body": "", "empty body": "{}", "empty credential": `{"passwordCredential":{}}`} {
		r := w.ok(200, "POST", path+"/addPassword", body)
		if got, want := r.text("endDateTime"), "2028-03-01T12:00:00Z"; got != want {
			t.Errorf("%s: two years by default: want %s, got %s", name, want, got)
		}
	}
	r := w.ok(200, "POST", path+"/addPassword", `{"passwordCredential":{"@odata.type":"#microsoft.graph.passwordCredential",
		"displayName":"lab","endDateTime":"2026-06-01T00:00:00Z"}}`)
	secret := r.text("secretText")
	if !regexp.MustCompile(`^[A-Za-z0-9_.~-]{40}$`).MatchString(secret) || !strings.Contains(secret, "~") || !strings.Contains(secret, "sandbox") {
		t.Errorf("the secret's shape: %s", secret)
	}
	if r.text("hint") != secret[:3] || r.text("displayName") != "lab" || r.text("@odata.context") == "" {
		t.Errorf("hint, name and context: %s", r.raw)
	}
	shown := w.ok(200, "GET", path, "")
	if strings.Contains(shown.raw, secret) || !strings.Contains(shown.raw, `"secretText":null`) {
		t.Errorf("a secret is shown once: %s", shown.raw)
	}
	w.directory.View(func(s *directory.State) {
		for _, a := range s.Applications {
			if n := len(a.PasswordCredentials); n != 4 || !a.PasswordCredentials[3].Matches(secret) {
				t.Errorf("want the fourth of 4 secrets to match, have %d", n)
			}
		}
	})
	w.send(w.admin(), "POST", path+"/removePassword", `{"keyId":"`+secret+`"}`).
		refused(t, 400, "Request_BadRequest", "No password credential found with keyId")
	w.ok(204, "POST", path+"/removePassword", `{"keyId":"`+r.text("keyId")+`"}`)
	if got := w.ok(200, "GET", path, ""); strings.Contains(got.raw, r.text("keyId")) {
		t.Errorf("a removed secret is gone: %s", got.raw)
	}
}

func TestPasswordRefused(t *testing.T) {
	w := newWorld(t)
	path := "/v1.0/applications/" + w.ok(201, "POST", "/v1.0/applications", `{"displayName":"x"}`).text("id")
	for body, message := range map[string]string{
		`{"passwordCredential":{"endDateTime":"2026-02-01T00:00:00Z"}}`:                                        "end date is invalid",
		`{"passwordCredential":{"startDateTime":"2027-01-01T00:00:00Z","endDateTime":"2026-12-01T00:00:00Z"}}`: "end date is invalid",
		`{"passwordCredential":{"endDateTime":"tomorrow"}}`:                                                    "endDateTime",
		`{"passwordCredential":{"secretText":"mine"}}`:                                                         "'secretText' is read-only",
		`{"passwordCredential":{"foo":1}}`:                                                                     "'foo' does not exist",
		`{"passwordCredential":7}`:                                                                             "passwordCredential",
		`{"displayName":"x"}`:                                                                                  "parameter 'displayName'",
	} {
		if r := w.send(w.admin(), "POST", path+"/addPassword", body); r.status != 400 || !strings.Contains(r.raw, message) {
			t.Errorf("%s: want 400 with %q, got %d %s", body, message, r.status, r.raw)
		}
	}
	w.send(w.admin(), "PATCH", path, `{"passwordCredentials":[]}`).refused(t, 400, "Request_BadRequest", "service actions")
}

// TestPasswordAtCreation shows what Graph takes since April 2024.
func TestPasswordAtCreation(t *testing.T) {
	w := newWorld(t)
	r := w.ok(201, "POST", "/v1.0/applications", `{"displayName":"x","passwordCredentials":[{"displayName":"one"}]}`)
	if !strings.Contains(r.raw, `"secretText":"`) {
		t.Errorf("the text is shown at creation: %s", r.raw)
	}
}

func TestSecretPolicies(t *testing.T) {
	w := newWorld(t)
	path := "/v1.0/applications/" + w.ok(201, "POST", "/v1.0/applications", `{"displayName":"x"}`).text("id") + "/addPassword"
	w.scenarios.Enable("secret-lifetime")
	w.send(w.admin(), "POST", path, "{}").refused(t, 400, "CredentialInvalidLifetimeAsPerAppPolicy", "exceeds the max value")
	w.ok(200, "POST", path, `{"passwordCredential":{"endDateTime":"2026-08-01T00:00:00Z"}}`)
	w.scenarios.Enable("secrets-forbidden")
	w.send(w.admin(), "POST", path, `{"passwordCredential":{"endDateTime":"2026-08-01T00:00:00Z"}}`).
		refused(t, 400, "CredentialTypeNotAllowedAsPerAppPolicy", "policy")
}

// certificate makes a self-signed one around the world's time.
func certificate(t *testing.T, w *world, key crypto.Signer) []byte {
	t.Helper()
	w.newID() // another serial number each time
	template := &x509.Certificate{SerialNumber: big.NewInt(int64(w.ids) + 1), Subject: pkix.Name{CommonName: "test"},
		NotBefore: w.clock().Add(-time.Hour), NotAfter: w.clock().Add(90 * 24 * time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func rsaKey(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	return ring().Current().Private
}

func entry(der []byte, more string) string {
	return `{"type":"AsymmetricX509Cert","usage":"Verify","key":"` + base64.StdEncoding.EncodeToString(der) + `"` + more + `}`
}

func TestCertificates(t *testing.T) {
	w := newWorld(t)
	path := "/v1.0/applications/" + w.ok(201, "POST", "/v1.0/applications", `{"displayName":"x"}`).text("id")
	one, two := certificate(t, w, rsaKey(t)), certificate(t, w, rsaKey(t))
	w.ok(204, "PATCH", path, `{"keyCredentials":[`+entry(one, `,"displayName":"one"`)+`]}`)
	credentials := func() []any {
		list, _ := w.ok(200, "GET", path, "").body["keyCredentials"].([]any)
		return list
	}
	first, _ := credentials()[0].(map[string]any)
	sum := sha1.Sum(one)
	if first["key"] != nil || first["customKeyIdentifier"] != base64.StdEncoding.EncodeToString(sum[:]) {
		t.Errorf("the key is hidden, the thumbprint names it: %v", first)
	}
	selected := w.ok(200, "GET", path+"?$select=id,keyCredentials", "")
	if !strings.Contains(selected.raw, base64.StdEncoding.EncodeToString(one)) {
		t.Errorf("$select=keyCredentials shows the key: %s", selected.raw)
	}
	if list := w.ok(200, "GET", "/v1.0/applications?$select=keyCredentials", ""); strings.Contains(list.raw, base64.StdEncoding.EncodeToString(one)) {
		t.Errorf("a list never shows it: %s", list.raw)
	}
	keep := `{"keyId":"` + first["keyId"].(string) + `","type":"AsymmetricX509Cert","usage":"Verify","key":null}`
	w.ok(204, "PATCH", path, `{"keyCredentials":[`+keep+`,`+entry(two, "")+`]}`)
	if got := credentials(); len(got) != 2 {
		t.Errorf("an entry without key stays: %v", got)
	}
	w.send(w.admin(), "PATCH", path, `{"keyCredentials":[`+strings.Replace(keep, "null", `"`+base64.StdEncoding.EncodeToString(two)+`"`, 1)+`]}`).
		refused(t, 400, "Request_BadRequest", "Update to existing credential with KeyId")
	w.ok(204, "PATCH", path, `{"keyCredentials":[]}`)
	if got := credentials(); len(got) != 0 {
		t.Errorf("the list is replaced as a whole: %v", got)
	}
}

func TestCertificateRefused(t *testing.T) {
	w := newWorld(t)
	path := "/v1.0/applications/" + w.ok(201, "POST", "/v1.0/applications", `{"displayName":"x"}`).text("id")
	elliptic, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	good := certificate(t, w, rsaKey(t))
	for name, row := range map[string]struct {
		entry, code, message string
		status               int
	}{
		"no RSA key":              {entry(certificate(t, w, elliptic), ""), "Request_BadRequest", "not RSA", 400},
		"no certificate":          {entry([]byte("x"), ""), "Request_BadRequest", `property "key"`, 400},
		"end after certificate's": {entry(good, `,"endDateTime":"2027-01-01T00:00:00Z"`), "KeyCredentialsInvalidEndDate", "end date is invalid", 400},
		"end in the past":         {entry(good, `,"endDateTime":"2026-03-01T11:30:00Z"`), "KeyCredentialsInvalidEndDate", "end date is invalid", 400},
		"start too early":         {entry(good, `,"startDateTime":"2025-01-01T00:00:00Z"`), "KeyCredentialsInvalidStartDate", "start date is invalid", 400},
		"usage":                   {strings.Replace(entry(good, ""), "Verify", "Encrypt", 1), "Request_BadRequest", "Acceptable values are Sign, Verify.", 400},
		"type":                    {strings.Replace(entry(good, ""), "AsymmetricX509Cert", "Symmetric", 1), "Request_BadRequest", `property "type"`, 400},
		"for SAML":                {strings.Replace(entry(good, ""), "Verify", "Sign", 1), "NotImplemented", "SAML", 501},
		"unknown field":           {entry(good, `,"foo":1`), "BadRequest", "'foo'", 400},
		"the same id twice":       {entry(good, `,"keyId":"11111111-1111-4111-8111-111111111111"`) + "," + entry(good, `,"keyId":"11111111-1111-4111-8111-111111111111"`), "Request_BadRequest", "keyCredentials", 400},
	} {
		t.Run(name, func(t *testing.T) {
			w.send(w.admin(), "PATCH", path, `{"keyCredentials":[`+row.entry+`]}`).refused(t, row.status, row.code, row.message)
		})
	}
}

// TestRollKey adds a certificate on the strength of another.
func TestRollKey(t *testing.T) {
	w := newWorld(t)
	id := w.ok(201, "POST", "/v1.0/applications", `{"displayName":"x"}`).text("id")
	path := "/v1.0/applications/" + id
	key := rsaKey(t)
	w.ok(204, "PATCH", path, `{"keyCredentials":[`+entry(certificate(t, w, key), "")+`]}`)
	proof := func(audience, issuer string, life time.Duration) string {
		signed, err := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{"aud": audience, "iss": issuer,
			"nbf": w.clock().Unix(), "exp": w.clock().Add(life).Unix()}).SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
	const directoryID = "00000002-0000-0000-c000-000000000000"
	body := func(proof string) string {
		return `{"keyCredential":` + entry(certificate(t, w, key), "") + `,"passwordCredential":null,"proof":"` + proof + `"}`
	}
	for name, bad := range map[string]string{"none": "", "audience": proof("https://graph.microsoft.com", id, time.Minute),
		"issuer": proof(directoryID, "someone", time.Minute), "life": proof(directoryID, id, time.Hour)} {
		if r := w.send(w.admin(), "POST", path+"/addKey", body(bad)); r.status != 403 {
			t.Errorf("proof with wrong %s: want 403, got %d %s", name, r.status, r.raw)
		}
	}
	added := w.ok(200, "POST", path+"/addKey", body(proof(directoryID, id, 10*time.Minute)))
	w.ok(204, "POST", path+"/removeKey", `{"keyId":"`+added.text("keyId")+`","proof":"`+proof(directoryID, id, time.Minute)+`"}`)
	w.ok(400, "POST", path+"/removeKey", `{"keyId":"`+added.text("keyId")+`","proof":"`+proof(directoryID, id, time.Minute)+`"}`)
}

func TestFederated(t *testing.T) {
	w := newWorld(t)
	path := "/v1.0/applications/" + w.ok(201, "POST", "/v1.0/applications", `{"displayName":"x"}`).text("id") + "/federatedIdentityCredentials"
	const body = `{"name":"main","issuer":"https://token.actions.githubusercontent.com","subject":"repo:o/r:ref:refs/heads/main","audiences":["api://AzureADTokenExchange"]}`
	made := w.ok(201, "POST", path, body)
	for _, at := range []string{made.text("id"), "main"} {
		if r := w.ok(200, "GET", path+"/"+at, ""); r.text("name") != "main" {
			t.Errorf("%s: %s", at, r.raw)
		}
	}
	w.ok(204, "PATCH", path+"/main", `{"description":"d","subject":"repo:o/r:pull_request"}`)
	for name, row := range map[string]struct {
		method, path, body, code, message string
		status                            int
	}{
		"same name":         {"POST", "", strings.Replace(body, "o/r", "o/s", 1), "Request_MultipleObjectsWithSameKeyValue", "with name main already exists", 409},
		"same subject":      {"POST", "", strings.NewReplacer(`"main"`, `"other"`, "ref:refs/heads/main", "pull_request").Replace(body), "Request_MultipleObjectsWithSameKeyValue", "issuer and subject", 409},
		"name changed":      {"PATCH", "/main", `{"name":"other"}`, "Request_BadRequest", "Name is immutable", 400},
		"name too short":    {"POST", "", strings.Replace(body, `"main"`, `"ab"`, 1), "Request_BadRequest", "'name'", 400},
		"name with a space": {"POST", "", strings.Replace(body, `"main"`, `"a b c"`, 1), "Request_BadRequest", "'name'", 400},
		"issuer not https":  {"POST", "", strings.NewReplacer("https:", "http:", `"main"`, `"other"`).Replace(body), "Request_BadRequest", "'issuer'", 400},
		"two audiences":     {"POST", "", strings.NewReplacer(`["`, `["a","`, `"main"`, `"other"`).Replace(body), "Request_BadRequest", "'audiences'", 400},
		"no subject":        {"POST", "", strings.NewReplacer("repo:o/r:ref:refs/heads/main", "", `"main"`, `"other"`).Replace(body), "Request_BadRequest", "'subject'", 400},
		"expression":        {"POST", "", `{"name":"expr","issuer":"https://a.example","claimsMatchingExpression":{"value":"x"}}`, "NotImplemented", "claimsMatchingExpression", 501},
		"unknown":           {"GET", "/none", "", "Request_ResourceNotFound", "none", 404},
	} {
		t.Run(name, func(t *testing.T) {
			w.send(w.admin(), row.method, path+row.path, row.body).refused(t, row.status, row.code, row.message)
		})
	}
	w.ok(201, "PATCH", path+"(name='second')", `{"issuer":"https://a.example","subject":"s","audiences":["x"]}`, "Prefer", "create-if-missing")
	if r := w.ok(200, "GET", path, ""); len(r.values()) != 2 {
		t.Errorf("want two records, got %s", r.raw)
	}
	w.ok(204, "DELETE", path+"/main", "")
	w.ok(404, "DELETE", path+"/main", "")
	for i := range 19 {
		w.ok(201, "POST", path, strings.NewReplacer(`"main"`, `"n-`+string(rune('a'+i))+`"`, "o/r", "o/"+string(rune('A'+i))).Replace(body))
	}
	w.send(w.admin(), "POST", path, body).refused(t, 403, "Directory_QuotaExceeded", "20")
}
