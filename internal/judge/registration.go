package judge

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"hdstest/internal/check"
	"hdstest/internal/diagnose"
	"hdstest/internal/entra"
	"hdstest/internal/evidence"
)

const groupRegistration = "registration"

// Wanted is what a profile needs of its app registration.
type Wanted struct {
	Services    []string // kinds that are used
	Redirect    string   // redirect URI of sign-ins; empty: nobody signs in
	Public      bool     // the device code grant is used
	Secret      bool     // the app proves itself by a secret
	Thumbprint  string   // SHA-1, hexadecimal digits, of the certificate in use; empty: none is
	ClientID    string
	HasIdentity bool // a token was got: the app's state is proved already
}

// Registration judges what Microsoft Graph knows of the app against what the
// profile needs: app, service principal, credential in date, redirect URI, and the
// APIs. What Graph did not tell is a skip. Ids are registration.<part>.
func Registration(b evidence.Bundle, w Wanted, now time.Time) []check.Finding {
	b.Now = &now
	r := &registration{b: b, w: w, now: now}
	if b.Graph == nil {
		return nil
	}
	r.app, _ = b.Graph.Extra["application"].(map[string]any)
	r.principal, _ = b.Graph.Extra["servicePrincipal"].(map[string]any)
	r.exists()
	if r.app != nil {
		r.credential()
		r.signIn()
	}
	for _, kind := range w.Services {
		r.api(kind)
	}
	return r.out
}

type registration struct {
	b              evidence.Bundle
	w              Wanted
	now            time.Time
	app, principal map[string]any
	out            []check.Finding
}

// note adds a finding; a cause is that of one that is not well.
func (r *registration) note(part, title string, status check.Status, expected, seen, cause string) {
	f := check.Finding{ID: "registration." + part, Group: groupRegistration, Title: title, Status: status, Expected: expected, Seen: seen,
		Source: "learn.microsoft.com/graph/api/resources/application"}
	if status != check.Pass && cause != "" {
		f.Cause, f.Hint = cause, diagnose.Fix(r.b, cause)
	}
	r.out = append(r.out, f)
}

func (r *registration) exists() {
	switch {
	case r.app == nil && r.principal == nil:
		r.note("app", "App registration", check.Fail, "an app with the client id "+r.w.ClientID, "none in this tenant", "app.not_found")
	case r.app == nil:
		r.note("app", "App registration", check.Pass, "an app, here or in its own tenant", "of another tenant; here is its service principal", "")
	default:
		r.note("app", "App registration", check.Pass, "an app", fmt.Sprint("object id ", r.app["id"]), "")
	}
	switch {
	case r.principal == nil && r.app != nil:
		r.note("principal", "Service principal", check.Fail, "a service principal in this tenant", "none", "app.no_service_principal")
	case r.principal != nil && r.principal["accountEnabled"] == false:
		r.note("principal", "Service principal", check.Fail, "an enabled one", "disabled", "app.disabled")
	case r.principal != nil:
		r.note("principal", "Service principal", check.Pass, "a service principal in this tenant", fmt.Sprint("object id ", r.principal["id"]), "")
	}
}

// credential looks for one that can be used today.
func (r *registration) credential() {
	if r.w.Secret {
		ends := r.ends("passwordCredentials")
		last := latest(ends)
		const want = "a client secret that has not ended"
		switch {
		case len(ends) == 0:
			r.note("secret", "Client secrets", check.Fail, want, "the app has none", "secret.other_app")
		case !last.After(r.now):
			r.note("secret", "Client secrets", check.Fail, want, "the last one ended on "+last.Format(time.DateOnly), "secret.expired")
		default:
			r.note("secret", "Client secrets", check.Pass, want, fmt.Sprintf("%d, the last until %s", len(ends), last.Format(time.DateOnly)), "")
		}
	}
	if r.w.Thumbprint == "" {
		return
	}
	prints := r.strings("keyCredentials", "customKeyIdentifier_hex")
	want := "the certificate " + r.w.Thumbprint
	if slices.ContainsFunc(prints, func(p string) bool { return strings.EqualFold(p, r.w.Thumbprint) }) {
		r.note("certificate", "Certificates", check.Pass, want, "it is on the app", "")
		return
	}
	seen := "the app has none"
	if len(prints) > 0 {
		seen = "the app has " + strings.Join(prints, ", ")
	}
	r.note("certificate", "Certificates", check.Fail, want, seen, "certificate.not_registered")
}

func (r *registration) signIn() {
	if r.w.Redirect != "" {
		b := r.b
		b.AuthorizeRequest = &evidence.AuthorizeRequest{RedirectURI: r.w.Redirect}
		if near := diagnose.RedirectFault(b); near == "" {
			r.note("redirect", "Redirect URI", check.Pass, r.w.Redirect, "it is registered", "")
		} else {
			r.b = b
			r.note("redirect", "Redirect URI", check.Fail, r.w.Redirect, "it is not registered", near)
		}
	}
	if r.w.Public {
		if r.app["isFallbackPublicClient"] == true {
			r.note("public", "Public client flows", check.Pass, "on, for the device code", "on", "")
		} else {
			r.note("public", "Public client flows", check.Fail, "on, for the device code", "off", "app.public_flows_off")
		}
	}
}

// api looks whether the service's API is known in the tenant, and under which
// names it publishes its scopes.
func (r *registration) api(kind string) {
	id, missing, usual := entra.FHIRAppID, "resource.not_in_tenant", "user_impersonation"
	if kind == entra.DICOM {
		id, missing, usual = entra.DICOMAppID, "resource.dicom_not_in_tenant", "Dicom.ReadWrite"
	}
	byID, _ := r.b.Graph.Extra["servicePrincipals_by_appId"].(map[string]any)
	list, asked := byID[id].([]any)
	title := "API of the " + strings.ToUpper(kind) + " service"
	switch {
	case !asked:
		return
	case len(list) == 0:
		r.note("api."+kind, title, check.Fail, "its service principal in this tenant", "none", missing)
		return
	}
	r.note("api."+kind, title, check.Pass, "its service principal in this tenant", fmt.Sprint(list[0]), "")
	published, _ := r.b.Graph.Extra["published_scopes"].(map[string]any)
	names, _ := published[id].([]any)
	if len(names) > 0 && !slices.Contains(names, any(usual)) {
		r.note("scope."+kind, "Scope that people consent to", check.Warn, usual, joined(names), "request.scope_unknown")
	}
}

func joined(list []any) string {
	var out []string
	for _, v := range list {
		out = append(out, fmt.Sprint(v))
	}
	return strings.Join(out, ", ")
}

// strings are the values of a name in a list of objects of the app.
func (r *registration) strings(list, name string) []string {
	var out []string
	items, _ := r.app[list].([]any)
	for _, v := range items {
		if object, ok := v.(map[string]any); ok {
			if s, ok := object[name].(string); ok && s != "" {
				out = append(out, s)
			}
		}
	}
	return out
}

func (r *registration) ends(list string) []time.Time {
	var out []time.Time
	for _, s := range r.strings(list, "endDateTime") {
		if t, err := time.Parse(time.RFC3339, s); err == nil {
			out = append(out, t)
		}
	}
	return out
}

func latest(times []time.Time) time.Time {
	var last time.Time
	for _, t := range times {
		if t.After(last) {
			last = t
		}
	}
	return last
}

// Roles judges the caller's role assignments on a service, as far as they are
// known: one with the right to read is enough here; what each request needs shows
// where it is refused.
func Roles(b evidence.Bundle) check.Finding {
	f := check.Finding{ID: "role." + b.Service + ".assigned", Group: "role", Title: strings.ToUpper(b.Service) + ": Role assignments of the caller",
		Status: check.Pass, Expected: "a data role on the service", Source: "learn.microsoft.com/azure/healthcare-apis/configure-azure-rbac"}
	names, missing := diagnose.DataRoles(b)
	if f.Seen = strings.Join(names, ", "); !missing {
		return f
	}
	f.Status, f.Seen = check.Fail, "none"
	b.Response = &evidence.Response{Status: 403}
	b.TokenEndpoint = nil
	return WithCause(f, b)
}

// Skew judges the clock of this machine by a server's Date header.
func Skew(b evidence.Bundle) (check.Finding, bool) {
	if b.Clock == nil || b.Clock.SkewSeconds == nil {
		return check.Finding{}, false
	}
	s := *b.Clock.SkewSeconds
	f := check.Finding{ID: "clock", Group: "authority", Title: "Clock of this machine", Status: check.Pass, Expected: "within five minutes of the server's",
		Seen: fmt.Sprintf("%.0f s from the server's", s), Source: "RFC 9110 section 6.6.1"}
	if s > 300 || s < -300 {
		f.Status, f.Cause, f.Hint = check.Fail, "clock.skew", diagnose.Fix(b, "clock.skew")
	}
	return f, true
}
