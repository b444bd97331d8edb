package issuer

import (
	"context"
	"crypto"
	"encoding/json"
	"fmt"
	"time"

	"hdstest/internal/problem"
)

// SavedVersion is the version of the JSON shape of a saved key set.
const SavedVersion = 1

// Saved is an authority's key set as it is kept in a file, to verify tokens where the
// authority cannot be reached. It is a key set of RFC 7517 section 5 with more members,
// so that other programs read it too; and a bare key set is read as one of which the
// authority is not known. It holds public keys only.
type Saved struct {
	SchemaVersion int               `json:"schema_version"`
	Authority     string            `json:"authority"` // https://host/tenant
	KeysURL       string            `json:"keys_url"`
	SavedAt       time.Time         `json:"saved_at"`
	Algorithms    []string          `json:"algorithms,omitempty"`
	Keys          []json.RawMessage `json:"keys"`
}

// Save fetches the keys of an authority for a file. Entries that hold no public key for
// signatures are left out.
func (s *KeySet) Save(ctx context.Context, now time.Time) (Saved, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	raw, err := s.load(ctx)
	if err != nil {
		return Saved{}, err
	}
	out := Saved{SchemaVersion: SavedVersion, Authority: s.authority, KeysURL: s.metadata.KeysURL, SavedAt: now.UTC().Truncate(time.Second), Algorithms: s.metadata.Algorithms}
	for _, entry := range raw {
		if _, _, ok := readKey(entry); ok {
			out.Keys = append(out.Keys, entry)
		}
	}
	return out, nil
}

// ReadSaved reads a saved key set. One without any key that could verify a token is an
// error of usage.
func ReadSaved(data []byte) (Saved, error) {
	var s Saved
	if err := json.Unmarshal(data, &s); err != nil || s.Keys == nil {
		return s, problem.Usagef("it is no key set: expected a JSON object with the member keys (RFC 7517 section 5)")
	}
	if s.SchemaVersion > SavedVersion {
		return s, problem.Usagef("it was saved by a later version (schema_version %d, this one reads %d)", s.SchemaVersion, SavedVersion)
	}
	for _, entry := range s.Keys {
		if _, _, ok := readKey(entry); ok {
			return s, nil
		}
	}
	return s, problem.Usagef("it holds no RSA or elliptic key for signatures")
}

// KeySet gives the saved keys as a set that fetches nothing. name says where they come
// from.
func (s Saved) KeySet(name string) *SavedKeys {
	out := &SavedKeys{name: name, saved: s, keys: map[string]publicKey{}}
	for _, entry := range s.Keys {
		if kid, key, ok := readKey(entry); ok {
			out.keys[kid] = key
		}
	}
	return out
}

// SavedKeys is a key set from a file.
type SavedKeys struct {
	name  string
	saved Saved
	keys  map[string]publicKey
}

// Key finds a key. One that is not there is an error, not an answer: keys roll over, and
// the set may be out of date.
func (s *SavedKeys) Key(_ context.Context, kid string) (crypto.PublicKey, string, error) {
	found, ok := s.keys[kid]
	if ok {
		return found.key, found.issuer, nil
	}
	when := ""
	if !s.saved.SavedAt.IsZero() {
		when = ", saved on " + s.saved.SavedAt.Format(time.DateOnly) + ","
	}
	return nil, "", fmt.Errorf("the key set in %s%s has no key %q; keys roll over: save it anew", s.name, when, kid)
}

// Algorithms are those that the authority published; empty if that is not known.
func (s *SavedKeys) Algorithms() []string { return s.saved.Algorithms }

// URL says where the keys came from.
func (s *SavedKeys) URL() string { return s.name }

// Fits tells whether the keys may verify a token of iss: the issuer must be one of the
// authority whose keys they are. Of a bare key set the authority is not known; then the
// issuer has to be one that would be trusted without it.
func (s Saved) Fits(iss, authority string) error {
	if s.Authority == "" {
		_, err := Trusted(iss, authority)
		return err
	}
	own, err := parseAuthority(s.Authority)
	if err != nil {
		return err
	}
	from, err := Trusted(iss, s.Authority)
	if err == nil && from != own.String() {
		err = fmt.Errorf("issuer %q is none of %s, whose keys these are", iss, s.Authority)
	}
	return err
}
