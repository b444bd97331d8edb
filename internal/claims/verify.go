package claims

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/golang-jwt/jwt/v5"

	"hdstest/internal/entra"
	"hdstest/internal/evidence"
)

// KeySet gives the keys that one issuer publishes.
type KeySet interface {
	// Key finds the key of an id and the issuer that its entry names, which may
	// hold {tenantid} or be empty. A nil key without an error means that the issuer
	// publishes none of this id.
	Key(ctx context.Context, kid string) (key crypto.PublicKey, keyIssuer string, err error)
}

// algorithms are the signatures that Entra uses or may use. HMAC and none are
// not among them: with a public key as secret anybody could make the former.
func algorithms() []string { return []string{"RS256", "PS256", "ES256"} }

// Verify checks the signature of a token with the issuer's keys and tells how it
// went, with the redacted header. It does not check any claim, except that the
// key may sign for the token's issuer. It never looks at jku, x5u or jwk. A nil
// KeySet says that the issuer is not trusted.
//
// The Microsoft identity platform signs Graph's tokens over another header than
// the one it sends (the nonce is hashed in between), so no one but Graph can
// verify them: they are reported as such, not as invalid.
//
// Source: access-tokens.md of the Microsoft identity platform, "Validate tokens";
// github.com/AzureAD/azure-activedirectory-identitymodel-extensions-for-dotnet/issues/609
// for the nonce.
func Verify(ctx context.Context, raw string, keys KeySet) evidence.Token {
	t, err := Parse(raw)
	if err != nil {
		return evidence.Token{Signature: evidence.SignatureInvalid, Detail: err.Error()}
	}
	found, _ := t.Evidence()
	found.Signature, found.Detail = t.verify(ctx, keys)
	if place, ok := keys.(interface{ URL() string }); ok {
		found.KeysURL = place.URL()
	}
	return found
}

func (t *Token) verify(ctx context.Context, keys KeySet) (outcome, detail string) {
	alg, _ := t.Header["alg"].(string)
	if _, ok := t.Header["nonce"]; ok {
		return evidence.SignatureNotOurs, "the header holds a nonce, as Microsoft Graph's tokens do: only Graph can verify it"
	}
	if !slices.Contains(algorithms(), alg) {
		return evidence.SignatureAlgorithm, fmt.Sprintf("algorithm %q, want one of %s", alg, strings.Join(algorithms(), ", "))
	}
	if keys == nil {
		return evidence.SignatureUntrusted, "the issuer is neither the profile's nor Microsoft's; its keys were not fetched"
	}
	kid := keyID(t.Header)
	key, keyIssuer, err := keys.Key(ctx, kid)
	switch {
	case err != nil:
		return evidence.SignatureNoKeys, err.Error()
	case key == nil:
		return evidence.SignatureNoKey, fmt.Sprintf("the issuer publishes no key %q", kid)
	}
	if published, ok := keys.(interface{ Algorithms() []string }); ok {
		if names := published.Algorithms(); len(names) > 0 && !slices.Contains(names, alg) {
			return evidence.SignatureAlgorithm, fmt.Sprintf("algorithm %q, the issuer publishes %s", alg, strings.Join(names, ", "))
		}
	}
	return t.verifyWith(key, keyIssuer, alg)
}

func (t *Token) verifyWith(key crypto.PublicKey, keyIssuer, alg string) (outcome, detail string) {
	iss, _ := t.Claims["iss"].(string)
	tid, _ := t.Claims["tid"].(string)
	if !signsFor(keyIssuer, iss, tid) {
		return evidence.SignatureUntrusted, fmt.Sprintf("the key signs for the issuer %s, the token is of %s", keyIssuer, iss)
	}
	if !suits(key, alg) {
		return evidence.SignatureInvalid, fmt.Sprintf("the key of this id is a %T, which cannot make %s", key, alg)
	}
	parser := jwt.NewParser(jwt.WithValidMethods(algorithms()), jwt.WithoutClaimsValidation())
	_, err := parser.Parse(t.raw.Reveal(), func(*jwt.Token) (any, error) { return key, nil })
	switch {
	case errors.Is(err, jwt.ErrTokenSignatureInvalid):
		return evidence.SignatureInvalid, "the signature does not fit the issuer's key"
	case err != nil:
		return evidence.SignatureInvalid, err.Error()
	}
	return evidence.SignatureVerified, ""
}

// keyID is the kid, or the thumbprint that v1.0 tokens carry beside it with the
// same value.
func keyID(header map[string]any) string {
	for _, name := range []string{"kid", "x5t"} {
		if id, _ := header[name].(string); id != "" {
			return id
		}
	}
	return ""
}

func suits(key crypto.PublicKey, alg string) bool {
	switch key.(type) {
	case *rsa.PublicKey:
		return alg == "RS256" || alg == "PS256"
	case *ecdsa.PublicKey:
		return alg == "ES256"
	}
	return false
}

// signsFor tells whether a key whose entry names keyIssuer may sign a token of
// iss. {tenantid} stands for the token's tenant. An entry names the v2.0 issuer,
// and the same key signs the tenant's v1.0 tokens, so the v1.0 form of that very
// tenant and cloud fits too.
func signsFor(keyIssuer, iss, tid string) bool {
	if keyIssuer == "" {
		return true
	}
	named := strings.ReplaceAll(keyIssuer, "{tenantid}", tid)
	if named == iss {
		return true
	}
	u, err := url.Parse(named)
	if err != nil || u.Scheme != "https" {
		return false
	}
	tenant, ok := strings.CutSuffix(strings.Trim(u.Path, "/"), "/v2.0")
	if !ok || tenant == "" {
		return false
	}
	host := u.Host
	if cloud, ok := entra.CloudByHost(u.Hostname()); ok {
		host = cloud.V1IssuerHost
	}
	return iss == "https://"+host+"/"+tenant+"/"
}
