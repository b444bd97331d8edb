package graph

import (
	"encoding/json"
	"net/http"
)

// userInfoPath is the userinfo endpoint that the discovery document of v2.0 names.
const userInfoPath = "/oidc/userinfo"

// userInfo tells whose access token it got (OpenID Connect Core section 5.3), by
// what the token itself says; so an address or a picture, which Graph looks up,
// is not there. What an app's own token is answered with is unverified.
// Source: learn.microsoft.com/entra/identity-platform/userinfo.
func (s *service) userInfo(w http.ResponseWriter, c *call) {
	caller, err := s.authenticate(c.request)
	switch {
	case err != nil:
	case c.request.Method != http.MethodGet && c.request.Method != http.MethodPost:
		err = &failure{status: http.StatusMethodNotAllowed, code: codeSyntax,
			message: "Specified HTTP method is not allowed for the request target."}
	case !caller.delegated:
		err = denied()
	}
	if err != nil {
		s.write(w, c, answer{}, err)
		return
	}
	body := map[string]any{}
	for _, name := range []string{"sub", "name", "given_name", "family_name"} {
		if v, ok := caller.Raw[name]; ok {
			body[name] = v
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(body)
}
