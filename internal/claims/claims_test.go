package claims_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"hdstest/internal/claims"
	"hdstest/internal/evidence"
	"hdstest/internal/problem"
)

const (
	tid   = "11111111-1111-1111-1111-111111111111"
	v1Iss = "https://sts.windows.net/" + tid + "/"
	v2Iss = "https://login.microsoftonline.com/" + tid + "/v2.0"
)

func part(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(data)
}

// unsigned is a token with a signature of three bytes.
func unsigned(t *testing.T, header, payload map[string]any) string {
	t.Helper()
	return part(t, header) + "." + part(t, payload) + ".c2ln"
}

func TestParse(t *testing.T) {
	token := unsigned(t, map[string]any{"alg": "RS256"}, map[string]any{"aud": "a"})
	for name, c := range map[string]struct {
		raw, seen string
		notes     int
	}{
		"as it is":                {raw: token},
		"with white space":        {raw: "\r\n " + token + "\n"},
		"with Bearer":             {raw: "bearer " + token + "\n", notes: 1},
		"in quotation marks":      {raw: `"` + token + `"`, notes: 1},
		"quoted, with Bearer":     {raw: `"Bearer ` + token + `"`, notes: 2},
		"of an unknown algorithm": {raw: unsigned(t, map[string]any{"alg": "XY1"}, map[string]any{"aud": "a"})},
		"nothing":                 {raw: " ", seen: "nothing"},
		"a secret":                {raw: "abc8Q~secret", seen: "text without points"},
		"two parts":               {raw: "a.b", seen: "2 parts"},
		"encrypted":               {raw: "a.b.c.d.e", seen: "encrypted"},
		"the whole answer":        {raw: `{"access_token":"` + token + `"}`, seen: "access_token"},
		"two tokens":              {raw: token + " " + token, seen: "white space"},
		"too long":                {raw: strings.Repeat("a", claims.MaxSize+1), seen: "bytes"},
		"no base64url":            {raw: "!." + part(t, 1) + ".c", seen: "a header that is not base64url"},
		"payload that is text":    {raw: part(t, map[string]any{"alg": "RS256"}) + "." + part(t, "x") + ".c2ln", seen: "a payload that is not a JSON object"},
	} {
		got, err := claims.Parse(c.raw)
		if c.seen == "" {
			if err != nil || got.Claims["aud"] != "a" || len(got.Notes) != c.notes {
				t.Errorf("%s: %+v, %v", name, got, err)
			}
			continue
		}
		var p *problem.Error
		if !errors.As(err, &p) || problem.KindOf(err) != problem.Usage || !strings.Contains(p.Seen, c.seen) ||
			p.Evidence.Local.Problem != evidence.ProblemNoJWT {
			t.Errorf("%s: error %v, want one about %q", name, err, c.seen)
		}
		if err != nil && len(c.raw) > 5 && strings.Contains(err.Error(), c.raw) {
			t.Errorf("%s: the error quotes the input: %v", name, err)
		}
	}
}

func TestEvidenceHidesPersons(t *testing.T) {
	person := map[string]any{
		"aud": "https://x", "oid": "33333333-3333-3333-3333-333333333333", "exp": 1.0, "ipaddr": "203.0.113.7",
		"upn": "Kim@contoso.example", "preferred_username": "kim@contoso.example", "name": "Kim Lee",
		"groups": []any{"44444444-4444-4444-4444-444444444444", "Doctors of Kim"}, "fhirUser": "https://x/Patient/7",
		"nonce": "n-of-kim", "address": map[string]any{"street": "Kim street"},
	}
	token, err := claims.Parse(unsigned(t, map[string]any{"alg": "RS256", "nonce": "n", "odd": "Kim"}, person))
	if err != nil {
		t.Fatal(err)
	}
	found, redacted := token.Evidence()
	text := part(t, map[string]any{"h": found.Header, "c": redacted})
	data, _ := base64.RawURLEncoding.DecodeString(text)
	for _, leak := range []string{"Kim", "kim", "203.0", "Patient/7", "Doctors"} {
		if strings.Contains(string(data), leak) {
			t.Errorf("%q stands in the evidence: %s", leak, data)
		}
	}
	if redacted["oid"] != person["oid"] || redacted["exp"] != 1.0 || redacted["nonce"] != "present" || found.Header["nonce"] != "present" {
		t.Errorf("evidence = %s", data)
	}
	if redacted["upn"] != redacted["preferred_username"] || redacted["upn"] == redacted["name"] {
		t.Errorf("pseudonyms do not follow the person: %s", data)
	}
	token.PseudonymKey = []byte("key of the run")
	_, keyed := token.Evidence()
	other, _ := claims.Parse(unsigned(t, map[string]any{"alg": "RS256"}, map[string]any{"upn": "kim@contoso.example"}))
	_, apart := other.Evidence()
	other.PseudonymKey = token.PseudonymKey
	_, again := other.Evidence()
	if keyed["upn"] != again["upn"] || keyed["upn"] == redacted["upn"] || apart["upn"] == redacted["upn"] {
		t.Errorf("pseudonyms with a key: %v and %v, without: %v and %v", keyed["upn"], again["upn"], redacted["upn"], apart["upn"])
	}
}

// keys is a key set of one key.
type keys struct {
	kid, issuer string
	key         crypto.PublicKey
	algorithms  []string
	err         error
}

func (k keys) Key(_ context.Context, kid string) (crypto.PublicKey, string, error) {
	if k.err != nil || kid != k.kid {
		return nil, "", k.err
	}
	return k.key, k.issuer, nil
}
func (k keys) URL() string          { return "https://keys.example" }
func (k keys) Algorithms() []string { return k.algorithms }

func sign(t *testing.T, method jwt.SigningMethod, key any, header map[string]any, iss string) string {
	t.Helper()
	token := jwt.NewWithClaims(method, jwt.MapClaims{"iss": iss, "tid": tid, "exp": 1})
	token.Header["kid"] = "k1"
	for name, v := range header {
		token.Header[name] = v
	}
	raw, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestVerify(t *testing.T) {
	own, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, err := json.Marshal(own.N)
	if err != nil {
		t.Fatal(err)
	}
	set := keys{kid: "k1", key: &own.PublicKey, issuer: "https://login.microsoftonline.com/{tenantid}/v2.0"}
	with := func(change func(*keys)) keys { k := set; change(&k); return k }
	good := sign(t, jwt.SigningMethodRS256, own, nil, v2Iss)
	broken := good[:len(good)-8] + "AAAAAAAA"
	for name, c := range map[string]struct {
		raw  string
		keys claims.KeySet
		want string
	}{
		"good, though expired":            {good, set, evidence.SignatureVerified},
		"v1.0 issuer of the same tenant":  {sign(t, jwt.SigningMethodRS256, own, nil, v1Iss), set, evidence.SignatureVerified},
		"own host, v1.0 form":             {sign(t, jwt.SigningMethodRS256, own, nil, "https://localhost:1/"+tid+"/"), with(func(k *keys) { k.issuer = "https://localhost:1/{tenantid}/v2.0" }), evidence.SignatureVerified},
		"entry without issuer":            {good, with(func(k *keys) { k.issuer = "" }), evidence.SignatureVerified},
		"PS256":                           {sign(t, jwt.SigningMethodPS256, own, nil, v2Iss), set, evidence.SignatureVerified},
		"ES256":                           {sign(t, jwt.SigningMethodES256, curve, nil, v2Iss), with(func(k *keys) { k.key = &curve.PublicKey }), evidence.SignatureVerified},
		"changed":                         {broken, set, evidence.SignatureInvalid},
		"of another key with the same id": {sign(t, jwt.SigningMethodRS256, foreign, nil, v2Iss), set, evidence.SignatureInvalid},
		"ES256 with an RSA key":           {sign(t, jwt.SigningMethodES256, curve, nil, v2Iss), set, evidence.SignatureInvalid},
		"unknown key id":                  {sign(t, jwt.SigningMethodRS256, own, map[string]any{"kid": "k2"}, v2Iss), set, evidence.SignatureNoKey},
		"key of another tenant": {good, with(func(k *keys) {
			k.issuer = "https://login.microsoftonline.com/22222222-2222-2222-2222-222222222222/v2.0"
		}), evidence.SignatureUntrusted},
		"key of another host":            {good, with(func(k *keys) { k.issuer = "https://evil.example/{tenantid}/v2.0" }), evidence.SignatureUntrusted},
		"no keys to be had":              {good, with(func(k *keys) { k.err = errors.New("refused") }), evidence.SignatureNoKeys},
		"issuer not trusted":             {good, nil, evidence.SignatureUntrusted},
		"algorithm none":                 {sign(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, nil, v2Iss), set, evidence.SignatureAlgorithm},
		"HMAC with the public key":       {sign(t, jwt.SigningMethodHS256, public, nil, v2Iss), set, evidence.SignatureAlgorithm},
		"RS512":                          {sign(t, jwt.SigningMethodRS512, own, nil, v2Iss), set, evidence.SignatureAlgorithm},
		"PS256 where RS256 is published": {sign(t, jwt.SigningMethodPS256, own, nil, v2Iss), with(func(k *keys) { k.algorithms = []string{"RS256"} }), evidence.SignatureAlgorithm},
		"Graph's":                        {sign(t, jwt.SigningMethodRS256, own, map[string]any{"nonce": "n"}, v1Iss), set, evidence.SignatureNotOurs},
		"keys named by the token":        {sign(t, jwt.SigningMethodRS256, foreign, map[string]any{"jku": "https://evil.example", "jwk": map[string]any{}}, v2Iss), set, evidence.SignatureInvalid},
		"no token":                       {"x", set, evidence.SignatureInvalid},
	} {
		got := claims.Verify(t.Context(), c.raw, c.keys)
		if got.Signature != c.want || (got.Detail == "") != (c.want == evidence.SignatureVerified) {
			t.Errorf("%s: %s (%s), want %s", name, got.Signature, got.Detail, c.want)
		}
	}
	if got := claims.Verify(t.Context(), good, set); got.KeysURL != "https://keys.example" || got.Header["kid"] != "k1" {
		t.Errorf("evidence of a good token = %+v", got)
	}
}

// FuzzParse holds that whatever is accepted has two JSON objects and that
// evidence can always be made of it.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"", "Bearer a.b.c", "e30.e30.", "eyJhbGciOiJub25lIn0.eyJuYW1lIjp7ImEiOlsxLCJiIl19fQ.c2ln", `"e30.e30."`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		token, err := claims.Parse(raw)
		if err != nil {
			return
		}
		if _, redacted := token.Evidence(); len(redacted) != len(token.Claims) {
			t.Errorf("%q: %d claims, %d in the evidence", raw, len(token.Claims), len(redacted))
		}
		claims.Verify(t.Context(), raw, keys{})
	})
}
