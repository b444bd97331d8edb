package acquire

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"

	"strconv"
	"strings"

	"hdstest/internal/evidence"
	"hdstest/internal/lazyregexp"
	"hdstest/internal/problem"
	"hdstest/internal/transport"
)

// pageLimit bounds the page that an authorize endpoint shows, in bytes.
const pageLimit = 1 << 20

var pageCode = lazyregexp.New(`AADSTS(\d{5,8})`)

// wantsAPerson tells the errors that say that somebody must sign in.
// Source: OpenID Connect Core 1.0 section 3.1.2.6.
func wantsAPerson(code string) bool {
	return code == "login_required" || code == "interaction_required" || code == "consent_required"
}

// AskSilently asks the authorize endpoint whether it takes the client id, the
// redirect URI and the scopes of a sign-in, without anybody signing in: with
// prompt=none it must answer at the redirect URI that a person is wanted
// (login_required), and shows a page with its error instead where app or redirect
// URI are not right. Nothing is opened and no code is asked for in earnest.
//
// The evidence has the request and, where it is refused, the answer; the error
// says what was refused. Source: OpenID Connect Core 1.0 section 3.1.2.1 and
// 3.1.2.6; learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow.
func AskSilently(ctx context.Context, s Settings, o CodeOptions) (evidence.Bundle, error) {
	verifier := make([]byte, 32)
	if _, err := o.Rand.Read(verifier); err != nil {
		return evidence.Bundle{}, fmt.Errorf("make a code verifier: %w", err)
	}
	sum := sha256.Sum256([]byte(base64.RawURLEncoding.EncodeToString(verifier)))
	address, err := url.Parse(s.Authority + "/oauth2/v2.0/authorize")
	if err != nil {
		return evidence.Bundle{}, problem.Usagef("the authority %q is no address", s.Authority)
	}
	address.RawQuery = url.Values{"client_id": {s.ClientID}, "response_type": {"code"}, "redirect_uri": {o.RedirectURI}, "response_mode": {"query"},
		"scope": {strings.Join(append([]string{"openid"}, o.Scopes...), " ")}, "prompt": {"none"}, "state": {"hdstest"}, "nonce": {"hdstest"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"}}.Encode()
	now := s.Now().UTC()
	b := evidence.Bundle{Now: &now, AuthorizeRequest: describeAuthorize(address),
		Config: &evidence.Config{Authority: s.Authority, ClientID: s.ClientID}}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String(), nil)
	if err != nil {
		return b, err
	}
	tried := "ask " + s.Authority + " whether it takes a sign-in of this app at " + o.RedirectURI
	answer, err := transport.Send(ctx, s.HTTP, request, pageLimit)
	if err != nil {
		return b, transport.Failure(err, s.HTTP, address, tried)
	}
	b.AuthorizeEndpoint = silentAnswer(answer, o.RedirectURI)
	if b.AuthorizeEndpoint == nil {
		return b, nil
	}
	seen := b.AuthorizeEndpoint.Error
	if len(b.AuthorizeEndpoint.ErrorCodes) > 0 {
		seen = strings.TrimPrefix(fmt.Sprintf("%s, AADSTS%d", seen, b.AuthorizeEndpoint.ErrorCodes[0]), ", ")
	}
	return b, &problem.Error{Kind: problem.NoToken, Tried: tried, Seen: seen, Evidence: &b}
}

// silentAnswer is the refusal in an answer; nil if a person would be let on.
func silentAnswer(answer transport.Answer, redirectURI string) *evidence.OAuthAnswer {
	text := string(answer.Body)
	out := &evidence.OAuthAnswer{}
	if target, err := url.Parse(answer.Header.Get("Location")); err == nil && strings.HasPrefix(target.String(), redirectURI) {
		q := target.Query()
		out.Error = q.Get("error")
		text = q.Get("error_description")
		if wantsAPerson(out.Error) {
			return nil
		}
		if out.Error == "" {
			return nil // a code: somebody is signed in already
		}
	} else if answer.Status < 400 && !pageCode.MatchString(text) {
		return nil // a page that asks the person, which says no more than login_required
	}
	if m := pageCode.FindStringSubmatch(text); m != nil {
		if n, err := strconv.Atoi(m[1]); err == nil {
			out.ErrorCodes = []int{n}
		}
	}
	if out.Error == "" {
		out.Status = answer.Status
	}
	return out
}
