package login

import (
	"slices"
	"strings"

	"hdstest/internal/sandbox/directory"
	"hdstest/internal/sandbox/scenario"
)

// consented lists the delegated scopes of a resource that a client may use for a
// person: by an administrator's consent, by the person's own, or because the
// client is Microsoft's own.
func (c *call) consented(app *client, userID string, r *resource) []string {
	var given []string
	if app.FirstParty {
		for _, s := range r.Scopes {
			given = append(given, s.Value)
		}
		return given
	}
	if c.Scenarios.On(scenario.ConsentMissing) {
		return nil
	}
	c.Directory.View(func(st *directory.State) {
		for _, g := range st.PermissionGrants {
			all := g.ConsentType == "AllPrincipals"
			if g.ClientID != app.PrincipalID || g.ResourceID != r.PrincipalID ||
				!all && (g.PrincipalID == nil || *g.PrincipalID != userID) {
				continue
			}
			for _, value := range strings.Fields(g.Scope) {
				given = append(given, c.scopeName(r.AppID, value))
			}
		}
	})
	slices.Sort(given)
	return slices.Compact(given)
}

// wanting lists what an ask still needs consent for. A .default needs it only if
// nothing was ever consented to; it then means the permissions that the app is
// registered with. A name that the resource does not have is refused.
// Source: learn.microsoft.com/entra/identity-platform/scopes-oidc, .default.
func (c *call) wanting(app *client, userID string, r *resource, a ask) ([]string, *refusal) {
	given := c.consented(app, userID, r)
	if r.AppID == app.AppID && !guidShape.MatchString(a.Resource) {
		return nil, refuse(90009, app.AppID, app.Name)
	}
	if a.Default {
		registered := app.registered(r)
		switch {
		case len(given) > 0:
			return nil, nil
		case len(registered) == 0 && app.FirstParty:
			return nil, nil
		case len(registered) == 0 && c.Scenarios.On(scenario.ConsentMissing):
			return []string{defaultName}, nil
		case len(registered) == 0:
			return nil, refuse(650057, app.AppID, app.Name, r.Audience, r.AppID, strings.Join(app.needed(), ", "))
		}
		return registered, nil
	}
	var missing []string
	for _, name := range a.Names {
		known, ok := r.scope(name)
		if !ok {
			return nil, refuse(650053, app.Name, name, r.Name)
		}
		if !containsFold(given, known.Value) {
			missing = append(missing, known.Value)
		}
	}
	return missing, nil
}

// registered lists the delegated scopes of a resource that the app's
// registration names.
func (c *client) registered(r *resource) []string {
	var values []string
	for _, need := range c.Needs {
		if !strings.EqualFold(need.ResourceAppID, r.AppID) {
			continue
		}
		for _, access := range need.ResourceAccess {
			for _, s := range r.Scopes {
				if access.Type == "Scope" && access.ID == s.ID && s.IsEnabled {
					values = append(values, s.Value)
				}
			}
		}
	}
	return values
}

// needed lists the app ids of the resources that the app's registration names.
func (c *client) needed() []string {
	var ids []string
	for _, need := range c.Needs {
		ids = append(ids, need.ResourceAppID)
	}
	return ids
}

func containsFold(list []string, value string) bool {
	return slices.ContainsFunc(list, func(s string) bool { return strings.EqualFold(s, value) })
}

// mayConsent tells whether a person may consent to scopes of a resource: those
// of type Admin are an administrator's to give.
func mayConsent(r *resource, values []string, administrator bool) bool {
	return administrator || !slices.ContainsFunc(values, func(v string) bool {
		s, ok := r.scope(v)
		return ok && s.Type == "Admin"
	})
}

// recordConsent keeps a consent: for one person, or with an empty userID for all.
func (c *call) recordConsent(app *client, userID string, r *resource, values []string) {
	_ = c.Directory.Update(func(st *directory.State) error {
		kind, principal := "AllPrincipals", (*string)(nil)
		if userID != "" {
			kind, principal = "Principal", &userID
		}
		for _, g := range st.PermissionGrants {
			if g.ClientID == app.PrincipalID && g.ResourceID == r.PrincipalID && g.ConsentType == kind &&
				(principal == nil || g.PrincipalID != nil && *g.PrincipalID == userID) {
				g.Scope = union(g.Scope, values)
				return nil
			}
		}
		id := c.NewID()
		st.PermissionGrants[id] = &directory.PermissionGrant{ID: id, ClientID: app.PrincipalID, ConsentType: kind,
			PrincipalID: principal, ResourceID: r.PrincipalID, Scope: strings.Join(values, " ")}
		return nil
	})
}

func union(scope string, values []string) string {
	all := strings.Fields(scope)
	for _, v := range values {
		if !containsFold(all, v) {
			all = append(all, v)
		}
	}
	return strings.Join(all, " ")
}
