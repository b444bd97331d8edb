package tokencache

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"

	"hdstest/internal/secret"
)

// App says whose tokens are meant. Case does not count, as Entra has it.
type App struct {
	Authority string // https://host/tenant
	Tenant    string
	ClientID  string
	// Realm sets apart what looks alike and is not: two runs of a sandbox at the
	// same address. Empty for what exists once.
	Realm string
}

// Partition tells tokens of the app itself from those of a person.
type Partition string

// The partitions.
const (
	ForApp    Partition = "app"
	ForPerson Partition = "person"
)

// Key is everything that makes a token what it is.
type Key struct {
	App
	Partition Partition
	Scopes    []string // in any order; their case counts
	// Credential is what proves the client: the secret, the contents of the
	// certificate file and its password, the assertion. Empty for a public client.
	// It is not kept; a keyed digest of it is a part of the entry's name.
	Credential []secret.Value
}

// Kinds of entries.
const (
	kindToken   = "token"
	kindSession = "session"
)

// place is where an entry lies: the folder of the app and the file in it.
type place struct{ app, file string }

// token is where the token of a key lies.
func (k Key) token(m *master) place {
	scopes := slices.Sorted(slices.Values(k.Scopes))
	return place{k.folder(m), k.prefix() + m.name(append([]string{kindToken, string(k.Partition), k.proof(m)}, scopes...)...)}
}

// session is where the session of the person lies who signed in with the app. It
// is good for all scopes.
func (k Key) session(m *master) place {
	return place{k.folder(m), k.prefix() + m.name(kindSession, string(k.Partition), k.proof(m))}
}

// prefix tells a person's entries from the app's by their names, so that they
// can be forgotten without being opened.
func (k Key) prefix() string { return string(k.Partition[:1]) }

func (a App) folder(m *master) string {
	return m.name("identity", strings.ToLower(a.Authority), strings.ToLower(a.Tenant), strings.ToLower(a.ClientID), a.Realm)[:32]
}

// proof is the keyed digest of the credential; empty: there is none.
func (k Key) proof(m *master) string {
	if len(k.Credential) == 0 {
		return ""
	}
	parts := []string{"credential"}
	for _, v := range k.Credential {
		parts = append(parts, v.Reveal())
	}
	return m.name(parts...)
}

// name is a keyed digest of a list of texts, in which no two lists are alike.
func (m *master) name(parts ...string) string {
	quoted, _ := json.Marshal(parts) // a list of texts always has JSON
	mac := hmac.New(sha256.New, m.names)
	mac.Write(quoted)
	return hex.EncodeToString(mac.Sum(nil))
}
