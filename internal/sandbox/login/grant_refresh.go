package login

import (
	"slices"
	"strings"
	"time"
)

const (
	// refreshPrefix marks the sandbox's refresh tokens.
	refreshPrefix = "1.hdstest-sandbox-refresh."
	// refreshLife is how long one may lie unused, and for a single-page app the
	// whole time since the sign-in.
	// Source: learn.microsoft.com/entra/identity-platform/refresh-tokens.
	refreshLife    = 90 * 24 * time.Hour
	refreshLifeSPA = 24 * time.Hour
	refreshMemory  = 400 * 24 * time.Hour
)

// newRefreshToken makes a further refresh token of a grant. Older ones stay good,
// as with Entra.
func (c *call) newRefreshToken(g grant) string {
	text := refreshPrefix + opaque(64)
	g.Used = c.now
	c.refresh.put(text, g, c.now.Add(refreshMemory))
	return text
}

// refreshToken is the grant of RFC 6749 section 6. It may ask for another
// resource, if that was consented to.
func (c *call) refreshToken() (any, *refusal) {
	if refused := c.need("refresh_token"); refused != nil {
		return nil, refused
	}
	app, presented, refused := c.caller()
	if refused != nil {
		return nil, refused
	}
	if refused := c.realm.admits(app); refused != nil {
		return nil, refused
	}
	g, refused := c.findRefreshToken(app)
	if refused != nil {
		return nil, refused
	}
	acr, refused := c.proven(app, presented, g.Platform)
	if refused != nil {
		return nil, refused
	}
	now, refused := c.askedWithCode(g.Asked)
	if refused != nil {
		return nil, refused
	}
	if !g.Asked.has("offline_access") { // always a new one
		g.Asked.OIDC = append(slices.Clone(g.Asked.OIDC), "offline_access")
	}
	return c.userAnswer(app, g, now, acr)
}

func (c *call) findRefreshToken(app *client) (grant, *refusal) {
	text := c.form["refresh_token"]
	if !strings.HasPrefix(text, refreshPrefix) {
		return grant{}, refuse(9002313)
	}
	g, ok := c.refresh.get(text)
	switch {
	case !ok:
		return g, refuse(70000, "refresh_token").because("bad_token")
	case g.ClientID != app.AppID:
		return g, refuse(70000, "refresh_token").because("client_mismatch")
	case g.Platform == spaPlatform && !c.now.Before(g.Issued.Add(refreshLifeSPA)):
		return g, refuse(700084, stamp(g.Issued))
	case !c.now.Before(g.Used.Add(refreshLife)):
		return g, refuse(700082, stamp(g.Used))
	}
	return g, nil
}
