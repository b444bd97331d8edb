package tokencache_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hdstest/internal/secret"
	"hdstest/internal/tokencache"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// fixture is a cache of a test, with what it told.
type fixture struct {
	*tokencache.Cache
	told []string
}

func newFixture(t *testing.T, dir string, change ...func(*tokencache.Options)) *fixture {
	t.Helper()
	f := &fixture{}
	o := tokencache.Options{Dir: dir, Now: func() time.Time { return now }, Rand: rand.Reader,
		Notify: func(format string, args ...any) { f.told = append(f.told, fmt.Sprintf(format, args...)) }}
	for _, c := range change {
		c(&o)
	}
	f.Cache = tokencache.Open(o)
	return f
}

func key(change ...func(*tokencache.Key)) tokencache.Key {
	k := tokencache.Key{App: tokencache.App{Authority: "https://login.example/t", Tenant: "t", ClientID: "c"},
		Partition: tokencache.ForApp, Scopes: []string{"https://r/.default"}, Credential: []secret.Value{secret.New("right")}}
	for _, c := range change {
		c(&k)
	}
	return k
}

func token(text string, life time.Duration) tokencache.Token {
	return tokencache.Token{Token: secret.New(text), TokenType: "Bearer", ExpiresOn: now.Add(life), Scopes: []string{"s"}, Account: "a@b"}
}

// entries lists the files below the folders of apps.
func entries(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	all, err := filepath.Glob(filepath.Join(dir, "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range all {
		if !strings.HasSuffix(path, ".lock") {
			out = append(out, path)
		}
	}
	return out
}

func TestKeepsTokensBetweenRuns(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "not", "there", "yet")
	f := newFixture(t, dir)
	if _, ok := f.Token(key()); ok {
		t.Fatal("found a token in nothing")
	}
	f.KeepToken(key(), token("one", time.Hour))
	got, ok := newFixture(t, dir).Token(key())
	if !ok || got.Token.Reveal() != "one" || got.TokenType != "Bearer" || !got.ExpiresOn.Equal(now.Add(time.Hour)) || got.Account != "a@b" {
		t.Errorf("got %+v, %v", got, ok)
	}
	f.KeepToken(key(), token("two", time.Hour))
	if got, _ := newFixture(t, dir).Token(key()); got.Token.Reveal() != "two" {
		t.Errorf("after replacing: %q", got.Token.Reveal())
	}
	if f.told != nil {
		t.Errorf("told %q", f.told)
	}
}

// TestKeysDiffer: whatever makes a token what it is tells entries apart.
func TestKeysDiffer(t *testing.T) {
	f := newFixture(t, t.TempDir())
	f.KeepToken(key(), token("one", time.Hour))
	for name, change := range map[string]func(*tokencache.Key){
		"authority":       func(k *tokencache.Key) { k.Authority = "https://login.example/u" },
		"tenant":          func(k *tokencache.Key) { k.Tenant = "u" },
		"client":          func(k *tokencache.Key) { k.ClientID = "d" },
		"run of sandbox":  func(k *tokencache.Key) { k.Realm = "7" },
		"person":          func(k *tokencache.Key) { k.Partition = tokencache.ForPerson },
		"scope":           func(k *tokencache.Key) { k.Scopes = []string{"https://s/.default"} },
		"more scopes":     func(k *tokencache.Key) { k.Scopes = append(k.Scopes, "x") },
		"wrong secret":    func(k *tokencache.Key) { k.Credential = []secret.Value{secret.New("wrong")} },
		"no secret":       func(k *tokencache.Key) { k.Credential = nil },
		"split otherwise": func(k *tokencache.Key) { k.Credential = []secret.Value{secret.New("ri"), secret.New("ght")} },
	} {
		if _, ok := f.Token(key(change)); ok {
			t.Errorf("another %s finds the token", name)
		}
	}
	for name, change := range map[string]func(*tokencache.Key){
		"case of authority": func(k *tokencache.Key) { k.Authority = "https://LOGIN.example/T" },
		"case of client":    func(k *tokencache.Key) { k.ClientID = "C" },
	} {
		if _, ok := f.Token(key(change)); !ok {
			t.Errorf("%s hides the token", name)
		}
	}
}

// TestFilesTellNothing: neither token nor secret nor names stand in a file, and
// nobody else may read it.
func TestFilesTellNothing(t *testing.T) {
	dir := t.TempDir()
	f := newFixture(t, dir)
	f.KeepToken(key(), token("canary-token", time.Hour))
	f.KeepSession(key(), tokencache.Session{Data: secret.New("canary-refresh"), Account: "canary@b"})
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		info, infoErr := d.Info()
		if err = errors.Join(err, infoErr); err != nil {
			return err
		}
		if info.Mode().Perm()&0o077 != 0 && path != dir {
			t.Errorf("%s has mode %v", path, info.Mode())
		}
		if d.IsDir() {
			return nil
		}
		data, err := os.ReadFile(path)
		for _, word := range []string{"canary", "right", "login.example", "https://r"} {
			if bytes.Contains(data, []byte(word)) || strings.Contains(path, word) {
				t.Errorf("%s holds %q", path, word)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestBrokenFiles: what is broken is set aside with a message and counts as
// not there; the next token takes its place.
func TestBrokenFiles(t *testing.T) {
	for name, breakIt := range map[string]func([]byte) []byte{
		"empty":          func([]byte) []byte { return nil },
		"text":           func([]byte) []byte { return []byte("{\"token\":\"x\"}") },
		"cut":            func(b []byte) []byte { return b[:len(b)-1] },
		"one bit":        func(b []byte) []byte { b[len(b)-20] ^= 1; return b },
		"another expiry": func(b []byte) []byte { b[12] ^= 1; return b },
		"header only":    func(b []byte) []byte { return b[:16] },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			newFixture(t, dir).KeepToken(key(), token("one", time.Hour))
			path := entries(t, dir)[0]
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, breakIt(data), 0o600); err != nil {
				t.Fatal(err)
			}
			f := newFixture(t, dir)
			if _, ok := f.Token(key()); ok {
				t.Error("found a token in a broken file")
			}
			if len(f.told) != 1 || !strings.Contains(f.told[0], "set aside as") {
				t.Errorf("told %q", f.told)
			}
			if _, err := os.Stat(path + ".broken"); err != nil {
				t.Error(err)
			}
			f.KeepToken(key(), token("two", time.Hour))
			if got, _ := f.Token(key()); got.Token.Reveal() != "two" || len(f.told) != 1 {
				t.Errorf("afterwards: %q, told %q", got.Token.Reveal(), f.told)
			}
		})
	}
}

// TestEntriesStayInPlace: an entry that was copied to another's name does not open.
func TestEntriesStayInPlace(t *testing.T) {
	dir := t.TempDir()
	f := newFixture(t, dir)
	other := key(func(k *tokencache.Key) { k.Scopes = []string{"other"} })
	f.KeepToken(key(), token("one", time.Hour))
	mine := entries(t, dir)[0]
	f.KeepToken(other, token("two", time.Hour))
	for _, path := range entries(t, dir) {
		if path != mine {
			if err := os.Rename(path, mine); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got, ok := f.Token(key()); ok {
		t.Errorf("found %q", got.Token.Reveal())
	}
}

func TestBrokenKey(t *testing.T) {
	dir := t.TempDir()
	newFixture(t, dir).KeepToken(key(), token("one", time.Hour))
	if err := os.WriteFile(filepath.Join(dir, "key"), []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	f := newFixture(t, dir)
	if _, ok := f.Token(key()); ok || len(f.told) != 1 {
		t.Errorf("found: %v, told %q", ok, f.told)
	}
	f.KeepToken(key(), token("two", time.Hour))
	if got, _ := newFixture(t, dir).Token(key()); got.Token.Reveal() != "two" {
		t.Errorf("afterwards: %q", got.Token.Reveal())
	}
}

// TestNowhereToWrite: a folder that cannot be made is told, and no more.
func TestNowhereToWrite(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	f := newFixture(t, filepath.Join(file, "cache"))
	got, err := f.Once(t.Context(), key(), never, func(context.Context) (tokencache.Token, error) { return token("one", time.Hour), nil })
	if err != nil || got.Token.Reveal() != "one" {
		t.Errorf("got %v, %v", got, err)
	}
	if len(f.told) == 0 || !strings.Contains(strings.Join(f.told, "\n"), "not kept") {
		t.Errorf("told %q", f.told)
	}
}

func TestNilCache(t *testing.T) {
	var c *tokencache.Cache
	c.KeepToken(key(), token("one", time.Hour))
	c.KeepSession(key(), tokencache.Session{Data: secret.New("x")})
	if _, ok := c.Token(key()); ok {
		t.Error("found a token")
	}
	if _, err := c.ForgetAll(); err != nil {
		t.Error(err)
	}
	got, err := c.Once(t.Context(), key(), never, func(context.Context) (tokencache.Token, error) { return token("one", time.Hour), nil })
	if err != nil || got.Token.Reveal() != "one" {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestExpiredEntriesGo(t *testing.T) {
	dir := t.TempDir()
	f := newFixture(t, dir)
	f.KeepToken(key(), token("past", -time.Second))
	if got := entries(t, dir); got != nil {
		t.Errorf("kept what had expired: %q", got)
	}
	f.KeepToken(key(), token("short", time.Minute))
	later := newFixture(t, dir, func(o *tokencache.Options) { o.Now = func() time.Time { return now.Add(2 * time.Minute) } })
	later.KeepToken(key(func(k *tokencache.Key) { k.Scopes = nil }), token("long", time.Hour))
	if got := entries(t, dir); len(got) != 1 {
		t.Errorf("left: %q", got)
	}
}

func TestForget(t *testing.T) {
	person := func(k *tokencache.Key) { k.Partition, k.Credential = tokencache.ForPerson, nil }
	fill := func(t *testing.T, dir string) *fixture {
		f := newFixture(t, dir)
		f.KeepToken(key(), token("app", time.Hour))
		f.KeepToken(key(person), token("person", time.Hour))
		f.KeepSession(key(person), tokencache.Session{Data: secret.New("session"), Account: "a@b"})
		f.KeepToken(key(func(k *tokencache.Key) { k.ClientID = "other" }), token("other", time.Hour))
		return f
	}
	for name, row := range map[string]struct {
		forget func(*fixture) (int, error)
		gone   int
		left   int
	}{
		"the person":    {func(f *fixture) (int, error) { return f.ForgetPerson(key().App) }, 2, 2},
		"the app":       {func(f *fixture) (int, error) { return f.Forget(key().App) }, 3, 1},
		"everything":    {func(f *fixture) (int, error) { return f.ForgetAll() }, 4, 0},
		"somebody else": {func(f *fixture) (int, error) { return f.Forget(tokencache.App{}) }, 0, 4},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			f := fill(t, dir)
			n, err := row.forget(f)
			if err != nil || n != row.gone || len(entries(t, dir)) != row.left {
				t.Errorf("%d gone, %v, left %q", n, err, entries(t, dir))
			}
		})
	}
}

func never(tokencache.Token) bool { return false }

// TestOnceAmongGoroutines: of many askers one fetches, and a failure is not
// shared: the next one tries.
func TestOnceAmongGoroutines(t *testing.T) {
	f := newFixture(t, t.TempDir())
	var fetched atomic.Int32
	good := func(t tokencache.Token) bool { return t.ExpiresOn.After(now) }
	var wait sync.WaitGroup
	for range 16 {
		wait.Go(func() {
			got, err := f.Once(t.Context(), key(), good, func(context.Context) (tokencache.Token, error) {
				if fetched.Add(1) == 1 {
					return tokencache.Token{}, errors.New("refused")
				}
				return token("one", time.Hour), nil
			})
			if err != nil && err.Error() != "refused" || err == nil && got.Token.Reveal() != "one" {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
	wait.Wait()
	if n := fetched.Load(); n != 2 {
		t.Errorf("%d requests, want 2: one that was refused, one that was not", n)
	}
}

// TestOnceLosesPatience: a process that hangs with the lock stops nobody.
func TestOnceLosesPatience(t *testing.T) {
	f := newFixture(t, t.TempDir(), func(o *tokencache.Options) { o.Patience = time.Millisecond })
	holding, done := make(chan struct{}), make(chan struct{})
	go func() {
		_ = f.Alone(t.Context(), key(), func(context.Context) error { close(holding); <-done; return nil })
	}()
	<-holding
	defer close(done)
	got, err := f.Once(t.Context(), key(), never, func(context.Context) (tokencache.Token, error) { return token("one", time.Hour), nil })
	if err != nil || got.Token.Reveal() != "one" {
		t.Errorf("got %v, %v", got, err)
	}
}

// FuzzEntry: whatever stands in an entry's file, it is no token, and nothing panics.
func FuzzEntry(f *testing.F) {
	dir := f.TempDir()
	c := tokencache.Open(tokencache.Options{Dir: dir, Now: func() time.Time { return now }, Rand: rand.Reader})
	c.KeepToken(key(), token("one", time.Hour))
	all, err := filepath.Glob(filepath.Join(dir, "*", "a*"))
	if err != nil {
		f.Fatal(err)
	}
	path := slices.DeleteFunc(all, func(s string) bool { return strings.HasSuffix(s, ".lock") })[0]
	good, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good[:20])
	f.Add([]byte("hdstok1k0000000000000000000000000000"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if got, ok := c.Token(key()); ok && !bytes.Equal(data, good) {
			t.Errorf("found %v", got)
		}
	})
}
