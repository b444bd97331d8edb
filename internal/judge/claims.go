package judge

import (
	"cmp"
	"sync"
	"time"

	"hdstest/internal/check"
	"hdstest/internal/diagnose"
	"hdstest/internal/evidence"
)

// Addresses of what the checks follow.
const (
	docTokens = "learn.microsoft.com/entra/identity-platform/access-tokens"
	docClaims = "learn.microsoft.com/entra/identity-platform/access-token-claims-reference"
	docHealth = "learn.microsoft.com/azure/healthcare-apis/authentication-authorization"
	rfcJWT    = "RFC 7519 section 4.1"
)

// rule is the check of one claim, or of the claims that say one thing.
type rule struct {
	id, title, source string
	judge             func(t *token) outcome
	causes            []string // that can explain a failure; the first if none is found
}

// outcome is what a rule found.
type outcome struct {
	status         check.Status
	expected, seen string
	hint           string // of a skip: how to have it checked
	cause          string // where the rule itself knows it
}

// token is what the rules look at.
type token struct {
	b      evidence.Bundle
	now    time.Time
	leeway time.Duration // for exp, nbf and iat
}

// Claims judges a token by its evidence, a finding per claim in the order in
// which a service checks them. The service's own expectation (its challenge, the
// profile, the rule of its kind) decides on audience and tenant. A token that is
// out of date still has all its other claims judged.
func Claims(b evidence.Bundle, now time.Time, leeway time.Duration) []check.Finding {
	if b.Now == nil {
		b.Now = &now
	}
	t := &token{b: b, now: now, leeway: leeway}
	matches := sync.OnceValue(func() []diagnose.Match { return diagnose.Diagnose(b) }) // most tokens need none
	var findings []check.Finding
	for _, r := range rules() {
		o := r.judge(t)
		f := check.Finding{ID: r.id, Group: groupClaims, Title: r.title, Source: r.source,
			Status: o.status, Expected: o.expected, Seen: o.seen, Hint: o.hint}
		if o.cause == "" && (f.Status == check.Fail || f.Status == check.Warn) {
			f = attach(f, matches(), among(r.causes...))
		}
		if f.Cause == "" && (f.Status == check.Fail || f.Status == check.Warn) {
			f.Cause = cmp.Or(o.cause, r.causes[0])
			f.Hint = diagnose.Fix(b, f.Cause)
		}
		findings = append(findings, f)
	}
	return findings
}

// ClaimIDs lists the ids of the findings of [Claims], in order.
func ClaimIDs() []string {
	var out []string
	for _, r := range rules() {
		out = append(out, r.id)
	}
	return out
}

// rules lists the checks. Sources: the access-token pages of the Microsoft
// identity platform, and the health services' article on authentication.
func rules() []rule {
	return []rule{
		{"claims.alg", "Signature algorithm", docTokens, algorithm, []string{"token.algorithm"}},
		{"claims.signature", "Signature by a key of the issuer", docTokens, signature, []string{"token.signature", "token.unknown_key"}},
		{"claims.iss", "Issuer (iss)", docTokens, issuer, []string{"token.issuer", "token.version", "token.tenant"}},
		{"claims.aud", "Audience (aud)", docHealth, audience, []string{"audience.wrong", "audience.", "token.id_token", "token.graph"}},
		{"claims.tid", "Tenant (tid)", docTokens, tenant, []string{"token.tenant"}},
		{"claims.exp", "End of validity (exp)", rfcJWT + ".4", expiry, []string{"token.expired", "token.no_expiry", "clock.skew"}},
		{"claims.nbf", "Beginning of validity (nbf)", rfcJWT + ".5", notBefore, []string{"token.not_yet_valid", "clock.skew"}},
		{"claims.iat", "Time of issue (iat)", rfcJWT + ".6", issuedAt, []string{"clock.skew", "token.not_yet_valid"}},
		{"claims.ver", "Token version (ver)", docClaims, version, []string{"token.version", "token.issuer"}},
		{"claims.appid", "Client (appid, azp)", docClaims, client, []string{"token.other_client"}},
		{"claims.appidacr", "How the client proved itself (appidacr, azpacr)", docClaims, credential, []string{"token.credential"}},
		{"claims.roles", "Permissions (scp, roles)", docTokens, permissions, []string{"token.no_permission", "token.id_token"}},
		{"claims.oid", "Object id of the caller (oid)", docClaims, objectID, []string{"token.id_token", "token.malformed"}},
		{"claims.idtyp", "Kind of token (idtyp)", docClaims, kind, []string{"token.no_permission", "token.malformed"}},
	}
}

func pass(expected, seen string) outcome {
	return outcome{status: check.Pass, expected: expected, seen: seen}
}
func fail(expected, seen string) outcome {
	return outcome{status: check.Fail, expected: expected, seen: seen}
}
func warn(expected, seen string) outcome {
	return outcome{status: check.Warn, expected: expected, seen: seen}
}

// skip says why a claim is not judged, and what would have it judged.
func skip(why, how string) outcome { return outcome{status: check.Skip, seen: why, hint: how} }

// text is a claim as text; empty if it is absent or no text.
func (t *token) text(name string) string {
	s, _ := t.b.Claims[name].(string)
	return s
}

// either is the first of two claims that is there, with its name: v1.0 and v2.0
// tokens name the same thing differently.
func (t *token) either(v1, v2 string) (name, value string) {
	if s := t.text(v1); s != "" {
		return v1, s
	}
	return v2, t.text(v2)
}

// has tells whether a claim is there with any value but null.
func (t *token) has(name string) bool { return t.b.Claims[name] != nil }
