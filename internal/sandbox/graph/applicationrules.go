package graph

import (
	"slices"
	"strings"

	"hdstest/internal/sandbox/directory"
)

// maxEntries is how many entries all collections of an application may have
// together.
// Source: entra-docs includes/entra-service-limits-include.md.
const maxEntries = 1200

// personal tells whether an audience includes personal Microsoft accounts.
func personal(audience any) bool {
	return audience == "AzureADandPersonalMicrosoftAccount" || audience == "PersonalMicrosoftAccount"
}

// checkApplication applies the rules that concern an application as a whole.
func (c *call) checkApplication(old, next *directory.Application) error {
	checks := []func(old, next *directory.Application) error{
		c.checkNames, checkAudience, c.checkIdentifiers, checkRedirects, checkScopes, checkRoles, checkNeeds, checkSize,
	}
	for _, check := range checks {
		if err := check(old, next); err != nil {
			return err
		}
	}
	return nil
}

// checkNames wants a display name, which need not be unique, and a unique name
// that is, and that never changes once it is set.
// Source: learn.microsoft.com/graph/api/resources/application.
func (c *call) checkNames(old, next *directory.Application) error {
	if strings.TrimSpace(next.DisplayName) == "" {
		return badRequest("A value is required for property 'displayName' of resource 'Application'.")
	}
	if old.UniqueName != nil && (next.UniqueName == nil || *next.UniqueName != *old.UniqueName) {
		return badRequest("Property 'uniqueName' is read-only and cannot be set.")
	}
	if next.UniqueName == nil {
		return nil
	}
	if *next.UniqueName == "" {
		return invalidValue("uniqueName", "Application", "The value is empty.")
	}
	if other := c.applicationByUniqueName(*next.UniqueName); other != nil && other.ID != next.ID || c.inBin(*next.UniqueName) {
		return conflict("uniqueName", "Another object with the same value for property uniqueName already exists.")
	}
	return nil
}

// inBin tells whether a deleted application still holds a unique name. That it
// does until it is purged is unverified, as is that it would not.
func (c *call) inBin(uniqueName string) bool {
	for _, item := range c.state.Deleted {
		a := item.Application
		if a != nil && a.UniqueName != nil && strings.EqualFold(*a.UniqueName, uniqueName) && c.now.Sub(item.Deleted) <= binTime {
			return true
		}
	}
	return false
}

func checkAudience(_, next *directory.Application) error {
	known := []string{"AzureADMyOrg", "AzureADMultipleOrgs", "AzureADandPersonalMicrosoftAccount", "PersonalMicrosoftAccount"}
	if !slices.Contains(known, next.SignInAudience) {
		return invalidValue("signInAudience", "Application", "Known values are "+strings.Join(known, ", ")+".")
	}
	version := next.API.RequestedAccessTokenVersion
	if version != nil && *version != 1 && *version != 2 || personal(next.SignInAudience) && (version == nil || *version != 2) {
		return badRequest("Property api.requestedAccessTokenVersion is invalid.")
	}
	return nil
}

// checkScopes checks the delegated permissions that the application offers.
// Source: learn.microsoft.com/graph/api/resources/permissionscope.
func checkScopes(old, next *directory.Application) error {
	seen := map[string]bool{}
	for _, s := range next.API.OAuth2PermissionScopes {
		if err := checkPermission("oauth2PermissionScopes", s.ID, s.Value, seen); err != nil {
			return err
		}
		if s.Type != "" && s.Type != "User" && s.Type != "Admin" {
			return invalidValue("oauth2PermissionScopes", "Application", "The type of a scope is User or Admin.")
		}
		if s.IsEnabled && (s.AdminConsentDisplayName == "" || s.AdminConsentDescription == "") {
			return invalidValue("oauth2PermissionScopes", "Application", "An enabled scope needs the texts of admin consent.")
		}
	}
	for _, was := range old.API.OAuth2PermissionScopes {
		if was.IsEnabled && !seen[was.ID] {
			return stillEnabled("oauth2PermissionScopes")
		}
	}
	return nil
}

// checkRoles checks the application permissions that the application offers.
// Source: learn.microsoft.com/graph/api/resources/approle.
func checkRoles(old, next *directory.Application) error {
	seen := map[string]bool{}
	for _, r := range next.AppRoles {
		if err := checkPermission("appRoles", r.ID, r.Value, seen); err != nil {
			return err
		}
		if r.DisplayName == "" || len(r.AllowedMemberTypes) == 0 {
			return invalidValue("appRoles", "Application", "A role needs a displayName and allowedMemberTypes.")
		}
		for _, member := range r.AllowedMemberTypes {
			if member != "User" && member != "Application" {
				return invalidValue("appRoles", "Application", "A member type is User or Application.")
			}
		}
	}
	for _, was := range old.AppRoles {
		if was.IsEnabled && !seen[was.ID] {
			return stillEnabled("appRoles")
		}
	}
	return nil
}

func checkPermission(property, id, value string, seen map[string]bool) error {
	if id == "" || seen[id] {
		return invalidValue(property, "Application", "Each entry needs an id of its own.")
	}
	seen[id] = true
	if strings.ContainsAny(value, " \t\r\n") || strings.HasPrefix(value, ".") {
		return invalidValue(property, "Application", "A value holds no spaces and does not begin with a dot.")
	}
	if value != "" && seen["value:"+value] {
		return invalidValue(property, "Application", "Each value may stand once.")
	}
	seen["value:"+value] = true
	return nil
}

func stillEnabled(property string) error {
	f := badRequest("Permission (scope or role) cannot be deleted or updated unless disabled first.")
	f.code = codeEnabled
	f.details = []detail{{Code: codeEnabled, Message: f.message, Target: property}}
	return f
}

func checkNeeds(_, next *directory.Application) error {
	for _, need := range next.RequiredResourceAccess {
		if need.ResourceAppID == "" {
			return invalidValue("requiredResourceAccess", "Application", "resourceAppId is missing.")
		}
		for _, access := range need.ResourceAccess {
			if access.ID == "" || access.Type != "Scope" && access.Type != "Role" {
				return invalidValue("requiredResourceAccess", "Application", "An access has an id and the type Scope or Role.")
			}
		}
	}
	return nil
}

func checkSize(_, next *directory.Application) error {
	n := len(next.IdentifierURIs) + len(next.Tags) + len(next.AppRoles) + len(next.API.OAuth2PermissionScopes) +
		len(next.API.KnownClientApplications) + len(next.Web.RedirectURIs) + len(next.SPA.RedirectURIs) +
		len(next.PublicClient.RedirectURIs) + len(next.KeyCredentials) + len(next.PasswordCredentials)
	for _, need := range next.RequiredResourceAccess {
		n += 1 + len(need.ResourceAccess)
	}
	if n > maxEntries {
		return quota("The size of the object has exceeded its limit of %d entries.", maxEntries)
	}
	return nil
}
