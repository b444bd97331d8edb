package issuer

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"net/url"
	"sync"

	"github.com/go-jose/go-jose/v4"
)

// KeySet is the set of signing keys that an authority publishes, fetched when it
// is first asked for and once more for each key id that is not in it: keys roll
// over. It is safe for concurrent use.
type KeySet struct {
	client    *http.Client
	authority string

	mu       sync.Mutex
	metadata *Metadata
	keys     map[string]publicKey
	missed   map[string]bool // ids for which the set was fetched again
}

type publicKey struct {
	key    crypto.PublicKey
	issuer string
}

// Keys makes the key set of an authority (https://host/tenant), which the caller
// has from [Trusted] or the profile. Nothing is fetched yet.
func Keys(client *http.Client, authority string) *KeySet {
	return &KeySet{client: client, authority: authority, missed: map[string]bool{}}
}

// Key finds a key and the issuer that its entry names. A nil key without an
// error means that no such key is published. Only RSA and elliptic keys for
// signatures count: a published symmetric key would be no secret.
func (s *KeySet) Key(ctx context.Context, kid string) (crypto.PublicKey, string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fresh := s.keys == nil
	if fresh {
		if _, err := s.load(ctx); err != nil {
			return nil, "", err
		}
	}
	found, ok := s.keys[kid]
	if !ok && !fresh && !s.missed[kid] {
		s.missed[kid] = true
		if _, err := s.load(ctx); err != nil {
			return nil, "", err
		}
		found = s.keys[kid]
	}
	return found.key, found.issuer, nil
}

// Algorithms are those that the metadata names for ID tokens; Entra signs access
// tokens with the same. Empty until the metadata was fetched.
func (s *KeySet) Algorithms() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.metadata == nil {
		return nil
	}
	return s.metadata.Algorithms
}

// URL is where the keys came from, empty until they were fetched.
func (s *KeySet) URL() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.metadata == nil {
		return ""
	}
	return s.metadata.KeysURL
}

// load fetches the set and gives its entries as they are published.
func (s *KeySet) load(ctx context.Context) ([]json.RawMessage, error) {
	if s.metadata == nil {
		m, err := Discover(ctx, s.client, s.authority)
		if err != nil {
			return nil, err
		}
		s.metadata = m
	}
	u, err := url.Parse(s.metadata.KeysURL)
	if err != nil {
		return nil, err
	}
	var document struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := fetch(ctx, s.client, u, "read the keys at "+s.metadata.KeysURL, &document); err != nil {
		return nil, err
	}
	s.keys = map[string]publicKey{}
	for _, entry := range document.Keys {
		if kid, key, ok := readKey(entry); ok {
			s.keys[kid] = key
		}
	}
	return document.Keys, nil
}

// readKey reads one entry of a key set (RFC 7517 section 4) by itself, so that
// one that go-jose does not take leaves the others. The member issuer is
// Microsoft's addition.
func readKey(entry json.RawMessage) (kid string, key publicKey, ok bool) {
	var jwk jose.JSONWebKey
	var more struct {
		Issuer string `json:"issuer"`
	}
	if json.Unmarshal(entry, &jwk) != nil || json.Unmarshal(entry, &more) != nil || !jwk.Valid() || jwk.Use == "enc" {
		return "", publicKey{}, false
	}
	switch jwk.Key.(type) {
	case *rsa.PublicKey, *ecdsa.PublicKey:
		return jwk.KeyID, publicKey{key: jwk.Key, issuer: more.Issuer}, true
	}
	return "", publicKey{}, false
}
