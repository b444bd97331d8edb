package login

import (
	"net/url"
	"strings"

	"hdstest/internal/sandbox/directory"
)

// adminRequest is a request for an administrator's consent.
type adminRequest struct {
	Redirect string
	State    string
	HasState bool
	Version  int
	Asked    asked // of v2.0's scope; empty: what the app is registered with
}

// adminConsent is the admin consent endpoint: an administrator signs in and
// consents for everybody, to delegated scopes and to app roles.
// Source: learn.microsoft.com/entra/identity-platform/v2-admin-consent.
func (c *call) adminConsent() {
	refused := c.readForm()
	if refused == nil {
		refused = c.need("client_id")
	}
	if refused == nil && c.version == 2 {
		refused = c.need("scope")
	}
	request := adminRequest{Redirect: c.form["redirect_uri"], Version: c.version}
	request.State, request.HasState = c.form["state"]
	var app *client
	if refused == nil {
		app, refused = c.findClient(c.form["client_id"])
	}
	if refused == nil {
		refused = c.realm.admits(app)
	}
	if refused == nil {
		_, refused = c.matchRedirect(app, request.Redirect)
	}
	if refused == nil && c.version == 2 {
		request.Asked, refused = parseScope(c.form["scope"])
	}
	if refused != nil {
		c.showError(refused)
		return
	}
	c.askSignIn(app, c.newFlow(flow{Kind: adminFlow, Admin: request, Client: app.AppID, Realm: c.realm}), "", "")
}

// wantedByAdmin lists the delegated scopes that an administrator is asked for.
func (c *call) wantedByAdmin(app *client, request adminRequest, p person) (wishes, *refusal) {
	if !p.Administrator {
		return nil, refuse(90094, app.Name)
	}
	asks := request.Asked.APIs
	if request.Version == 1 {
		for _, need := range app.Needs {
			asks = append(asks, ask{Resource: need.ResourceAppID, Default: true})
		}
	}
	var all wishes
	for _, a := range asks {
		api, refused := c.findResource(a.Resource)
		if refused != nil {
			return nil, refused
		}
		scopes := app.registered(api)
		for _, name := range a.Names {
			known, ok := api.scope(name)
			if !ok {
				return nil, refuse(650053, app.Name, name, api.Name)
			}
			scopes = append(scopes, known.Value)
		}
		all = append(all, wish{api, scopes})
	}
	return all, nil
}

// adminConsented gives the app roles that the app is registered with, and
// answers. The delegated scopes were recorded before.
func (c *call) adminConsented(app *client, request adminRequest) {
	for _, need := range app.Needs {
		if api, refused := c.findResource(need.ResourceAppID); refused == nil {
			c.giveRoles(app, api, need)
		}
	}
	answer := url.Values{"admin_consent": {"True"}, "tenant": {c.realm.TenantID}}
	if request.Version == 2 {
		answer.Set("scope", request.Asked.Raw)
	}
	c.respond(authRequest{Redirect: request.Redirect, State: request.State, HasState: request.HasState, Mode: modeQuery}, answer)
}

func (c *call) giveRoles(app *client, api *resource, need directory.RequiredResourceAccess) {
	_, _ = c.rolesOf(app.PrincipalID, api)
	_ = c.Directory.Update(func(st *directory.State) error {
		for _, access := range need.ResourceAccess {
			if access.Type != "Role" || holds(st, app.PrincipalID, api.PrincipalID, access.ID) {
				continue
			}
			id := c.NewID()
			st.AppRoleAssignments[id] = &directory.AppRoleAssignment{ID: id, CreatedDateTime: c.now, AppRoleID: access.ID,
				PrincipalID: app.PrincipalID, PrincipalDisplayName: app.Name, PrincipalType: "ServicePrincipal",
				ResourceID: api.PrincipalID, ResourceDisplayName: api.Name}
		}
		return nil
	})
}

func holds(st *directory.State, principalID, resourceID, roleID string) bool {
	for _, a := range st.AppRoleAssignments {
		if a.PrincipalID == principalID && a.ResourceID == resourceID && strings.EqualFold(a.AppRoleID, roleID) {
			return true
		}
	}
	return false
}

// adminDeclined tells the app that the administrator did not consent.
func (c *call) adminDeclined(request adminRequest) {
	c.respond(authRequest{Redirect: request.Redirect, State: request.State, HasState: request.HasState, Mode: modeQuery},
		url.Values{"error": {"permission_denied"}, "error_description": {"The admin canceled the request"}})
}
