package pipeline

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

	"hdstest/internal/acquire"
	"hdstest/internal/catalogue"
	"hdstest/internal/check"
	"hdstest/internal/entra"
	"hdstest/internal/evidence"
	"hdstest/internal/probe"
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

// roleCheck is what a client is expected to meet before or after it has a role.
type roleCheck struct {
	id, title string // behind role. and the service; %s is the service
	status    []int
}

func refusedWithoutRole() roleCheck {
	return roleCheck{"before", "Without a role the %s service refuses the token's holder", []int{http.StatusForbidden}}
}

// allowedWithRole takes an empty answer (204) as well: DICOM's way to say that
// there is nothing yet.
func allowedWithRole() roleCheck {
	return roleCheck{"after", "With the role the %s service answers", []int{http.StatusOK, http.StatusNoContent}}
}

// byRole asks both services, side by side, with a new token for each.
func (e Env) byRole(ctx context.Context, c client, want roleCheck, o Selection) Report {
	var all log
	var wait sync.WaitGroup
	for i, kind := range c.profile.kinds() {
		if why := o.leftOut("role."+kind, kind); why != "" {
			all.add(i, Report{Findings: []check.Finding{skipped("role."+kind+"."+want.id, "role", fmt.Sprintf(want.title, serviceTitle(kind)), why, "")}})
			continue
		}
		wait.Go(func() { all.add(i, e.askByRole(ctx, c, kind, want)) })
	}
	wait.Wait()
	return all.report()
}

// readRequest names the cheapest request of a service that needs the right to read.
func readRequest(kind string) string {
	if kind == entra.DICOM {
		return "dicom.changefeed.latest"
	}
	return "fhir.patient.count"
}

func (e Env) askByRole(ctx context.Context, c client, kind string, want roleCheck) Report {
	id, title := "role."+kind+"."+want.id, fmt.Sprintf(want.title, serviceTitle(kind))
	result, b, err := Token(ctx, e, c.profile, TokenQuery{Service: kind, Grant: GrantClientCredentials})
	if err != nil {
		return failure(id, "role", title, err, b)
	}
	outcome, err := e.one(ctx, c.profile, kind, result.Token)
	if err != nil {
		return failure(id, "role", title, err, b)
	}
	f := check.Finding{ID: id, Group: "role", Title: title, Status: check.Fail, Duration: outcome.Duration, Seen: "no answer",
		Expected: strings.Trim(fmt.Sprint(want.status), "[]"), Source: "learn.microsoft.com/azure/healthcare-apis/configure-azure-rbac"}
	if r := outcome.Evidence.Response; r != nil {
		f.Seen = fmt.Sprint(r.Status)
		if slices.Contains(want.status, r.Status) {
			f.Status = check.Pass
		}
	}
	return Report{Findings: []check.Finding{judged(f, outcome.Evidence)}, Evidence: []evidence.Bundle{outcome.Evidence}}
}

// one sends the one request of a service that tells whether reading is allowed.
func (e Env) one(ctx context.Context, p Profile, kind string, token secret.Value) (probe.Outcome, error) {
	s, _ := p.Service(kind)
	r, ok := catalogue.ByID(readRequest(kind))
	if !ok {
		return probe.Outcome{}, fmt.Errorf("no request %q in the catalogue", readRequest(kind))
	}
	outcomes, _, err := probe.Run(ctx, probe.Target{Service: kind, BaseURL: s.base(),
		Token: func(context.Context) (secret.Value, error) { return token, nil }}, []catalogue.Request{r},
		probe.Options{HTTP: e.HTTP, Now: e.Now, Rand: e.Rand, Vars: p.Vars(), Sleep: e.Sleep})
	if err != nil || len(outcomes) == 0 {
		return probe.Outcome{}, err
	}
	return outcomes[0], nil
}

// giveRoles gives the client the roles for both services and sees that they work.
func (e Env) giveRoles(ctx context.Context, c client, lab Lab) Report {
	spec := register.Spec{AppID: c.profile.ClientID, TenantID: c.profile.TenantID, Authority: c.profile.Authority}
	for _, s := range c.profile.services() {
		spec.Roles = append(spec.Roles, register.RoleGrant{Role: writerRole(s.Kind), Scope: s.ResourceID})
	}
	const id, title = "role.assign", "Give the service principal its data roles"
	start := e.Now()
	plan, err := register.MakePlan(ctx, lab.Admin, spec)
	if err != nil {
		return failure(id, "role", title, err, evidence.Bundle{})
	}
	result, err := register.Apply(ctx, lab.Admin, plan, register.Progress{})
	if err != nil {
		return failure(id, "role", title, err, evidence.Bundle{})
	}
	f := check.Finding{ID: id, Group: "role", Title: title, Status: check.Pass, Duration: e.Now().Sub(start),
		Expected: fmt.Sprintf("%d assignments", len(spec.Roles)), Seen: fmt.Sprintf("%d assignments", len(result.Roles)),
		Source: "learn.microsoft.com/azure/healthcare-apis/configure-azure-rbac-using-scripts"}
	if len(result.Roles) != len(spec.Roles) {
		f.Status = check.Fail
	}
	return Report{Findings: []check.Finding{f}}
}

// writerRole names the role with which a round trip works.
func writerRole(kind string) string {
	if kind == entra.DICOM {
		return "DICOM Data Owner"
	}
	return "FHIR Data Contributor"
}

// way is one of the ways to a token.
type way struct {
	name string
	by   client
	ask  TokenQuery
}

// tokensByEveryGrant acquires a token for a service in every way there is and
// inspects each, side by side.
func (e Env) tokensByEveryGrant(ctx context.Context, kind string, confidential, public client, lab Lab, o SmokeOptions) Report {
	signed := confidential
	signed.profile.Credential = acquire.Credential{Certificate: lab.Certificate}
	person := func(address string) error { return lab.SignIn(ctx, address, "") }
	code := TokenQuery{Service: kind, Grant: GrantAuthorizationCode, Code: acquire.CodeOptions{Open: person}}
	device := TokenQuery{Service: kind, Grant: GrantDeviceCode, ShowDeviceCode: func(m acquire.DeviceMessage) {
		if err := lab.SignIn(ctx, m.VerificationURL, m.UserCode); err != nil {
			e.notify("sign-in with the device code: %v", err)
		}
	}}
	ways := []way{
		{"client_credentials, secret", confidential, TokenQuery{Service: kind, Grant: GrantClientCredentials}},
		{"client_credentials, certificate", signed, TokenQuery{Service: kind, Grant: GrantClientCredentials}},
		{"authorization_code, confidential client", confidential, code},
		{"authorization_code, public client", public, code},
		{"device_code, public client", public, device},
	}
	var all log
	var wait sync.WaitGroup
	for i, w := range ways {
		if why := o.leftOut(tokenID(kind, w.ask.Grant), kind); why != "" && !o.wantsClaims(kind) {
			all.add(i, Report{Findings: []check.Finding{skipped(tokenID(kind, w.ask.Grant), "token", "Token for "+serviceTitle(kind)+" by "+w.name, why, "")}})
			continue
		}
		wait.Go(func() {
			_, r := e.grantAndInspect(ctx, w.by.profile, w.ask, o)
			all.add(i, summed(kind, w.name, r))
		})
	}
	wait.Wait()
	return all.report()
}

// summed makes two findings of a token's many: the grant and its claims. What
// failed or was doubtful stays as it is.
func summed(kind, way string, r Report) Report {
	out := Report{Evidence: r.Evidence, Timings: r.Timings, Errors: r.Errors}
	passed, left := 0, ""
	for i, f := range r.Findings {
		switch {
		case i == 0: // the grant, or its failure
			f.Title = "Token for " + serviceTitle(kind) + " by " + way
			out.Findings = append(out.Findings, f)
			for i := range out.Timings {
				out.Timings[i].Title = f.Title
			}
		case f.Status == check.Pass:
			passed++
		case f.Group == "claims" && isLeftOut(f):
			left = f.Seen
		case f.Status != check.Skip:
			f.Title = way + ": " + f.Title
			out.Findings = append(out.Findings, f)
		}
	}
	f := check.Finding{ID: "claims." + kind, Group: "claims", Status: check.Pass,
		Title: "Claims of the token for " + serviceTitle(kind) + " by " + way, Seen: fmt.Sprintf("%d checks passed", passed)}
	switch {
	case passed > 0 && left != "":
		f.Seen += "; others were " + left
	case left != "":
		f.Status, f.Seen = check.Skip, left
	}
	if passed > 0 || left != "" {
		out.Findings = append(out.Findings, f)
	}
	return out
}

// probeAsClient probes a service with writes, with a token of the new client.
func (e Env) probeAsClient(ctx context.Context, kind string, c client, o SmokeOptions) Report {
	r := Probe(ctx, e, c.profile, ProbeOptions{Services: []string{kind}, Write: true, Selection: o.Selection,
		Query: TokenQuery{Grant: GrantClientCredentials}, began: o.began})
	// The token has its own finding among the grants.
	r.Findings = slices.DeleteFunc(r.Findings, func(f check.Finding) bool { return f.Group == "token" && f.Status == check.Pass })
	r.Timings = slices.DeleteFunc(r.Timings, func(t check.Timing) bool { return t.Group == "token" })
	return r
}
