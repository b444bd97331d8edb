// Package keys signs the sandbox's tokens and publishes the public halves.
//
// A [Ring] holds RSA 2048 keys, each with a self-signed certificate, as Entra's
// key set shows them: kid and x5t are the certificate's SHA-1 thumbprint.
// Rotation adds a key and signs with it; the older ones stay published until
// they are dropped.
package keys

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // x5t is defined over SHA-1, RFC 7517 section 4.8
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Key is one signing key with its certificate.
type Key struct {
	ID          string // kid: base64url SHA-1 thumbprint of the certificate
	Private     *rsa.PrivateKey
	Certificate *x509.Certificate
}

// Generate makes an RSA 2048 key with a self-signed certificate of a year.
func Generate(now time.Time) (*Key, error) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, fmt.Errorf("make a signing key: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()),
		Subject:      pkix.Name{CommonName: "hdstest sandbox token signing"},
		NotBefore:    now.Add(-time.Hour),
		NotAfter:     now.AddDate(1, 0, 0),
		KeyUsage:     x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		return nil, fmt.Errorf("certify a signing key: %w", err)
	}
	return newKey(private, der)
}

func newKey(private *rsa.PrivateKey, der []byte) (*Key, error) {
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("read a signing certificate: %w", err)
	}
	if !private.PublicKey.Equal(certificate.PublicKey) {
		return nil, errors.New("the signing certificate is not of the signing key")
	}
	thumbprint := sha1.Sum(der)
	return &Key{ID: base64.RawURLEncoding.EncodeToString(thumbprint[:]), Private: private, Certificate: certificate}, nil
}

// MarshalPEM writes the private key and the certificate, for keeping.
func (k *Key) MarshalPEM() ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(k.Private)
	if err != nil {
		return nil, fmt.Errorf("encode the signing key: %w", err)
	}
	return slices.Concat(
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: k.Certificate.Raw}),
	), nil
}

// ParsePEM reads what [Key.MarshalPEM] wrote.
func ParsePEM(data []byte) (*Key, error) {
	first, rest := pem.Decode(data)
	second, _ := pem.Decode(rest)
	if first == nil || second == nil {
		return nil, errors.New("want a PRIVATE KEY and a CERTIFICATE block")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(first.Bytes)
	if err != nil {
		return nil, fmt.Errorf("read the signing key: %w", err)
	}
	private, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, errors.New("the signing key is not RSA")
	}
	return newKey(private, second.Bytes)
}

// Ring is the set of published keys. It is safe for concurrent use.
type Ring struct {
	mu   sync.RWMutex
	keys []*Key // the last one signs
	next *Key   // takes their place after the next signature; nil: none
	used atomic.Bool
}

// NewRing makes a ring whose last key signs. At least one key is needed.
func NewRing(first *Key, more ...*Key) *Ring { return &Ring{keys: append([]*Key{first}, more...)} }

// Rotate publishes a further key and signs with it from now on.
func (r *Ring) Rotate(k *Key) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keys = append(r.keys, k)
}

// Drop stops publishing all keys but the signing one.
func (r *Ring) Drop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keys = r.keys[len(r.keys)-1:]
}

// Replace lets a key take the place of all others: at once, or, if none has
// signed yet, right after the first signature, so that it is seen either way.
func (r *Ring) Replace(k *Key) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.used.Load() {
		r.keys = []*Key{k}
		return
	}
	r.next = k
}

// signed notes that a signature was made.
func (r *Ring) signed() {
	if r.used.Swap(true) {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.next != nil {
		r.keys, r.next = []*Key{r.next}, nil
	}
}

// Current is the signing key.
func (r *Ring) Current() *Key {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.keys[len(r.keys)-1]
}

// Public finds a published key by its id.
func (r *Ring) Public(kid string) (*rsa.PublicKey, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, k := range r.keys {
		if k.ID == kid {
			return &k.Private.PublicKey, true
		}
	}
	return nil, false
}

// Sign makes a JWT with RS256. The header of a v1.0 token names the key by kid
// and x5t, that of a v2.0 token by kid alone.
// Source: learn.microsoft.com/entra/identity-platform/access-tokens.
func (r *Ring) Sign(claims map[string]any, version int) (string, error) {
	k := r.Current()
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims(claims))
	token.Header["kid"] = k.ID
	if version == 1 {
		token.Header["x5t"] = k.ID
	}
	defer r.signed()
	return token.SignedString(k.Private)
}

// JWK is one entry of the key set as Entra publishes it (RFC 7517).
type JWK struct {
	KeyType  string   `json:"kty"`
	Use      string   `json:"use"`
	KeyID    string   `json:"kid"`
	X5T      string   `json:"x5t"`
	Modulus  string   `json:"n"`
	Exponent string   `json:"e"`
	X5C      []string `json:"x5c"`
	Issuer   string   `json:"issuer,omitempty"` // on the v2.0 endpoint only
}

// Set lists the published keys. issuer is what each carries, empty for none.
func (r *Ring) Set(issuer string) []JWK {
	r.mu.RLock()
	defer r.mu.RUnlock()
	set := make([]JWK, 0, len(r.keys))
	for _, k := range r.keys {
		set = append(set, JWK{
			KeyType: "RSA", Use: "sig", KeyID: k.ID, X5T: k.ID, Issuer: issuer,
			Modulus:  base64.RawURLEncoding.EncodeToString(k.Private.N.Bytes()),
			Exponent: base64.RawURLEncoding.EncodeToString(big.NewInt(int64(k.Private.E)).Bytes()),
			X5C:      []string{base64.StdEncoding.EncodeToString(k.Certificate.Raw)},
		})
	}
	return set
}
