package login

import (
	"slices"
	"strings"

	"hdstest/internal/entra"
	"hdstest/internal/sandbox/directory"
	"hdstest/internal/sandbox/scenario"
)

// resource is an API for which tokens can be asked. It is a copy.
type resource struct {
	AppID       string
	PrincipalID string
	Name        string
	Version     int    // of its access tokens, whichever endpoint is asked
	Audience    string // as it was asked for
	Scopes      []directory.PermissionScope
	Roles       []directory.AppRole
	Assignment  bool
}

// findResource looks an API up by the name in a scope or resource parameter; an
// empty name means Microsoft Graph. Names are compared as they stand, but for
// one final slash: a token is issued for either spelling and carries the one
// that was asked for (azure-docs issue 60331, where FHIR refused the other one).
func (c *call) findResource(name string) (*resource, *refusal) {
	var found *resource
	refused := refuse(500011, name, c.realm.Tenant)
	c.Directory.View(func(st *directory.State) {
		p := principalOf(st, name)
		switch {
		case p == nil, !directory.Visible(p.VisibleFrom, c.now),
			p.AppID == entra.DICOMAppID && c.Scenarios.On(scenario.DICOMPrincipalMissing):
		case !p.AccountEnabled:
			refused = refuse(500014, name)
		default:
			found = &resource{AppID: p.AppID, PrincipalID: p.ID, Name: p.DisplayName, Version: max(1, p.TokenVersion),
				Audience: name, Scopes: c.renamed(p), Roles: slices.Clone(p.AppRoles), Assignment: p.AppRoleAssignmentRequired}
		}
	})
	if found == nil {
		return nil, refused
	}
	if found.Audience == "" {
		found.Audience = entra.GraphAppID
	}
	return found, nil
}

func principalOf(st *directory.State, name string) *directory.ServicePrincipal {
	if name == "" {
		return st.PrincipalByAppID(entra.GraphAppID)
	}
	if guidShape.MatchString(name) {
		return st.PrincipalByAppID(name)
	}
	if p := st.PrincipalByName(name); p != nil {
		return p
	}
	if bare, ok := strings.CutSuffix(name, "/"); ok {
		return st.PrincipalByName(bare)
	}
	return st.PrincipalByName(name + "/")
}

// The two names under which sources know the delegated scope of DICOM.
const (
	dicomScope    = "Dicom.ReadWrite"
	dicomOldScope = "user_impersonation"
)

// renamed gives a principal's delegated scopes, as the DICOM scenario wants them.
func (c *call) renamed(p *directory.ServicePrincipal) []directory.PermissionScope {
	scopes := slices.Clone(p.OAuth2PermissionScopes)
	for i := range scopes {
		scopes[i].Value = c.scopeName(p.AppID, scopes[i].Value)
	}
	return scopes
}

func (s *service) scopeName(appID, value string) string {
	if appID == entra.DICOMAppID && strings.EqualFold(value, dicomScope) && s.Scenarios.On(scenario.DICOMImpersonation) {
		return dicomOldScope
	}
	return value
}

// scope finds an enabled delegated scope, case ignored.
func (r *resource) scope(value string) (directory.PermissionScope, bool) {
	i := slices.IndexFunc(r.Scopes, func(s directory.PermissionScope) bool {
		return s.IsEnabled && strings.EqualFold(s.Value, value)
	})
	if i < 0 {
		return directory.PermissionScope{}, false
	}
	return r.Scopes[i], true
}

// rolesOf lists the app roles of the resource that a principal or person holds,
// and whether it is assigned to the resource at all.
func (c *call) rolesOf(principalID string, r *resource) (values []string, assigned bool) {
	c.Directory.View(func(st *directory.State) {
		for _, a := range st.AppRoleAssignments {
			if a.PrincipalID != principalID || a.ResourceID != r.PrincipalID {
				continue
			}
			assigned = true
			for _, role := range r.Roles {
				if role.ID == a.AppRoleID && role.IsEnabled {
					values = append(values, role.Value)
				}
			}
		}
	})
	slices.Sort(values)
	return slices.Compact(values), assigned
}
