package login

import "strconv"

// appTokenLife is how long an app-only token lasts; expires_in says a second less.
const appTokenLife = 3600

// clientCredentials is the grant of RFC 6749 section 4.4: an app for itself.
// Source: learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow.
func (c *call) clientCredentials() (any, *refusal) {
	if c.realm.shared() {
		return nil, refuse(50059)
	}
	app, presented, refused := c.caller()
	if refused != nil {
		return nil, refused
	}
	if refused := c.realm.admits(app); refused != nil {
		return nil, refused
	}
	name, refused := c.resourceAsked()
	if refused != nil {
		return nil, refused
	}
	if !presented.given() {
		return nil, refuse(7000216)
	}
	acr, refused := c.authenticate(app, presented)
	if refused != nil {
		return nil, refused
	}
	api, refused := c.findResource(name)
	if refused != nil {
		return nil, refused
	}
	roles, assigned := c.rolesOf(app.PrincipalID, api)
	if api.Assignment && !assigned {
		return nil, refuse(501051, app.AppID, app.Name, api.AppID, api.Name)
	}
	return c.appAnswer(app, api, roles, acr)
}

// resourceAsked is the resource of v1.0 or the one .default of v2.0.
func (c *call) resourceAsked() (string, *refusal) {
	if c.version == 1 {
		return c.form["resource"], c.need("resource")
	}
	if c.form["scope"] == "" {
		return "", refuse(90014, "scope")
	}
	return appResource(c.form["scope"])
}

// tokenAnswer is the answer of the v2.0 endpoint, fields in Entra's order.
type tokenAnswer struct {
	TokenType    string `json:"token_type"`
	Scope        string `json:"scope,omitempty"`
	ExpiresIn    int64  `json:"expires_in"`
	ExtExpiresIn int64  `json:"ext_expires_in"`
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token,omitempty"`
	FOCI         string `json:"foci,omitempty"`
	IDToken      string `json:"id_token,omitempty"`
	ClientInfo   string `json:"client_info,omitempty"`
}

// tokenAnswerOfV1 is the answer of the v1.0 endpoint: every number is a string.
type tokenAnswerOfV1 struct {
	TokenType    string `json:"token_type"`
	Scope        string `json:"scope,omitempty"`
	ExpiresIn    string `json:"expires_in"`
	ExtExpiresIn string `json:"ext_expires_in"`
	ExpiresOn    string `json:"expires_on"`
	NotBefore    string `json:"not_before"`
	Resource     string `json:"resource"`
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token,omitempty"`
	FOCI         string `json:"foci,omitempty"`
	IDToken      string `json:"id_token,omitempty"`
	ClientInfo   string `json:"client_info,omitempty"`
}

func (c *call) appAnswer(app *client, api *resource, roles []string, acr string) (any, *refusal) {
	t := c.accessToken(api, appTokenLife)
	t.client(app, acr)
	t.application(app, roles)
	raw, refused := c.sign(t)
	if refused != nil {
		return nil, refused
	}
	return c.shape(tokenAnswer{TokenType: "Bearer", ExpiresIn: appTokenLife - 1, ExtExpiresIn: appTokenLife - 1, AccessToken: raw}, api), nil
}

// shape gives an answer the form of the endpoint's version.
func (c *call) shape(a tokenAnswer, api *resource) any {
	if c.version == 2 {
		return a
	}
	number := func(n int64) string { return strconv.FormatInt(n, 10) }
	return tokenAnswerOfV1{TokenType: a.TokenType, Scope: a.Scope, ExpiresIn: number(a.ExpiresIn),
		ExtExpiresIn: number(a.ExtExpiresIn), ExpiresOn: number(c.now.Unix() + a.ExpiresIn + 1),
		NotBefore: number(c.now.Add(-backdated).Unix()), Resource: api.Audience, AccessToken: a.AccessToken,
		RefreshToken: a.RefreshToken, FOCI: a.FOCI, IDToken: a.IDToken, ClientInfo: a.ClientInfo}
}
