package judge_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"hdstest/internal/causes"
	"hdstest/internal/check"
	"hdstest/internal/evidence"
	"hdstest/internal/judge"
)

const (
	tid     = "11111111-1111-1111-1111-111111111111"
	other   = "22222222-2222-2222-2222-222222222222"
	app     = "33333333-3333-3333-3333-333333333333"
	oid     = "44444444-4444-4444-4444-444444444444"
	fhirURL = "https://w-f.fhir.azurehealthcareapis.com"
	dicom   = "https://dicom.healthcareapis.azure.com"
	leeway  = 5 * time.Minute
)

var now = time.Date(2025, 3, 1, 12, 0, 0, 0, time.UTC)

func at(d time.Duration) float64 { return float64(now.Add(d).Unix()) }

// good is the evidence of an app's token with which nothing is wrong.
func good() evidence.Bundle {
	yes, no := true, false
	return evidence.Bundle{
		Service: "fhir", ServiceURL: fhirURL,
		Token: &evidence.Token{Header: map[string]any{"alg": "RS256", "kid": "k"}, Signature: evidence.SignatureVerified, KeysURL: "https://keys"},
		Claims: map[string]any{"aud": fhirURL, "iss": "https://sts.windows.net/" + tid + "/", "tid": tid, "ver": "1.0", "appid": app, "appidacr": "1",
			"oid": oid, "sub": oid, "exp": at(time.Hour), "nbf": at(-time.Minute), "iat": at(-time.Minute), "idtyp": "app"},
		ServiceConfig: &evidence.ServiceConfig{Audience: fhirURL, Authority: "https://login.microsoftonline.com/" + tid, TenantID: tid},
		TokenRequest:  &evidence.TokenRequest{GrantType: "client_credentials", ClientID: app, HasClientSecret: &yes, HasClientAssertion: &no},
		Config:        &evidence.Config{TenantID: tid, ClientID: app, Authority: "https://login.microsoftonline.com/" + tid},
	}
}

// claims gives the good claims with changes; a nil removes one.
func claims(b evidence.Bundle, changes map[string]any) evidence.Bundle {
	b.Claims = maps.Clone(b.Claims)
	maps.Copy(b.Claims, changes)
	maps.DeleteFunc(b.Claims, func(_ string, v any) bool { return v == nil })
	return b
}

func TestGoodTokenPasses(t *testing.T) {
	v2 := claims(good(), map[string]any{"iss": "https://login.microsoftonline.com/" + tid + "/v2.0", "ver": "2.0", "azp": app, "azpacr": "1", "appid": nil, "appidacr": nil})
	local := good()
	local.ServiceConfig = &evidence.ServiceConfig{Audience: fhirURL, Authority: "https://localhost:8443/" + tid}
	local = claims(local, map[string]any{"iss": "https://localhost:8443/" + tid + "/"})
	slashed := good()
	slashed.Service, slashed.ServiceConfig.Audience = "dicom", dicom+"/"
	slashed = claims(slashed, map[string]any{"aud": dicom})
	person := good()
	person.TokenRequest = nil
	person = claims(person, map[string]any{"scp": "user_impersonation", "idtyp": nil, "sub": "pairwise"})
	for name, b := range map[string]evidence.Bundle{"1.0": good(), "2.0": v2, "custom authority": local, "DICOM, other spelling": slashed, "a person's": person} {
		for _, f := range judge.Claims(b, now, leeway) {
			if f.Status == check.Fail || f.Status == check.Warn {
				t.Errorf("%s: %s %s: expected %s, seen %s", name, f.ID, f.Status, f.Expected, f.Seen)
			}
			if f.Status == check.Pass && (f.Hint != "" || f.Cause != "" || f.Source == "" || f.Expected == "") {
				t.Errorf("%s: a pass with hint or cause, or without source or expectation: %+v", name, f)
			}
		}
	}
}

// TestEachCheckCanFail has a row for each way in which a check does not pass.
func TestEachCheckCanFail(t *testing.T) {
	type change = map[string]any
	sig := func(s string) func(*evidence.Bundle) {
		return func(b *evidence.Bundle) {
			b.Token = &evidence.Token{Header: b.Token.Header, Signature: s, Detail: "why"}
		}
	}
	alg := func(a any) func(*evidence.Bundle) {
		return func(b *evidence.Bundle) {
			b.Token = &evidence.Token{Header: change{"alg": a}, Signature: evidence.SignatureAlgorithm}
		}
	}
	yes, no := true, false
	for _, c := range []struct {
		rule   string
		claims change
		edit   func(*evidence.Bundle)
		id     string
		status check.Status
		cause  string
		seen   string
	}{
		{"none is no signature", nil, alg("none"), "claims.alg", check.Fail, "token.algorithm", "none"},
		{"HMAC is refused", nil, alg("HS256"), "claims.alg", check.Fail, "token.algorithm", "HS256"},
		{"signature of another key", nil, sig(evidence.SignatureInvalid), "claims.signature", check.Fail, "token.signature", "why"},
		{"key not published", nil, sig(evidence.SignatureNoKey), "claims.signature", check.Fail, "token.unknown_key", "why"},
		{"keys not to be had", nil, sig(evidence.SignatureNoKeys), "claims.signature", check.Warn, "token.signature", "could not be had"},
		{"Graph's token is not ours", nil, sig(evidence.SignatureNotOurs), "claims.signature", check.Skip, "", "not ours"},
		{"issuer not trusted", nil, sig(evidence.SignatureUntrusted), "claims.signature", check.Skip, "", "not trusted"},
		{"signature not checked", nil, sig(""), "claims.signature", check.Skip, "", "not checked"},
		{"issuer of another tenant", change{"iss": "https://sts.windows.net/" + other + "/"}, nil, "claims.iss", check.Fail, "token.issuer", other},
		{"issuer without final slash", change{"iss": "https://sts.windows.net/" + tid}, nil, "claims.iss", check.Fail, "token.issuer", tid},
		{"foreign issuer", change{"iss": "https://evil.example/" + tid + "/"}, nil, "claims.iss", check.Fail, "token.issuer", "evil"},
		{"no issuer", change{"iss": nil}, nil, "claims.iss", check.Fail, "token.issuer", "none"},
		{"audience with a slash, which counts for FHIR", change{"aud": fhirURL + "/"}, nil, "claims.aud", check.Fail, "audience.slash", fhirURL + "/"},
		{"legacy audience", change{"aud": "https://azurehealthcareapis.com"}, nil, "claims.aud", check.Fail, "audience.legacy", "azurehealthcareapis.com"},
		{"DICOM's audience at FHIR", change{"aud": dicom}, nil, "claims.aud", check.Fail, "audience.dicom_for_fhir", dicom},
		{"Graph's audience", change{"aud": "https://graph.microsoft.com"}, nil, "claims.aud", check.Fail, "audience.graph", "graph"},
		{"another service", change{"aud": "https://w-g.fhir.azurehealthcareapis.com"}, nil, "claims.aud", check.Fail, "audience.other_service", "w-g"},
		{"none of several audiences", change{"aud": []any{"https://a", "https://b"}}, nil, "claims.aud", check.Fail, "audience.wrong", "https://a, https://b"},
		{"no audience", change{"aud": nil}, nil, "claims.aud", check.Fail, "audience.wrong", "none"},
		{"FHIR's audience at DICOM", nil, func(b *evidence.Bundle) {
			b.Service, b.ServiceURL, b.ServiceConfig = "dicom", "https://w-d.dicom.azurehealthcareapis.com/v2", nil
		}, "claims.aud", check.Fail, "audience.fhir_for_dicom", fhirURL},
		{"audience without expectation", nil, func(b *evidence.Bundle) { b.Service, b.ServiceURL, b.ServiceConfig = "", "", nil }, "claims.aud", check.Skip, "", "not known"},
		{"another tenant", change{"tid": other}, nil, "claims.tid", check.Fail, "token.tenant", other},
		{"tenant without expectation", nil, func(b *evidence.Bundle) { b.Config, b.ServiceConfig = nil, nil }, "claims.tid", check.Skip, "", "not known"},
		{"expired", change{"exp": at(-time.Hour)}, nil, "claims.exp", check.Fail, "token.expired", "11:00 UTC, 60 minutes ago"},
		{"expired within the leeway", change{"exp": at(-time.Minute)}, nil, "claims.exp", check.Warn, "token.expired", "within the leeway"},
		{"about to expire", change{"exp": at(time.Minute)}, nil, "claims.exp", check.Warn, "token.expired", "in 60 seconds only"},
		{"no end", change{"exp": nil}, nil, "claims.exp", check.Fail, "token.no_expiry", "none"},
		{"an end that is no number", change{"exp": "tomorrow"}, nil, "claims.exp", check.Fail, "token.no_expiry", "tomorrow"},
		{"not yet valid", change{"nbf": at(time.Hour)}, nil, "claims.nbf", check.Fail, "token.not_yet_valid", "13:00:00 UTC, in 60 minutes"},
		{"no beginning", change{"nbf": nil}, nil, "claims.nbf", check.Skip, "", "optional"},
		{"issued in the future", change{"iat": at(time.Hour)}, nil, "claims.iat", check.Fail, "clock.skew", "in 60 minutes"},
		{"version against issuer", change{"ver": "2.0"}, nil, "claims.ver", check.Fail, "token.version", "2.0"},
		{"no version", change{"ver": nil}, nil, "claims.ver", check.Fail, "token.version", "none"},
		{"another client", change{"appid": other}, nil, "claims.appid", check.Fail, "token.other_client", other},
		{"client without expectation", nil, func(b *evidence.Bundle) { b.Config, b.TokenRequest = nil, nil }, "claims.appid", check.Skip, "", "not known"},
		{"secret in place of certificate", nil, func(b *evidence.Bundle) {
			b.TokenRequest.HasClientSecret, b.TokenRequest.HasClientAssertion = &no, &yes
		}, "claims.appidacr", check.Fail, "token.credential", "1 (secret)"},
		{"public client in place of secret", change{"appidacr": "0"}, nil, "claims.appidacr", check.Fail, "token.credential", "0 (public"},
		{"credential without expectation", nil, func(b *evidence.Bundle) { b.TokenRequest = nil }, "claims.appidacr", check.Skip, "", "not known"},
		{"a person's token by an app's grant", change{"scp": "user_impersonation"}, nil, "claims.roles", check.Fail, "token.no_permission", "user_impersonation"},
		{"a scope of another API", change{"scp": "User.Read"}, func(b *evidence.Bundle) { b.TokenRequest = nil }, "claims.roles", check.Warn, "token.no_permission", "User.Read"},
		{"an ID token", change{"idtyp": nil, "nonce": "present"}, nil, "claims.roles", check.Fail, "token.id_token", "neither"},
		{"no object id", change{"oid": nil}, nil, "claims.oid", check.Fail, "token.id_token", "none"},
		{"subject that is not the object", change{"sub": other}, nil, "claims.oid", check.Warn, "token.id_token", other},
		{"app's token with scp", change{"scp": "user_impersonation"}, func(b *evidence.Bundle) { b.TokenRequest = nil }, "claims.idtyp", check.Fail, "token.no_permission", "app"},
		{"user's token without scp", change{"idtyp": "user"}, nil, "claims.idtyp", check.Warn, "token.no_permission", "user"},
		{"no kind", change{"idtyp": nil}, nil, "claims.idtyp", check.Skip, "", "optional"},
	} {
		b := claims(good(), c.claims)
		if c.edit != nil {
			c.edit(&b)
		}
		f := find(t, judge.Claims(b, now, leeway), c.id)
		if f.Status != c.status || f.Cause != c.cause || !strings.Contains(f.Seen, c.seen) {
			t.Errorf("%s: %s %s, cause %q, seen %q; want %s, %q, about %q", c.rule, f.ID, f.Status, f.Cause, f.Seen, c.status, c.cause, c.seen)
		}
		if c.status == check.Fail || c.status == check.Warn {
			if _, ok := causes.ByID(f.Cause); !ok || f.Hint == "" || strings.Contains(f.Hint, "{{") {
				t.Errorf("%s: cause %q, hint %q", c.rule, f.Cause, f.Hint)
			}
		}
	}
}

func TestEveryClaimIsJudgedWhateverElseIsWrong(t *testing.T) {
	b := claims(good(), map[string]any{"exp": at(-time.Hour), "aud": "https://other.example"})
	findings := judge.Claims(b, now, leeway)
	if len(findings) != 14 {
		t.Errorf("%d findings, want 14", len(findings))
	}
	if find(t, findings, "claims.exp").Status != check.Fail || find(t, findings, "claims.aud").Status != check.Fail {
		t.Error("an expired token hides its wrong audience, or the other way round")
	}
	for _, f := range judge.Claims(evidence.Bundle{}, now, leeway) { // nothing at all must not panic
		if f.ID == "" || f.Seen == "" {
			t.Errorf("without evidence: %+v", f)
		}
	}
}

func find(t *testing.T, findings []check.Finding, id string) check.Finding {
	t.Helper()
	i := slices.IndexFunc(findings, func(f check.Finding) bool { return f.ID == id })
	if i < 0 {
		t.Fatalf("no finding %s", id)
	}
	return findings[i]
}

func TestGrant(t *testing.T) {
	for name, c := range map[string]struct {
		bundle      evidence.Bundle
		cause, seen string
	}{
		"token":                 {bundle: evidence.Bundle{TokenEndpoint: &evidence.OAuthAnswer{Status: 200}}, seen: "an access token"},
		"wrong secret":          {evidence.Bundle{TokenEndpoint: &evidence.OAuthAnswer{Status: 401, Error: "invalid_client", ErrorCodes: []int{7000215}}}, "secret.wrong", "AADSTS7000215"},
		"unregistered redirect": {evidence.Bundle{AuthorizeEndpoint: &evidence.OAuthAnswer{ErrorCodes: []int{50011}}}, "redirect.not_registered", "50011"},
		"no connection":         {evidence.Bundle{Network: &evidence.Network{Kind: evidence.NetworkRefused, Error: "connection refused"}}, "network.refused", "refused"},
		"expired certificate":   {evidence.Bundle{Local: &evidence.Local{Path: "c.pem", Problem: evidence.ProblemExpired}}, "certificate.expired", "c.pem expired"},
	} {
		f := judge.Grant(c.bundle, "client_credentials")
		if f.ID != "token.client_credentials" || (f.Status == check.Pass) != (c.cause == "") || f.Cause != c.cause || !strings.Contains(f.Seen, c.seen) {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

func TestProbe(t *testing.T) {
	request := &evidence.Request{ID: "fhir.metadata", Method: "GET", Path: "/metadata"}
	for name, c := range map[string]struct {
		bundle      evidence.Bundle
		status      check.Status
		cause, seen string
	}{
		"as expected": {evidence.Bundle{Service: "fhir", Request: request, Response: &evidence.Response{Status: 200, Expected: "200", Timing: &evidence.Timing{Total: 12.5}}}, check.Pass, "", "200 OK"},
		"throttled":   {evidence.Bundle{Service: "fhir", Request: request, Response: &evidence.Response{Status: 429, Expected: "200", Mismatch: []string{"status 429"}}}, check.Fail, "service.throttled", "status 429"},
		"no answer":   {evidence.Bundle{Service: "fhir", Request: request, Network: &evidence.Network{Kind: evidence.NetworkTimeout, Error: "no answer in time"}}, check.Fail, "network.timeout", "no answer in time"},
		"broken off":  {evidence.Bundle{Service: "fhir", Request: request, Response: &evidence.Response{Status: 200, Mismatch: []string{"the answer broke off"}}, Network: &evidence.Network{Kind: evidence.NetworkClosed, Error: "ended"}}, check.Fail, "network.cut_short", "ended"},
		"not sent":    {evidence.Bundle{Service: "fhir", Request: request}, check.Skip, "", "not sent"},
	} {
		f := judge.Probe(c.bundle)
		if f.ID != "probe.fhir.metadata" || f.Group != "fhir" || f.Status != c.status || f.Cause != c.cause || !strings.Contains(f.Seen, c.seen) {
			t.Errorf("%s: %+v", name, f)
		}
	}
	if f := judge.Probe(evidence.Bundle{Response: &evidence.Response{Status: 200, Timing: &evidence.Timing{Total: 12.5}}}); f.Duration != 12500*time.Microsecond {
		t.Errorf("duration = %s, want 12.5ms", f.Duration)
	}
}

func TestWithCause(t *testing.T) {
	b := evidence.Bundle{TokenEndpoint: &evidence.OAuthAnswer{Status: 401, Error: "invalid_client", ErrorCodes: []int{7000222}}}
	for name, c := range map[string]struct {
		in          check.Finding
		cause, hint string
	}{
		"a failure":    {check.Finding{Status: check.Fail}, "secret.expired", "az ad app credential reset"},
		"its own hint": {check.Finding{Status: check.Fail, Hint: "mine"}, "secret.expired", "mine"},
		"a pass stays": {check.Finding{Status: check.Pass}, "", ""},
		"a skip stays": {check.Finding{Status: check.Skip, Hint: "how"}, "", "how"},
	} {
		f := judge.WithCause(c.in, b)
		if f.Cause != c.cause || !strings.Contains(f.Hint, c.hint) {
			t.Errorf("%s: %+v", name, f)
		}
	}
	if f := judge.WithCause(check.Finding{Status: check.Fail}, evidence.Bundle{}); f.Cause != "" || f.Hint != "" {
		t.Errorf("without evidence: %+v", f)
	}
}
