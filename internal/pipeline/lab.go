package pipeline

import (
	"context"
	"fmt"
	"sync"

	"hdstest/internal/acquire"
	"hdstest/internal/check"
	"hdstest/internal/entra"
	"hdstest/internal/evidence"
	"hdstest/internal/register"
	"hdstest/internal/secret"
)

// Lab is a tenant that may be changed at will: the sandbox. It is what a smoke
// run needs beyond a profile to go through the whole job.
type Lab struct {
	Admin       register.Clients
	Certificate *acquire.Certificate // to be registered and signed with
	// SignIn stands in for the person: it walks the sign-in page at the address,
	// and fills in the device code where one is asked for.
	SignIn func(ctx context.Context, address, deviceCode string) error
}

// client is an app that a run registered.
type client struct {
	profile Profile
	secret  secret.Value
	id      register.Result
}

// SmokeLab goes through the whole job on a lab: registers a confidential and a
// public client, sees them refused before they have a role, gives the roles,
// acquires tokens by every grant, inspects them, probes both services with
// writes, and renders the Postman collection. p names the lab; its client and
// credential are not used.
func SmokeLab(ctx context.Context, env Env, p Profile, lab Lab, o SmokeOptions) Report {
	o.began = env.Now()
	var all log
	confidential, public, report := env.registerBoth(ctx, p, lab, o)
	all.add(0, report)
	if len(report.Errors) > 0 {
		return all.report()
	}
	all.add(1, env.byRole(ctx, confidential, refusedWithoutRole(), o.Selection))
	roles := env.giveRoles(ctx, confidential, lab)
	all.add(2, roles)
	if len(roles.Errors) > 0 {
		return all.report()
	}
	all.add(3, env.byRole(ctx, confidential, allowedWithRole(), o.Selection))
	o.step("tokens by every grant, claims, probes, export")
	var wait sync.WaitGroup
	for i, kind := range p.kinds() {
		wait.Go(func() { all.add(10+i, env.tokensByEveryGrant(ctx, kind, confidential, public, lab, o)) })
		wait.Go(func() { all.add(20+i, env.probeAsClient(ctx, kind, confidential, o)) })
	}
	if why := o.leftOut(exportID); why != "" {
		all.add(30, Report{Findings: []check.Finding{skipped(exportID, "export", exportTitle, why, "")}})
	} else {
		wait.Go(func() { all.add(30, exportCheck(confidential.profile, confidential.secret)) })
	}
	wait.Wait()
	return all.report()
}

func (o SmokeOptions) step(text string) {
	if o.Progress != nil {
		o.Progress(0, 0, text)
	}
}

// registerBoth registers the two clients side by side.
func (e Env) registerBoth(ctx context.Context, p Profile, lab Lab, o SmokeOptions) (confidential, public client, r Report) {
	o.step("registering a confidential and a public client app")
	var all log
	var wait sync.WaitGroup
	common := register.Spec{TenantID: p.TenantID, Authority: p.Authority, APIs: []string{entra.FHIRAppID, entra.DICOMAppID}, Consent: true}
	wait.Go(func() {
		spec := common
		spec.Name = "hdstest smoke"
		spec.Secret = &register.SecretSpec{}
		spec.Certificate = lab.Certificate.Leaf.Raw
		spec.Redirects = []register.Redirect{{Platform: register.Web, URI: entra.LoopbackRedirect}}
		var one Report
		confidential, one = e.registerOne(ctx, p, lab, spec, "confidential")
		all.add(0, one)
	})
	wait.Go(func() {
		spec := common
		spec.Name, spec.Public = "hdstest smoke (public)", new(true)
		spec.Redirects = []register.Redirect{{Platform: register.Public, URI: entra.LoopbackRedirect},
			{Platform: register.Public, URI: entra.PostmanRedirect}}
		var one Report
		public, one = e.registerOne(ctx, p, lab, spec, "public")
		all.add(1, one)
	})
	wait.Wait()
	return confidential, public, all.report()
}

func (e Env) registerOne(ctx context.Context, p Profile, lab Lab, spec register.Spec, kind string) (client, Report) {
	id, title := "register."+kind, "Register a "+kind+" client app with its service principal"
	start := e.Now()
	plan, err := register.MakePlan(ctx, lab.Admin, spec)
	if err != nil {
		return client{}, failure(id, "register", title, err, evidence.Bundle{})
	}
	result, err := register.Apply(ctx, lab.Admin, plan, register.Progress{Notify: func(text string) { e.notify("%s", text) }})
	if err != nil {
		return client{}, failure(id, "register", title, err, evidence.Bundle{})
	}
	p.ClientID, p.RedirectURI, p.RedirectPlatform = result.AppID, entra.LoopbackRedirect, string(spec.Redirects[0].Platform)
	p.Credential = acquire.Credential{Secret: result.Secret}
	f := check.Finding{ID: id, Group: "register", Title: title, Status: check.Pass, Duration: e.Now().Sub(start),
		Expected: "an app and its service principal, both readable",
		Seen:     fmt.Sprintf("client id %s, service principal %s", result.AppID, result.ServicePrincipalID),
		Source:   "learn.microsoft.com/graph/api/serviceprincipal-post-serviceprincipals"}
	return client{p, result.Secret, result}, Report{Findings: []check.Finding{f}}
}
