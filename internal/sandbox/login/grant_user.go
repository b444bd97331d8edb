package login

import (
	"crypto/rand"
	"math/big"
	"slices"
	"strings"
	"time"

	"hdstest/internal/entra"
	"hdstest/internal/sandbox/scenario"
)

// grant is what a person allowed a client. It stands behind a code, a device code
// or a refresh token.
type grant struct {
	ClientID string
	UserID   string
	Platform platform
	Asked    asked
	Nonce    string
	Version  int       // of the endpoint that it came through
	Issued   time.Time // of the sign-in
	Used     time.Time // of the last refresh
}

// userAnswer makes the tokens of a grant for what is asked now.
func (c *call) userAnswer(app *client, g grant, now asked, acr string) (any, *refusal) {
	p, refused := c.findPerson(g.UserID)
	if refused != nil {
		return nil, refused
	}
	api, scopes, refused := c.delegated(app, p, now)
	if refused != nil {
		return nil, refused
	}
	life := personTokenLife()
	roles, _ := c.rolesOf(p.ID, api)
	t := c.accessToken(api, life)
	t.client(app, acr)
	t.person(p, app, scopes, roles, c.address())
	answer := tokenAnswer{TokenType: "Bearer", Scope: c.echo(scopes, now), ExpiresIn: int64(life) - 1, ExtExpiresIn: int64(life) - 1}
	if answer.AccessToken, refused = c.sign(t); refused != nil {
		return nil, refused
	}
	return c.addUserParts(answer, app, p, g, now, api)
}

// addUserParts adds what goes with a person's access token.
func (c *call) addUserParts(answer tokenAnswer, app *client, p person, g grant, now asked, api *resource) (any, *refusal) {
	var refused *refusal
	if g.Asked.has("offline_access") || now.has("offline_access") || c.version == 1 {
		answer.RefreshToken = c.newRefreshToken(g)
	}
	if app.AppID == entra.AzureCLIAppID {
		answer.FOCI = "1" // family of client ids: a refresh token serves all of Microsoft's own
	}
	if now.has("openid") {
		if answer.IDToken, refused = c.idToken(p, app, g, now); refused != nil {
			return nil, refused
		}
	}
	if c.form["client_info"] == "1" {
		answer.ClientInfo = clientInfo(p.ID, c.realm.TenantID)
	}
	return c.shape(answer, api), nil
}

// delegated finds the resource and the scopes that a person's token gets: all
// that was consented to, of which the named ones must be a part.
func (c *call) delegated(app *client, p person, now asked) (*resource, []string, *refusal) {
	a := now.api()
	api, refused := c.findResource(a.Resource)
	if refused != nil {
		return nil, nil, refused
	}
	missing, refused := c.wanting(app, p.ID, api, a)
	if refused != nil {
		return nil, nil, refused
	}
	if len(missing) > 0 {
		return nil, nil, refuse(65001, app.AppID, app.Name)
	}
	scopes := c.consented(app, p.ID, api)
	if len(now.APIs) == 0 || api.AppID == entra.GraphAppID {
		for _, s := range now.OIDC {
			if s != "offline_access" && !slices.Contains(scopes, s) {
				scopes = append(scopes, s)
			}
		}
	}
	return api, scopes, nil
}

// echo is the scope member of an answer: what was granted, spelt as the request
// spelt it, the .default itself, and the OpenID Connect scopes. MSAL Go takes a
// requested scope that is missing here as declined.
func (c *call) echo(scopes []string, now asked) string {
	if c.version == 1 {
		return strings.Join(scopes, " ")
	}
	a := now.api()
	var out []string
	for _, value := range scopes {
		if !isOIDC(value) {
			out = append(out, a.full(value))
		}
	}
	for _, name := range a.Names {
		if !containsFold(out, a.full(name)) {
			out = append(out, a.full(name))
		}
	}
	if a.Default {
		out = append(out, a.full(defaultName))
	}
	for _, s := range now.OIDC {
		if s != "offline_access" {
			out = append(out, s)
		}
	}
	return strings.Join(out, " ")
}

// personTokenLife is a random time between 60 and 90 minutes, in seconds.
// Source: learn.microsoft.com/entra/identity-platform/access-tokens, lifetime.
func personTokenLife() int {
	n, err := rand.Int(rand.Reader, big.NewInt(30*60+1))
	if err != nil {
		return appTokenLife
	}
	return 60*60 + int(n.Int64())
}

// proven checks how the client of a person's grant authenticates: what it must
// and must not send depends on the platform of the redirect URI.
// Source: learn.microsoft.com/entra/identity-platform/reply-url and
// v2-oauth2-auth-code-flow.
func (c *call) proven(app *client, p credential, kind platform) (string, *refusal) {
	origin := c.r.Header.Get("Origin")
	switch {
	case kind == spaPlatform && origin == "":
		return "", refuse(9002327)
	case kind != spaPlatform && origin != "":
		return "", refuse(9002326, origin)
	case kind == webPlatform && !p.given():
		return "", refuse(7000218)
	case kind == webPlatform:
		return c.authenticate(app, p)
	case p.given():
		return "", refuse(700025)
	}
	return acrPublic, nil
}

// fallback is the platform of a client without redirect URI: a public one if the
// app allows public client flows, else one that must prove itself.
func (c *call) fallback(app *client) platform {
	if app.Fallback && !c.Scenarios.On(scenario.PublicFlowsOff) {
		return publicPlatform
	}
	return webPlatform
}
