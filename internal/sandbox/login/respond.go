package login

import (
	"net/http"
	"net/url"

	"hdstest/internal/entra"
)

// redirectError sends a refusal to the redirect URI, or shows it if it is of
// those that are only shown.
func (c *call) redirectError(request authRequest, refused *refusal) {
	if refused.page {
		c.showError(refused)
		return
	}
	answer := url.Values{"error": {refused.oauth}, "error_description": {c.describe(refused)},
		"error_uri": {c.errorURI(refused.code)}}
	if refused.suberror != "" {
		answer.Set("suberror", refused.suberror)
	}
	c.respond(request, answer)
}

// cancelled tells the app that the person gave up on the sign-in page.
func (c *call) cancelled(request authRequest) {
	c.respond(request, url.Values{"error": {entra.ErrAccessDenied}, "error_subcode": {"cancel"},
		"error_description": {"the user canceled the authentication"}})
}

// respond sends an answer to the redirect URI in the way that was asked for.
func (c *call) respond(request authRequest, answer url.Values) {
	if request.HasState {
		answer.Set("state", request.State)
	}
	if request.Mode == modeFormPost {
		c.postForm(request.Redirect, answer)
		return
	}
	c.w.Header().Set("Referrer-Policy", "no-referrer")
	c.w.Header().Set("Location", answerURL(request.Redirect, request.Mode, answer))
	c.w.WriteHeader(http.StatusFound)
}

// grantCode ends a request with a code.
func (c *call) grantCode(request authRequest, p person) {
	text := c.newCode(code{grant: grant{ClientID: request.ClientID, UserID: p.ID, Platform: request.Platform,
		Asked: request.Asked, Nonce: request.Nonce, Version: request.Version, Issued: c.now},
		Realm: request.Realm.Name, Redirect: request.Redirect, Challenge: request.Challenge, Method: request.Method,
		Until: c.now.Add(codeLife)})
	c.respond(request, url.Values{"code": {text}, "session_state": {c.NewID()}})
}
