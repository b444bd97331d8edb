package acquire

import (
	"cmp"
	"strings"
)

// Field is one field of a form or a query. Secret fields have no Value.
type Field struct {
	Name, Value string
	Secret      bool
}

// Request is a request of a grant, as data for a person to read. It goes to the
// documented addresses of version 2.0; the authority's metadata is not asked.
type Request struct {
	What   string // what it does
	Method string // GET: for the browser
	URL    string
	Fields []Field
}

// Explain gives the requests of a grant in their order, without sending any.
// Secrets, codes and verifiers are fields without a value. What MSAL adds for its
// own sake (client_info, headers, further scopes) is left out.
//
// Source: ED:v2-oauth2-client-creds-grant-flow.md, v2-oauth2-auth-code-flow.md,
// v2-oauth2-device-code.md.
func Explain(s Settings, grant, scope, redirect string) []Request {
	token := Request{Method: "POST", URL: TokenURL(s.Authority), Fields: []Field{plain("client_id", s.ClientID)}}
	personal := scope + " openid profile offline_access"
	switch grant {
	case grantClientCredentials:
		token.What = "ask for a token of the app itself"
		return []Request{token.with(plain("grant_type", grant), plain("scope", scope)).with(s.Credential.fields()...)}
	case grantRefreshToken:
		token.What = "renew the token of the person who is signed in"
		return []Request{token.with(plain("grant_type", grant), plain("scope", scope), hidden("refresh_token")).with(s.Credential.fields()...)}
	case grantDeviceCode:
		ask := Request{What: "ask for a code; show its message to the person", Method: "POST",
			URL: strings.TrimSuffix(token.URL, "token") + "devicecode", Fields: []Field{plain("client_id", s.ClientID), plain("scope", personal)}}
		token.What = "ask, every few seconds, whether the person has signed in"
		return []Request{ask, token.with(plain("grant_type", "urn:ietf:params:oauth:grant-type:device_code"), hidden("device_code"))}
	}
	redirect = cmp.Or(redirect, "http://localhost")
	page := Request{What: "open in a browser; it comes back to " + redirect + " with code and state", Method: "GET",
		URL: strings.TrimSuffix(token.URL, "token") + "authorize",
		Fields: []Field{plain("client_id", s.ClientID), plain("response_type", "code"), plain("redirect_uri", redirect), plain("scope", personal),
			plain("response_mode", "query"), hidden("state"), hidden("nonce"), hidden("code_challenge"), plain("code_challenge_method", "S256")}}
	token.What = "redeem the code"
	return []Request{page, token.with(plain("grant_type", grantAuthorizationCode), plain("scope", scope), plain("redirect_uri", redirect),
		hidden("code"), hidden("code_verifier")).with(s.Credential.fields()...)}
}

func plain(name, value string) Field { return Field{Name: name, Value: value} }

func hidden(name string) Field { return Field{Name: name, Secret: true} }

func (r Request) with(more ...Field) Request {
	r.Fields = append(append([]Field{}, r.Fields...), more...)
	return r
}

// fields are how the credential goes over the wire.
func (c Credential) fields() []Field {
	switch {
	case !c.Secret.IsZero():
		return []Field{hidden("client_secret")}
	case c.Certificate != nil || c.Assertion != nil:
		return []Field{plain("client_assertion_type", AssertionType), hidden("client_assertion")}
	}
	return nil
}
