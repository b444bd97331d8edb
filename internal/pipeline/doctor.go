package pipeline

import (
	"context"
	"crypto/sha1" // the thumbprint that the portal shows, no signature
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"sync"

	"hdstest/internal/acquire"
	"hdstest/internal/check"
	"hdstest/internal/entra"
	"hdstest/internal/evidence"
	"hdstest/internal/issuer"
	"hdstest/internal/judge"
	"hdstest/internal/problem"
	"hdstest/internal/register"
	"hdstest/internal/secret"
)

// Links are the links of the chain that [Doctor] follows, in their order: each can
// only hold if those before it do.
func Links() []string {
	return []string{"configuration", "network", "authority", "registration", "credential", "token", "claims", "challenge", "role", "data"}
}

// DoctorOptions are what a diagnosis of a profile goes by.
type DoctorOptions struct {
	Configuration []check.Finding   // of the settings, made offline
	Admin         *register.Clients // may read Graph and Azure Resource Manager; nil: nobody may
	NoAdmin       string            // why nobody may
	HowAdmin      string            // what to do about it
	Query         TokenQuery        // Service is filled in
	NoToken       error             // why no token can be asked for; nil: one can
	SignIn        bool              // the redirect URI was set on purpose: people sign in
	Rehearse      bool              // also try out what an administrator must be able to do
	Pace          *Pace             // what the connections noted; nil: nothing
	Progress      func(done, total int, title string)
}

// examination is one run of the doctor.
type examination struct {
	Env
	p         Profile
	o         DoctorOptions
	about     evidence.Bundle // what Graph tells of the app
	principal string          // object id of its service principal, if Graph told it
}

// Doctor follows the chain from the configuration to the data of each service of
// a profile and judges every link. A link that is broken stops only what stands on
// it: the other service goes on, and so do the parts that need no token. Findings
// come in the order of [Links]; the first that failed is the answer. It changes
// nothing but with o.Rehearse, and opens a browser only for the grant of o.Query.
func Doctor(ctx context.Context, env Env, p Profile, o DoctorOptions) Report {
	x := &examination{Env: env, p: p, o: o}
	var all log
	all.add(0, Report{Findings: grouped("configuration", o.Configuration)})
	x.step(1, "the tenant's sign-in address")
	all.add(1, x.authority(ctx))
	x.step(2, "the app registration")
	all.add(2, x.registration(ctx))
	x.step(3, "tokens and services")
	x.services(ctx, &all)
	x.step(4, "the credential's end")
	all.add(3, x.credential(ctx)) // it may ask Graph for a token, which is to be none of the first
	if o.Pace != nil {
		all.add(100, Report{Findings: o.Pace.findings(p)})
	}
	return chained(all.report())
}

// step tells how far the run is.
func (x *examination) step(n int, what string) {
	if x.o.Progress != nil {
		x.o.Progress(n, 4, what)
	}
}

// grouped puts findings into a link.
func grouped(link string, findings []check.Finding) []check.Finding {
	out := slices.Clone(findings)
	for i := range out {
		out[i].Group = link
	}
	return out
}

// chained orders the findings by the links of the chain.
func chained(r Report) Report {
	links := Links()
	slices.SortStableFunc(r.Findings, func(a, b check.Finding) int {
		return slices.Index(links, a.Group) - slices.Index(links, b.Group)
	})
	return r
}

// authority reads the metadata of the tenant: it exists, and here.
func (x *examination) authority(ctx context.Context) Report {
	const id, title = "authority", "Tenant's sign-in address"
	if x.p.Authority == "" {
		return Report{Findings: []check.Finding{skipped(id, "authority", title, "no tenant is configured", "set tenant_id in the profile")}}
	}
	m, err := issuer.Discover(ctx, x.HTTP, x.p.Authority)
	if err != nil {
		r := failure(id, "authority", title, err, bundleOf(err))
		if own := bundleOf(err); own.Network != nil {
			r.Findings[0].Group = "network"
		}
		return r
	}
	return Report{Findings: []check.Finding{{ID: id, Group: "authority", Title: title, Status: check.Pass, Expected: "metadata of the tenant",
		Seen: "issuer " + m.Issuer, Source: "OpenID Connect Discovery 1.0 section 4"}}}
}

// bundleOf is the evidence of an error.
func bundleOf(err error) evidence.Bundle {
	var own *problem.Error
	if errors.As(err, &own) && own.Evidence != nil {
		return *own.Evidence
	}
	return evidence.Bundle{}
}

// registration reads Graph and Azure Resource Manager where an administrator may,
// and asks the authorize endpoint whether it would take a sign-in.
func (x *examination) registration(ctx context.Context) Report {
	report := x.silent(ctx)
	if x.o.Admin == nil || x.p.ClientID == "" {
		report.Findings = append([]check.Finding{skipped("registration.graph", "registration", "App registration in Microsoft Graph", x.o.NoAdmin, x.o.HowAdmin)}, report.Findings...)
		return report
	}
	var apis []string
	for _, s := range x.p.services() {
		apis = append(apis, map[string]string{entra.FHIR: entra.FHIRAppID, entra.DICOM: entra.DICOMAppID}[s.Kind])
	}
	known, err := register.Look(ctx, *x.o.Admin, x.p.ClientID, apis)
	x.principal = known.PrincipalID
	x.about = evidence.Bundle{Graph: known.Graph, Config: &evidence.Config{TenantID: x.p.TenantID, ClientID: x.p.ClientID, Authority: x.p.Authority}}
	seen := Report{}
	if err != nil {
		seen = unread("registration.graph", "registration", "App registration in Microsoft Graph", err)
	} else {
		x.saw(x.about)
		seen.Findings = judge.Registration(x.about, x.wanted(), x.Now())
	}
	report = join(seen, report)
	if x.o.Rehearse {
		report = join(report, x.rehearse(ctx))
	}
	return report
}

// unread is the report of what an administrator's credential could not read. That
// is no failure of the app: a skip, unless nobody could be reached.
func unread(id, link, title string, err error) Report {
	r := failure(id, link, title, err, bundleOf(err))
	if problem.KindOf(err) != problem.Unreachable {
		r.Findings[0].Status, r.Errors = check.Warn, nil
	}
	return r
}

func (x *examination) wanted() judge.Wanted {
	w := judge.Wanted{Services: x.p.kinds(), ClientID: x.p.ClientID, Secret: !x.p.Credential.Secret.IsZero(),
		Public: x.o.Query.Grant == GrantDeviceCode || slices.Contains(x.p.Grants, GrantDeviceCode)}
	if c := x.p.Credential.Certificate; c != nil && c.Leaf != nil {
		sum := sha1.Sum(c.Leaf.Raw)
		w.Thumbprint = strings.ToUpper(hex.EncodeToString(sum[:]))
	}
	if x.signsIn() {
		w.Redirect = x.redirect()
	}
	return w
}

// signsIn tells whether the profile or the call is about sign-ins in a browser.
func (x *examination) signsIn() bool {
	return x.o.SignIn || x.o.Query.Grant == GrantAuthorizationCode || slices.Contains(x.p.Grants, GrantAuthorizationCode)
}

func (x *examination) redirect() string {
	if x.p.RedirectURI != "" {
		return x.p.RedirectURI
	}
	return entra.LoopbackRedirect
}

// silent asks whether a sign-in would be taken, without one.
func (x *examination) silent(ctx context.Context) Report {
	const id, title = "registration.sign-in", "Sign-in: client id, redirect URI and scope are taken"
	if !x.signsIn() || x.p.ClientID == "" || x.p.Authority == "" {
		return Report{Findings: []check.Finding{skipped(id, "registration", title, "no redirect URI was set: nobody signs in",
			"set redirect_uri, or ask with --grant authorization_code")}}
	}
	settings := x.p.settings(x.Env)
	var report Report
	for _, s := range x.p.services() {
		b, err := acquire.AskSilently(ctx, settings, acquire.CodeOptions{Rand: x.Rand, RedirectURI: x.redirect(), Scopes: []string{s.TokenScope()}})
		if x.saw(b); err != nil && problem.KindOf(err) == problem.Unreachable {
			return Report{Findings: []check.Finding{skipped(id, "registration", title, "the authority could not be reached, see above", "")}}
		} else if err != nil {
			b.Service = s.Kind
			return failure(id, "registration", title, err, b.Complete(x.about))
		}
		report = Report{Findings: []check.Finding{{ID: id, Group: "registration", Title: title, Status: check.Pass, Expected: "that a person is wanted",
			Seen: "a person is wanted, at " + x.redirect(), Source: "OpenID Connect Core 1.0 section 3.1.2.6"}}}
	}
	return report
}

// credential judges what the app proves itself with, before it is used.
func (x *examination) credential(ctx context.Context) Report {
	if x.o.NoToken != nil {
		r := failure("credential", "credential", "Credential of the app", x.o.NoToken, bundleOf(x.o.NoToken))
		if f := &r.Findings[0]; f.Cause == "" {
			f.Cause = "local.config"
		}
		return r
	}
	r := x.ending(ctx, x.p, Selection{})
	r.Findings = grouped("credential", r.Findings)
	seen := ""
	switch c := x.p.Credential; {
	case !c.Secret.IsZero():
		seen = "a secret; its form is " + evidence.SecretShape(c.Secret.Reveal())
	case c.Certificate != nil:
		seen = "a certificate"
	case c.Assertion != nil:
		seen = "an assertion of another issuer"
	default:
		seen = "none: a public client"
	}
	f := check.Finding{ID: "credential", Group: "credential", Title: "Credential of the app", Status: check.Pass, Expected: "one that the grant takes", Seen: seen}
	return Report{Findings: append([]check.Finding{f}, r.Findings...), Evidence: r.Evidence, Errors: r.Errors}
}

// services follows the rest of the chain for each service. Tokens are asked for one
// after the other where a person or a single assertion is behind them, else at once.
func (x *examination) services(ctx context.Context, all *log) {
	if len(x.p.services()) == 0 {
		all.add(10, Report{Findings: []check.Finding{skipped("services", "network", "Services", "neither a FHIR nor a DICOM service is configured", "set fhir.url or dicom.url in the profile")}})
		return
	}
	var clock sync.Once
	var wait sync.WaitGroup
	for i, s := range x.p.services() {
		token, report := x.token(ctx, s)
		for _, b := range report.Evidence {
			if f, ok := judge.Skew(b); ok {
				clock.Do(func() { all.add(4, Report{Findings: []check.Finding{f}}) })
			}
		}
		all.add(10+i, report)
		wait.Go(func() { all.add(20+i, x.climb(ctx, s, token, report)) })
	}
	wait.Wait()
}

// token gets the token for a service and judges its claims.
func (x *examination) token(ctx context.Context, s Service) (secret.Value, Report) {
	q := x.o.Query
	q.Service = s.Kind
	if x.o.NoToken != nil {
		return secret.Value{}, Report{Findings: []check.Finding{skipped(tokenID(s.Kind, q.Grant), "token", "Token for "+serviceTitle(s.Kind),
			"none can be asked for, see above", "")}}
	}
	result, b, err := Token(ctx, x.Env, x.p, q)
	title := "Token for " + serviceTitle(s.Kind) + " by " + strings.ReplaceAll(q.Grant, "_", " ")
	if err != nil {
		return secret.Value{}, failure(tokenID(s.Kind, q.Grant), "token", title, err, b.Complete(x.about))
	}
	f := grantFinding(b, q)
	f.Group = "token"
	report := Report{Findings: []check.Finding{f}, Evidence: []evidence.Bundle{b}}
	inspection, err := InspectWith(ctx, x.Env, x.p, result.Token, InspectOptions{Service: s.Kind, Asked: b.TokenRequest})
	if err != nil {
		return result.Token, join(report, failure("claims."+s.Kind, "claims", "Claims of the token", err, b))
	}
	for i := range inspection.Findings {
		one := &inspection.Findings[i]
		one.Group, one.Title = "claims", serviceTitle(s.Kind)+": "+one.Title
	}
	return result.Token, join(report, inspection.Report)
}

// climb goes from the service's name to its data, with what is known of the roles.
func (x *examination) climb(ctx context.Context, s Service, token secret.Value, before Report) Report {
	noToken := ""
	if token.IsZero() {
		noToken = "see the link before"
	}
	known, assigned := x.roles(ctx, s, before)
	report := x.Env.climb(ctx, x.p, s, token, noToken, append([]evidence.Bundle{known}, before.Evidence...)...)
	for i := range report.Findings {
		f := &report.Findings[i]
		rung := f.ID[strings.LastIndex(f.ID, "ladder.")+len("ladder."+s.Kind+"."):]
		f.Group, f.Title = linkOf(rung), serviceTitle(s.Kind)+": "+f.Title
	}
	return join(report, assigned)
}

// roles reads the role assignments of the token's caller, or of the app where it
// got no token.
func (x *examination) roles(ctx context.Context, s Service, before Report) (evidence.Bundle, Report) {
	id, title := "role."+s.Kind+".assigned", serviceTitle(s.Kind)+": Role assignments of the caller"
	known := evidence.Bundle{Service: s.Kind, ServiceURL: s.URL, Graph: x.about.Graph}.Complete(before.Evidence...)
	caller, _ := known.Claims["oid"].(string)
	if caller == "" && x.o.Query.Grant == GrantClientCredentials {
		caller = x.principal
	}
	none := func(why, how string) (evidence.Bundle, Report) {
		return evidence.Bundle{Service: s.Kind, ServiceURL: s.URL, Graph: x.about.Graph}, Report{Findings: []check.Finding{skipped(id, "role", title, why, how)}}
	}
	switch {
	case x.o.Admin == nil:
		return none(x.o.NoAdmin, x.o.HowAdmin)
	case s.ResourceID == "":
		return none(s.Kind+".resource_id is not in the profile", "set it: the Azure Resource Manager id of the service")
	case caller == "":
		return none("whose they would be is not known without a token", "")
	}
	arm, err := register.LookRoles(ctx, *x.o.Admin, s.ResourceID, caller)
	if err != nil {
		return evidence.Bundle{}, unread(id, "role", title, err)
	}
	known.ARM = arm
	x.saw(evidence.Bundle{Service: s.Kind, ARM: arm})
	f := judge.Roles(known)
	f.Title = title
	return known, Report{Findings: []check.Finding{f}}
}

// linkOf is the link of the chain to which a rung of the ladder belongs.
func linkOf(rung string) string {
	switch rung {
	case "open", "challenge":
		return "challenge"
	case "token", "allowed":
		return "role"
	case "data":
		return "data"
	}
	return "network"
}
