package acquire_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"hdstest/internal/acquire"
	"hdstest/internal/evidence"
	"hdstest/internal/problem"
)

// agent is a scripted browser: it gets the sign-in page, follows the redirect or
// posts the form, and fetches the page at the end.
type agent struct {
	http *http.Client
	last *http.Response
	body string
	done chan struct{} // closed when open returns, which may be after the flow
}

func (g *agent) open(target string) error {
	defer close(g.done)
	if err := g.do(http.NewRequest(http.MethodGet, target, nil)); err != nil {
		return err
	}
	if g.last.StatusCode == http.StatusOK && strings.Contains(g.body, "\n") { // the form_post page
		to, form, _ := strings.Cut(g.body, "\n")
		req, err := http.NewRequest(http.MethodPost, to, strings.NewReader(form))
		if err != nil {
			return err
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if err := g.do(req, nil); err != nil {
			return err
		}
	}
	for g.last.StatusCode/100 == 3 {
		to, err := g.last.Location()
		if err != nil {
			return err
		}
		if err := g.do(http.NewRequest(http.MethodGet, to.String(), nil)); err != nil {
			return err
		}
	}
	return nil
}

func (g *agent) do(req *http.Request, err error) error {
	if err != nil {
		return err
	}
	if g.last, err = g.http.Do(req); err != nil {
		return err
	}
	defer g.last.Body.Close()
	body, err := io.ReadAll(g.last.Body)
	g.body = string(body)
	return err
}

// codeOptions makes options with a scripted agent.
func codeOptions(s acquire.Settings) (acquire.CodeOptions, *agent) {
	g := &agent{http: s.HTTP, done: make(chan struct{})}
	return acquire.CodeOptions{Scopes: []string{scope}, RedirectURI: "http://localhost", Open: g.open, Timeout: 10 * time.Second}, g
}

func TestAuthorizationCode(t *testing.T) {
	key, leaf := selfSigned(t, "leaf")
	for rule, tc := range map[string]struct {
		cred     acquire.Credential
		redirect string
		mode     string
		path     string // where the browser ends
	}{
		"public client":                 {acquire.Credential{}, "http://localhost", "", "/done"},
		"public client, form_post":      {acquire.Credential{}, "http://localhost/", "form_post", "/done"},
		"confidential, secret, path":    {withSecret(), "http://localhost/a/callback", "query", "/a/callback/done"},
		"confidential, cert, form_post": {acquire.Credential{Certificate: &acquire.Certificate{Leaf: leaf, Key: key}}, "http://127.0.0.1/cb", "form_post", "/cb/done"},
	} {
		t.Run(rule, func(t *testing.T) {
			a := newAuthority(t)
			s := a.settings(tc.cred)
			o, g := codeOptions(s)
			o.RedirectURI, o.ResponseMode, o.Prompt, o.LoginHint = tc.redirect, tc.mode, "select_account", "alice@example.org"
			var told string
			o.Notify = func(u string) { told = u }
			got, b, err := acquire.AuthorizationCode(t.Context(), s, o)
			if err != nil {
				t.Fatal(err)
			}
			<-g.done
			asked, _ := url.Parse(told)
			q, form := asked.Query(), a.form(0)
			sum := sha256.Sum256([]byte(form.Get("code_verifier")))
			if q.Get("code_challenge") != base64.RawURLEncoding.EncodeToString(sum[:]) || q.Get("code_challenge_method") != "S256" {
				t.Errorf("challenge %q does not fit verifier %q", q.Get("code_challenge"), form.Get("code_verifier"))
			}
			if q.Get("scope") != scope+" openid profile offline_access" || q.Get("prompt") != "select_account" || q.Get("login_hint") == "" || len(q.Get("state")) < 43 {
				t.Errorf("asked %v", q)
			}
			if form.Get("code") != "c4narycode" || form.Get("redirect_uri") != q.Get("redirect_uri") || form.Has("client_secret") == tc.cred.Secret.IsZero() ||
				form.Has("client_assertion") != (tc.cred.Certificate != nil) {
				t.Errorf("redeemed with %v", form)
			}
			if got.Token.Reveal() != token || !got.HasRefreshToken || got.Account != "alice@example.org" || !slices.Contains(got.Scopes, scope) {
				t.Errorf("result %+v", got)
			}
			if g.last.StatusCode != 200 || g.last.Request.URL.Path != tc.path || g.last.Request.URL.RawQuery != "" || !strings.Contains(g.body, "You are signed in") {
				t.Errorf("the browser ended at %s with %d: %s", g.last.Request.URL, g.last.StatusCode, g.body)
			}
			if r := b.AuthorizeRequest; r.URL != a.uri()+"/oauth2/v2.0/authorize" || r.RedirectURI != q.Get("redirect_uri") || r.ResponseType != "code" {
				t.Errorf("authorize request %+v", r)
			}
			texts := texts(t, nil, b, a.trace.String())
			texts["page"] = g.body
			delete(texts, "trace") // the scripted agent shares the client: what it does is traced too
			noSecret(t, texts)
		})
	}
}

func TestAWrongStateDoesNotEndTheWait(t *testing.T) {
	a := newAuthority(t)
	s := a.settings(acquire.Credential{})
	o, g := codeOptions(s)
	var statuses []int
	a.redirect = func(w http.ResponseWriter, _ *http.Request, q url.Values) {
		to := q.Get("redirect_uri")
		for _, bad := range []string{"?code=evil&state=wrong", "?code=evil", "?state=" + q.Get("state"), "?code=a&code=b&state=" + q.Get("state")} {
			resp, err := http.Get(to + bad)
			if err != nil {
				t.Error(err)
				return
			}
			_ = resp.Body.Close()
			statuses = append(statuses, resp.StatusCode)
		}
		w.Header().Set("Location", to+"?"+url.Values{"code": {"good"}, "state": {q.Get("state")}}.Encode())
		w.WriteHeader(http.StatusFound)
	}
	_, _, err := acquire.AuthorizationCode(t.Context(), s, o)
	<-g.done
	if err != nil || !slices.Equal(statuses, []int{400, 400, 400, 400}) || a.form(0).Get("code") != "good" {
		t.Errorf("statuses %v, form %v, error %v; page %s", statuses, a.form(0), err, g.body)
	}
}

func TestErrorThroughTheRedirect(t *testing.T) {
	a := newAuthority(t)
	s := a.settings(withSecret())
	o, g := codeOptions(s)
	a.redirect = func(w http.ResponseWriter, r *http.Request, q url.Values) {
		back := url.Values{"error": {"access_denied"}, "state": {q.Get("state")},
			"error_description": {"AADSTS65004: <b>declined</b> by alice@example.org\r\nTrace ID: t-1\r\nCorrelation ID: c-1\r\nTimestamp: 2026-01-02 03:04:05Z"}}
		http.Redirect(w, r, q.Get("redirect_uri")+"?"+back.Encode(), http.StatusFound)
	}
	_, b, err := acquire.AuthorizationCode(t.Context(), s, o)
	var p *problem.Error
	if !errors.As(err, &p) || p.Kind != problem.NoToken || p.Code != "AADSTS65004" || p.TraceID != "t-1" {
		t.Fatalf("error %v", err)
	}
	<-g.done
	if e := b.AuthorizeEndpoint; e == nil || e.Error != "access_denied" || !slices.Equal(e.ErrorCodes, []int{65004}) || e.CorrelationID != "c-1" {
		t.Errorf("evidence %+v", e)
	}
	if !strings.Contains(g.body, "&lt;b&gt;declined") || strings.Contains(g.body, "<b>") {
		t.Errorf("the page does not escape: %s", g.body)
	}
	all := texts(t, err, b, "")
	noSecret(t, all)
}

func TestIDTokenFaults(t *testing.T) {
	for rule, tc := range map[string]struct {
		change func(map[string]any)
		says   string
	}{
		"nonce of another sign-in": {func(c map[string]any) { c["nonce"] = "other" }, "nonce"},
		"no nonce":                 {func(c map[string]any) { delete(c, "nonce") }, "nonce"},
		"another audience":         {func(c map[string]any) { c["aud"] = "other" }, "audience"},
		"another issuer":           {func(c map[string]any) { c["iss"] = "https://other.example" }, "issuer"},
		"another tenant":           {func(c map[string]any) { c["tid"] = "other" }, "tenant"},
		"expired":                  {func(c map[string]any) { c["exp"] = time.Now().Add(-6 * time.Minute).Unix() }, "expired"},
		"no expiry":                {func(c map[string]any) { delete(c, "exp") }, "no expiry"},
	} {
		t.Run(rule, func(t *testing.T) {
			a := newAuthority(t)
			a.idClaims = tc.change
			s := a.settings(acquire.Credential{})
			o, _ := codeOptions(s)
			got, b, err := acquire.AuthorizationCode(t.Context(), s, o)
			if problem.KindOf(err) != problem.NoToken || !strings.Contains(err.Error(), tc.says) || !got.Token.IsZero() {
				t.Errorf("error %v, token %v", err, got.Token)
			}
			noSecret(t, texts(t, err, b, ""))
		})
	}
}

func TestMissingIDTokenAndDeclinedScopes(t *testing.T) {
	for rule, tc := range map[string]struct {
		answer map[string]any
		says   string
	}{
		"no ID token":      {map[string]any{"access_token": token, "expires_in": 1}, "gave none"},
		"scope declined":   {map[string]any{"access_token": token, "expires_in": 1, "scope": "openid User.Read"}, "did not grant " + scope},
		"ID token no JWT":  {map[string]any{"access_token": token, "expires_in": 1, "id_token": "x"}, "cannot be read"},
		"ID token garbage": {map[string]any{"access_token": token, "expires_in": 1, "id_token": "e30.e30.x"}, "no JWT"},
	} {
		t.Run(rule, func(t *testing.T) {
			a := newAuthority(t)
			a.answer = func(w http.ResponseWriter, _ url.Values, _ int) { writeJSON(w, 200, tc.answer) }
			s := a.settings(acquire.Credential{})
			o, _ := codeOptions(s)
			_, b, err := acquire.AuthorizationCode(t.Context(), s, o)
			if problem.KindOf(err) != problem.NoToken || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("error %v", err)
			}
			noSecret(t, texts(t, err, b, ""))
		})
	}
}

func TestTheWaitEnds(t *testing.T) {
	a := newAuthority(t)
	s := a.settings(acquire.Credential{})
	stay := func(string) error { return nil }
	seen := &evidence.OAuthAnswer{Error: "invalid_request", ErrorCodes: []int{50011}}
	page := &problem.Error{Tried: "sign in", Seen: "AADSTS50011", Evidence: &evidence.Bundle{AuthorizeEndpoint: seen}}
	mute := func(string) error { return errors.New("no display") }
	told := func(string) {}
	for rule, tc := range map[string]struct {
		open     func(string) error
		notify   func(string)
		limit    time.Duration
		says     string
		answered bool // the evidence has the authorize endpoint's answer
		local    bool // the evidence has the browser's fault
	}{
		"closed browser":                  {stay, nil, 30 * time.Millisecond, "no answer came from the browser within 30ms", false, false},
		"no browser, nobody told":         {mute, nil, time.Minute, "no display", false, true},
		"no browser, the person was told": {mute, told, 30 * time.Millisecond, "within 30ms", false, true},
		"abandoned, with evidence":        {func(string) error { return fmt.Errorf("%w: %w", acquire.ErrAbandoned, page) }, told, time.Minute, "AADSTS50011", true, false},
	} {
		t.Run(rule, func(t *testing.T) {
			o, _ := codeOptions(s)
			var redirect string
			o.Open, o.Timeout = tc.open, tc.limit
			if o.Notify = tc.notify; tc.notify != nil {
				o.Notify = func(u string) { asked, _ := url.Parse(u); redirect = asked.Query().Get("redirect_uri") }
			}
			_, b, err := acquire.AuthorizationCode(t.Context(), s, o)
			if problem.KindOf(err) != problem.NoToken || !strings.Contains(err.Error(), tc.says) {
				t.Fatalf("error %v", err)
			}
			late := b.AuthorizeEndpoint != nil && b.AuthorizeEndpoint.Extra["timed_out"] == true
			if late != (tc.limit < time.Second) || (b.AuthorizeEndpoint != nil && !late) != tc.answered || (b.Local != nil) != tc.local {
				t.Errorf("evidence %+v", b)
			}
			if redirect != "" {
				if _, err := http.Get(redirect); err == nil {
					t.Error("the listener is still there")
				}
			}
		})
	}
}

func TestInterruptFreesThePort(t *testing.T) {
	a := newAuthority(t)
	s := a.settings(acquire.Credential{})
	o, _ := codeOptions(s)
	ctx, cancel := context.WithCancel(t.Context())
	var redirect *url.URL
	o.Open = func(target string) error {
		asked, _ := url.Parse(target)
		redirect, _ = url.Parse(asked.Query().Get("redirect_uri"))
		cancel()
		return nil
	}
	_, _, err := acquire.AuthorizationCode(ctx, s, o)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	l, err := net.Listen("tcp4", "127.0.0.1:"+redirect.Port())
	if err != nil {
		t.Fatalf("the port is still taken: %v", err)
	}
	_ = l.Close()
}

func TestPorts(t *testing.T) {
	taken := make([]int, 2)
	for i := range taken {
		l, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		taken[i] = l.Addr().(*net.TCPAddr).Port
	}
	a := newAuthority(t)
	s := a.settings(acquire.Credential{})
	o, _ := codeOptions(s)
	o.Ports = taken
	_, b, err := acquire.AuthorizationCode(t.Context(), s, o)
	if err == nil || b.Local == nil || b.Local.Problem != evidence.ProblemPortInUse || !strings.Contains(err.Error(), fmt.Sprint(taken[1])) {
		t.Errorf("error %v, evidence %+v", err, b.Local)
	}
	o.Ports = append(taken, 0)
	if _, _, err := acquire.AuthorizationCode(t.Context(), s, o); err != nil {
		t.Errorf("a free port at the end: %v", err)
	}
	o.RedirectURI = fmt.Sprintf("http://localhost:%d/cb", taken[0])
	if _, _, err := acquire.AuthorizationCode(t.Context(), s, o); err == nil {
		t.Error("a port that the redirect URI fixes was exchanged for another")
	}
}

func TestRedirectsThatCannotBeReceived(t *testing.T) {
	a := newAuthority(t)
	s := a.settings(acquire.Credential{})
	for _, uri := range []string{"", "https://localhost", "http://example.org/cb", "http://localhost.example.org", "http://localhost/?a=b",
		"http://localhost#x", "http://user@localhost", "localhost:80", "http://localhost:port"} {
		o, _ := codeOptions(s)
		o.RedirectURI = uri
		if _, _, err := acquire.AuthorizationCode(t.Context(), s, o); problem.KindOf(err) != problem.Usage {
			t.Errorf("%q: %v", uri, err)
		}
	}
	o, _ := codeOptions(s)
	o.ResponseMode = "fragment"
	if _, _, err := acquire.AuthorizationCode(t.Context(), s, o); problem.KindOf(err) != problem.Usage {
		t.Errorf("fragment: %v", err)
	}
}

func TestSignInPageElsewhere(t *testing.T) {
	a := newAuthority(t)
	a.metadata = func(m map[string]any) { m["authorization_endpoint"] = "https://other.example/authorize" }
	s := a.settings(acquire.Credential{})
	o, _ := codeOptions(s)
	o.Open = func(string) error { t.Error("the browser was opened"); return nil }
	if _, _, err := acquire.AuthorizationCode(t.Context(), s, o); problem.KindOf(err) != problem.NoToken || !strings.Contains(err.Error(), "other.example") {
		t.Errorf("error %v", err)
	}
}
