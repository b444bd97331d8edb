package tokencache

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"hdstest/internal/secret"
)

// Token is an access token and what the authority said about it.
type Token struct {
	Token           secret.Value
	TokenType       string
	ExpiresOn       time.Time
	Scopes          []string
	Account         string // of a person: for that person's own screen
	HasRefreshToken bool
}

// Session is what lets a person's tokens be renewed without that person. Data is
// opaque here; it holds refresh tokens.
type Session struct {
	Data    secret.Value
	Account string
}

// SessionLife is how long a session is kept unused: a refresh token of Entra
// ends after 90 days without use, whatever we keep.
//
// Source: learn.microsoft.com/entra/identity-platform/refresh-tokens.
const SessionLife = 90 * 24 * time.Hour

// stored is an entry's contents.
type stored struct {
	Token     string    `json:"token,omitempty"`
	Type      string    `json:"type,omitempty"`
	ExpiresOn time.Time `json:"expires_on,omitzero"`
	Scopes    []string  `json:"scopes,omitempty"`
	Account   string    `json:"account,omitempty"`
	Refresh   bool      `json:"refresh,omitempty"`
	Session   string    `json:"session,omitempty"`
}

// Token finds a token. That it has expired or soon will is for the caller to see.
func (c *Cache) Token(k Key) (Token, bool) {
	s, ok := c.find(k.token)
	if !ok || s.Token == "" {
		return Token{}, false
	}
	return Token{Token: secret.New(s.Token), TokenType: s.Type, ExpiresOn: s.ExpiresOn, Scopes: s.Scopes, Account: s.Account,
		HasRefreshToken: s.Refresh}, true
}

// KeepToken keeps a token until it expires. One that has is not kept.
func (c *Cache) KeepToken(k Key, t Token) {
	if c == nil || !t.ExpiresOn.After(c.Now()) {
		return
	}
	c.keep(k.token, t.ExpiresOn, stored{Token: t.Token.Reveal(), Type: t.TokenType, ExpiresOn: t.ExpiresOn, Scopes: t.Scopes,
		Account: t.Account, Refresh: t.HasRefreshToken})
}

// Session finds the session of the person who signed in with the app.
func (c *Cache) Session(k Key) (Session, bool) {
	s, ok := c.find(k.session)
	return Session{Data: secret.New(s.Session), Account: s.Account}, ok && s.Session != ""
}

// KeepSession keeps a session in the place of the one before.
func (c *Cache) KeepSession(k Key, s Session) {
	if c == nil || s.Data.IsZero() {
		return
	}
	c.keep(k.session, c.Now().Add(SessionLife), stored{Session: s.Data.Reveal(), Account: s.Account})
}

func (c *Cache) find(at func(*master) place) (stored, bool) {
	var s stored
	if c == nil {
		return s, false
	}
	m := c.known()
	if m == nil {
		return s, false
	}
	contents := c.read(m, at(m))
	return s, contents != nil && json.Unmarshal(contents, &s) == nil
}

func (c *Cache) keep(at func(*master) place, expires time.Time, s stored) {
	contents, err := json.Marshal(s)
	if err == nil {
		err = c.write(at, expires, contents)
	}
	if err != nil {
		c.notify("the token is not kept for the next time: %s: %v", c.Dir, bare(err))
	}
}

// ForgetPerson removes the session and the tokens of the person who signed in
// with the app, and tells how many files that were.
func (c *Cache) ForgetPerson(a App) (int, error) {
	return c.forget(a, string(ForPerson[:1]))
}

// Forget removes all that is kept for an app.
func (c *Cache) Forget(a App) (int, error) { return c.forget(a, "") }

func (c *Cache) forget(a App, prefix string) (int, error) {
	if c == nil {
		return 0, nil
	}
	m := c.known()
	if m == nil {
		return 0, nil
	}
	return remove(filepath.Join(c.Dir, a.folder(m)), prefix)
}

// ForgetAll removes everything, the keys too.
func (c *Cache) ForgetAll() (int, error) {
	if c == nil {
		return 0, nil
	}
	total := 0
	var errs []error
	for _, folder := range folders(c.Dir) {
		n, err := remove(folder, "")
		total += n
		errs = append(errs, err, os.RemoveAll(folder))
	}
	if err := os.Remove(filepath.Join(c.Dir, keyFile)); !errors.Is(err, fs.ErrNotExist) {
		errs = append(errs, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.master = nil
	return total, errors.Join(errs...)
}

// remove removes the entries of a folder whose names begin with prefix. Locks
// stay: somebody may hold one.
func remove(dir, prefix string) (int, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	count, errs := 0, []error{err}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), lockSuffix) || !strings.HasPrefix(e.Name(), prefix) {
			continue
		}
		err := os.Remove(filepath.Join(dir, e.Name()))
		if err == nil {
			count++
		}
		errs = append(errs, err)
	}
	return count, errors.Join(errs...)
}
