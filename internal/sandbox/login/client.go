package login

import (
	"slices"
	"strings"

	"hdstest/internal/entra"
	"hdstest/internal/sandbox/directory"
	"hdstest/internal/sandbox/scenario"
)

// client is what the endpoints need to know of an app that asks for tokens. It
// is a copy: nothing in it points into the directory.
type client struct {
	AppID       string
	Name        string
	PrincipalID string // object id of its service principal, empty for first-party apps
	Multi       bool   // serves other tenants too, so may use common and organizations
	Fallback    bool   // isFallbackPublicClient
	FirstParty  bool   // Microsoft's own: consent is not asked
	Assignment  bool   // only people that are assigned may sign in
	IDTokens    bool   // implicit grant of ID tokens is on
	Tokens      bool   // implicit grant of access tokens is on

	Redirects    []redirect
	Secrets      []directory.PasswordCredential
	Certificates []directory.KeyCredential
	Federated    []directory.FederatedCredential
	Needs        []directory.RequiredResourceAccess
}

// findClient looks an app up by its client id. It must be registered here and
// have a service principal, or have a principal of an app registered elsewhere.
// That Entra makes the principal itself when a person first consents in the
// app's own tenant is not modelled.
func (c *call) findClient(appID string) (*client, *refusal) {
	if c.Scenarios.On(scenario.AppNotFound) {
		return nil, refuse(700016, appID, c.realm.Tenant)
	}
	var found *client
	var refused *refusal
	c.Directory.View(func(st *directory.State) {
		app, principal := st.ApplicationByAppID(appID), st.PrincipalByAppID(appID)
		if app != nil && !directory.Visible(app.VisibleFrom, c.now) {
			app = nil
		}
		if principal != nil && !directory.Visible(principal.VisibleFrom, c.now) {
			principal = nil
		}
		switch {
		case principal != nil && (!principal.AccountEnabled || c.Scenarios.On(scenario.AppDisabled)):
			refused = refuse(7000112, principal.AppID, principal.DisplayName)
		case principal != nil:
			found = newClient(app, principal)
		case app != nil:
			refused = refuse(7000229, app.AppID, st.Tenant.ID)
		}
	})
	if found == nil && strings.EqualFold(appID, entra.AzureCLIAppID) {
		found = azureCLI()
	}
	switch {
	case found != nil:
		return found, nil
	case refused != nil:
		return nil, refused
	}
	return nil, refuse(700016, appID, c.realm.Tenant)
}

func newClient(app *directory.Application, principal *directory.ServicePrincipal) *client {
	c := &client{AppID: principal.AppID, Name: principal.DisplayName, PrincipalID: principal.ID,
		Multi: multi(principal.SignInAudience), Assignment: principal.AppRoleAssignmentRequired}
	if strings.EqualFold(principal.AppID, entra.AzureCLIAppID) {
		cli := azureCLI()
		cli.PrincipalID = principal.ID
		return cli
	}
	c.addCredentials(principal.PasswordCredentials, principal.KeyCredentials)
	if app == nil {
		return c // registered in another tenant: its redirect URIs are not known here
	}
	c.Name, c.Multi = app.DisplayName, multi(app.SignInAudience)
	c.Fallback = app.IsFallbackPublicClient != nil && *app.IsFallbackPublicClient
	c.IDTokens = app.Web.ImplicitGrantSettings.EnableIDTokenIssuance
	c.Tokens = app.Web.ImplicitGrantSettings.EnableAccessTokenIssuance
	c.addRedirects(webPlatform, app.Web.RedirectURIs)
	c.addRedirects(spaPlatform, app.SPA.RedirectURIs)
	c.addRedirects(publicPlatform, app.PublicClient.RedirectURIs)
	c.addCredentials(app.PasswordCredentials, app.KeyCredentials)
	for _, f := range app.Federated {
		c.Federated = append(c.Federated, directory.FederatedCredential{Issuer: f.Issuer, Subject: f.Subject,
			Audiences: slices.Clone(f.Audiences)})
	}
	for _, need := range app.RequiredResourceAccess {
		c.Needs = append(c.Needs, directory.RequiredResourceAccess{ResourceAppID: need.ResourceAppID,
			ResourceAccess: slices.Clone(need.ResourceAccess)})
	}
	return c
}

func (c *client) addRedirects(p platform, uris []string) {
	for _, uri := range uris {
		c.Redirects = append(c.Redirects, redirect{URI: uri, Platform: p})
	}
}

func (c *client) addCredentials(secrets []*directory.PasswordCredential, certificates []*directory.KeyCredential) {
	for _, s := range secrets {
		c.Secrets = append(c.Secrets, *s)
	}
	for _, k := range certificates {
		c.Certificates = append(c.Certificates, *k)
	}
}

// multi tells whether an audience goes beyond the app's own tenant.
func multi(audience string) bool { return audience != "" && audience != "AzureADMyOrg" }

// azureCLI is the Azure CLI's own app, which is there in every tenant and which
// azidentity uses for its developer sign-ons. Being Microsoft's, it needs no
// consent. Source: azure/cli/core/auth; AZ developer client id.
func azureCLI() *client {
	return &client{AppID: entra.AzureCLIAppID, Name: "Microsoft Azure CLI", Multi: true, Fallback: true, FirstParty: true,
		Redirects: []redirect{{URI: entra.LoopbackRedirect, Platform: publicPlatform}}}
}
