// Package login is the sandbox's Entra ID: discovery documents, the sign-in
// page, and the token endpoints of v1.0 and v2.0, for the one tenant of the
// directory. Tokens are really signed, secrets and assertions really checked,
// and a refusal has the status, body and AADSTS code of the real service as far
// as they are published. Nothing here was measured against the real service;
// what no source confirms is called unverified where it stands.
//
// The code begins at [New], which routes to one function per endpoint:
//
//   - {tenant}[/v2.0]/.well-known/openid-configuration (metadata.go). Faithful:
//     fields, the {tenantid} template of common and organizations, 90002 and
//     900023. Simplified: cloud names are the sandbox's own host;
//     Strict-Transport-Security is not sent, since it would make a browser
//     refuse http://localhost, where redirect listeners are.
//     adfs/.well-known/openid-configuration is the tenant's v2.0 document, for
//     clients that switch instance discovery off by that path.
//   - {tenant}/discovery[/v2.0]/keys, common/discovery/instance (metadata.go).
//     Faithful in shape; instance discovery knows the sandbox's host only.
//   - {tenant}/oauth2[/v2.0]/authorize (authorize.go, signin.go, consent.go). Faithful:
//     response_type code; response_mode query, fragment, form_post; state,
//     nonce, PKCE, prompt, login_hint; which errors are a page and which are
//     redirected. Simplified: name and password on one page, no second factor,
//     no home realm discovery, no Conditional Access, openid, profile, email and
//     offline_access need no consent. Absent (501): id_token and token from this
//     endpoint where the app switches them on.
//   - {tenant}/oauth2[/v2.0]/token (token.go, grant_*.go). Faithful:
//     client_credentials, authorization_code, refresh_token, device_code; secret
//     in the form or by Basic, certificate assertions, federated credentials.
//     Simplified: continuous access evaluation is acknowledged (xms_cc) but does
//     not lengthen tokens; key sets of outside issuers are fetched anew each
//     time, from loopback addresses only. Absent (501): password, on-behalf-of
//     and SAML bearer grants.
//   - {tenant}/oauth2[/v2.0]/devicecode, {tenant}/oauth2/deviceauth (device.go,
//     devicepage.go). Faithful, but mkt does not change the language.
//   - {tenant}[/v2.0]/adminconsent (adminconsent.go). Faithful in its answers;
//     only users that the directory marks as administrators may give it.
//   - {tenant}/oauth2[/v2.0]/logout, {tenant}/openid/userinfo, error (more.go).
//     Simplified. The userinfo endpoint of v2.0 is Microsoft Graph's.
//   - kerberos, saml2, wsfed, userrealm and the session frame: 501.
//
// Client secrets, passwords and assertions are compared and forgotten: they are
// put neither into an answer nor into the state nor into a log; this package
// writes no log. Codes, refresh tokens and sign-in sessions are kept in memory.
// There is no way to a user's token that does not pass the sign-in page.
package login

import (
	"html/template"
	"net/http"

	"hdstest/internal/sandbox/directory"
	"hdstest/internal/sandbox/keys"
	"hdstest/internal/sandbox/login/outside"
	"hdstest/internal/sandbox/scenario"
)

// Deps is what the service stands on.
type Deps struct {
	Directory *directory.Directory
	Scenarios *scenario.Set // nil: nothing goes wrong on purpose
	Keys      *keys.Ring
	URL       string        // its own address, https://host:port without final slash
	GraphURL  string        // Microsoft Graph's stand-in, without final slash
	NewID     func() string // GUIDs
	// HTTP asks outside OIDC issuers for their keys. Only loopback addresses are
	// asked, whatever the client could reach. Nil: no outside issuer answers.
	HTTP *http.Client
	// Outside is a stand-in for such an issuer, served below /outside. Nil: none.
	Outside *outside.Issuer
}

// service is the handler with its state.
type service struct {
	Deps
	pages    *template.Template
	codes    *shelf[code]
	refresh  *shelf[grant]
	devices  *shelf[device]
	flows    *shelf[flow]
	sessions *shelf[session]
	replays  *shelf[struct{}]
}

// New makes the service. It is to be mounted at the root of a listener of its
// own; it does not answer for "/" itself.
func New(d Deps) http.Handler {
	now := d.Directory.Now
	s := &service{Deps: d, codes: newShelf[code](now), refresh: newShelf[grant](now), devices: newShelf[device](now),
		flows: newShelf[flow](now), sessions: newShelf[session](now), replays: newShelf[struct{}](now)}
	s.pages = parsePages()
	return s
}
