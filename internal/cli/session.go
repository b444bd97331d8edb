package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"hdstest/internal/acquire"
	"hdstest/internal/config"
	"hdstest/internal/entra"
	"hdstest/internal/pipeline"
	"hdstest/internal/problem"
	"hdstest/internal/transport"
)

// session is what a command works with: settings, connections, and the sandbox
// inside this process if there is one.
type session struct {
	*config.Settings
	env     pipeline.Env
	profile pipeline.Profile
	close   func() error
}

// open makes the session of a call. The caller closes it.
func (p *program) open(ctx context.Context, c call) (*session, error) {
	var info *config.Info
	stop := func() error { return nil }
	if p.global.sandbox {
		if p.global.profile != "" || p.global.config != "" {
			return nil, problem.Usagef("--sandbox uses no profile: leave out --profile and --config, or --sandbox")
		}
		var err error
		if info, stop, err = p.startSandbox(ctx); err != nil {
			return nil, err
		}
	}
	s, err := p.connect(c, info)
	if err != nil {
		return nil, errors.Join(err, stop())
	}
	s.close = stop
	return s, nil
}

func (p *program) connect(c call, info *config.Info) (*session, error) {
	settings, err := p.settings(c, info)
	if err != nil {
		return nil, err
	}
	client, err := p.client(settings)
	if err != nil {
		return nil, err
	}
	s := &session{Settings: settings, profile: profileOf(settings), env: pipeline.Env{HTTP: client, Now: p.Now, Rand: p.Rand, Open: p.Open,
		Sleep: p.Sleep, Notify: func(format string, args ...any) { p.say(format, args...) }}}
	return s, nil
}

func (p *program) client(s *config.Settings) (*http.Client, error) {
	o := transport.Options{CAFile: s.CAFile, Proxy: s.Proxy, Timeout: s.Timeout, UserAgent: Name + "/" + p.Version.Version, Environ: p.Environ}
	if p.global.debug {
		o.Trace = p.Stderr
	}
	return transport.New(o)
}

// profileOf gives the settings to the pipeline, still without a credential.
func profileOf(s *config.Settings) pipeline.Profile {
	out := pipeline.Profile{Name: s.Profile, CustomAuthority: s.CustomAuthority, TenantID: s.TenantID, ClientID: s.ClientID,
		RedirectURI: s.RedirectURI, RedirectPlatform: s.RedirectPlatform, Grants: s.Grants, Portal: s.Cloud.Portal,
		FHIR:  pipeline.Service{Kind: entra.FHIR, URL: s.FHIR.URL, Audience: s.FHIR.Audience, Scope: s.FHIR.Scope, ResourceID: s.FHIR.ResourceID},
		DICOM: pipeline.Service{Kind: entra.DICOM, URL: s.DICOM.URL, Audience: s.DICOM.Audience, Scope: s.DICOM.Scope, ResourceID: s.DICOM.ResourceID}}
	if s.TenantID != "" {
		out.Authority = s.Authority + "/" + s.TenantID
	}
	return out
}

// ready makes sure that the settings are there, and gets the credential that the
// grants need. What is missing is told all at once, before anybody is asked.
func (p *program) ready(s *session, keys []string, grants ...string) error {
	missing := s.Require(keys...)
	if missing == nil {
		return p.identify(s, grants...)
	}
	if slices.Contains(grants, pipeline.GrantClientCredentials) && s.Credential.IsZero() && p.ReadSecret == nil {
		missing = errors.Join(missing, errNoCredential())
	}
	return missing
}

// identify gives the app the credential that the grants need.
func (p *program) identify(s *session, grants ...string) error {
	var err error
	for _, g := range grants {
		switch {
		case g == pipeline.GrantClientCredentials:
			s.profile.Credential, err = p.confidential(s.Settings)
			return err
		case g == pipeline.GrantAuthorizationCode && s.RedirectPlatform == "web" && !s.Credential.IsZero():
			s.profile.Credential, err = p.credential(s.Credential)
		}
	}
	return err
}

// grantFlag reads --grant.
func grantFlag(text string) (string, error) {
	grant, err := config.ParseGrant(text)
	if err != nil {
		return "", problem.Usagef("--grant: %w", err)
	}
	return grant, nil
}

// serviceFlag chooses the service: the one named, else FHIR, else DICOM, if configured.
func (s *session) serviceFlag(name string) (string, error) {
	switch name {
	case entra.FHIR, entra.DICOM:
		return name, nil
	case "":
		if s.FHIR.URL == "" && s.DICOM.URL != "" {
			return entra.DICOM, nil
		}
		return entra.FHIR, nil
	}
	return "", problem.Usagef("--service: expected fhir or dicom, not %s", show(name))
}

// appKeys are what a token cannot be acquired without.
func appKeys(services ...string) []string {
	keys := []string{config.TenantID, config.ClientID}
	for _, service := range services {
		keys = append(keys, service+".url")
	}
	return keys
}

// showDeviceCode tells the person the code of the device code grant.
func (p *program) showDeviceCode(m acquire.DeviceMessage) {
	p.say("%s", strings.TrimSpace(m.Message))
}

// ended closes a session and joins what goes wrong.
func (s *session) ended(err *error) {
	if closing := s.close(); closing != nil {
		*err = errors.Join(*err, fmt.Errorf("stop the sandbox: %w", closing))
	}
}
