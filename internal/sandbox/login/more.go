package login

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"hdstest/internal/entra"
	"hdstest/internal/sandbox/bearer"
	"hdstest/internal/sandbox/directory"
)

// logout ends the sign-in session. It leads back to the app only if the address
// is a redirect URI of an app of the tenant, since which app asks is not told.
// Source: learn.microsoft.com/entra/identity-platform/v2-protocols-oidc, sign-out.
func (c *call) logout() {
	if refused := c.readForm(); refused != nil {
		c.showError(refused)
		return
	}
	c.endSession()
	back := c.form["post_logout_redirect_uri"]
	if back == "" || !c.registered(back) {
		c.showMessage("You signed out", "It is a good idea to close all browser windows.")
		return
	}
	answer := url.Values{}
	if state, ok := c.form["state"]; ok {
		answer.Set("state", state)
	}
	c.w.Header().Set("Location", answerURL(back, modeQuery, answer))
	c.w.WriteHeader(http.StatusFound)
}

// registered tells whether an address is a redirect URI of any app here.
func (c *call) registered(address string) bool {
	found := false
	c.Directory.View(func(st *directory.State) {
		for _, app := range st.Applications {
			found = found || slices.Contains(slices.Concat(app.Web.RedirectURIs, app.SPA.RedirectURIs, app.PublicClient.RedirectURIs), address)
		}
	})
	return found
}

// userInfo is the userinfo endpoint of v1.0: it tells whose access token for
// Microsoft Graph it got (OpenID Connect Core section 5.3).
func (c *call) userInfo() {
	checker := bearer.Checker{Keys: c.Keys, Now: c.Directory.Now,
		Issuers:   []string{c.issuerOf(c.realm.TenantID, 1), c.issuerOf(c.realm.TenantID, 2)},
		Audiences: []string{entra.GraphAppID, entra.GraphResource, entra.GraphResource + "/", c.GraphURL, c.GraphURL + "/"}}
	claims, wrong := checker.Check(c.r.Header.Get("Authorization"))
	if wrong != nil || len(claims.Scopes) == 0 {
		c.w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		c.json(http.StatusUnauthorized, map[string]string{"error": "invalid_token"})
		return
	}
	body := map[string]any{"sub": claims.Raw["sub"]}
	for _, name := range []string{"name", "given_name", "family_name"} {
		if v, ok := claims.Raw[name]; ok {
			body[name] = v
		}
	}
	c.json(http.StatusOK, body)
}

// errorPage explains a code, as far as the shared table of names does.
func (c *call) errorPage() {
	asked := strings.TrimPrefix(c.r.URL.Query().Get("code"), "AADSTS")
	code, err := strconv.Atoi(asked)
	known, ok := entra.LookupError(code)
	if err != nil || !ok {
		c.showMessage("Error code", "No such code is known to the sandbox.")
		return
	}
	c.showMessage("AADSTS"+asked, known.Meaning, known.Advice, "Source: "+known.Source)
}
