package register

import (
	"time"

	"hdstest/internal/entra"
)

// Spec is what is wanted. Its zero value besides Name is a confidential
// single-tenant app without redirects, credentials, permissions and roles.
type Spec struct {
	// Name is the display name, by which the app is also found again. It may stay
	// empty if AppID is given.
	Name string
	// AppID is the client id of an app that exists. Then the app need not be one
	// of ours, and only what the spec asks for is changed on it.
	AppID string
	// TenantID is the tenant in which to register; compared with that of the
	// administrator's token if both are GUIDs. Empty: that of the token.
	TenantID string
	// Authority is https://host/tenant of the sign-in service, for the consent URL.
	Authority string
	// Audience is Graph's signInAudience; empty: that of one tenant for a new app
	// (see [entra.AccountTypes]), as it is for one that exists.
	Audience string
	// Public allows public client flows (isFallbackPublicClient) or turns them off;
	// nil: off for a new app, as they are for one that exists.
	Public *bool
	// Redirects of nil gives a public app of ours the usual ones, see
	// [UsualRedirects]; an empty list gives none.
	Redirects []Redirect
	Secret    *SecretSpec // nil: none is made
	// Certificate is the public certificate to be trusted, DER or PEM; nil: none.
	Certificate []byte
	// CertificateFrom names its file and the setting, in errors.
	CertificateFrom string
	Federated       []Federated
	// APIs are the client ids of the APIs whose delegated scopes are requested.
	APIs []string
	// Scopes names the scopes of an API, by its client id. Without an entry the
	// API's usual one is looked up on its service principal.
	Scopes map[string][]string
	// CreateAPIs makes the service principal of an API that is not in the tenant.
	CreateAPIs bool
	// Consent gives the requested scopes for everyone in the tenant.
	Consent bool
	Roles   []RoleGrant
	// Resume is the ledger of an earlier, unfinished run. Secrets in it whose value
	// nobody has are removed and made anew.
	Resume []Made
}

// UsualRedirects are those of a client for people: the loopback address for
// programs that listen on this machine, and Postman's page.
// Source: AD:healthcare-apis/register-application.md, which has both under
// Mobile and desktop.
func UsualRedirects() []Redirect {
	return []Redirect{{Public, entra.LoopbackRedirect}, {Public, entra.PostmanRedirect}}
}

// personal tells whether an audience includes personal Microsoft accounts.
func personal(audience string) bool {
	t, _ := entra.AccountTypeByName(audience)
	return t.Personal
}

// Platform is the kind of client to which a redirect URI belongs. It decides
// whether a secret is sent when a code is redeemed.
type Platform string

// The platforms, as a profile's redirect_platform writes them.
const (
	Web    Platform = "web"    // web.redirectUris: secret or assertion required
	Public Platform = "public" // publicClient.redirectUris, "Mobile and desktop": no secret
	SPA    Platform = "spa"    // spa.redirectUris: PKCE and an Origin header, no secret
)

// Redirect is a redirect URI under its platform.
type Redirect struct {
	Platform Platform
	URI      string
}

// SecretSpec is the wish for a client secret. One that exists under its name
// and has not ended is kept, unless New is set or Have says that it is not the
// one whose value is known.
type SecretSpec struct {
	Name     string        // shown in the portal; empty: "hdstest"
	Start    time.Time     // zero: when it is made
	End      time.Time     // zero: Start plus Lifetime
	Lifetime time.Duration // zero and no End: [DefaultLifetime]; whole days as a rule
	Have     string        // key id of the secret whose value is known
	New      bool          // make one in any case; the old one stays
	// Retire lists key ids of secrets that are removed once the one that is made,
	// or kept, has been proved and its value stored.
	Retire []string
}

// Lifetimes of secrets. Days are counted, never months: half a year is not six
// months everywhere. The portal offers 3, 6, 12 and 24 months.
const (
	Day             = 24 * time.Hour
	DefaultLifetime = entra.DefaultSecretDays * Day
	LongestLifetime = entra.LongestSecretDays * Day
)

// Federated is trust in an outside issuer: a workload signs in with that
// issuer's token instead of a secret. Matching is exact and minds the case.
type Federated struct {
	Name     string // 3 to 120 characters, URL-safe, cannot be changed later
	Issuer   string
	Subject  string
	Audience string // empty: the public cloud's api://AzureADTokenExchange
}

// RoleGrant gives the app's service principal a role.
type RoleGrant struct {
	Role  string // name or id of a role definition
	Scope string // Azure Resource Manager id: a service, a workspace, a group, a subscription
}
