// Package acquire gets tokens, one file per grant: [ClientCredentials],
// [AuthorizationCode] with PKCE, [DeviceCode], and [Renew] by a refresh token. The Microsoft Authentication
// Library (MSAL) makes every token request; the listener for the redirect is
// ours, since MSAL's drops a redirect's path, takes POST answers only and does
// not check the ID token.
//
// Each call makes an MSAL client of its own and therefore always asks the
// authority: MSAL's cache of app tokens does not look at the credential, and a
// wrong secret would be answered with the token of the right one. Whoever wants
// a cache puts it around this package.
//
// Each call returns, beside the token or a [problem.Error], the evidence of what
// was sent and answered, taken from the wire by a wrapper around the HTTP client
// and free of secrets and of persons. MSAL's own errors are never passed on:
// their texts quote whole bodies and some of their methods print requests.
//
// The package does not judge access tokens (they are opaque to a client), knows
// nothing of FHIR and DICOM, and prints nothing.
package acquire

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"hdstest/internal/evidence"
	"hdstest/internal/problem"
	"hdstest/internal/secret"
)

// Settings say who asks whom. HTTP, Now, Authority and ClientID are required.
type Settings struct {
	HTTP            *http.Client // of package transport: it must not follow redirects
	Now             func() time.Time
	Authority       string // https://host/tenant
	CustomAuthority bool   // not a Microsoft host: MSAL's instance discovery is switched off
	ClientID        string
	Credential      Credential
	// Kept is where a person's session is left for [Renew]; nil: nowhere. Grants of
	// a person begin a new one.
	Kept *Kept
}

// Credential is how the client proves itself. At most one field is set; the
// zero value is a public client.
type Credential struct {
	Secret      secret.Value
	Certificate *Certificate
	// Assertion gives a federated token for the client (RFC 7523 section 2.2). It is
	// asked anew for each token request, since such tokens live for minutes. Its
	// errors are shown to the person, so they must not hold the token.
	Assertion func(context.Context) (string, error)
	// Source takes the place of the grant: its tokens are not asked for in the app's
	// name. Only [ClientCredentials] takes it.
	Source *Source
}

func (c Credential) isZero() bool {
	return c.Secret.IsZero() && c.Certificate == nil && c.Assertion == nil
}

// Result is a token and what the authority said about it. Scopes are as
// granted, in the authority's words. Account is the name of the person who
// signed in, for that person's own screen and nowhere else.
type Result struct {
	Token           secret.Value
	TokenType       string
	ExpiresOn       time.Time
	Scopes          []string
	Account         string
	HasRefreshToken bool
}

// Names of the grants as they go over the wire (RFC 6749). MSAL Go sends the
// short name of the device code grant, not the URN of RFC 8628.
const (
	grantClientCredentials = "client_credentials"
	grantAuthorizationCode = "authorization_code"
	grantDeviceCode        = "device_code"
	grantRefreshToken      = "refresh_token"
)

// session is one call: what was set, what was seen.
type session struct {
	Settings
	grant  string
	wire   *recorder
	keeper *keeper
	bundle evidence.Bundle
}

// begin checks the settings and starts the evidence.
func begin(s Settings, grant string, scopes []string) (*session, error) {
	authority, err := s.check()
	if err != nil {
		return nil, err
	}
	if len(scopes) == 0 || strings.TrimSpace(strings.Join(scopes, "")) == "" {
		return nil, problem.Usagef("no scope: name the service or the scope for which a token is wanted")
	}
	now := s.Now().UTC()
	has := func(b bool) *bool { return &b }
	call := &session{Settings: s, grant: grant, wire: newRecorder(s.HTTP, authority, s.Credential), keeper: newKeeper(s.Kept)}
	call.bundle = evidence.Bundle{
		Now: &now,
		TokenRequest: &evidence.TokenRequest{
			GrantType: grant, ClientID: s.ClientID, Scope: strings.Join(scopes, " "),
			HasClientSecret:    has(!s.Credential.Secret.IsZero()),
			HasClientAssertion: has(s.Credential.Certificate != nil || s.Credential.Assertion != nil),
		},
		Config: &evidence.Config{Authority: s.Authority, TenantID: tenantOf(authority), ClientID: s.ClientID},
	}
	if !s.Credential.Secret.IsZero() {
		call.bundle.TokenRequest.ClientSecretShape = evidence.SecretShape(s.Credential.Secret.Reveal())
	}
	if c := s.Credential.Certificate; c != nil {
		if err := c.Valid(now); err != nil {
			call.withLocal(err)
			return call, err
		}
	}
	return call, nil
}

// evidence is the bundle so far; none where the settings were of no use.
func (s *session) evidence() evidence.Bundle {
	if s == nil {
		return evidence.Bundle{}
	}
	return s.bundle
}

// withLocal adds to the evidence what an error says about this machine, and to
// the error the rest of the evidence.
func (s *session) withLocal(err error) evidence.Bundle {
	var p *problem.Error
	if errors.As(err, &p) && p.Evidence != nil {
		s.bundle.Local = p.Evidence.Local
		bundle := s.bundle
		p.Evidence = &bundle
	}
	return s.bundle
}

// check refuses settings with which no request can be made.
func (s Settings) check() (*url.URL, error) {
	u, err := url.Parse(s.Authority)
	switch {
	case s.HTTP == nil || s.Now == nil:
		return nil, problem.Usagef("acquire: no HTTP client or no clock was passed in")
	case s.ClientID == "":
		return nil, problem.Usagef("no client id (the application's id)")
	case err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil:
		return nil, problem.Usagef("the authority is not an https address; expected a form like https://login.microsoftonline.com/<tenant>")
	case tenantOf(u) == "":
		return nil, problem.Usagef("the authority %s names no tenant; expected a form like %s/<tenant>", s.Authority, strings.TrimRight(s.Authority, "/"))
	}
	return u, nil
}

// tenantOf is the first segment of the authority's path, as MSAL reads it.
func tenantOf(authority *url.URL) string {
	tenant, _, _ := strings.Cut(strings.TrimPrefix(authority.Path, "/"), "/")
	return tenant
}
