package pipeline

import (
	"context"
	"crypto/sha1" // the thumbprint that the portal shows, no signature
	"encoding/hex"
	"errors"
	"slices"
	"strings"

	"hdstest/internal/acquire"
	"hdstest/internal/check"
	"hdstest/internal/entra"
	"hdstest/internal/evidence"
	"hdstest/internal/issuer"
	"hdstest/internal/judge"
	"hdstest/internal/problem"
	"hdstest/internal/register"
)

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
