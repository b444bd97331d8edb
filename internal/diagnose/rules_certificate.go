package diagnose

import (
	"encoding/base64"
	"net/url"
	"strings"

	"hdstest/internal/entra"
	"hdstest/internal/evidence"
	"hdstest/internal/lazyregexp"
)

// certificateRules are about certificates and the assertions signed with them.
func certificateRules() []Rule {
	return append(certificateFileRules(), assertionRules()...)
}

// problemIs holds when the local section names one of the problems.
func problemIs(problems ...string) condition {
	return func(f *facts) ([]string, bool) {
		got := strings.ToLower(f.text("local", "problem"))
		for _, p := range problems {
			if got == p {
				line := "local.problem: " + got
				if d := f.text("local", "detail"); d != "" {
					line += " (" + d + ")"
				}
				return []string{line}, true
			}
		}
		return nil, false
	}
}

// blocks holds when the PEM file's blocks are known and are so.
func blocks(certificate, key bool) condition {
	return func(f *facts) ([]string, bool) {
		var kinds []string
		for _, n := range f.named("local", "pem_blocks", "blocks", "pem_types") {
			if t := n.text(); t != "" {
				kinds = append(kinds, strings.ToUpper(t))
			}
		}
		all := strings.Join(kinds, ", ")
		return []string{"local: PEM blocks " + all}, all != "" &&
			strings.Contains(all, "CERTIFICATE") == certificate && strings.Contains(all, "KEY") == key
	}
}

func certificateFileRules() []Rule {
	return []Rule{
		{ID: "certificate.no_key.local", Cause: "certificate.no_key", Confidence: 0.97,
			when: either(problemIs(evidence.ProblemNoKey), switchedOff("local", "private_key_present", "has_private_key"), blocks(true, false))},
		{ID: "certificate.no_key.download", Cause: "certificate.no_key", Confidence: 0.8, Confirm: "the kinds of PEM block in the file",
			when: has("local", "certificate download", "obtained_by", "command")},
		{ID: "certificate.no_certificate.local", Cause: "certificate.no_certificate", Confidence: 0.97,
			when: either(problemIs(evidence.ProblemNoCertificate), blocks(false, true))},
		{ID: "certificate.password.local", Cause: "certificate.password", Confidence: 0.95, when: all(problemIs(evidence.ProblemPassword), not(encryptedPEM))},
		{ID: "certificate.password.text", Cause: "certificate.password", Confidence: 0.93,
			when: says(nil, "pkcs12: decryption password incorrect", "mac verify failure", "mac verify error", "invalid password", "the specified network password is not correct")},
		{ID: "certificate.encrypted_key.local", Cause: "certificate.encrypted_key", Confidence: 0.95, when: encryptedPEM},
		{ID: "certificate.unreadable.local", Cause: "certificate.unreadable", Confidence: 0.95, when: problemIs(evidence.ProblemNotPEM)},
		{ID: "certificate.unreadable.text", Cause: "certificate.unreadable", Confidence: 0.85,
			when: says(nil, "failed to find any pem data", "no start line", "failed to parse certificate", "cannot find the requested object", "pem_read_bio")},
		{ID: "certificate.old_encryption.text", Cause: "certificate.old_encryption", Confidence: 0.9,
			when: says(nil, "rc2-40-cbc", "unknown digest algorithm", "unsupported:global default library context", "inner_evp_generic_fetch")},
		{ID: "certificate.key_mismatch.local", Cause: "certificate.key_mismatch", Confidence: 0.93, when: all(problemIs(evidence.ProblemMismatch), not(ellipticKey))},
		{ID: "certificate.key_mismatch.text", Cause: "certificate.key_mismatch", Confidence: 0.93,
			when: says(nil, "private key does not match", "key values mismatch", "key doesn't match any cert")},
		{ID: "certificate.kind.local", Cause: "certificate.kind", Confidence: 0.93,
			when: either(all(problemIs(evidence.ProblemMismatch), ellipticKey), all(has("local", `^(ec|ecdsa|ed25519|p-?(256|384|521))`, "key_type", "key_algorithm", "algorithm")))},
		{ID: "certificate.expired.local", Cause: "certificate.expired", Confidence: 0.97, when: problemIs(evidence.ProblemExpired)},
		{ID: "certificate.expired.text", Cause: "certificate.expired", Confidence: 0.97, when: identitySays("the key used is expired")},
		{ID: "certificate.expired.date", Cause: "certificate.expired", Confidence: 0.95, when: all(code(700027, 50012), certificatePast)},
		{ID: "certificate.expired.file", Cause: "certificate.expired", Confidence: 0.9, when: all(certificatePastLocal, not(is(anyCode)))},
		{ID: "certificate.not_registered.text", Cause: "certificate.not_registered", Confidence: 0.95,
			when: all(code(700027, 50012), identitySays("the key was not found", "is not registered on application"), not(oddThumbprint))},
		{ID: "certificate.not_registered.thumbprint", Cause: "certificate.not_registered", Confidence: 0.96, when: thumbprintsDiffer},
		{ID: "certificate.subject_trust.chain", Cause: "certificate.subject_trust", Confidence: 0.7, Confirm: "the same request without x5c",
			when: all(code(50012, 700027), has("token_request", ".", "x5c"), identitySays("subject name", "trusted authority"))},
		{ID: "certificate.not_yet_valid.date", Cause: "certificate.not_yet_valid", Confidence: 0.9,
			when: either(identitySays("the key used is not yet valid"), has("local", "not yet valid", "problem", "detail"))},
	}
}

func encryptedPEM(f *facts) ([]string, bool) {
	if strings.ToLower(f.text("local", "problem")) == evidence.ProblemPassword && strings.Contains(strings.ToLower(f.text("local", "detail")), "encrypted pem") {
		return []string{"local.detail: " + f.text("local", "detail")}, true
	}
	return has("local", "ENCRYPTED", "pem_blocks", "blocks", "pem_types")(f)
}

func ellipticKey(f *facts) ([]string, bool) {
	return has("local", `ecdsa|elliptic|ed25519`, "detail", "key_type")(f)
}

// certificatePast holds when an end date of the app's keys or in the refusal is past.
func certificatePast(f *facts) ([]string, bool) {
	return pastDate(f, "keycredentials", "certificate", "enddatetime", "certificateend", "notafter")
}

func certificatePastLocal(f *facts) ([]string, bool) {
	return pastDate(f, "notafter", "certificateexpires", "certificateenddate", "certnotafter")
}

// thumbprintsDiffer holds when the thumbprint in the assertion's header is none
// of those on the app.
func thumbprintsDiffer(f *facts) ([]string, bool) {
	used := f.first("token_request", "x5t_hex", "thumbprint", "x5t", "x5t#S256")
	stored := f.named("graph", "customKeyIdentifier_hex", "customKeyIdentifier", "thumbprint")
	if used == "" || len(stored) == 0 || (node{value: used}).absent() {
		return nil, false
	}
	for _, s := range stored {
		if strings.EqualFold(s.text(), used) {
			return nil, false
		}
	}
	return []string{"the assertion names the thumbprint " + used, stored[0].shown + ": " + stored[0].text()}, true
}

func assertionRules() []Rule {
	late := either(code(700024, 500133), identitySays("time of assertion", "not within its valid time range"))
	return []Rule{
		{ID: "assertion.no_thumbprint.header", Cause: "assertion.no_thumbprint", Confidence: 0.96, when: all(code(50027, 70002), noThumbprint)},
		{ID: "assertion.no_thumbprint.maybe", Cause: "assertion.no_thumbprint", Confidence: 0.76, Confirm: "the assertion's header as it was sent", when: all(code(700027, 50012), not(code(50027, 70002)), noThumbprint)},
		{ID: "assertion.no_thumbprint.text", Cause: "assertion.no_thumbprint", Confidence: 0.97, when: identitySays("no certificate thumbprint", "x5t claim", "certificate thumbprint specified")},
		{ID: "assertion.thumbprint_form.length", Cause: "assertion.thumbprint_form", Confidence: 0.95, when: all(code(700027, 50027, 50012, 70002), oddThumbprint)},
		{ID: "assertion.thumbprint_form.alone", Cause: "assertion.thumbprint_form", Confidence: 0.8, Confirm: "the token endpoint's answer", when: all(oddThumbprint, is(noCodeAtAll))},
		{ID: "clock.skew.assertion", Cause: "clock.skew", Confidence: 0.96, when: all(late, clockWrong)},
		{ID: "clock.skew.token", Cause: "clock.skew", Confidence: 0.92, when: all(clockWrong, either(status(401), is(anyCode)), not(late))},
		{ID: "clock.skew.alone", Cause: "clock.skew", Confidence: 0.8, Confirm: "the time by another clock", when: all(clockWrong, not(status(401)), not(is(anyCode)))},
		{ID: "assertion.time_zone.hours", Cause: "assertion.time_zone", Confidence: 0.93, when: all(late, clockRight, offByZone, not(longLived))},
		{ID: "assertion.time_zone.alone", Cause: "assertion.time_zone", Confidence: 0.74, Confirm: "the clock against the server's", when: all(late, offByZone, not(clockRight), not(clockWrong), not(fromCI))},
		{ID: "assertion.time_zone.offset", Cause: "assertion.time_zone", Confidence: 0.78, Confirm: "the assertion's times against the server's",
			when: all(late, clockRight, has("clock", `^-?[1-9]`, "utc_offset_hours", "utc_offset", "timezone_offset"), not(offByZone), not(endedBefore))},
		{ID: "assertion.stale.known", Cause: "assertion.stale", Confidence: 0.93, when: all(late, clockRight, endedBefore, not(offByZone), not(fromCI))},
		{ID: "assertion.stale.later", Cause: "assertion.stale", Confidence: 0.92, when: all(late, longLived)},
		{ID: "assertion.stale.again", Cause: "assertion.stale", Confidence: 0.85, Confirm: "jti and exp of the assertions of two requests", when: all(code(50013), grant("client_credentials"))},
		{ID: "ci.token_old.late", Cause: "ci.token_old", Confidence: 0.9, when: all(late, fromCI, not(clockWrong))},
		{ID: "assertion.subject.claims", Cause: "assertion.subject", Confidence: 0.93, when: subjectIsNotIssuer},
		{ID: "assertion.audience.claim", Cause: "assertion.audience", Confidence: 0.92, when: all(code(50027, 700023, 50013, 700021, 700024), assertionForOther)},
		{ID: "assertion.audience.alone", Cause: "assertion.audience", Confidence: 0.75, Confirm: "the token endpoint's answer", when: all(assertionForOther, is(noCodeAtAll))},
		{ID: "assertion.audience.text", Cause: "assertion.audience", Confidence: 0.93,
			when: all(code(50027, 700023, 50013, 700021), identitySays("audience"), not(identitySays("federated")))},
		{ID: "assertion.algorithm.header", Cause: "assertion.algorithm", Confidence: 0.85, Confirm: "the same assertion signed by PS256",
			when: all(has("token_request", `^(hs|es)\d+|none`, "alg"), either(is(anyCode), tokenStatus(400, 401)))},
		{ID: "assertion.malformed.shape", Cause: "assertion.malformed", Confidence: 0.9, Confirm: "what was sent as client_assertion",
			when: all(code(50027, 700027), has("token_request", `empty|no jwt|not a jwt|truncated`, "client_assertion_shape", "assertion_shape"))},
		{ID: "assertion.other_audience.graph", Cause: "assertion.other_audience", Confidence: 0.95,
			when: all(code(50013, 500131), has("token_request", `graph|00000003-0000-0000-c000-000000000000|00000002-0000-0000-c000-000000000000`, "assertion_aud", "user_assertion_aud"))},
		{ID: "assertion.other_audience.differs", Cause: "assertion.other_audience", Confidence: 0.93, when: all(code(50013, 500131), exchangedForOther)},
		{ID: "assertion.other_audience.key", Cause: "assertion.other_audience", Confidence: 0.8, Confirm: "the audience of the token that was to be exchanged",
			when: all(code(50013), identitySays("use of the key to verify the signature failed"))},
		{ID: "assertion.other_audience.code", Cause: "assertion.other_audience", Confidence: 0.9, when: code(500131)},
	}
}

// noThumbprint holds when the header of the assertion is known and names no
// certificate.
func noThumbprint(f *facts) ([]string, bool) {
	header, known := f.at("token_request", "client_assertion_header")
	if !known || header.absent() || len(f.named("token_request", "x5t_hex", "thumbprint")) > 0 {
		return nil, false
	}
	for _, n := range f.named("token_request", "x5t", "x5t#S256", "kid") {
		if !n.absent() {
			return nil, false
		}
	}
	return []string{header.shown + ": neither x5t nor x5t#S256"}, true
}

// oddThumbprint holds when x5t in the assertion's header is known and is not the
// 20 bytes of a SHA-1 thumbprint in base64: hexadecimal digits, those encoded once
// more, or the 32 bytes that belong into x5t#S256.
//
// Source: RFC 7515 section 4.1.7 and 4.1.8.
func oddThumbprint(f *facts) ([]string, bool) {
	for _, n := range f.named("token_request", "x5t") {
		if t := strings.TrimSpace(n.text()); t != "" && !n.absent() && odd(t) {
			return []string{n.shown + ": " + t + ", not the 20 bytes of a SHA-1 thumbprint in base64url"}, true
		}
	}
	return nil, false
}

var (
	hexDigits  = lazyregexp.New(`(?i)^([0-9a-f]{2}[: -]?){20}$|^([0-9a-f]{2}[: -]?){32}$`)
	oddInWords = lazyregexp.New(`(?i)\bhex|sha-?256|\b32 bytes|not base64`)
)

func odd(thumbprint string) bool {
	if hexDigits.MatchString(thumbprint) || strings.Contains(thumbprint, " ") && oddInWords.MatchString(thumbprint) {
		return true
	}
	bytes, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(strings.NewReplacer("+", "-", "/", "_").Replace(thumbprint), "="))
	return err == nil && (len(bytes) == 32 || len(bytes) == 40 || len(bytes) == 64)
}

// assertionForOther holds when the audience of the client's assertion is known
// and is neither the token endpoint nor another address of its host.
func assertionForOther(f *facts) ([]string, bool) {
	aud := f.text("token_request", "client_assertion_claims", "aud")
	u, err := url.Parse(aud)
	if err != nil || u.Host == "" {
		return []string{"client_assertion_claims.aud: " + aud}, aud != "" && !strings.HasPrefix(aud, "api://")
	}
	_, microsoft := entra.CloudByHost(u.Hostname())
	asked, err := url.Parse(f.first("token_request", "url"))
	same := err == nil && asked.Host != "" && strings.EqualFold(asked.Host, u.Host)
	return []string{"client_assertion_claims.aud: " + aud}, !microsoft && !same
}

// fromCI tells whether the assertion comes from a CI or cluster.
func fromCI(f *facts) ([]string, bool) {
	_, ok := f.at("ci")
	return nil, ok
}

// longLived holds when the program worked at first and failed about an
// assertion's or token's life later.
func longLived(f *facts) ([]string, bool) {
	for _, n := range f.nodes {
		if s, ok := n.number(); ok && strings.Contains(n.last(), "afterseconds") && s >= 300 {
			return []string{n.shown + ": " + n.text()}, true
		}
	}
	return nil, false
}

func subjectIsNotIssuer(f *facts) ([]string, bool) {
	iss, sub := f.text("token_request", "client_assertion_claims", "iss"), f.text("token_request", "client_assertion_claims", "sub")
	id := f.first("token_request", "client_id")
	return []string{"client_assertion_claims: iss " + iss + ", sub " + sub},
		iss != "" && sub != "" && !strings.HasPrefix(iss, "https://") && (iss != sub || id != "" && sub != id)
}

// exchangedForOther holds when the token to be exchanged has an audience that is
// not the client.
func exchangedForOther(f *facts) ([]string, bool) {
	aud, id := f.first("token_request", "assertion_aud", "user_assertion_aud"), f.first("token_request", "client_id")
	return []string{"assertion_aud: " + aud}, aud != "" && id != "" && !strings.Contains(aud, id)
}
