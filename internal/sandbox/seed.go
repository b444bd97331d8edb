package sandbox

import (
	"crypto/sha1" //nolint:gosec // certificates are named by it, RFC 7515 section 4.1.7
	"fmt"
	"strings"
	"time"

	"hdstest/internal/entra"
	"hdstest/internal/sandbox/arm"
	"hdstest/internal/sandbox/directory"
	"hdstest/internal/sandbox/keys"
)

// Names of the seeded tenant. The domain ends in .invalid (RFC 2606), so that it
// can be nobody's.
const (
	tenantDomain = "sandbox.hdstest.invalid"
	userName     = "user@" + tenantDomain
	adminName    = "admin@" + tenantDomain
	groupName    = "hdstest-sandbox"
	workspace    = "sandbox"
)

// urls are the base addresses of the five services, no final slash.
type urls struct{ login, graph, arm, fhir, dicom string }

// seed makes the tenant as a newcomer finds it: Microsoft's resource apps, an
// app and a person who administrate, a user in a group of readers, and two marked
// examples with roles on both services.
func seed(id *identity, at urls, now time.Time) (*directory.State, error) {
	s := directory.NewState(
		directory.Tenant{ID: id.TenantID, Domain: tenantDomain, DisplayName: "hdstest sandbox"},
		directory.Subscription{ID: id.SubscriptionID, DisplayName: "hdstest sandbox", ResourceGroup: groupName, Workspace: workspace})
	s.Services = services(id, at)
	for _, app := range entra.ResourceApps() {
		addResource(s, app, extraNames(app.AppID, at), now)
	}
	addResource(s, managementApp(), extraNames(entra.ARMAppID, at), now)
	s.Users[id.User.ID] = &directory.User{ID: id.User.ID, UserPrincipalName: userName, DisplayName: "Sandbox User",
		AccountEnabled: true, Password: id.User.Password}
	s.Users[id.AdminUser.ID] = &directory.User{ID: id.AdminUser.ID, UserPrincipalName: adminName, DisplayName: "Sandbox Administrator",
		AccountEnabled: true, Password: id.AdminUser.Password, Administrator: true}
	addAdmin(s, id, now)
	addGroup(s, id, now)
	return s, addExamples(s, id, at, now)
}

// addGroup adds a group that may read in the whole workspace, with the user in it:
// most people hold their roles so.
func addGroup(s *directory.State, id *identity, now time.Time) {
	about := "An example: may read in the workspace of the sandbox."
	g := &directory.Group{ID: newID(), DisplayName: "Sandbox readers", MailNickname: "sandbox-readers", Description: &about, CreatedDateTime: now,
		Members: []string{id.User.ID}}
	s.Groups[g.ID] = g
	for _, name := range []string{"FHIR Data Reader", "DICOM Data Reader"} {
		role, _ := entra.RoleByName(name)
		assign(s, g.ID, "Group", s.Subscription.WorkspaceID(), role.ID, now)
	}
}

func services(id *identity, at urls) []*directory.HealthService {
	authority := at.login + "/" + id.TenantID
	return []*directory.HealthService{
		{Kind: entra.FHIR, Name: "fhir", URL: at.fhir, Audiences: []string{at.fhir}, Authority: authority, TenantID: id.TenantID},
		{Kind: entra.DICOM, Name: "dicom", URL: at.dicom, Authority: authority, TenantID: id.TenantID,
			Audiences: []string{entra.DICOMResource, entra.DICOMResource + "/"}},
	}
}

// extraNames are the sandbox's own addresses, added to the names of the app that
// stands behind them: Entra knows the real hosts in the same way.
func extraNames(appID string, at urls) []string {
	switch appID {
	case entra.GraphAppID:
		return []string{at.graph, at.graph + "/"}
	case entra.FHIRAppID:
		return []string{at.fhir}
	case entra.ARMAppID:
		return []string{at.arm, at.arm + "/"}
	}
	return nil
}

func managementApp() entra.ResourceApp {
	public, _ := entra.CloudByName(entra.CloudPublic)
	bare := strings.TrimSuffix(public.ManagementAudience, "/")
	return entra.ResourceApp{AppID: entra.ARMAppID, Name: "Windows Azure Service Management API",
		Names: []string{bare, bare + "/", public.ResourceManager, public.ResourceManager + "/"},
		Permissions: []entra.Permission{
			{ID: "41094075-9dad-400e-a0bd-54e686782033", Value: "user_impersonation"}}}
}

func addResource(s *directory.State, app entra.ResourceApp, extra []string, now time.Time) {
	p := &directory.ServicePrincipal{ID: newID(), AppID: app.AppID, DisplayName: app.Name, AppDisplayName: app.Name,
		AppOwnerOrganizationID: "f8cdef31-a31e-4b4a-93e4-5f571e91255a", // Microsoft Services
		CreatedDateTime:        now, AccountEnabled: true, ServicePrincipalType: "Application",
		SignInAudience: "AzureADMultipleOrgs", TokenVersion: 1,
		ServicePrincipalNames: append(append([]string{app.AppID}, app.Names...), extra...)}
	for _, perm := range app.Permissions {
		if perm.Role {
			p.AppRoles = append(p.AppRoles, directory.AppRole{ID: perm.ID, Value: perm.Value, DisplayName: perm.Value,
				Description: perm.Value, IsEnabled: true, AllowedMemberTypes: []string{"Application"}})
			continue
		}
		p.OAuth2PermissionScopes = append(p.OAuth2PermissionScopes, directory.PermissionScope{ID: perm.ID, Value: perm.Value,
			Type: "User", IsEnabled: true, AdminConsentDisplayName: perm.Value, AdminConsentDescription: perm.Value,
			UserConsentDisplayName: perm.Value, UserConsentDescription: perm.Value})
	}
	s.ServicePrincipals[p.ID] = p
}

// addAdmin adds the app that may register other apps and give roles: Graph's
// application permissions and Owner of the subscription. The administrator in
// person is Owner too.
func addAdmin(s *directory.State, id *identity, now time.Time) {
	_, principal := addApp(s, id.Admin, "Sandbox administrator", now)
	graph := s.PrincipalByAppID(entra.GraphAppID)
	for _, role := range graph.AppRoles {
		given := &directory.AppRoleAssignment{ID: newID(), CreatedDateTime: now, AppRoleID: role.ID,
			PrincipalID: principal.ID, PrincipalDisplayName: principal.DisplayName, PrincipalType: "ServicePrincipal",
			ResourceID: graph.ID, ResourceDisplayName: graph.DisplayName}
		s.AppRoleAssignments[given.ID] = given
	}
	assign(s, principal.ID, "ServicePrincipal", "/subscriptions/"+s.Subscription.ID, arm.RoleOwner, now)
	assign(s, id.AdminUser.ID, "User", "/subscriptions/"+s.Subscription.ID, arm.RoleOwner, now)
}

// addExamples adds a confidential app and a public one; they and the user hold
// roles on both services, and consent is given.
func addExamples(s *directory.State, id *identity, at urls, now time.Time) error {
	app, principal := addApp(s, id.Example, "Sandbox example (confidential)", now)
	app.Web.RedirectURIs = []string{entra.LoopbackRedirect, entra.PostmanRedirect}
	certificate, err := keyCredential(id.Client)
	if err != nil {
		return err
	}
	app.KeyCredentials = append(app.KeyCredentials, certificate)
	app.Federated = append(app.Federated, federated(at)...)
	public, publicPrincipal := addApp(s, id.Public, "Sandbox example (public)", now)
	allowed := true
	public.IsFallbackPublicClient = &allowed
	public.PublicClient.RedirectURIs = []string{entra.LoopbackRedirect, entra.PostmanRedirect, entra.PostmanBrowserRedirect}
	for _, client := range []*directory.ServicePrincipal{principal, publicPrincipal} {
		for _, api := range []string{entra.FHIRAppID, entra.DICOMAppID} {
			consent(s, client, s.PrincipalByAppID(api))
		}
	}
	for _, a := range []*directory.Application{app, public} {
		a.RequiredResourceAccess = healthPermissions()
	}
	for _, service := range s.Services {
		role := "FHIR Data Contributor"
		if service.Kind == entra.DICOM {
			role = "DICOM Data Owner"
		}
		r, _ := entra.RoleByName(role)
		scope := service.ResourceID(s.Subscription)
		assign(s, principal.ID, "ServicePrincipal", scope, r.ID, now)
		assign(s, id.User.ID, "User", scope, r.ID, now)
	}
	return nil
}

func addApp(s *directory.State, a account, name string, now time.Time) (*directory.Application, *directory.ServicePrincipal) {
	app := &directory.Application{ID: a.ObjectID, AppID: a.AppID, DisplayName: name, CreatedDateTime: now,
		SignInAudience: "AzureADMyOrg", PublisherDomain: s.Tenant.Domain, Tags: []string{"hdstest-sandbox-example"}}
	if a.Secret != "" {
		label := "sandbox"
		secret := &directory.PasswordCredential{KeyID: newID(), DisplayName: &label,
			StartDateTime: now.Add(-time.Hour), EndDateTime: now.Add(365 * 24 * time.Hour)}
		secret.SetText(a.Secret)
		app.PasswordCredentials = append(app.PasswordCredentials, secret)
	}
	principal := &directory.ServicePrincipal{ID: a.PrincipalID, AppID: a.AppID, DisplayName: name, AppDisplayName: name,
		AppOwnerOrganizationID: s.Tenant.ID, CreatedDateTime: now, AccountEnabled: true,
		ServicePrincipalType: "Application", SignInAudience: app.SignInAudience, TokenVersion: 1,
		ServicePrincipalNames: []string{a.AppID}}
	s.Applications[app.ID] = app
	s.ServicePrincipals[principal.ID] = principal
	return app, principal
}

func keyCredential(pem string) (*directory.KeyCredential, error) {
	key, err := keys.ParsePEM([]byte(pem))
	if err != nil {
		return nil, fmt.Errorf("read the example app's certificate: %w", err)
	}
	thumbprint := sha1.Sum(key.Certificate.Raw)
	return &directory.KeyCredential{KeyID: newID(), CustomKeyIdentifier: thumbprint[:], Type: "AsymmetricX509Cert",
		Usage: "Verify", Key: key.Certificate.Raw, StartDateTime: key.Certificate.NotBefore,
		EndDateTime: key.Certificate.NotAfter}, nil
}

func consent(s *directory.State, client, api *directory.ServicePrincipal) {
	var scopes []string
	for _, scope := range api.OAuth2PermissionScopes {
		scopes = append(scopes, scope.Value)
	}
	g := &directory.PermissionGrant{ID: newID(), ClientID: client.ID, ConsentType: "AllPrincipals", ResourceID: api.ID,
		Scope: strings.Join(scopes, " ")}
	s.PermissionGrants[g.ID] = g
}

func healthPermissions() []directory.RequiredResourceAccess {
	var out []directory.RequiredResourceAccess
	for _, api := range []string{entra.FHIRAppID, entra.DICOMAppID} {
		app, _ := entra.ResourceAppByID(api)
		need := directory.RequiredResourceAccess{ResourceAppID: api}
		for _, p := range app.Permissions {
			if !p.Role {
				need.ResourceAccess = append(need.ResourceAccess, directory.ResourceAccess{ID: p.ID, Type: "Scope"})
			}
		}
		out = append(out, need)
	}
	return out
}

func assign(s *directory.State, principalID, kind, scope, roleID string, now time.Time) {
	name := newID()
	a := &directory.RoleAssignment{ID: scope + "/providers/Microsoft.Authorization/roleAssignments/" + name, Name: name,
		Scope: scope, RoleDefinitionID: entra.RoleDefinitionID(s.Subscription.ID, roleID), PrincipalID: principalID,
		PrincipalType: kind, Created: now}
	s.RoleAssignments[strings.ToLower(a.ID)] = a
}
