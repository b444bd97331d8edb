package graph

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"hdstest/internal/entra"
	"hdstest/internal/sandbox/bearer"
)

// authenticate checks the token and says what its holder may do.
func (s *service) authenticate(r *http.Request) (caller, error) {
	claims, problem := s.Tokens.Check(r.Header.Get("Authorization"))
	if problem == nil {
		return newCaller(claims), nil
	}
	f := &failure{status: http.StatusUnauthorized, code: codeToken, message: tokenMessage(problem), header: http.Header{}}
	f.header.Set("WWW-Authenticate", fmt.Sprintf(`Bearer realm="", authorization_uri="%s/common/oauth2/authorize", client_id="%s"`,
		s.LoginURL, entra.GraphAppID))
	return caller{}, f
}

// tokenMessage is Graph's wording, from answers quoted in public issue logs; the
// one for a signature and the one for an issuer are unverified.
func tokenMessage(p *bearer.Problem) string {
	switch {
	case p.Missing:
		return "Access token is empty."
	case p.Expired:
		return "Lifetime validation failed, the token is expired."
	case p.Audience:
		return "Access token validation failure. Invalid audience."
	case p.Description == "":
		return "CompactToken parsing failed with error code: 80049217"
	case strings.Contains(p.Description, "not valid before"):
		return "Access token has expired or is not yet valid."
	case strings.Contains(p.Description, "sign"):
		return "Access token validation failure. Invalid signature."
	}
	return "Access token validation failure. Invalid issuer."
}

// caller is who asks.
type caller struct {
	bearer.Claims
	// delegated: a user's token, whose permissions are its scp. Otherwise they are
	// the roles of an app.
	delegated   bool
	permissions []string
}

func newCaller(claims bearer.Claims) caller {
	if len(claims.Scopes) > 0 {
		return caller{Claims: claims, delegated: true, permissions: claims.Scopes}
	}
	return caller{Claims: claims, permissions: claims.Roles}
}

// may tells whether one of the permissions was given.
func (c caller) may(any []string) bool {
	return slices.ContainsFunc(any, func(p string) bool { return slices.Contains(c.permissions, p) })
}

// Permissions by which a request is allowed, least first.
// Source: learn.microsoft.com/graph/permissions-reference and the Permissions
// section of each operation's page. Directory.AccessAsUser.All exists for users
// only and is what the Azure CLI's tokens carry.
const (
	ownedBy  = "Application.ReadWrite.OwnedBy" // app tokens only
	asUser   = "Directory.AccessAsUser.All"
	readDir  = "Directory.Read.All"
	writeDir = "Directory.ReadWrite.All"
	writeApp = "Application.ReadWrite.All"
)

func readsApplications() []string {
	return []string{"Application.Read.All", writeApp, readDir, writeDir, asUser}
}

func writesApplications() []string { return []string{writeApp, asUser} }

func readsGrants() []string { return append(writesGrants(), readDir) }

func writesGrants() []string {
	return []string{"DelegatedPermissionGrant.ReadWrite.All", writeDir, asUser}
}

func writesAppRoles() []string { return []string{"AppRoleAssignment.ReadWrite.All", asUser} }

func readsUsers() []string {
	return []string{"User.ReadBasic.All", "User.Read.All", "User.ReadWrite.All", readDir, writeDir, asUser}
}

func readsOrganization() []string {
	return []string{"User.Read", "Organization.Read.All", "Organization.ReadWrite.All", readDir, writeDir, asUser}
}

func readsObjects() []string {
	return append(append(readsUsers(), readsApplications()...), readsGroups()...)
}

// require refuses a caller that has none of the permissions.
func (c *call) require(any []string) error {
	if !c.caller.may(any) {
		return denied()
	}
	return nil
}

// owns tells whether the caller holds only the right to what it owns, and owns
// this.
func (c *call) owns(owners []string) bool {
	return c.caller.may([]string{ownedBy}) && !c.caller.delegated && slices.Contains(owners, c.caller.ObjectID)
}

// mayEach decides over one object: any needs no ownership, otherwise the object
// must be the caller's.
func (c *call) mayEach(any, owners []string) error {
	if c.caller.may(any) || c.owns(owners) {
		return nil
	}
	return denied()
}

// mayCreate tells whether the caller may make objects that it then owns.
func (c *call) mayCreate() error {
	if c.caller.may(writesApplications()) || !c.caller.delegated && c.caller.may([]string{ownedBy}) {
		return nil
	}
	return denied()
}

// mayList decides over collections. Application.ReadWrite.OwnedBy lists all
// applications and service principals, although it opens only its own.
// Source: learn.microsoft.com/graph/permissions-reference, remarks.
func (c *call) mayList() error {
	if c.caller.may(readsApplications()) || !c.caller.delegated && c.caller.may([]string{ownedBy}) {
		return nil
	}
	return denied()
}

// ownersOfNew are the owners of what the caller makes: a signed-in user, or an
// app that holds Application.ReadWrite.OwnedBy and nothing wider.
func (c *call) ownersOfNew() []string {
	if c.caller.delegated || !c.caller.may(writesApplications()) {
		return []string{c.caller.ObjectID}
	}
	return nil
}
