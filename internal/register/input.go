package register

import (
	"errors"
	"slices"
	"strings"
	"time"

	"hdstest/internal/entra"
	"hdstest/internal/lazyregexp"
	"hdstest/internal/problem"
)

var (
	guid       = lazyregexp.New(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
	urlSafe    = lazyregexp.New(`^[A-Za-z0-9][A-Za-z0-9_.~-]{2,119}$`)
	scopeForm  = lazyregexp.New(`^(/subscriptions/` + guidForm + `(/.+)?|/providers/Microsoft\.Management/managementGroups/[^/]+)$`)
	scopeChars = lazyregexp.New(`^[A-Za-z0-9/._()-]+$`)
)

const guidForm = `[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}`

// Check refuses what cannot be meant, all faults at once, as usage errors. It
// asks nobody: whether an app, an API or a custom role exists is seen by
// [MakePlan]. now is compared with the ends of secret and certificate.
func (s Spec) Check(now time.Time) error {
	return errors.Join(append([]error{
		s.checkApp(), checkRedirects(s.Redirects, s.audience()), s.Secret.check(now), s.checkCertificate(now), s.checkAPIs(),
	}, append(s.checkFederated(), s.checkRoles()...)...)...)
}

func (s Spec) audience() string {
	if s.Audience == "" {
		return entra.AccountTypes()[0].Audience
	}
	return s.Audience
}

func (s Spec) checkApp() error {
	var known []string
	for _, t := range entra.AccountTypes() {
		known = append(known, t.Audience)
	}
	switch {
	case s.AppID == "" && strings.TrimSpace(s.Name) == "":
		return problem.Usagef("the app needs a name, or the client id of one that exists")
	case s.AppID != "" && !guid.MatchString(s.AppID):
		return problem.Usagef("%q is no client id: a GUID is expected", s.AppID)
	case !slices.Contains(known, s.audience()):
		return problem.Usagef("unknown account type %q; known are %s", s.Audience, strings.Join(known, ", "))
	}
	return nil
}

func (s *SecretSpec) check(now time.Time) error {
	if s == nil {
		return nil
	}
	if !s.End.IsZero() && s.Lifetime != 0 {
		return problem.Usagef("give the secret's end or its lifetime, not both")
	}
	start, end := s.span(now)
	if len(s.Retire) > 0 && start.After(now) {
		return problem.Usagef("the secret would begin on %s, so it cannot be tried now: others are not removed for it", day(start))
	}
	switch {
	case !end.After(start):
		return problem.Usagef("the secret would end (%s) before it starts (%s)", day(end), day(start))
	case !end.After(now):
		return problem.Usagef("the secret would have ended already, on %s", day(end))
	case end.Sub(start) > LongestLifetime:
		return problem.Usagef("the secret would live %d days; the portal allows 24 months, here 730 days", int(end.Sub(start)/Day))
	}
	return nil
}

// span gives the secret's start and end in whole seconds, as Graph keeps them.
func (s *SecretSpec) span(now time.Time) (start, end time.Time) {
	if start = s.Start; start.IsZero() {
		start = now
	}
	life := s.Lifetime
	if life == 0 {
		life = DefaultLifetime
	}
	if end = s.End; end.IsZero() {
		end = start.Add(life)
	}
	return start.UTC().Truncate(time.Second), end.UTC().Truncate(time.Second)
}

func (s *SecretSpec) name() string {
	if s.Name == "" {
		return "hdstest"
	}
	return s.Name
}

func day(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 MST") }

func (s Spec) checkAPIs() error {
	var errs []error
	for _, id := range s.APIs {
		if !guid.MatchString(id) {
			errs = append(errs, problem.Usagef("%q is no API: dicom, fhir or an application id is expected", id))
		}
	}
	for id := range s.Scopes {
		if !slices.Contains(s.APIs, id) {
			errs = append(errs, problem.Usagef("scopes are named for %s, which is not among the APIs", id))
		}
	}
	return errors.Join(errs...)
}

// checkFederated: GD:api/application-post-federatedidentitycredentials.md.
func (s Spec) checkFederated() []error {
	var errs []error
	for _, f := range s.Federated {
		switch {
		case !urlSafe.MatchString(f.Name):
			errs = append(errs, problem.Usagef("the federated credential's name %q must have 3 to 120 letters, digits, dots, dashes", f.Name))
		case !strings.HasPrefix(f.Issuer, "https://") || len(f.Issuer) > 600:
			errs = append(errs, problem.Usagef("the issuer %q of federated credential %s must be an https:// address of at most 600 characters",
				f.Issuer, f.Name))
		case f.Subject == "" || len(f.Subject) > 600 || strings.Contains(f.Subject, "*"):
			errs = append(errs, problem.Usagef("the subject %q of federated credential %s must have 1 to 600 characters and no wildcard",
				f.Subject, f.Name))
		}
	}
	if len(s.Federated) > 20 {
		errs = append(errs, problem.Usagef("an app takes 20 federated credentials, not %d", len(s.Federated)))
	}
	return errs
}

// checkRoles refuses scopes that are none, and a role of one service on the
// other: that assignment would succeed and give nothing.
func (s Spec) checkRoles() []error {
	var errs []error
	for _, g := range s.Roles {
		scope := armScope(g.Scope)
		role, known := entra.RoleByName(g.Role)
		switch {
		case strings.TrimSpace(g.Role) == "":
			errs = append(errs, problem.Usagef("a role is missing for %s", g.Scope))
		case checkScope(g.Scope) != nil:
			errs = append(errs, checkScope(g.Scope))
		case known && serviceOf(scope) != "" && role.Service != serviceOf(scope):
			errs = append(errs, problem.Usagef("the role %s gives nothing on %s, which is a %s service",
				role.Name, g.Scope, strings.ToUpper(serviceOf(scope))))
		}
	}
	return errs
}

// armScope brings an id to the form with one leading and no final slash.
func armScope(id string) string { return "/" + strings.Trim(strings.TrimSpace(id), "/") }

// serviceOf tells which service an ARM id names; empty for anything wider.
func serviceOf(scope string) string {
	scope = strings.ToLower(scope)
	switch {
	case strings.Contains(scope, "/dicomservices/"):
		return entra.DICOM
	case strings.Contains(scope, "/fhirservices/"), strings.Contains(scope, "/microsoft.healthcareapis/services/"):
		return entra.FHIR
	}
	return ""
}
