package pipeline

import (
	"context"
	"strings"
	"time"

	"hdstest/internal/check"
	"hdstest/internal/claims"
	"hdstest/internal/entra"
	"hdstest/internal/evidence"
	"hdstest/internal/issuer"
	"hdstest/internal/judge"
	"hdstest/internal/secret"
)

// leeway is how far a token's times may be off before a finding says so. Five
// minutes is the default of Microsoft's .NET middleware; what the services
// themselves allow is not published (unverified).
const leeway = 5 * time.Minute

// Inspection is what a token says and how it was judged.
type Inspection struct {
	Report
	Header map[string]any // of the token
	Claims map[string]any // redacted as in evidence
}

// Inspect decodes a token and judges it for a service of the profile; an empty
// service means the one whose URL or resource the token is for, if any. The token is
// sent nowhere: the service is asked without it what it expects, the authority
// for its keys. A text that is no JWT is an error.
func Inspect(ctx context.Context, env Env, p Profile, raw secret.Value, service string) (Inspection, error) {
	return InspectWith(ctx, env, p, raw, InspectOptions{Service: service})
}

// InspectOptions say how a token is judged.
type InspectOptions struct {
	Service string // empty: the one that the token is for
	Offline bool   // nothing is contacted; what the service expects is read from the profile
	// Keys are saved keys to verify by, in the place of those that the authority
	// publishes; nil: none are given.
	Keys     *issuer.Saved
	KeysFile string // where they come from
	// Asked is the request that the token answered: it tells how the client proved
	// itself and whether a person was asked. nil: not known, as of a token of others.
	Asked *evidence.TokenRequest
}

// InspectWith is [Inspect] with saved keys, or without any connection.
func InspectWith(ctx context.Context, env Env, p Profile, raw secret.Value, o InspectOptions) (Inspection, error) {
	token, err := claims.Parse(raw.Reveal())
	if err != nil {
		return Inspection{}, err
	}
	var b evidence.Bundle
	facts, held := token.Evidence()
	b.Token, b.Claims, b.TokenRequest = &facts, held, succeeded(o.Asked)
	b.Config = &evidence.Config{TenantID: p.TenantID, Authority: p.Authority, ClientID: p.ClientID}
	var extra []check.Finding
	if s, ok := p.serviceOf(o.Service, held); ok {
		b.Service, b.ServiceURL = s.Kind, s.URL
		b.ServiceConfig = &evidence.ServiceConfig{Audience: s.Audience}
		asked, ok := env.challenge(ctx, s, o.Offline)
		switch {
		case ok:
			b.ServiceConfig = &asked
		case o.Offline:
			extra = append(extra, skipped("claims.challenge", "claims", "What the service itself expects", "offline: taken from the profile", "leave out --offline"))
		default:
			extra = append(extra, skipped("claims.challenge", "claims", "What the service itself expects",
				"the service's own answer to a request without a token could not be had",
				"probe the service: hdstest probe "+s.Kind))
		}
	}
	b.Token = env.verify(ctx, p, raw, held, facts, o)
	env.saw(b)
	findings := append(judge.Claims(b, env.Now(), leeway), extra...)
	return Inspection{Report: Report{Findings: findings, Evidence: []evidence.Bundle{b}}, Header: facts.Header, Claims: held}, nil
}

// succeeded is what tells of a request that gave a token: the look of its secret
// does not any more.
func succeeded(asked *evidence.TokenRequest) *evidence.TokenRequest {
	if asked == nil {
		return nil
	}
	out := *asked
	out.ClientSecretShape = ""
	return &out
}

// serviceOf finds the service a token is to be judged for.
func (p Profile) serviceOf(service string, held map[string]any) (Service, bool) {
	if service != "" {
		return p.Service(service)
	}
	audience, _ := held["aud"].(string)
	for _, s := range p.services() {
		resource := strings.TrimSuffix(s.TokenScope(), entra.DefaultScope)
		if strings.TrimSuffix(audience, "/") == strings.TrimSuffix(resource, "/") {
			return s, true
		}
	}
	return Service{}, false
}

// challenge asks a service without a token: its 401 names tenant and audience.
func (e Env) challenge(ctx context.Context, s Service, offline bool) (evidence.ServiceConfig, bool) {
	if offline {
		return evidence.ServiceConfig{}, false
	}
	said, err := Learn(ctx, e, s)
	return said, err == nil
}

// SaveKeys fetches the keys of the profile's authority for a file.
func SaveKeys(ctx context.Context, e Env, p Profile) (issuer.Saved, error) {
	return issuer.Keys(e.HTTP, p.Authority).Save(ctx, e.Now())
}

// verify checks the signature by saved keys, or by those that the profile's authority,
// or a known host of Microsoft, publishes. The token chooses no address.
func (e Env) verify(ctx context.Context, p Profile, raw secret.Value, held map[string]any, facts evidence.Token, o InspectOptions) *evidence.Token {
	iss, _ := held["iss"].(string)
	switch {
	case o.Keys != nil:
		if err := o.Keys.Fits(iss, p.Authority); err != nil {
			facts.Signature, facts.Detail = evidence.SignatureUntrusted, err.Error()
			return &facts
		}
		verified := claims.Verify(ctx, raw.Reveal(), o.Keys.KeySet(o.KeysFile))
		return &verified
	case o.Offline:
		facts.Detail = "offline, without a key set"
		return &facts
	}
	authority, err := issuer.Trusted(iss, p.Authority)
	if err != nil {
		facts.Signature, facts.Detail = evidence.SignatureUntrusted, err.Error()
		return &facts
	}
	keys := issuer.Keys(e.HTTP, authority)
	verified := claims.Verify(ctx, raw.Reveal(), keys)
	verified.KeysURL = keys.URL()
	return &verified
}
