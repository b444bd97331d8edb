package acquire

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"hdstest/internal/evidence"
	"hdstest/internal/problem"
	"hdstest/internal/transport"
)

// fail makes the error for a call of MSAL that did not succeed, from what was on
// the wire. MSAL's error serves only where nothing was sent or the authority's
// metadata did not please it; its text then holds no secret, and is cleaned
// nevertheless.
func (s *session) fail(ctx context.Context, err error) error {
	s.collect()
	s.wire.mu.Lock()
	last, assertionErr := s.wire.last, s.wire.assertionErr
	s.wire.mu.Unlock()
	// MSAL and the wait for the interval give the code's own deadline as it is; the
	// deadline of an exchange comes wrapped, and counts as a failed connection.
	expired := ctx.Err() == nil && s.grant == grantDeviceCode && (err == context.DeadlineExceeded || last != nil && last.err == context.DeadlineExceeded)
	switch {
	case ctx.Err() != nil && (last == nil || !errors.Is(last.err, context.DeadlineExceeded)):
		return s.ended(ctx, "the token")
	case problem.KindOf(assertionErr) == problem.Unreachable:
		return s.withNetwork(assertionErr)
	case assertionErr != nil:
		s.bundle.TokenRequest = nil // none was made, so nothing may be concluded from it
		return s.noToken("the federated assertion could not be had: "+s.wire.clean(assertionErr.Error()), assertionErr)
	case expired:
		return s.noToken("the code expired before the sign-in was complete", context.DeadlineExceeded)
	case last == nil:
		return s.noToken(s.wire.clean(err.Error()), nil)
	case errors.Is(last.err, errForeignEndpoint):
		p := s.noToken(last.err.Error(), last.err)
		p.Expected = "an https address on " + s.wire.authority.Host
		return p
	case last.err != nil:
		return s.unreachable(last)
	case last.status < 200 || last.status > 299:
		return s.refused(s.bundle.TokenEndpoint)
	case last.step == stepToken:
		return s.noToken(s.unusable(last), nil)
	}
	return s.noToken(fmt.Sprintf("the answer of %s cannot be used: %s", transport.RedactURL(last.url), s.metadataFault(last, err)), nil)
}

// ended tells that the caller's context did not last until what came.
func (s *session) ended(ctx context.Context, what string) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return s.noToken("the time limit was reached before "+what+" came", context.Cause(ctx))
	}
	return s.noToken("interrupted before "+what+" came", context.Cause(ctx))
}

// noToken makes an error of that kind with the evidence so far.
func (s *session) noToken(seen string, err error) *problem.Error {
	bundle := s.bundle
	return &problem.Error{Kind: problem.NoToken, Tried: s.tried(), Seen: seen, Err: err, Evidence: &bundle}
}

func (s *session) tried() string {
	return fmt.Sprintf("get a token from %s (%s)", s.Authority, s.grant)
}

// refused tells the authority's own error.
func (s *session) refused(a *evidence.OAuthAnswer) error {
	seen := statusText(a.Status)
	switch {
	case a.Error != "" && a.MessageContains != "":
		seen = a.Error + ": " + a.MessageContains
	case a.Error != "":
		seen = a.Error
	case a.Extra["content_type"] != nil:
		seen += fmt.Sprintf(" with a body that is no JSON (%v)", a.Extra["content_type"])
	}
	p := s.noToken(seen, nil)
	p.TraceID = a.TraceID
	if len(a.ErrorCodes) > 0 {
		p.Code = fmt.Sprintf("AADSTS%d", a.ErrorCodes[0])
	}
	return p
}

// unreachable tells a failure of the connection.
func (s *session) unreachable(x *exchange) error {
	s.bundle.Network = transport.Network(x.err, x.url, transport.ProxyFor(s.HTTP, x.url))
	bundle := s.bundle
	var p *problem.Error
	if !errors.As(transport.Failure(x.err, s.HTTP, x.url, s.tried()), &p) {
		return s.noToken(s.wire.clean(x.err.Error()), x.err)
	}
	p.Evidence = &bundle
	return p
}

// withNetwork gives an error of the assertion's issuer our evidence as well.
func (s *session) withNetwork(err error) error {
	var p *problem.Error
	if !errors.As(err, &p) || p.Evidence == nil {
		return err
	}
	s.bundle.Network = p.Evidence.Network
	bundle, out := s.bundle, *p
	out.Evidence = &bundle
	return &out
}

// unusable says why a token answer with status 200 gave no token: the order is
// that of MSAL's own checks.
func (s *session) unusable(x *exchange) string {
	f := readAnswer(x.body)
	_, in := f.number("expires_in")
	declined := declinedScopes(s.bundle.TokenRequest.Scope, f.text("scope"))
	switch {
	case f == nil:
		return "the token endpoint answered with status 200 and a body that is no JSON"
	case f.text("access_token") == "":
		return "the token endpoint answered with status 200 and no access_token"
	case !in && f["expires_on"] == nil:
		return "the token endpoint answered without expires_in"
	case len(declined) > 0:
		return fmt.Sprintf("the authority did not grant %s; granted were: %s", strings.Join(declined, " "), s.wire.clean(f.text("scope")))
	}
	return "the token endpoint's answer cannot be read"
}

// declinedScopes lists what was asked for and not granted, as MSAL compares it:
// without regard to case, and an answer without scope grants everything (RFC
// 6749 section 5.1).
func declinedScopes(asked, granted string) []string {
	if granted == "" {
		return nil
	}
	have := strings.Fields(strings.ToLower(granted))
	return slices.DeleteFunc(strings.Fields(asked), func(scope string) bool {
		return slices.Contains(have, strings.ToLower(scope))
	})
}

// metadataFault says what is wrong with an answer that came before any
// credential was sent.
func (s *session) metadataFault(x *exchange, err error) string {
	if readAnswer(x.body) == nil {
		return "it is no JSON"
	}
	return s.wire.clean(err.Error())
}
