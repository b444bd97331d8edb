package register

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"hdstest/internal/entra"
	"hdstest/internal/evidence"
	"hdstest/internal/problem"
)

// api is an API whose delegated scopes the app is to have.
type api struct {
	AppID, Name string
	principal   *principal // nil: not in the tenant
	scopes      []scope    // those to be requested
}

// present tells whether scopes of the API are known.
func (a api) present() bool { return a.principal != nil }

// lookAPIs finds the APIs' service principals and the scopes on them. Scope ids
// are never taken from a table: articles name different ones for DICOM.
func (p planner) lookAPIs(ctx context.Context) error {
	for _, id := range p.spec.APIs {
		sp, err := p.principalByAppID(ctx, id)
		if err != nil {
			return err
		}
		a := api{AppID: id, Name: apiName(id, sp), principal: sp}
		if sp != nil {
			if a.scopes, err = p.spec.choose(a); err != nil {
				return err
			}
		}
		p.apis = append(p.apis, a)
	}
	return nil
}

func apiName(appID string, sp *principal) string {
	if sp != nil && sp.Name != "" {
		return sp.Name
	}
	if known, ok := entra.ResourceAppByID(appID); ok {
		return known.Name
	}
	return "the API " + appID
}

// choose picks the scopes that were named for an API, or else its usual one: of
// those that the table knows, user_impersonation, or the only one.
func (s Spec) choose(a api) ([]scope, error) {
	var offered []string
	for _, sc := range a.principal.Scopes {
		if !sc.Disabled {
			offered = append(offered, sc.Value)
		}
	}
	wanted := s.Scopes[a.AppID]
	if len(wanted) == 0 {
		usual := usualScope(a.AppID, offered)
		if usual == "" {
			return nil, problem.Usagef("name the scopes of %s; it offers %s", a.Name, list(offered))
		}
		wanted = []string{usual}
	}
	if absent := missing(offered, wanted); absent != nil {
		return nil, problem.Usagef("%s offers no scope %s in this tenant; it offers %s", a.Name, strings.Join(absent, ", "), list(offered))
	}
	var out []scope
	for _, sc := range a.principal.Scopes {
		if !sc.Disabled && slices.Contains(wanted, sc.Value) {
			out = append(out, sc)
		}
	}
	return out, nil
}

func usualScope(appID string, offered []string) string {
	known, _ := entra.ResourceAppByID(appID)
	if appID != entra.GraphAppID { // it has no usual one
		for _, perm := range known.Permissions {
			if !perm.Role && slices.Contains(offered, perm.Value) {
				return perm.Value
			}
		}
		if slices.Contains(offered, "user_impersonation") {
			return "user_impersonation"
		}
	}
	if len(offered) == 1 {
		return offered[0]
	}
	return ""
}

func list(names []string) string {
	switch {
	case len(names) == 0:
		return "none"
	case len(names) > 20:
		return strings.Join(names[:20], ", ") + fmt.Sprintf(" and %d more", len(names)-20)
	}
	return strings.Join(names, ", ")
}

// access lists what requiredResourceAccess must hold for the APIs that are there.
func (p Plan) access() []access {
	var out []access
	for _, a := range p.apis {
		for _, s := range a.scopes {
			out = append(out, access{a.AppID, s.ID, "Scope"})
		}
	}
	return out
}

// scopeNames of an API, as consents write them.
func (a api) scopeNames() []string {
	var out []string
	for _, s := range a.scopes {
		out = append(out, s.Value)
	}
	return out
}

// planAPI says what becomes of an API's permissions.
func (p planner) planAPI(a api, have []access) {
	s := Step{ID: "api." + a.AppID, What: "permissions of " + a.Name, New: strings.Join(a.scopeNames(), " "), Needs: needApps}
	switch {
	case a.present() && len(missing(texts(have), texts(Plan{apis: []api{a}}.access()))) == 0:
		s.Action, s.Old, s.New, s.Needs = ActionKeep, s.New, "", ""
	case a.present():
		s.Action = p.changeAction()
	case p.spec.CreateAPIs:
		p.add(Step{ID: "api_principal." + a.AppID, Action: ActionCreate, What: "service principal of " + a.Name, New: a.AppID, Needs: needApps,
			Note: "it is not in the tenant yet"})
		s.Action, s.Note = p.changeAction(), "the scopes are looked up once the service principal is there"
	default:
		s.Action, s.Needs, s.Note, s.Evidence = ActionBlocked, "", absentNote(a), absentEvidence(a)
	}
	p.add(s)
}

func texts(all []access) []string {
	var out []string
	for _, a := range all {
		out = append(out, a.String())
	}
	return out
}

// absentNote: the service principal of Azure API for DICOM comes with the first
// DICOM service. Source: AD:healthcare-apis/register-application.md.
func absentNote(a api) string {
	why := "its service principal is not in the tenant"
	switch a.AppID {
	case entra.DICOMAppID:
		why += ": it comes with the first DICOM service that is deployed there"
	case entra.FHIRAppID:
		why += ": it comes with the first FHIR service that is deployed there"
	}
	return why
}

func absentEvidence(a api) *evidence.Bundle {
	return &evidence.Bundle{Graph: &evidence.ControlPlane{Request: "GET /servicePrincipals(appId='{id}')", Status: 404,
		Extra: map[string]any{"servicePrincipals_by_appId": map[string]any{a.AppID: []string{}}, "resource_name": a.Name}}}
}
