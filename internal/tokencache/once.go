package tokencache

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"hdstest/internal/pause"
)

const (
	// lookAgain is how often a process that waits looks for the token.
	lookAgain = 15 * time.Millisecond
	// tellAfter is when a person is told for what the program waits.
	tellAfter = 2 * time.Second
)

// Once gives the kept token if it is good, else the one that fetch gets, and
// keeps it. Of all processes that ask for the same key at the same time one
// fetches; the others wait and take its token. fetch is called also if
// no lock can be had: after [Options.Patience], or on a file system without locks.
//
// Tokens of a person are fetched one at a time for all scopes of an app, since
// each renewal replaces the refresh token of the session.
func (c *Cache) Once(ctx context.Context, k Key, good func(Token) bool, fetch func(context.Context) (Token, error)) (Token, error) {
	if t, ok := c.Token(k); ok && good(t) {
		return t, nil
	}
	release, t, found := c.turn(ctx, k, good)
	defer release()
	if found {
		return t, nil
	}
	t, err := fetch(ctx)
	if err != nil {
		return Token{}, err
	}
	c.KeepToken(k, t)
	return t, nil
}

// Alone calls do while no other process renews a token of the same kind: of the
// person, or of the app with these scopes. As with [Cache.Once] the lock is for
// good manners; do is called in any case.
func (c *Cache) Alone(ctx context.Context, k Key, do func(context.Context) error) error {
	release, _, _ := c.turn(ctx, k, func(Token) bool { return false })
	defer release()
	return do(ctx)
}

// turn waits for the lock of the key, or for a good token that another process
// got, whichever is first.
func (c *Cache) turn(ctx context.Context, k Key, good func(Token) bool) (release func(), t Token, found bool) {
	release = func() {}
	lock := c.lock(k)
	if lock == nil {
		return release, t, false
	}
	began, told := time.Now(), false // how long we wait, whatever the program's clock says
	for {
		got, err := lock.TryLock()
		if err != nil {
			return release, t, false
		}
		if got {
			release = func() { _ = lock.Unlock() } // the end of the process would do it too
		}
		if t, ok := c.Token(k); ok && good(t) {
			return release, t, true
		}
		waited := time.Since(began)
		if got || waited > c.Patience || ctx.Err() != nil {
			return release, t, false
		}
		if !told && waited > tellAfter {
			told = true
			c.notify("another process is getting this token; waiting for it")
		}
		_ = pause.For(ctx, lookAgain) // the loop looks itself
	}
}

// lock is the lock of what the key's renewal changes; nil: none can be made.
func (c *Cache) lock(k Key) *flock.Flock {
	if c == nil {
		return nil
	}
	m, err := c.made()
	if err != nil {
		return nil // keeping the token will tell why
	}
	at := k.token(m)
	if k.Partition == ForPerson {
		at = k.session(m)
	}
	dir := filepath.Join(c.Dir, at.app)
	if os.MkdirAll(dir, 0o700) != nil {
		return nil
	}
	return flock.New(filepath.Join(dir, at.file+lockSuffix), flock.SetPermissions(0o600))
}
