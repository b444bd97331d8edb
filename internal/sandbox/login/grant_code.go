package login

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"time"
)

// code is an authorization code. It is good for ten minutes and one use; it is
// remembered for longer, so that a late or second use gets its own answer.
type code struct {
	grant
	Realm     string
	Redirect  string
	Challenge string
	Method    string // plain or S256, if there is a challenge
	Until     time.Time
	Redeemed  bool
}

const (
	codeLife   = 10 * time.Minute
	codeMemory = time.Hour
	// codePrefix marks the sandbox's codes. Text without it is malformed.
	codePrefix = "1.hdstest-sandbox-code."
)

// newCode makes the code of a grant.
func (c *call) newCode(of code) string {
	text := codePrefix + opaque(48)
	c.codes.put(text, of, c.now.Add(codeMemory))
	return text
}

// authorizationCode is the grant of RFC 6749 section 4.1.3 with PKCE (RFC 7636).
// Source: learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow.
func (c *call) authorizationCode() (any, *refusal) {
	if refused := c.need("code", "redirect_uri"); refused != nil {
		return nil, refused
	}
	app, presented, refused := c.caller()
	if refused != nil {
		return nil, refused
	}
	found, refused := c.findCode(app)
	if refused != nil {
		return nil, refused
	}
	acr, refused := c.proven(app, presented, found.Platform)
	if refused != nil {
		return nil, refused
	}
	if refused := found.checkVerifier(c.form["code_verifier"]); refused != nil {
		return nil, refused
	}
	now, refused := c.askedWithCode(found.Asked)
	if refused != nil {
		return nil, refused
	}
	var again bool
	c.codes.change(c.form["code"], func(k *code) { again, k.Redeemed = k.Redeemed, true })
	if again {
		return nil, refuse(54005)
	}
	answer, refused := c.userAnswer(app, found.grant, now, acr)
	if refused != nil && refused.code == 650053 {
		refused = refuse(28002, c.form["scope"])
	}
	return answer, refused
}

// findCode looks the code up and compares it with the request: whose it is, from
// where, for which redirect URI, and whether it is still good.
func (c *call) findCode(app *client) (code, *refusal) {
	text := c.form["code"]
	if !strings.HasPrefix(text, codePrefix) {
		return code{}, refuse(9002313)
	}
	found, ok := c.codes.get(text)
	switch {
	case !ok || found.ClientID != app.AppID:
		return found, refuse(70000, "code")
	case found.Redeemed:
		return found, refuse(54005)
	case !c.now.Before(found.Until):
		return found, refuse(70008)
	case found.Realm != c.realm.Name:
		return found, refuse(700005)
	case found.Redirect != c.form["redirect_uri"]:
		return found, refuse(500112, c.form["redirect_uri"], found.Redirect)
	}
	return found, nil
}

// checkVerifier compares PKCE's two halves. A missing verifier, and one that
// nothing asked for, are treated as a mismatch (the second is unverified).
func (k code) checkVerifier(verifier string) *refusal {
	if verifier != "" && (len(verifier) < 43 || len(verifier) > 128) {
		return refuse(50147)
	}
	derived := verifier
	if k.Method == methodS256 {
		sum := sha256.Sum256([]byte(verifier))
		derived = base64.RawURLEncoding.EncodeToString(sum[:])
	}
	if k.Challenge == "" && verifier == "" {
		return nil
	}
	if verifier == "" || !same(derived, k.Challenge) {
		return refuse(501481)
	}
	return nil
}

// askedWithCode is what a token request asks for beside a code: its own scope or
// resource, else what the code was asked for. It must name one resource.
func (c *call) askedWithCode(before asked) (asked, *refusal) {
	now, refused := c.askedAgain(before)
	if refused != nil {
		return now, refused
	}
	if len(now.APIs) > 1 {
		if c.form["scope"] == "" {
			return now, refuse(28003)
		}
		return now, refuse(28000, c.form["scope"])
	}
	return now, nil
}

// askedAgain reads scope or resource of a request that may leave them out.
func (c *call) askedAgain(before asked) (asked, *refusal) {
	if c.version == 1 {
		if c.form["resource"] == "" {
			return before, nil
		}
		now := askOfV1(c.form["resource"], c.form["scope"])
		now.OIDC = before.OIDC
		return now, nil
	}
	if c.form["scope"] == "" {
		return before, nil
	}
	now, refused := parseScope(c.form["scope"])
	if refused != nil {
		return now, refused
	}
	// A scope that names no resource means the one of before.
	if len(now.APIs) == 0 && len(before.APIs) == 1 && !now.has("openid") {
		now.APIs = before.APIs
	}
	return now, nil
}
