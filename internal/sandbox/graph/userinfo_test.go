package graph_test

import (
	"testing"
)

// TestUserInfo: who signed in, by any delegated token; an app is nobody.
func TestUserInfo(t *testing.T) {
	w := newWorld(t)
	claims := w.claims()
	claims["scp"], claims["sub"], claims["name"], claims["given_name"] = "openid profile", "pairwise", "Ada L", "Ada"
	for _, method := range []string{"GET", "POST"} {
		got := w.send(w.sign(claims), method, "/oidc/userinfo", "")
		if got.status != 200 || got.text("sub") != "pairwise" || got.text("name") != "Ada L" || got.text("given_name") != "Ada" || len(got.body) != 3 {
			t.Errorf("%s: %d %s", method, got.status, got.raw)
		}
	}
	w.send(w.sign(claims), "DELETE", "/oidc/userinfo", "").refused(t, 405, "BadRequest", "method is not allowed")
	w.send(w.admin(), "GET", "/oidc/userinfo", "").refused(t, 403, "Authorization_RequestDenied", "")
	w.send("", "GET", "/oidc/userinfo", "").refused(t, 401, "InvalidAuthenticationToken", "")
}
