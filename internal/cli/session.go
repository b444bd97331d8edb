package cli

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

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

// open makes the session of a call with its connections. The caller closes it.
func (p *program) open(ctx context.Context, c call) (*session, error) {
	// The system's authorities take 10 ms to read. Package x509 keeps them, so they
	// are read while the settings are, and while a sandbox starts.
	go func() { _, _ = x509.SystemCertPool() }()
	s, err := p.prepare(ctx, c)
	if err != nil {
		return nil, err
	}
	if err := p.connect(s); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// prepare makes the session of a call without connections, for commands that may
// do without. The caller closes it.
func (p *program) prepare(ctx context.Context, c call) (*session, error) {
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
	settings, err := p.settings(c, info)
	if err != nil {
		return nil, errors.Join(err, stop())
	}
	p.maskSurroundings(settings.Proxy)
	s := &session{Settings: settings, profile: profileOf(settings), close: stop, env: pipeline.Env{Now: p.Now, Rand: p.Rand, Open: p.Open,
		Sleep: p.Sleep, Secret: p.maskFor(), Saw: p.seen.add, Notify: func(format string, args ...any) { p.say(format, args...) }}}
	p.seen.configured(s)
	return s, nil
}

// connect makes the connections of a session, once.
func (p *program) connect(s *session) error {
	if s.env.HTTP != nil {
		return nil
	}
	client, err := p.client(s.Settings)
	s.env.HTTP = client
	return err
}

func (p *program) client(s *config.Settings) (*http.Client, error) {
	o := transport.Options{CAFile: s.CAFile, Proxy: s.Proxy, Timeout: s.Timeout, UserAgent: Name + "/" + p.Version.Version, Environ: p.Environ}
	o.Answered = p.answered
	if p.masks != nil {
		o.Secret = p.mask
	}
	if p.global.debug {
		o.Trace = p.Stderr
	}
	return transport.New(o)
}

// profileOf gives the settings to the pipeline, still without a credential.
func profileOf(s *config.Settings) pipeline.Profile {
	out := pipeline.Profile{Name: s.Profile, CustomAuthority: s.CustomAuthority, TenantID: s.TenantID, ClientID: s.ClientID,
		RedirectURI: s.RedirectURI, RedirectPlatform: s.RedirectPlatform, Grants: s.Grants, Portal: s.Cloud.Portal, GraphURL: s.GraphURL, CAFile: s.CAFile,
		FHIR:  pipeline.Service{Kind: entra.FHIR, URL: s.FHIR.URL, Audience: s.FHIR.Audience, Scope: s.FHIR.Scope, ResourceID: s.FHIR.ResourceID},
		DICOM: pipeline.Service{Kind: entra.DICOM, URL: s.DICOM.URL, Audience: s.DICOM.Audience, Scope: s.DICOM.Scope, ResourceID: s.DICOM.ResourceID}}
	if s.TenantID != "" {
		out.Authority = s.Authority + "/" + s.TenantID
	}
	if day := s.Credential.SecretExpires; !day.IsZero() {
		v, _ := s.Value(config.ClientSecretExpires)
		out.SecretEnds = pipeline.Ends{At: day.Add(24 * time.Hour), From: v.Source.String()}
	}
	return out
}

// ready makes sure that the settings are there, and gets the credential that the
// grants need.
func (p *program) ready(s *session, keys []string, grants ...string) error {
	if err := p.missing(s, keys, grants...); err != nil {
		return err
	}
	return p.identify(s, grants...)
}

// missing refuses settings that do not suffice for the grants. What is missing is
// told all at once, before anybody is asked.
func (p *program) missing(s *session, keys []string, grants ...string) error {
	if s.Credential.HandsOut() || s.Credential.Auto && !s.Credential.Configured() {
		// Neither tenant nor app are needed; what else is found by auto asks for them.
		keys = slices.DeleteFunc(slices.Clone(keys), func(k string) bool { return k == config.TenantID || k == config.ClientID })
	}
	missing := s.Require(keys...)
	if slices.Contains(grants, pipeline.GrantClientCredentials) && s.Credential.IsZero() && p.ReadSecret == nil {
		return errors.Join(missing, errNoCredential())
	}
	return missing
}

// identify gives the app the credential that the grants need.
func (p *program) identify(s *session, grants ...string) error {
	for _, g := range grants {
		by, err := p.proofFor(s, g)
		if err != nil {
			return err
		}
		if by != nil {
			s.profile.Credential, err = by.credential(s.env.HTTP)
			return err
		}
	}
	return nil
}

// proofFor reads the credential that a grant needs; nil: it needs none.
func (p *program) proofFor(s *session, grant string) (*proof, error) {
	switch {
	case grant == pipeline.GrantClientCredentials:
		return p.proveApp(s.Settings)
	case grant == pipeline.GrantAuthorizationCode && s.RedirectPlatform == "web" && !s.Credential.IsZero():
		return p.prove(s.Settings, s.Credential)
	}
	return nil, nil
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

// ended closes a session and joins what goes wrong.
func (s *session) ended(err *error) {
	if closing := s.close(); closing != nil {
		*err = errors.Join(*err, fmt.Errorf("stop the sandbox: %w", closing))
	}
}
