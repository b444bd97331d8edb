package sandbox

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"hdstest/internal/sandbox/keys"
)

// identity is what a sandbox keeps between runs: its ids, its so-called secrets
// and its keys. All of it is worthless anywhere else; the file is 0600 all the
// same, since people copy good habits.
type identity struct {
	Made           time.Time `json:"made"`
	TenantID       string    `json:"tenant_id"`
	SubscriptionID string    `json:"subscription_id"`
	Admin          account   `json:"admin"`
	Example        account   `json:"example"`
	Public         account   `json:"public"`
	User           person    `json:"user"`
	AdminUser      person    `json:"admin_user"`
	Signing        string    `json:"signing_pem"` // token signing
	Client         string    `json:"client_pem"`  // key and certificate of the example app
	Issuer         string    `json:"issuer_pem"`  // signing key of the outside OIDC issuer
	credentials
}

// person is a user who can sign in.
type person struct {
	ID       string `json:"id"`
	Password string `json:"password"`
}

// account is an app with its ids.
type account struct {
	AppID       string `json:"app_id"`
	ObjectID    string `json:"object_id"`
	PrincipalID string `json:"principal_id"`
	Secret      string `json:"secret,omitempty"`
}

// identityFile is the name within the state folder.
const identityFile = "identity.json"

// loadIdentity reads the identity kept in dir, or makes one and keeps it. Of
// several processes that make one at the same time, the first wins and the
// others take its. An empty dir keeps nothing.
func loadIdentity(dir string, now time.Time) (*identity, error) {
	if dir == "" {
		return newIdentity(now)
	}
	path := filepath.Join(dir, identityFile)
	kept, err := readIdentity(path)
	switch {
	case err == nil && !kept.stale(now):
		return kept, nil
	case err == nil || !errors.Is(err, fs.ErrNotExist):
		// Too old, or not readable as ours: nothing of value is lost.
		if err := os.Remove(path); err != nil {
			return nil, fmt.Errorf("replace the sandbox's kept identity: %w", err)
		}
	}
	made, err := newIdentity(now)
	if err != nil {
		return nil, err
	}
	return keepIdentity(path, made)
}

func readIdentity(path string) (*identity, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var id identity
	if err := json.Unmarshal(data, &id); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for _, text := range []string{id.Issuer, id.Client, id.Signing, id.Server, id.Expired, id.OtherName, id.Foreign, id.AdminUser.ID} {
		if text == "" {
			return nil, fmt.Errorf("%s: incomplete", path)
		}
	}
	return &id, nil
}

// stale is true a week before the certificates end, and when the clock has gone
// back to before they were made.
func (id *identity) stale(now time.Time) bool {
	return now.Before(id.Made.Add(-time.Hour)) || now.After(id.Made.Add(certificateLife-7*24*time.Hour))
}

func keepIdentity(path string, id *identity) (*identity, error) {
	data, err := json.MarshalIndent(id, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode the sandbox's identity: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make the sandbox's state folder: %w", err)
	}
	temporary, err := writeTemporary(filepath.Dir(path), data)
	if err != nil {
		return nil, fmt.Errorf("keep the sandbox's identity: %w", err)
	}
	defer os.Remove(temporary)
	// A link fails where a rename would overwrite: whoever comes second takes the first one's.
	if err := os.Link(temporary, path); errors.Is(err, fs.ErrExist) {
		return readIdentity(path)
	} else if err != nil {
		return id, os.Rename(temporary, path)
	}
	return id, nil
}

func writeTemporary(dir string, data []byte) (string, error) {
	f, err := os.CreateTemp(dir, ".new-*") // 0600
	if err != nil {
		return "", err
	}
	_, err = f.Write(data)
	if err := errors.Join(err, f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return f.Name(), nil
}

func newIdentity(now time.Time) (*identity, error) {
	connections, err := makeTLS(now)
	if err != nil {
		return nil, err
	}
	var pems [3]string
	for i := range pems {
		k, err := keys.Generate(now)
		if err != nil {
			return nil, err
		}
		data, err := k.MarshalPEM()
		if err != nil {
			return nil, err
		}
		pems[i] = string(data)
	}
	newAccount := func(secret bool) account {
		a := account{AppID: newID(), ObjectID: newID(), PrincipalID: newID()}
		if secret {
			a.Secret = newSecret()
		}
		return a
	}
	return &identity{
		Made: now.UTC(), TenantID: newID(), SubscriptionID: newID(),
		User: person{newID(), newSecret()}, AdminUser: person{newID(), newSecret()},
		Admin: newAccount(true), Example: newAccount(true), Public: newAccount(false),
		Signing: pems[0], Client: pems[1], Issuer: pems[2], credentials: connections,
	}, nil
}

// newID makes a GUID that shows where it comes from: every id of the sandbox
// begins 5a4db0c5, as near to "sandbox" as hexadecimal digits come.
func newID() string {
	var b [12]byte
	_, _ = rand.Read(b[:])
	b[2] = b[2]&0x0f | 0x40 // version 4
	b[4] = b[4]&0x3f | 0x80 // RFC 9562 variant
	return fmt.Sprintf("5a4db0c5-%x-%x-%x-%x", b[0:2], b[2:4], b[4:6], b[6:12])
}

// newSecret makes a secret of the length and alphabet of Entra's, marked as the sandbox's.
func newSecret() string {
	var b [15]byte
	_, _ = rand.Read(b[:])
	return "sandbox~hdstest~" + base64.RawURLEncoding.EncodeToString(b[:])
}
