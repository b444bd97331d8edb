package register

import (
	"context"
	"strings"
	"time"

	"hdstest/internal/entra"
	"hdstest/internal/evidence"
	"hdstest/internal/problem"
)

// Known is what Microsoft Graph and Azure Resource Manager know of an app, as
// evidence: no secret, no person, no name but those of roles and of Microsoft's
// own APIs.
type Known struct {
	Graph       *evidence.ControlPlane
	PrincipalID string // object id of its service principal; empty: there is none
}

// Look reads what the directory knows of an app by its client id, and of APIs by
// their app ids. It changes nothing.
func Look(ctx context.Context, c Clients, appID string, apis []string) (Known, error) {
	s := session{c}
	app, sp, err := s.lookAtApp(ctx, appID)
	if err != nil {
		return Known{}, err
	}
	known := Known{Graph: &evidence.ControlPlane{Extra: map[string]any{"application": describeApp(app), "servicePrincipal": describePrincipal(sp)}}}
	if sp != nil {
		known.PrincipalID = sp.ID
	}
	return known, s.lookAtAPIs(ctx, apis, known.Graph.Extra)
}

func (s session) lookAtApp(ctx context.Context, appID string) (*application, *principal, error) {
	if !guid.MatchString(appID) {
		return nil, nil, problem.Usagef("%q is no client id: a GUID is expected", appID)
	}
	app, err := s.appByAppID(ctx, strings.ToLower(appID))
	if err != nil {
		return nil, nil, err
	}
	sp, err := s.principalByAppID(ctx, strings.ToLower(appID))
	return app, sp, err
}

// describeApp gives the facts by Graph's own names; nil: there is no such app.
func describeApp(a *application) any {
	if a == nil {
		return nil
	}
	out := map[string]any{"id": a.ID, "appId": a.AppID, "signInAudience": a.Audience, "isFallbackPublicClient": a.Public}
	for platform, key := range map[Platform]string{Web: "web", Public: "publicClient", SPA: "spa"} {
		uris := []any{}
		for _, r := range a.Redirects {
			if r.Platform == platform {
				uris = append(uris, r.URI)
			}
		}
		out[key] = map[string]any{"redirectUris": uris}
	}
	secrets, keys := []any{}, []any{}
	for _, p := range a.Secrets {
		secrets = append(secrets, map[string]any{"endDateTime": p.Ends.UTC().Format(time.RFC3339)})
	}
	for _, k := range a.Keys {
		key := map[string]any{"customKeyIdentifier_hex": thumbprintOf(k)}
		if end := k.GetEndDateTime(); end != nil {
			key["endDateTime"] = end.UTC().Format(time.RFC3339)
		}
		keys = append(keys, key)
	}
	out["passwordCredentials"], out["keyCredentials"] = secrets, keys
	return out
}

func describePrincipal(sp *principal) any {
	if sp == nil {
		return nil
	}
	return map[string]any{"id": sp.ID, "accountEnabled": !sp.Disabled}
}

// lookAtAPIs notes which APIs have a service principal and which delegated scopes
// they publish.
func (s session) lookAtAPIs(ctx context.Context, apis []string, into map[string]any) error {
	byID, published := map[string]any{}, map[string]any{}
	for _, id := range apis {
		sp, err := s.principalByAppID(ctx, id)
		switch {
		case err != nil:
			return err
		case sp == nil:
			byID[id] = []any{}
		default:
			byID[id] = []any{knownAs(id)}
			names := []any{}
			for _, scope := range sp.Scopes {
				if !scope.Disabled {
					names = append(names, scope.Value)
				}
			}
			published[id] = names
		}
	}
	into["servicePrincipals_by_appId"], into["published_scopes"] = byID, published
	return nil
}

func knownAs(appID string) string {
	if app, ok := entra.ResourceAppByID(appID); ok {
		return app.Name
	}
	return appID
}

// LookRoles lists, as evidence, the roles that a principal holds at a scope, by its
// object id, and the data roles of others there: a role may have been given to the
// client id or to the application.
func LookRoles(ctx context.Context, c Clients, scope, principalID string) (*evidence.ControlPlane, error) {
	held, err := Assignments(ctx, c, scope, principalID)
	if err != nil {
		return nil, err
	}
	s := session{c}
	own, others, seen := []any{}, []any{}, map[string]bool{}
	for _, a := range held {
		seen[a.ID] = true
		own = append(own, s.describeRole(a))
	}
	all, err := s.listRoles(ctx, armScope(scope), "atScope()")
	if err != nil {
		return nil, err
	}
	for _, a := range all {
		if role, ok := entra.RoleByName(a.RoleID); ok && !seen[a.ID] && len(role.DataActions) > 0 && len(others) < 50 {
			others = append(others, s.describeRole(a))
		}
	}
	return &evidence.ControlPlane{Extra: map[string]any{"resource_id": armScope(scope), "object_id": principalID,
		"role_assignments_for_oid": own, "role_assignments": others}}, nil
}

func (s session) describeRole(a Assignment) map[string]any {
	out := map[string]any{"principalId": a.PrincipalID, "scope": a.Scope}
	if out["role"] = a.Role; a.Role == "" {
		out["role"] = a.RoleID
	}
	if a.Created != nil {
		out["age_seconds"] = s.now().Sub(*a.Created).Truncate(time.Second).Seconds()
	}
	return out
}
