package diagnose

import (
	"slices"
	"strings"
	"time"

	"hdstest/internal/diagnose/expect"
	"hdstest/internal/entra"
	"hdstest/internal/evidence"
)

// notAccepted holds when the service answered 401, or when no service was asked:
// then the token is judged by itself.
func notAccepted(f *facts) ([]string, bool) {
	if f.status() == 401 {
		return []string{"response.status: 401 Unauthorized"}, true
	}
	_, asked := f.at("response")
	return nil, !asked || f.status() == 0 && !strings.HasPrefix(f.text("response", "status_class"), "2")
}

// tokenRules are about a token that is not accepted, apart from its audience.
func tokenRules() []Rule {
	badIssuer := serviceSays("the issuer", "IDX10205", "issuer validation failed")
	return append(signatureRules(), []Rule{
		{ID: "token.expired.challenge", Cause: "token.expired", Confidence: 0.95, when: all(serviceSays("token expired at", "token is expired", "IDX10223", "lifetime validation failed", "token has expired"), not(clockWrong))},
		{ID: "token.expired.claim", Cause: "token.expired", Confidence: 0.93, when: all(notAccepted, expired)},
		{ID: "token.not_yet_valid.challenge", Cause: "token.not_yet_valid", Confidence: 0.94, when: all(serviceSays("is not valid before", "not valid yet", "IDX10222"), not(clockWrong))},
		{ID: "token.not_yet_valid.claim", Cause: "token.not_yet_valid", Confidence: 0.91, when: all(notAccepted, future, not(clockWrong))},
		{ID: "token.no_expiry.claim", Cause: "token.no_expiry", Confidence: 0.8, when: all(serviceSays("has no expiration", "IDX10225"))},
		{ID: "token.tenant.compared", Cause: "token.tenant", Confidence: 0.93, when: all(notAccepted, otherTenant)},
		{ID: "token.version.compared", Cause: "token.version", Confidence: 0.9, when: all(badIssuer, is(sameTenant))},
		{ID: "token.version.setting", Cause: "token.version", Confidence: 0.92, when: all(notAccepted, issuerOfOtherVersion)},
		{ID: "token.issuer.challenge", Cause: "token.issuer", Confidence: 0.82, Confirm: "iss of the token and the service's authority", when: all(badIssuer, not(otherTenant))},
		{ID: "token.issuer.foreign", Cause: "token.issuer", Confidence: 0.9, when: all(notAccepted, service("fhir", "dicom"), is(azureService), foreignIssuer)},
		{ID: "token.graph.header", Cause: "token.graph", Confidence: 0.93, when: all(either(signature(evidence.SignatureNotOurs), nonceInHeader), not(status(401)), not(service("fhir", "dicom")))},
		{ID: "token.id_token.client", Cause: "token.id_token", Confidence: 0.94, when: all(notAccepted, audienceIsClient, noClaim("scp"), noClaim("roles"))},
		{ID: "token.id_token.nonce", Cause: "token.id_token", Confidence: 0.92, when: all(notAccepted, hasClaim("nonce"), noClaim("scp"), noClaim("roles"))},
		{ID: "token.not_sent.header", Cause: "token.not_sent", Confidence: 0.93, when: all(status(401), noHeader("Authorization"), not(has("", "newman", "tool")), not(missing("", "collection_auth_accessToken")))},
		{ID: "token.not_sent.challenge", Cause: "token.not_sent", Confidence: 0.6, Confirm: "whether the request carried a token", when: all(status(401), challengeWithoutError, not(is((*facts).hasClaims)))},
		{ID: "token.malformed.challenge", Cause: "token.malformed", Confidence: 0.9, when: serviceSays("IDX12741", "IDX12709", "JWT is not well formed", "CompactToken parsing failed", "IDX14100")},
		{ID: "token.in_url.text", Cause: "token.in_url", Confidence: 0.97, when: serviceSays("access tokens must not be passed in the url")},
		{ID: "token.in_url.query", Cause: "token.in_url", Confidence: 0.9, when: all(status(400, 401), is(func(f *facts) bool { return strings.Contains(f.query(), "access_token=") }))},
		{ID: "token.rejected.status", Cause: "token.rejected", Confidence: 0.4, Confirm: "the claims of the token and the challenge of the service", when: all(status(401), not(noHeader("Authorization")))},
		{ID: "token.other_client.compared", Cause: "token.other_client", Confidence: 0.85, Confirm: "which app is meant", when: otherClient},
		{ID: "token.credential.compared", Cause: "token.credential", Confidence: 0.85, when: otherCredential},
		{ID: "token.no_permission.scp", Cause: "token.no_permission", Confidence: 0.7, Confirm: "what was consented to", when: all(notAccepted, noClaim("scp"), noClaim("roles"), claimIs("idtyp", "user"))},
	}...)
}

func signatureRules() []Rule {
	return []Rule{
		{ID: "token.signature.checked", Cause: "token.signature", Confidence: 0.93, when: signature(evidence.SignatureInvalid)},
		{ID: "token.signature.challenge", Cause: "token.signature", Confidence: 0.91, when: all(serviceSays("the signature is invalid", "IDX10511", "IDX10503"), not(nonceInHeader))},
		{ID: "token.unknown_key.checked", Cause: "token.unknown_key", Confidence: 0.93, when: signature(evidence.SignatureNoKey)},
		{ID: "token.unknown_key.challenge", Cause: "token.unknown_key", Confidence: 0.88, Confirm: "the token's iss against the service's authority", when: all(serviceSays("signature key was not found", "IDX10501", "IDX10500"), not(otherTenant))},
		{ID: "token.algorithm.checked", Cause: "token.algorithm", Confidence: 0.96, when: signature(evidence.SignatureAlgorithm)},
	}
}

// signature holds when the check of the signature ended so.
func signature(outcome string) condition {
	return func(f *facts) ([]string, bool) {
		return []string{"token.signature: " + outcome}, f.b.Token != nil && f.b.Token.Signature == outcome
	}
}

func nonceInHeader(f *facts) ([]string, bool) {
	_, ok := f.at("token", "header", "nonce")
	return []string{"token.header.nonce: present"}, ok
}

// expired holds when the token ended before the evidence was taken.
func expired(f *facts) ([]string, bool) {
	return compareTime(f, "exp", func(t, now time.Time) bool { return t.Before(now.Add(-5 * time.Minute)) })
}

func future(f *facts) ([]string, bool) {
	return compareTime(f, "nbf", func(t, now time.Time) bool { return t.After(now.Add(5 * time.Minute)) })
}

func compareTime(f *facts, claim string, question func(t, now time.Time) bool) ([]string, bool) {
	now, known := f.now()
	n, ok := f.at("claims", claim)
	if !ok || !known {
		return nil, false
	}
	seconds, ok := n.number()
	t := time.Unix(int64(seconds), 0).UTC()
	return []string{"claims." + claim + ": " + t.Format(time.RFC3339) + ", seen at " + now.UTC().Format(time.RFC3339)}, ok && question(t, now)
}

// otherTenant holds when the token is of another tenant than the service trusts;
// the profile's own tenant is not enough to tell.
func otherTenant(f *facts) ([]string, bool) {
	want, source := expect.Tenant(f.b)
	got := strings.ToLower(f.claimText("tid"))
	if got == "" {
		got = tenantInIssuer(f.claimText("iss"))
	}
	return []string{"claims.tid: " + got, source + ": " + want}, want != "" && got != "" && want != got && source != "the profile"
}

func tenantInIssuer(iss string) string {
	for part := range strings.SplitSeq(iss, "/") {
		if expect.IsGUID(part) {
			return strings.ToLower(part)
		}
	}
	return ""
}

func sameTenant(f *facts) bool {
	want, _ := expect.Tenant(f.b)
	return want != "" && want == tenantInIssuer(f.claimText("iss"))
}

// issuerOfOtherVersion holds when the server's authority is the tenant's issuer
// of the other token version than the token's.
func issuerOfOtherVersion(f *facts) ([]string, bool) {
	iss, authority := f.claimText("iss"), f.first("service_config", "issuer", "valid_issuer")
	if authority == "" {
		for _, n := range f.nodes {
			if n.section() == "serviceconfig" && strings.HasSuffix(n.last(), "authority") && strings.Contains(n.text(), "v2.0") {
				authority = n.text()
			}
		}
	}
	return []string{"claims.iss: " + iss, "the service trusts " + authority}, iss != "" && authority != "" && openServer(f) &&
		tenantInIssuer(iss) == tenantInIssuer(authority) && strings.Contains(iss, "/v2.0") != strings.Contains(authority, "/v2.0")
}

func openServer(f *facts) bool {
	_, own := openSource(f)
	return own || f.first("service_config", "issuer", "valid_issuer") != ""
}

// azureService tells whether the service is known to be one of Azure's.
func azureService(f *facts) bool {
	return f.serviceHost() != "" && expect.Managed("https://"+f.serviceHost()+"/")
}

// foreignIssuer holds when the token's issuer is no Microsoft one.
func foreignIssuer(f *facts) ([]string, bool) {
	iss := f.claimText("iss")
	_, rest, ok := strings.Cut(iss, "://")
	host, _, _ := strings.Cut(rest, "/")
	if _, known := entra.CloudByHost(host); known || !ok || strings.HasPrefix(host, "localhost") {
		return nil, false
	}
	return []string{"claims.iss: " + iss}, true
}

// audienceIsClient holds when the token is made out to the client itself.
func audienceIsClient(f *facts) ([]string, bool) {
	aud := f.claimText("aud")
	ids := []string{f.first("config", "client_id"), f.first("token_request", "client_id"), f.first("graph", "requesting_client_id", "client_id"), f.first("authorize_request", "client_id")}
	return []string{"claims.aud: " + aud + ", the client itself"}, aud != "" && slices.Contains(ids, aud)
}

func challengeWithoutError(f *facts) ([]string, bool) {
	header := f.text("response", "www_authenticate")
	c, ok := evidence.Bearer(header)
	return []string{"response.www_authenticate: no error"}, ok && header != "" && c.Params["error"] == ""
}

// otherClient holds when the token's client is not the profile's.
func otherClient(f *facts) ([]string, bool) {
	want, got := f.first("config", "client_id"), f.claimText("appid")
	if got == "" {
		got = f.claimText("azp")
	}
	return []string{"claims: the client is " + got, "config.client_id: " + want}, want != "" && got != "" && !strings.EqualFold(want, got)
}

// otherCredential holds when the token tells another kind of credential than the
// one that was used.
func otherCredential(f *facts) ([]string, bool) {
	got := f.claimText("appidacr")
	if got == "" {
		got = f.claimText("azpacr")
	}
	want := Credential(f.b)
	return []string{"claims: the client's credential is of kind " + got + ", used was " + want}, got != "" && want != "" && got != want
}

// Credential is the kind of credential that the evidence says was used, as
// appidacr and azpacr number it: 0 public client, 1 secret, 2 certificate or
// assertion; empty if it is not known.
//
// Source: access-token-claims-reference.md of the Microsoft identity platform.
func Credential(b evidence.Bundle) string {
	r := b.TokenRequest
	if r == nil || r.HasClientSecret == nil && r.HasClientAssertion == nil {
		return ""
	}
	switch {
	case r.HasClientAssertion != nil && *r.HasClientAssertion:
		return "2"
	case r.HasClientSecret != nil && *r.HasClientSecret:
		return "1"
	}
	return "0"
}
