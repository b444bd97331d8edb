// Package tokencache keeps tokens and sign-in sessions between runs, so that a
// token which is still good is printed without a request, and a person who
// signed in once is not asked again.
//
// Each token and each session is a file of its own, below a folder for its app:
//
//	<dir>/key                 64 random octets, mode 0600
//	<dir>/<app>/<entry>       sealed with AES-256-GCM
//	<dir>/<app>/<entry>.lock  held while that entry is renewed
//
// The names are keyed digests of everything that makes an entry what it is: the
// authority, tenant and client, the scopes, and what proves the client. So a
// wrong secret never finds the token that the right one got. Reading takes no
// lock: files are replaced whole, by a rename. Renewing does, so that of many
// processes one asks the authority and the others read what it got ([Cache.Once]).
//
// The key to the files is in the system's keyring where there is one that
// answers within a second, else in the file key beside them; the latter guards
// against a glance and a backup of single files, not against whoever reads as
// this account. A refresh token in there is worth as much as a password.
//
// Nothing here is ever fatal: what cannot be read counts as not there, a broken
// file is set aside, what cannot be written is told and forgotten. The package
// knows neither OAuth nor MSAL; a session is opaque to it. It does not decide
// when a token is too old.
package tokencache

import (
	"io"
	"sync"
	"time"
)

// Options are the surroundings of a cache.
type Options struct {
	Dir     string // the cache's own; it need not exist
	Now     func() time.Time
	Rand    io.Reader
	Keyring Keyring // nil: there is none
	// Notify tells the person what went wrong, in a sentence without full stop; nil:
	// nobody listens.
	Notify func(format string, args ...any)
	// Patience is how long [Cache.Once] waits for another process; zero: half a
	// minute.
	Patience time.Duration
}

// Cache is a folder of tokens. Its methods may be called side by side, in many
// processes. The nil Cache keeps nothing and finds nothing.
type Cache struct {
	Options

	mu     sync.Mutex
	master *master // nil: not read yet
	ring   ringKey
	told   bool // that the keys cannot be read
}

// defaultPatience bounds the wait for another process.
const defaultPatience = 30 * time.Second

// Open makes a cache. It touches no file.
func Open(o Options) *Cache {
	if o.Patience <= 0 {
		o.Patience = defaultPatience
	}
	return &Cache{Options: o}
}

func (c *Cache) notify(format string, args ...any) {
	if c.Notify != nil {
		c.Notify(format, args...)
	}
}
