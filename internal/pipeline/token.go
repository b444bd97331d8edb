package pipeline

import (
	"context"

	"hdstest/internal/acquire"
	"hdstest/internal/evidence"
	"hdstest/internal/problem"
)

// TokenQuery says which token is wanted.
type TokenQuery struct {
	Service string // entra.FHIR or entra.DICOM; empty if Scope says it all
	Scope   string // empty: that of the service
	Grant   string // one of the Grant constants
	// Code adds to what the profile says about the authorization code flow: the
	// listener's ports, the time limit, the response mode, login hint and prompt.
	Code acquire.CodeOptions
	// ShowDeviceCode tells the person the device code; needed for that grant.
	ShowDeviceCode func(acquire.DeviceMessage)
}

// Token acquires one token from the authority, never from a cache. The evidence
// is whole also where an error is returned.
func Token(ctx context.Context, env Env, p Profile, q TokenQuery) (acquire.Result, evidence.Bundle, error) {
	scope, err := p.scopeFor(q)
	if err != nil {
		return acquire.Result{}, evidence.Bundle{}, err
	}
	settings := p.settings(env)
	switch q.Grant {
	case GrantClientCredentials:
		return acquire.ClientCredentials(ctx, settings, scope)
	case GrantAuthorizationCode:
		if p.RedirectPlatform != platformWeb {
			settings.Credential = acquire.Credential{}
		}
		return acquire.AuthorizationCode(ctx, settings, p.codeOptions(env, q, scope))
	case GrantDeviceCode:
		settings.Credential = acquire.Credential{}
		return acquire.DeviceCode(ctx, settings, []string{scope}, q.ShowDeviceCode)
	}
	return acquire.Result{}, evidence.Bundle{}, problem.Usagef("unknown grant %q: use %s, %s or %s", q.Grant,
		GrantClientCredentials, GrantAuthorizationCode, GrantDeviceCode)
}

// platformWeb is the redirect platform whose codes are redeemed with the
// client's credential; with the others Entra refuses one (AADSTS700025).
const platformWeb = "web"

func (p Profile) scopeFor(q TokenQuery) (string, error) {
	if q.Scope != "" {
		return q.Scope, nil
	}
	s, ok := p.Service(q.Service)
	if !ok {
		return "", problem.Usagef("no %s service in the profile: set %s.url, or name a scope with --scope", q.Service, q.Service)
	}
	return s.TokenScope(), nil
}

func (p Profile) settings(env Env) acquire.Settings {
	return acquire.Settings{HTTP: env.HTTP, Now: env.Now, Authority: p.Authority, CustomAuthority: p.CustomAuthority,
		ClientID: p.ClientID, Credential: p.Credential}
}

func (p Profile) codeOptions(env Env, q TokenQuery, scope string) acquire.CodeOptions {
	o := q.Code
	o.Scopes = []string{scope}
	o.Rand = env.Rand
	if o.Open == nil {
		o.Open = env.Open
	}
	if o.RedirectURI == "" {
		o.RedirectURI = p.RedirectURI
	}
	return o
}
