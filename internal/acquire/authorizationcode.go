package acquire

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"time"

	"hdstest/internal/evidence"
	"hdstest/internal/problem"
	"hdstest/internal/transport"
)

// ErrAbandoned is what Open wraps when it knows that no answer will come, as a
// scripted user agent does. Any other error of Open leaves the wait going when
// the person was given the address.
var ErrAbandoned = errors.New("the sign-in was abandoned")

// CodeOptions are the settings of [AuthorizationCode].
type CodeOptions struct {
	Scopes      []string
	RedirectURI string                 // http://localhost, with port and path as registered
	Ports       []int                  // tried in order if RedirectURI names none; empty: any
	Open        func(url string) error // opens the browser; nil: the person does
	Notify      func(url string)       // is told the address before the browser opens; may be nil
	Pasted      <-chan string          // the redirect address, pasted by a person whose browser is elsewhere; may be nil
	Refused     func(why string)       // is told why a pasted text was not taken; may be nil
	Timeout     time.Duration          // for the person; zero: five minutes
	Rand        io.Reader              // for state, nonce and verifier; nil: crypto/rand
	// ResponseMode is query or form_post; empty: query. Entra leaves it to us.
	ResponseMode string
	LoginHint    string
	Prompt       string // login, consent, select_account, none; empty: as the authority sees fit
}

// defaultPatience is how long a person may take to sign in.
const defaultPatience = 5 * time.Minute

// AuthorizationCode gets a token for a person who signs in with a browser (RFC
// 6749 section 4.1 with PKCE, RFC 7636, over a loopback redirect, RFC 8252). It
// works for public clients and, with a credential, for confidential ones.
//
// It adds openid, profile and offline_access to the scopes and checks the ID
// token that comes back. The listener is gone when the function returns, also
// when ctx ends. The access token is not looked at.
func AuthorizationCode(ctx context.Context, s Settings, o CodeOptions) (Result, evidence.Bundle, error) {
	s.Kept.clear()
	call, err := begin(s, grantAuthorizationCode, o.Scopes)
	if err != nil {
		return Result{}, call.evidence(), err
	}
	secrets, err := newFlow(o)
	if err != nil {
		return Result{}, call.bundle, err
	}
	where, err := parseRedirect(o.RedirectURI)
	if err != nil {
		return Result{}, call.bundle, err
	}
	client, err := call.codeClient()
	if err != nil {
		err = call.fail(ctx, err)
		return Result{}, call.bundle, err
	}
	l, err := listen(where, o.Ports, secrets.state)
	if err != nil {
		return Result{}, call.withLocal(err), err
	}
	defer l.close(ctx)
	result, err := call.codeFlow(ctx, o, secrets, client, l)
	return result, call.bundle, err
}

// flow holds what is made afresh for each sign-in.
type flow struct {
	state, nonce, verifier string
}

func newFlow(o CodeOptions) (flow, error) {
	if o.ResponseMode != "" && o.ResponseMode != "query" && o.ResponseMode != "form_post" {
		return flow{}, problem.Usagef("the response mode %q cannot be received here; expected query or form_post", o.ResponseMode)
	}
	random := o.Rand
	if random == nil {
		random = rand.Reader
	}
	// 32 octets make a verifier of 43 characters, the least and the advice of RFC
	// 7636 section 4.1.
	buf := make([]byte, 3*32)
	if _, err := io.ReadFull(random, buf); err != nil {
		return flow{}, fmt.Errorf("make state, nonce and verifier: %w", err)
	}
	text := func(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
	return flow{text(buf[:32]), text(buf[32:64]), text(buf[64:])}, nil
}

// challenge is the S256 challenge of RFC 7636 section 4.2.
func (f flow) challenge() string {
	sum := sha256.Sum256([]byte(f.verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func (s *session) codeFlow(ctx context.Context, o CodeOptions, f flow, client codeClient, l *listener) (Result, error) {
	target, err := s.authorize(ctx, o, f, client, l)
	if err != nil {
		return Result{}, err
	}
	answer, err := s.await(ctx, o, l, target.String())
	if err != nil {
		return Result{}, err
	}
	if answer.Get("error") != "" {
		s.bundle.AuthorizeEndpoint = s.authorizeAnswer(answer)
		return Result{}, s.refused(s.bundle.AuthorizeEndpoint)
	}
	got, err := client.redeem(ctx, answer.Get("code"), l.uri, f.verifier, o.Scopes)
	s.collect()
	if err != nil {
		return Result{}, s.fail(ctx, err)
	}
	want := idToken{nonce: f.nonce, clientID: s.ClientID, issuer: s.issuer(), tenant: s.bundle.Config.TenantID, now: s.Now()}
	if err := want.check(got.IDToken.RawToken); err != nil {
		return Result{}, s.noToken("the ID token is refused: "+s.wire.clean(err.Error()), nil)
	}
	result := s.result(got)
	result.Account = cmp.Or(accountName(got.IDToken.RawToken), result.Account)
	return result, s.keep(got, result)
}

// authorize makes the address for the browser.
func (s *session) authorize(ctx context.Context, o CodeOptions, f flow, client codeClient, l *listener) (*url.URL, error) {
	scopes := slices.Concat(o.Scopes, []string{"openid", "profile", "offline_access"})
	base, err := client.authorizeURL(ctx, l.uri, scopes)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	target, err := authorizeURL(base, url.Values{
		"state": {f.state}, "nonce": {f.nonce}, "code_challenge": {f.challenge()}, "code_challenge_method": {"S256"},
		"response_mode": {cmp.Or(o.ResponseMode, "query")}, "prompt": {o.Prompt}, "login_hint": {o.LoginHint},
	})
	if err != nil || !sameAuthority(s.wire.authority, target) {
		p := s.noToken("the authority's metadata names a sign-in page of another host: "+transport.RedactURL(target), nil)
		p.Expected = "an https address on " + s.wire.authority.Host
		return nil, p
	}
	s.bundle.AuthorizeRequest = describeAuthorize(target)
	if l.note != "" {
		s.bundle.AuthorizeRequest.Extra["listener"] = l.note
	}
	return target, nil
}

// await opens the browser and waits for the answer, the person's time limit, or
// the end of ctx.
func (s *session) await(ctx context.Context, o CodeOptions, l *listener, target string) (url.Values, error) {
	if o.Notify != nil {
		o.Notify(target)
	}
	opened := make(chan error, 1)
	if o.Open != nil {
		go func() { opened <- o.Open(target) }()
	}
	patience := cmp.Or(o.Timeout, defaultPatience)
	limit := time.NewTimer(patience)
	defer limit.Stop()
	lines := o.Pasted
	for {
		select {
		case answer := <-l.answer:
			return answer, nil
		case text, open := <-lines:
			if !open {
				lines = nil // the browser may still be on this machine
			}
			if answer := takePasted(o, text, l.state); answer != nil {
				return answer, nil
			}
		case err := <-opened:
			if err := s.openFailed(o, err); err != nil {
				return nil, err
			}
		case <-limit.C:
			s.bundle.AuthorizeEndpoint = &evidence.OAuthAnswer{Extra: map[string]any{"timed_out": true}}
			return nil, s.noToken(fmt.Sprintf("no answer came from the browser within %s", patience), nil)
		case <-ctx.Done():
			return nil, s.ended(ctx, "the browser's answer")
		}
	}
}

// openFailed decides whether the wait ends because the browser did not open. An
// error with evidence of the authorize endpoint adds it to ours.
func (s *session) openFailed(o CodeOptions, err error) error {
	if err == nil {
		return nil
	}
	seen := s.wire.clean(err.Error())
	if errors.Is(err, ErrAbandoned) {
		var p *problem.Error
		if errors.As(err, &p) && p.Evidence != nil {
			s.bundle.AuthorizeEndpoint = p.Evidence.AuthorizeEndpoint
		}
		return s.noToken(seen, err)
	}
	s.bundle.Local = &evidence.Local{Problem: evidence.ProblemBrowser, Detail: seen}
	if o.Notify != nil {
		return nil
	}
	return s.noToken("the browser did not open: "+seen, err)
}

// authorizeAnswer makes evidence of an error that came through the redirect
// (RFC 6749 section 4.1.2.1). It has no HTTP status.
func (s *session) authorizeAnswer(answer url.Values) *evidence.OAuthAnswer {
	text := answer.Get("error_description")
	return &evidence.OAuthAnswer{
		Error:           s.wire.clean(answer.Get("error")),
		ErrorCodes:      errorCodes(nil, text),
		Suberror:        s.wire.clean(answer.Get("error_subcode")),
		MessageContains: description(text, s.wire.clean),
		TraceID:         s.wire.clean(trailerField(text, "Trace ID")),
		CorrelationID:   s.wire.clean(trailerField(text, "Correlation ID")),
	}
}
