package cli

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"hdstest/internal/signin"
)

// TestAdminConsent: the sandbox's administrator consents for everybody, the
// other person may not.
//
// Source: learn.microsoft.com/entra/identity-platform/v2-admin-consent.
func TestAdminConsent(t *testing.T) {
	w := newWorld(t)
	info := w.withSandbox(t)
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }))
	defer app.Close()
	back := strings.Replace(app.URL, "127.0.0.1", "localhost", 1)
	address := info.Authority + "/adminconsent?" + url.Values{"client_id": {info.PublicClientID}, "state": {"12"}, "redirect_uri": {back}}.Encode()
	for name, row := range map[string]struct{ user, password, want string }{
		"administrator": {info.AdminUsername, info.AdminPassword, "True"},
		"somebody else": {info.Username, info.Password, ""},
	} {
		person := signin.Person{HTTP: trusting(t, info.CAFile), Press: []string{"signin", "accept"},
			Fields: map[string]string{"username": row.user, "password": row.password}}
		end, page, err := person.Open(t.Context(), address)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := end.Query().Get("admin_consent"); got != row.want || (got == "") != strings.Contains(page, "AADSTS90094") {
			t.Errorf("%s: ends at %s", name, end)
		}
	}
}
