package acquire

import (
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// AssertionType is the value of client_assertion_type (RFC 7523 section 2.2).
const AssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// AssertionLife is how long an assertion is good: Microsoft recommends five to
// ten minutes and does not enforce it (ED:certificate-credentials.md).
const AssertionLife = 10 * time.Minute

// AssertionFacts are what an assertion says.
type AssertionFacts struct {
	ClientID string // issuer and subject
	Audience string // see [TokenURL]
	ID       string // jti: a GUID that was never used
	Now      time.Time
}

// TokenURL is the token endpoint of an authority (https://host/tenant), version
// 2.0, and the audience of client assertions for it. The authority's metadata is
// not asked.
func TokenURL(authority string) string { return authority + "/oauth2/v2.0/token" }

// SignAssertion makes a client assertion, as other tools send it in
// client_assertion: PS256 with x5t#S256 in base64url, and x5c where the chain
// is to be sent. Our own requests carry MSAL's, which differ in form only.
//
// Source: ED:certificate-credentials.md. The certificate's dates are not looked at.
func (c *Certificate) SignAssertion(f AssertionFacts) (string, error) {
	key, ok := c.Key.(*rsa.PrivateKey)
	if !ok {
		return "", errors.New("sign an assertion: the private key is not RSA")
	}
	now := f.Now.Unix()
	token := jwt.NewWithClaims(jwt.SigningMethodPS256, jwt.MapClaims{"iss": f.ClientID, "sub": f.ClientID, "aud": f.Audience, "jti": f.ID,
		"iat": now, "nbf": now, "exp": f.Now.Add(AssertionLife).Unix()})
	sum := sha256.Sum256(c.Leaf.Raw)
	token.Header["x5t#S256"] = base64.RawURLEncoding.EncodeToString(sum[:])
	if c.SendChain {
		token.Header["x5c"] = c.chain()
	}
	signed, err := token.SignedString(key)
	if err != nil {
		return "", fmt.Errorf("sign an assertion: %w", err)
	}
	return signed, nil
}

// chain is the certificates in standard base64, the leaf first (RFC 7515 section 4.1.6).
func (c *Certificate) chain() []string {
	var out []string
	for _, one := range append([]*x509.Certificate{c.Leaf}, c.Chain...) {
		out = append(out, base64.StdEncoding.EncodeToString(one.Raw))
	}
	return out
}

// ReadAssertion gives header and claims of an assertion without its signature
// and without what it says of persons. A text that is no JWT is an error that
// does not quote it.
func ReadAssertion(raw string) (header, claims map[string]any, err error) {
	token, _, err := jwt.NewParser().ParseUnverified(raw, jwt.MapClaims{})
	if err != nil {
		return nil, nil, errors.New("the assertion is no JWT")
	}
	header, claims = map[string]any{}, map[string]any{}
	for _, name := range []string{"typ", "alg", "kid", "x5t", "x5t#S256"} {
		if v, ok := token.Header[name]; ok {
			header[name] = v
		}
	}
	if chain, ok := token.Header["x5c"].([]any); ok {
		header["x5c"] = fmt.Sprintf("[%d certificates]", len(chain))
	}
	said, _ := token.Claims.(jwt.MapClaims)
	for _, name := range []string{"iss", "sub", "aud", "jti", "iat", "nbf", "exp"} {
		if v, ok := said[name]; ok {
			claims[name] = v
		}
	}
	return header, claims, nil
}
