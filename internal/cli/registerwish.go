package cli

import (
	"errors"
	"slices"
	"strings"

	"hdstest/internal/config"
	"hdstest/internal/entra"
	"hdstest/internal/problem"
	"hdstest/internal/register"
)

// called names a setting as the person gave it: by flag, or by file and line.
func called(s *config.Settings, key string) string {
	k, _ := config.KeyByName(key)
	v, ok := s.Value(key)
	if !ok || v.Source.Kind != config.FromFile {
		return "--" + k.Flag
	}
	return v.Source.String() + ": " + key
}

// wish makes the specification of settings and flags.
func (r *registration) wish() (register.Spec, error) {
	s, want := r.s, r.s.Register
	spec := register.Spec{TenantID: s.TenantID, Authority: s.profile.Authority, Consent: want.Consent, CreateAPIs: want.CreateAPIs}
	r.whichApp(&spec)
	if _, said := s.Value(config.RegisterPublic); said {
		spec.Public = &want.Public
	}
	if t, ok := entra.AccountTypeByName(want.AccountType); ok {
		spec.Audience = t.Audience
	}
	var errs []error
	note := func(err error) { errs = append(errs, err) }
	var err error
	spec.Secret, err = r.secretWish()
	note(err)
	spec.Redirects, err = r.redirects()
	note(err)
	if want.CertificateFile != "" {
		spec.Certificate, err = r.p.readFile("certificate", want.CertificateFile)
		spec.CertificateFrom = called(s.Settings, config.RegisterCertificate) + " " + want.CertificateFile
		note(err)
	}
	spec.Federated, err = federatedWish(s.Settings)
	note(err)
	spec.APIs, spec.Scopes, err = apiWish(s.Settings)
	note(err)
	spec.Roles, err = roleGrants(s)
	note(err)
	return spec, errors.Join(errs...)
}

// whichApp: an app is found by its client id, else by its name. A name on the
// command line means another app than the profile's.
func (r *registration) whichApp(spec *register.Spec) {
	s := r.s
	spec.Name = s.Register.Name
	switch {
	case r.ledger != nil: // that of the run that goes on
		spec.Name = r.ledger.Name
		if spec.Name == "" {
			spec.AppID = r.ledger.AppID
		}
	case !r.o.nameFlag && (s.Sandbox == nil || r.o.clientFlag):
		spec.AppID = s.ClientID
	}
	if spec.AppID != "" {
		spec.Name = ""
	} else if spec.Name == "" {
		spec.Name = Name
	}
}

func (r *registration) secretWish() (*register.SecretSpec, error) {
	want := r.s.Register
	var errs []error
	for _, detail := range []string{config.RegisterSecretName, config.RegisterSecretLifetime, config.RegisterSecretStart, config.RegisterSecretEnd,
		config.RegisterSecretOut, config.RegisterSecretCommand} {
		v, given := r.s.Value(detail)
		if given && v.Source.Kind == config.FromFlag && !want.Secret && !r.o.rotate {
			errs = append(errs, problem.Usagef("%s: no secret is made without --secret or --rotate-secret", called(r.s.Settings, detail)))
		}
	}
	if want.Public && (want.Secret || r.o.rotate) {
		errs = append(errs, problem.Usagef("--public and --secret exclude each other: a public client cannot keep a secret"))
	}
	if !want.Secret && !r.o.rotate {
		return nil, errors.Join(errs...)
	}
	var err error
	if r.out, err = r.p.secretOut(r.s, r.o.noSave); err != nil {
		errs = append(errs, err)
	}
	return &register.SecretSpec{Name: want.SecretName, Start: want.SecretStart, End: want.SecretEnd, Lifetime: want.SecretLifetime}, errors.Join(errs...)
}

// Words for the usual redirect addresses.
const (
	wordLocalhost = "localhost"
	wordPostman   = "postman"
	wordNone      = "none"
)

// redirects reads [PLATFORM=]URI.
func (r *registration) redirects() ([]register.Redirect, error) {
	standard, err := r.platform()
	if err != nil {
		return nil, err
	}
	texts := r.s.Register.RedirectURIs
	if slices.Equal(texts, []string{wordNone}) {
		return []register.Redirect{}, nil
	}
	var out []register.Redirect
	for _, text := range texts {
		one := register.Redirect{Platform: standard, URI: text}
		if platform, uri, named := strings.Cut(text, "="); named && !strings.Contains(platform, ":") {
			if one.Platform, err = platformOf(platform); err != nil {
				return nil, problem.Usagef("%s: %w", called(r.s.Settings, config.RegisterRedirectURIs), err)
			}
			one.URI = uri
		}
		switch one.URI {
		case wordLocalhost:
			one.URI = entra.LoopbackRedirect
		case wordPostman:
			one.URI = entra.PostmanRedirect
		}
		out = append(out, one)
	}
	return out, nil
}

// platform is that of redirect addresses that name none.
func (r *registration) platform() (register.Platform, error) {
	if r.o.platform != "" {
		platform, err := platformOf(r.o.platform)
		if err != nil {
			return "", problem.Usagef("--redirect-platform: %w", err)
		}
		return platform, nil
	}
	if r.s.Register.Public {
		return register.Public, nil
	}
	return register.Web, nil
}

func platformOf(text string) (register.Platform, error) {
	switch platform := register.Platform(text); platform {
	case register.Web, register.Public, register.SPA:
		return platform, nil
	}
	return "", problem.Usagef("expected the platform web, public or spa, not %s", show(text))
}

// apiWish reads API[=SCOPE+SCOPE].
func apiWish(s *config.Settings) (ids []string, scopes map[string][]string, err error) {
	scopes = map[string][]string{}
	for _, text := range s.Register.APIs {
		name, named, some := strings.Cut(text, "=")
		switch name {
		case entra.FHIR:
			name = entra.FHIRAppID
		case entra.DICOM:
			name = entra.DICOMAppID
		}
		if !config.IsGUID(name) || some && named == "" {
			return nil, nil, problem.Usagef("%s: expected fhir, dicom or the app id (a GUID) of an API, with =SCOPE where a scope is named, not %s",
				called(s, config.RegisterAPIs), show(text))
		}
		ids = append(ids, name)
		if some {
			scopes[name] = append(scopes[name], strings.Split(named, "+")...)
		}
	}
	return ids, scopes, nil
}

// roleGrants reads ROLE@SERVICE; without a service a built-in data role goes to
// the service it is made for.
func roleGrants(s *session) ([]register.RoleGrant, error) {
	var out []register.RoleGrant
	for _, text := range s.Register.Roles {
		role, at, _ := strings.Cut(text, "@")
		if known, ok := entra.RoleByName(role); ok && at == "" {
			at = known.Service
		}
		scope := at
		var err error
		switch at {
		case entra.FHIR:
			scope, err = s.FHIR.ResourceID, s.Require(config.FHIRResourceID)
		case entra.DICOM:
			scope, err = s.DICOM.ResourceID, s.Require(config.DICOMResourceID)
		default:
			if !strings.HasPrefix(at, "/") {
				err = problem.Usagef("%s: expected ROLE@fhir, ROLE@dicom or ROLE@/subscriptions/…, not %q", called(s.Settings, config.RegisterRoles), text)
			}
		}
		if err != nil {
			return nil, err
		}
		out = append(out, register.RoleGrant{Role: role, Scope: scope})
	}
	return out, nil
}
