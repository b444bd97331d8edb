package acquire

import (
	"crypto/sha1" // the thumbprint that the portal shows, no signature
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"slices"
	"strings"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/public"
	"github.com/golang-jwt/jwt/v5"

	"hdstest/internal/evidence"
	"hdstest/internal/secret"
	"hdstest/internal/transport"
)

// collect fills the evidence from what the recorder saw.
func (s *session) collect() {
	s.wire.mu.Lock()
	last, token := s.wire.last, s.wire.seen[stepToken]
	s.wire.mu.Unlock()
	if token != nil {
		s.describeRequest(token)
	}
	if last == nil || last.err != nil || last.status == 0 {
		return
	}
	s.bundle.Clock = transport.ClockSkew(last.header, s.Now())
	if last.step == stepToken || last.status >= 300 || readAnswer(last.body) == nil {
		s.bundle.TokenEndpoint = oauthAnswer(last, s.wire.clean)
	}
}

// describeRequest notes what was sent to the token endpoint. The scope stays as
// it was asked for: MSAL adds openid, offline_access and profile to every grant.
func (s *session) describeRequest(x *exchange) {
	r := s.bundle.TokenRequest
	r.URL = transport.RedactURL(x.url)
	r.RedirectURI = x.form.Get("redirect_uri")
	has := func(name string) *bool { b := x.form.Has(name); return &b }
	r.HasClientSecret, r.HasClientAssertion = has("client_secret"), has("client_assertion")
	if assertion := x.form.Get("client_assertion"); assertion != "" {
		r.ClientAssertionHeader, r.ClientAssertionClaims = describeAssertion(assertion, s.Credential.Certificate)
	}
}

// describeAssertion gives the header of a client assertion, with the thumbprints
// of the certificate in the hexadecimal form of Entra's messages and portal, and
// the claims by which a federated credential is matched. None of it is secret
// without the signature. Source: ED:certificate-credentials.md.
func describeAssertion(raw string, c *Certificate) (header, claims map[string]any) {
	header, claims = map[string]any{}, map[string]any{}
	token, _, err := jwt.NewParser().ParseUnverified(raw, jwt.MapClaims{})
	if err != nil {
		return map[string]any{"unreadable": "not a JWT"}, nil
	}
	for _, name := range []string{"alg", "kid"} {
		if v, ok := token.Header[name]; ok {
			header[name] = v
		}
	}
	if c != nil {
		s1, s256 := sha1.Sum(c.Leaf.Raw), sha256.Sum256(c.Leaf.Raw)
		header["x5t_hex"] = strings.ToUpper(hex.EncodeToString(s1[:]))
		header["x5t_s256_hex"] = strings.ToUpper(hex.EncodeToString(s256[:]))
	}
	sent, _ := token.Claims.(jwt.MapClaims)
	for _, name := range []string{"iss", "sub", "aud", "iat", "nbf", "exp"} {
		if v, ok := sent[name]; ok {
			claims[name] = v
		}
	}
	return header, claims
}

// result is what the caller gets, from MSAL and from the raw answer.
func (s *session) result(got public.AuthResult) Result {
	s.wire.mu.Lock()
	token := s.wire.seen[stepToken]
	s.wire.mu.Unlock()
	r := Result{
		Token:     secret.New(got.AccessToken),
		ExpiresOn: got.ExpiresOn,
		Scopes:    slices.DeleteFunc(slices.Clone(got.GrantedScopes), func(scope string) bool { return scope == "" }),
		Account:   got.Account.PreferredUsername,
	}
	if token != nil {
		f := readAnswer(token.body)
		r.TokenType, r.HasRefreshToken = f.text("token_type"), f.text("refresh_token") != ""
	}
	return r
}

// issuer is the issuer of the authority's metadata, or empty.
func (s *session) issuer() string {
	s.wire.mu.Lock()
	defer s.wire.mu.Unlock()
	if x := s.wire.seen[stepMetadata]; x != nil {
		return readAnswer(x.body).text("issuer")
	}
	return ""
}

// describeAuthorize notes where the browser is sent, without state, nonce and challenge.
func describeAuthorize(u *url.URL) *evidence.AuthorizeRequest {
	q := u.Query()
	bare := *u
	bare.RawQuery = ""
	r := &evidence.AuthorizeRequest{
		URL: bare.String(), ClientID: q.Get("client_id"), RedirectURI: q.Get("redirect_uri"),
		ResponseType: q.Get("response_type"), Scope: q.Get("scope"), Extra: map[string]any{},
	}
	for _, name := range []string{"response_mode", "prompt", "code_challenge_method"} {
		if v := q.Get(name); v != "" {
			r.Extra[name] = v
		}
	}
	return r
}
