package judge

import (
	"fmt"
	"slices"
	"strings"

	"hdstest/internal/diagnose/expect"
	"hdstest/internal/evidence"
)

// algorithm follows the allow-list of the verification: what Entra uses or may use.
func algorithm(t *token) outcome {
	const want = "RS256 (or PS256, ES256)"
	if t.b.Token == nil || t.b.Token.Header == nil {
		return skip("the token's header is not in the evidence", "hdstest inspect - reads the token itself")
	}
	alg, _ := t.b.Token.Header["alg"].(string)
	if !slices.Contains([]string{"RS256", "PS256", "ES256"}, alg) {
		return fail(want, orNone(alg))
	}
	return pass(want, alg)
}

// signature tells the outcome of the verification in words.
func signature(t *token) outcome {
	const want = "signed by a key that the issuer publishes"
	if t.b.Token == nil {
		return skip("the signature was not checked", "hdstest inspect - checks it")
	}
	detail := t.b.Token.Detail
	switch t.b.Token.Signature {
	case evidence.SignatureVerified:
		return pass(want, "verified with the keys at "+orNone(t.b.Token.KeysURL))
	case evidence.SignatureInvalid, evidence.SignatureNoKey:
		return fail(want, detail)
	case evidence.SignatureNoKeys:
		return warn(want, "not checked, the issuer's keys could not be had: "+detail)
	case evidence.SignatureNotOurs:
		return skip("not ours to verify: "+detail, "Microsoft Graph verifies it when it is sent there")
	case evidence.SignatureUntrusted:
		return skip("issuer not trusted: "+detail, "name the authority in the profile if the issuer is yours")
	case evidence.SignatureAlgorithm:
		return skip("not checked: "+detail, "see the signature algorithm")
	}
	if detail != "" {
		return skip("not checked: "+detail, "hdstest inspect --save-keys FILE saves the issuer's keys, --keys FILE uses them")
	}
	return skip("the signature was not checked", "hdstest inspect - checks it")
}

// issuer accepts both forms of the tenant: the API's settings decide which of
// them a token has, not the endpoint that was asked.
func issuer(t *token) outcome {
	iss := t.text("iss")
	tid, source := expect.Tenant(t.b)
	if tid == "" {
		tid, source = strings.ToLower(t.text("tid")), "the token's own tid"
	}
	if !expect.IsGUID(tid) {
		return fail("an issuer with a tenant id", orNone(iss))
	}
	v1, v2 := expect.Issuers(t.b, tid)
	want := fmt.Sprintf("%s or %s (by %s)", v1, v2, source)
	if iss != v1 && iss != v2 {
		return fail(want, orNone(iss))
	}
	return pass(want, iss)
}

// audience compares letter by letter with what the service accepts; where both
// spellings of an audience count, the expectation holds both.
func audience(t *token) outcome {
	auds := t.audiences()
	seen := orNone(strings.Join(auds, ", "))
	wanted, source := expect.Audiences(t.b)
	if len(wanted) == 0 {
		if len(auds) == 0 {
			return fail("an audience", seen)
		}
		return skip("aud is "+seen+"; it is not known what the service expects", "name the service: --service fhir or --service dicom, with its URL in the profile")
	}
	want := fmt.Sprintf("%s (by %s)", strings.Join(slices.Compact(slices.Sorted(slices.Values(wanted))), " or "), source)
	if !slices.ContainsFunc(auds, func(a string) bool { return slices.Contains(wanted, a) }) {
		return fail(want, seen)
	}
	return pass(want, seen)
}

// audiences are the values of aud, which may be a list (RFC 7519 section 4.1.3).
func (t *token) audiences() []string {
	switch v := t.b.Claims["aud"].(type) {
	case string:
		return []string{v}
	case []any:
		var out []string
		for _, e := range v {
			if s, ok := e.(string); ok {
				out = append(out, s)
			}
		}
		return out
	}
	return nil
}

func tenant(t *token) outcome {
	tid := t.text("tid")
	want, source := expect.Tenant(t.b)
	switch {
	case want == "":
		return skip("tid is "+orNone(tid)+"; it is not known which tenant is expected", "set the tenant's id in the profile")
	case !strings.EqualFold(tid, want):
		return fail(fmt.Sprintf("%s (by %s)", want, source), orNone(tid))
	}
	return pass(fmt.Sprintf("%s (by %s)", want, source), tid)
}

// version must agree with the form of the issuer.
func version(t *token) outcome {
	iss, ver := t.text("iss"), t.text("ver")
	want := "1.0"
	if strings.HasSuffix(strings.TrimSuffix(iss, "/"), "/v2.0") {
		want = "2.0"
	}
	if ver != want {
		return fail(want+", as the form of iss says", orNone(ver))
	}
	return pass(want+", as the form of iss says", ver)
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}
