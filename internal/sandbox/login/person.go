package login

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"time"

	"hdstest/internal/sandbox/directory"
)

// person is a user, copied from the directory.
type person struct {
	ID            string
	UPN           string
	Name          string
	Administrator bool
}

func newPerson(u *directory.User) person {
	return person{ID: u.ID, UPN: u.UserPrincipalName, Name: u.DisplayName, Administrator: u.Administrator}
}

// checkPassword finds who signs in. A user without a password cannot.
func (c *call) checkPassword(name, password string) (person, *refusal) {
	var found person
	refused := refuse(50034, c.realm.Tenant)
	c.Directory.View(func(st *directory.State) {
		u := st.UserByName(name)
		switch {
		case u == nil:
		case u.Password == "" || !same(u.Password, password):
			refused = refuse(50126)
		case !u.AccountEnabled:
			refused = refuse(50057)
		default:
			found, refused = newPerson(u), nil
		}
	})
	return found, refused
}

// same compares two texts in constant time.
func same(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// findPerson looks up somebody who signed in before.
func (c *call) findPerson(id string) (person, *refusal) {
	var found person
	refused := refuse(50034, c.realm.Tenant)
	c.Directory.View(func(st *directory.State) {
		switch u := st.Users[id]; {
		case u == nil:
		case !u.AccountEnabled:
			refused = refuse(50057)
		default:
			found, refused = newPerson(u), nil
		}
	})
	return found, refused
}

// session is a browser in which somebody signed in.
type session struct {
	UserID string
	Since  time.Time
}

// The session's cookie. Cookies of localhost know no ports, so that every server
// on this machine is shown it; it is worth nothing outside the sandbox.
const (
	sessionCookie = "__Host-hdstest-sandbox-session"
	sessionLife   = 24 * time.Hour
)

// signedIn finds out who is signed in, in the browser that asks.
func (c *call) signedIn() (person, bool) {
	cookie, err := c.r.Cookie(sessionCookie)
	if err != nil {
		return person{}, false
	}
	s, ok := c.sessions.get(cookie.Value)
	if !ok {
		return person{}, false
	}
	p, refused := c.findPerson(s.UserID)
	return p, refused == nil
}

// startSession remembers who signed in.
func (c *call) startSession(p person) {
	id := opaque(32)
	c.sessions.put(id, session{UserID: p.ID, Since: c.now}, c.now.Add(sessionLife))
	http.SetCookie(c.w, &http.Cookie{Name: sessionCookie, Value: id, Path: "/", Secure: true, HttpOnly: true,
		SameSite: http.SameSiteLaxMode})
}

// endSession forgets it.
func (c *call) endSession() {
	if cookie, err := c.r.Cookie(sessionCookie); err == nil {
		c.sessions.drop(cookie.Value)
	}
	http.SetCookie(c.w, &http.Cookie{Name: sessionCookie, Path: "/", Secure: true, HttpOnly: true, MaxAge: -1})
}
