package login

import (
	"slices"
	"strings"
)

// authRequest is an authorize request that was checked.
type authRequest struct {
	ClientID  string
	Redirect  string
	Platform  platform
	Mode      string
	State     string
	HasState  bool
	Nonce     string
	Challenge string
	Method    string
	Prompt    string
	LoginHint string
	Asked     asked
	Realm     realm
	Version   int
}

// The code challenge methods of RFC 7636.
const (
	methodS256  = "S256"
	methodPlain = "plain"
)

// The values of prompt.
const (
	promptNone    = "none"
	promptLogin   = "login"
	promptSelect  = "select_account"
	promptConsent = "consent"
)

// authorize is the authorize endpoint, by GET or POST. What is wrong with the
// app or the redirect URI is shown and never redirected; what is wrong with the
// rest of the request goes to the redirect URI. That error pages come with
// status 400 is unverified.
// Source: learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow.
func (c *call) authorize() {
	refused := c.readForm()
	if refused == nil {
		refused = c.need("client_id")
	}
	if refused != nil {
		c.showError(refused)
		return
	}
	request := authRequest{ClientID: c.form["client_id"], Redirect: c.form["redirect_uri"], Realm: c.realm, Version: c.version,
		Nonce: c.form["nonce"], Prompt: c.form["prompt"], LoginHint: c.form["login_hint"]}
	request.State, request.HasState = c.form["state"]
	app, refused := c.findClient(request.ClientID)
	if refused == nil {
		refused = c.realm.admits(app)
	}
	if refused == nil {
		request.Platform, refused = c.matchRedirect(app, request.Redirect)
	}
	if refused != nil {
		c.showError(refused)
		return
	}
	request.ClientID = app.AppID
	if absent, refused := c.complete(&request, app); refused != nil {
		c.redirectError(request, refused)
		return
	} else if absent != "" {
		c.notHere(absent)
		return
	}
	c.begin(app, request)
}

// complete checks the rest of a request. It names what the sandbox does not have.
func (c *call) complete(request *authRequest, app *client) (absent string, refused *refusal) {
	request.Mode = modeQuery
	if mode := c.form["response_mode"]; slices.Contains(responseModes(), mode) {
		request.Mode = mode
	} else if mode != "" {
		return "", refuse(70007, mode)
	}
	if refused := c.need("response_type"); refused != nil {
		return "", refused
	}
	if absent, refused := c.responseType(app); absent != "" || refused != nil {
		return absent, refused
	}
	if prompts := []string{"", promptNone, promptLogin, promptSelect, promptConsent}; !slices.Contains(prompts, request.Prompt) {
		return "", refuse(90023, "prompt")
	}
	if refused := c.challenge(request); refused != nil {
		return "", refused
	}
	return "", c.askedFor(request)
}

// responseType takes code alone. The others are refused as long as the app does
// not switch them on.
func (c *call) responseType(app *client) (absent string, refused *refusal) {
	kinds := strings.Fields(c.form["response_type"])
	for _, kind := range kinds {
		switch {
		case kind == "id_token" && !app.IDTokens, kind == "token" && !app.Tokens:
			return "", refuse(700054, kind)
		case kind != "code" && kind != "id_token" && kind != "token":
			return "", refuse(70005, c.form["response_type"])
		}
	}
	if len(kinds) != 1 || kinds[0] != "code" {
		return "response_type=" + c.form["response_type"], nil
	}
	return "", nil
}

// challenge reads PKCE's first half. No method means plain (RFC 7636 section 4.3).
func (c *call) challenge(request *authRequest) *refusal {
	request.Challenge, request.Method = c.form["code_challenge"], c.form["code_challenge_method"]
	switch {
	case request.Challenge == "" && request.Platform == spaPlatform:
		return refuse(9002325)
	case request.Challenge == "":
		return nil
	case request.Method == "":
		request.Method = methodPlain
	case request.Method != methodPlain && request.Method != methodS256:
		return refuse(50149)
	}
	if len(request.Challenge) < 43 || len(request.Challenge) > 128 {
		return refuse(501491)
	}
	return nil
}

// askedFor reads what the request asks for, and checks that the resources are
// there. More than one may be named here; a token is for one.
func (c *call) askedFor(request *authRequest) (refused *refusal) {
	if c.version == 1 {
		request.Asked = askOfV1(c.form["resource"], c.form["scope"])
	} else {
		if c.form["resource"] != "" {
			return refuse(901002)
		}
		if refused := c.need("scope"); refused != nil {
			return refused
		}
		if request.Asked, refused = parseScope(c.form["scope"]); refused != nil {
			return refused
		}
	}
	for _, a := range request.Asked.APIs {
		if _, refused := c.findResource(a.Resource); refused != nil {
			return refused
		}
	}
	return nil
}
