package pipeline

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hdstest/internal/acquire"
	"hdstest/internal/claims"
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
	// Session lends the kept session of the person who signed in before, for the
	// length of use, and keeps what use left there; nil: none is kept. Grants of a
	// person use it in place of a sign-in.
	Session func(ctx context.Context, use func(*acquire.Kept) error) error
	// SignIn is when the person is asked, for grants of a person.
	SignIn SignIn
}

// SignIn says when a person is asked to sign in.
type SignIn int

// When a person is asked.
const (
	SignInIfNeeded SignIn = iota // where no session is kept, or it has ended
	SignInAlways
	SignInNever // a session that has ended is an error
)

// Token acquires one token from the authority, never from a cache of tokens.
// The evidence is whole also where an error is returned.
func Token(ctx context.Context, env Env, p Profile, q TokenQuery) (acquire.Result, evidence.Bundle, error) {
	result, b, err := p.token(ctx, env, q)
	b.Service = q.Service
	if parsed, wrong := claims.Parse(result.Token.Reveal()); err == nil && wrong == nil {
		_, b.Claims = parsed.Evidence()
	}
	if env.saw(b); err != nil {
		tellService(err, q.Service)
	}
	if env.Secret != nil && !result.Token.IsZero() {
		env.Secret(result.Token)
	}
	return result, b, err
}

// tellService notes in an error's evidence which service the token was for.
func tellService(err error, service string) {
	var own *problem.Error
	if errors.As(err, &own) && own.Evidence != nil {
		own.Evidence.Service = service
	}
}

func (p Profile) token(ctx context.Context, env Env, q TokenQuery) (acquire.Result, evidence.Bundle, error) {
	scope, err := p.Scope(q)
	if err != nil {
		return acquire.Result{}, evidence.Bundle{}, err
	}
	switch q.Grant {
	case GrantClientCredentials:
		return acquire.ClientCredentials(ctx, p.settings(env), scope)
	case GrantAuthorizationCode, GrantDeviceCode:
		return p.ofPerson(ctx, env, q, scope)
	}
	return acquire.Result{}, evidence.Bundle{}, problem.Usagef("unknown grant %q: use %s, %s or %s", q.Grant,
		GrantClientCredentials, GrantAuthorizationCode, GrantDeviceCode)
}

// ofPerson gets a token of a person: by the kept session, else by a sign-in.
func (p Profile) ofPerson(ctx context.Context, env Env, q TokenQuery, scope string) (result acquire.Result, b evidence.Bundle, err error) {
	settings := p.settings(env)
	if p.RedirectPlatform != platformWeb || q.Grant == GrantDeviceCode {
		settings.Credential = acquire.Credential{}
	}
	if q.Session == nil {
		return p.signIn(ctx, env, settings, q, scope)
	}
	err = q.Session(ctx, func(kept *acquire.Kept) error {
		settings.Kept = kept
		if q.SignIn == SignInNever || q.SignIn == SignInIfNeeded && !kept.IsZero() {
			result, b, err = acquire.Renew(ctx, settings, []string{scope})
			if err == nil || q.SignIn == SignInNever || ctx.Err() != nil || problem.KindOf(err) != problem.NoToken {
				return err
			}
			env.notify("the kept session is of no use any more (%v); a new sign-in is needed", err)
		}
		result, b, err = p.signIn(ctx, env, settings, q, scope)
		return err
	})
	return result, b, err
}

func (p Profile) signIn(ctx context.Context, env Env, s acquire.Settings, q TokenQuery, scope string) (acquire.Result, evidence.Bundle, error) {
	if q.Grant == GrantDeviceCode {
		if q.Code.Timeout > 0 { // else the code's own life ends the wait
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeoutCause(ctx, q.Code.Timeout, errPatience(q.Code.Timeout))
			defer cancel()
		}
		result, b, err := acquire.DeviceCode(ctx, s, []string{scope}, q.ShowDeviceCode)
		if err != nil && errors.Is(context.Cause(ctx), errPatience(q.Code.Timeout)) {
			err = &problem.Error{Kind: problem.NoToken, Tried: "get a token by the device code", Seen: context.Cause(ctx).Error(), Cause: "signin.not_finished", Err: err}
		}
		return result, b, err
	}
	return acquire.AuthorizationCode(ctx, s, p.codeOptions(env, q, scope))
}

// errPatience is how long a person was waited for.
type errPatience time.Duration

func (e errPatience) Error() string {
	return fmt.Sprintf("nobody signed in within %s", time.Duration(e))
}

// platformWeb is the redirect platform whose codes are redeemed with the
// client's credential; with the others Entra refuses one (AADSTS700025).
const platformWeb = "web"

// Scope is the scope that a token is asked with.
func (p Profile) Scope(q TokenQuery) (string, error) {
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
