package acquire_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"hdstest/internal/acquire"
	"hdstest/internal/problem"
	"hdstest/internal/secret"
)

// signedIn signs a person in and gives the kept session.
func signedIn(t *testing.T, s acquire.Settings) *acquire.Kept {
	t.Helper()
	s.Kept = &acquire.Kept{Data: secret.New("of another person")}
	o, g := codeOptions(s)
	if _, _, err := acquire.AuthorizationCode(t.Context(), s, o); err != nil {
		t.Fatal(err)
	}
	<-g.done
	return s.Kept
}

// TestRenew: each renewal asks the authority with the last refresh token, also
// for another service, and for both kinds of clients.
func TestRenew(t *testing.T) {
	for name, cred := range map[string]acquire.Credential{"public client": {}, "web app": withSecret()} {
		t.Run(name, func(t *testing.T) {
			a := newAuthority(t)
			s := a.settings(cred)
			s.Kept = signedIn(t, s)
			if strings.Contains(s.Kept.Data.Reveal(), token) {
				t.Error("the session holds an access token")
			}
			const other = "https://other/.default"
			for i, asked := range []string{scope, scope, other} {
				got, b, err := acquire.Renew(t.Context(), s, []string{asked})
				if err != nil {
					t.Fatal(err)
				}
				form := a.form(i + 1)
				if form.Get("grant_type") != "refresh_token" || form.Get("refresh_token") != "c4naryrefresh" || form.Has("client_secret") != !cred.Secret.IsZero() ||
					!strings.Contains(form.Get("scope"), asked) {
					t.Errorf("sent %v", form)
				}
				if got.Token.Reveal() != token || got.Account != "alice@example.org" || b.TokenRequest.GrantType != "refresh_token" {
					t.Errorf("result %+v, evidence %+v", got, b.TokenRequest)
				}
				noSecret(t, texts(t, nil, b, a.trace.String()))
			}
		})
	}
}

// TestRenewKeepsTheNewToken: the refresh token of the answer replaces the one before.
func TestRenewKeepsTheNewToken(t *testing.T) {
	a := newAuthority(t)
	s := a.settings(acquire.Credential{})
	s.Kept = signedIn(t, s)
	a.answer = func(w http.ResponseWriter, form url.Values, _ int) {
		writeJSON(w, 200, map[string]any{"token_type": "Bearer", "expires_in": 3599, "access_token": token, "scope": form.Get("scope"),
			"refresh_token": "c4narysecond", "id_token": a.idToken(), "client_info": "eyJ1aWQiOiJ1IiwidXRpZCI6InQifQ"})
	}
	for range 2 {
		if _, _, err := acquire.Renew(t.Context(), s, []string{scope}); err != nil {
			t.Fatal(err)
		}
	}
	if got := a.form(2).Get("refresh_token"); got != "c4narysecond" {
		t.Errorf("the second renewal sent %q", got)
	}
}

func TestRenewRefusals(t *testing.T) {
	for name, tc := range map[string]struct {
		kept *acquire.Kept
		code string
		says string
	}{
		"nothing kept":     {nil, "", "nobody is signed in"},
		"kept is empty":    {&acquire.Kept{}, "", "nobody is signed in"},
		"kept is no JSON":  {&acquire.Kept{Data: secret.New("c4nary")}, "", "the kept session cannot be read"},
		"kept has no more": {&acquire.Kept{Data: secret.New(`{"account":"u.t","cache":{}}`)}, "", "no such account"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newAuthority(t).settings(acquire.Credential{})
			s.Kept = tc.kept
			_, b, err := acquire.Renew(t.Context(), s, []string{scope})
			var p *problem.Error
			if !errors.As(err, &p) || p.Kind != problem.NoToken || !strings.Contains(p.Error(), tc.says) {
				t.Fatalf("error %v", err)
			}
			noSecret(t, texts(t, err, b, ""))
		})
	}
}

// TestRenewAfterTheEnd: a session that the authority has ended gives its code.
func TestRenewAfterTheEnd(t *testing.T) {
	a := newAuthority(t)
	s := a.settings(acquire.Credential{})
	s.Kept = signedIn(t, s)
	a.answer = func(w http.ResponseWriter, _ url.Values, _ int) {
		entraError(w, 400, "invalid_grant", 700082, "The refresh token c4naryrefresh has expired.")
	}
	_, b, err := acquire.Renew(t.Context(), s, []string{scope})
	var p *problem.Error
	if !errors.As(err, &p) || p.Code != "AADSTS700082" || b.TokenEndpoint.Error != "invalid_grant" {
		t.Fatalf("error %v, evidence %+v", err, b.TokenEndpoint)
	}
	noSecret(t, texts(t, err, b, ""))
}

// TestAppTokensAreNotKept: a session that is passed along does not change what
// the app itself gets.
func TestAppTokensAreNotKept(t *testing.T) {
	a := newAuthority(t)
	s := a.settings(withSecret())
	s.Kept = &acquire.Kept{}
	for range 2 {
		if _, _, err := acquire.ClientCredentials(t.Context(), s, scope); err != nil {
			t.Fatal(err)
		}
	}
	if !s.Kept.IsZero() || a.form(1) == nil {
		t.Errorf("kept %v, second request %v", s.Kept, a.form(1))
	}
}
