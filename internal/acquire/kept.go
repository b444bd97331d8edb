package acquire

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/cache"
	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/public"

	"hdstest/internal/secret"
)

// Kept is the session of a person who signed in, from one call to the next:
// refresh tokens, the ID token, the account, as MSAL writes them, and no access
// token. It is worth a password. What Data looks like is nobody's business.
type Kept struct {
	Data    secret.Value
	Account string // the person's name, for that person's own screen
}

// IsZero tells whether there is no session.
func (k *Kept) IsZero() bool { return k == nil || k.Data.IsZero() }

// clear ends the session before: a sign-in begins a new one.
func (k *Kept) clear() {
	if k != nil {
		*k = Kept{}
	}
}

// keptData is what Data holds.
type keptData struct {
	Account string          `json:"account"` // MSAL's home account id
	Cache   json.RawMessage `json:"cache"`
}

var errNoSession = errors.New("nobody is signed in: no session is kept")

func (k *Kept) read() (keptData, error) {
	var d keptData
	if k.IsZero() {
		return d, errNoSession
	}
	if err := json.Unmarshal([]byte(k.Data.Reveal()), &d); err != nil || d.Account == "" {
		return d, errors.New("the kept session cannot be read") // the parser's text could quote it
	}
	return d, nil
}

func (k *Kept) write(d keptData) error {
	data, err := json.Marshal(d)
	if err == nil {
		k.Data = secret.New(string(data))
	}
	return err
}

// keeper lends the session to MSAL for the length of a call.
type keeper struct {
	kept *Kept
	data keptData
}

// newKeeper makes the keeper of a call; nil: nothing is to be kept.
func newKeeper(k *Kept) *keeper {
	if k == nil {
		return nil
	}
	data, err := k.read()
	if err != nil {
		data = keptData{}
	}
	return &keeper{kept: k, data: data}
}

// Replace gives MSAL what was kept.
func (k *keeper) Replace(_ context.Context, c cache.Unmarshaler, _ cache.ReplaceHints) error {
	if k.data.Cache == nil {
		return nil
	}
	return c.Unmarshal(k.data.Cache)
}

// Export takes what MSAL has, without access tokens: MSAL would hand an old one
// out in the place of a new one, and they are kept elsewhere.
func (k *keeper) Export(_ context.Context, c cache.Marshaler, _ cache.ExportHints) error {
	data, err := c.Marshal()
	if err != nil {
		return err
	}
	var parts map[string]json.RawMessage
	if json.Unmarshal(data, &parts) == nil {
		delete(parts, "AccessToken") // its name in the cache format that all MSALs share
		data, err = json.Marshal(parts)
	}
	k.data.Cache = data
	return err
}

// keep writes the session down after a token came. Without a refresh token there
// is none.
func (s *session) keep(got public.AuthResult, r Result) error {
	if s.keeper == nil || !r.HasRefreshToken {
		return nil
	}
	if got.Account.HomeAccountID != "" {
		s.keeper.data.Account = got.Account.HomeAccountID
	}
	s.keeper.kept.Account = r.Account
	return s.keeper.kept.write(s.keeper.data)
}
