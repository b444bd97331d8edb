package acquire_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"hdstest/internal/acquire"
)

// elsewhere opens the sign-in page as a browser on another machine would, and
// gives the address that it ended up with.
func elsewhere(t *testing.T, c *http.Client, address string) *url.URL {
	t.Helper()
	resp, err := c.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	to, err := resp.Location()
	if err != nil {
		t.Fatal(err)
	}
	return to
}

// TestPastedAddress: what people paste is taken in every form, and what belongs
// to another sign-in is refused without ending the wait.
func TestPastedAddress(t *testing.T) {
	for name, form := range map[string]func(*url.URL) string{
		"the address":    func(u *url.URL) string { return u.String() },
		"with spaces":    func(u *url.URL) string { return "  " + u.String() + " \r\n" },
		"quoted":         func(u *url.URL) string { return `"` + u.String() + `"` },
		"its query":      func(u *url.URL) string { return u.RawQuery },
		"as a fragment":  func(u *url.URL) string { return "http://localhost/#" + u.RawQuery },
		"with a remnant": func(u *url.URL) string { return u.String() + "#_=_" },
	} {
		t.Run(name, func(t *testing.T) {
			s := newAuthority(t).settings(acquire.Credential{})
			o, _ := codeOptions(s)
			lines := make(chan string, 8)
			var refused []string
			o.Open, o.Pasted, o.Refused = nil, lines, func(why string) { refused = append(refused, why) }
			o.Notify = func(address string) {
				to := elsewhere(t, s.HTTP, address)
				foreign := *to
				q := foreign.Query()
				q.Set("state", "another")
				foreign.RawQuery = q.Encode()
				for _, text := range []string{"", "what now?", foreign.String(), "state=" + to.Query().Get("state"), to.String() + "&code=twice", form(to)} {
					lines <- text
				}
			}
			got, b, err := acquire.AuthorizationCode(t.Context(), s, o)
			if err != nil || got.Token.Reveal() != token {
				t.Fatalf("result %+v, error %v", got, err)
			}
			if len(refused) != 4 || !strings.Contains(refused[1], "another sign-in") {
				t.Errorf("refused %q", refused)
			}
			noSecret(t, texts(t, nil, b, strings.Join(refused, "\n")))
		})
	}
}

// TestPastedRefusal: the authority's refusal can be pasted too.
func TestPastedRefusal(t *testing.T) {
	a := newAuthority(t)
	a.redirect = func(w http.ResponseWriter, r *http.Request, q url.Values) {
		http.Redirect(w, r, q.Get("redirect_uri")+"?error=access_denied&error_description=AADSTS65004:+declined&state="+q.Get("state"), http.StatusFound)
	}
	s := a.settings(acquire.Credential{})
	o, _ := codeOptions(s)
	lines := make(chan string, 1)
	o.Open, o.Pasted = nil, lines
	o.Notify = func(address string) { lines <- elsewhere(t, s.HTTP, address).String(); close(lines) }
	_, b, err := acquire.AuthorizationCode(t.Context(), s, o)
	if err == nil || !strings.Contains(err.Error(), "AADSTS65004") || b.AuthorizeEndpoint == nil {
		t.Errorf("error %v, evidence %+v", err, b.AuthorizeEndpoint)
	}
}
