package judge

import (
	"fmt"
	"slices"
	"strings"

	"hdstest/internal/diagnose"
	"hdstest/internal/diagnose/expect"
	"hdstest/internal/entra"
)

// client compares with the profile's client id.
func client(t *token) outcome {
	name, got := t.either("appid", "azp")
	want := ""
	if t.b.Config != nil {
		want = t.b.Config.ClientID
	}
	if want == "" && t.b.TokenRequest != nil {
		want = t.b.TokenRequest.ClientID
	}
	switch {
	case want == "":
		return skip(name+" is "+orNone(got)+"; it is not known which client is expected", "set the client id in the profile")
	case !strings.EqualFold(got, want):
		return fail(want, orNone(got))
	}
	return pass(want, got)
}

// credentials are the kinds by their numbers in appidacr and azpacr.
func credentials(number string) string {
	switch number {
	case "0":
		return "0 (public client)"
	case "1":
		return "1 (secret)"
	case "2":
		return "2 (certificate or assertion)"
	}
	return orNone(number)
}

// credential proves that the certificate, not a secret, made the token, where
// one was used.
func credential(t *token) outcome {
	name, got := t.either("appidacr", "azpacr")
	want := diagnose.Credential(t.b)
	switch {
	case want == "" && got == "":
		return skip("neither appidacr nor azpacr is in the token", "")
	case want == "" && t.b.TokenRequest != nil:
		return skip(name+" is "+credentials(got)+"; the credential of "+t.b.TokenRequest.GrantType+" is not ours to see", "")
	case want == "":
		return skip(name+" is "+credentials(got)+"; it is not known which credential was used", "hdstest smoke acquires the token itself and compares")
	case got != want:
		return fail(credentials(want), credentials(got))
	}
	return pass(credentials(want), credentials(got))
}

// permissions tells a person's token from an app's: scp is in the former only.
// An app needs no app role for the health services, where Azure roles decide.
func permissions(t *token) outcome {
	scp, roles := strings.Fields(t.text("scp")), t.list("roles")
	appOnly := t.b.TokenRequest != nil && t.b.TokenRequest.GrantType == "client_credentials"
	switch {
	case len(scp) > 0 && appOnly:
		return fail("an app's own token: no scp", "scp "+strings.Join(scp, " "))
	case len(scp) > 0 && !serves(t.b.Service, scp):
		return warn("a scope of the service: "+strings.Join(delegated(t.b.Service), ", ")+", or a SMART scope", "scp "+strings.Join(scp, " "))
	case len(scp) > 0:
		return pass("a person's token with a scope of the service", "scp "+strings.Join(scp, " "))
	case len(roles) > 0:
		return pass("an app's own token; app roles are not needed", "roles "+strings.Join(roles, ", "))
	case t.text("idtyp") == "user" || t.has("nonce"):
		return fail("scp in a person's token", "neither scp nor roles")
	}
	return pass("an app's own token; app roles are not needed, Azure roles decide", "neither scp nor roles")
}

func (t *token) list(name string) []string {
	var out []string
	list, _ := t.b.Claims[name].([]any)
	for _, v := range list {
		out = append(out, fmt.Sprint(v))
	}
	return out
}

// delegated are the scopes that the service's API is known to publish. DICOM has
// been seen with either name.
func delegated(service string) []string {
	switch service {
	case entra.DICOM:
		return []string{"Dicom.ReadWrite", "user_impersonation"}
	case entra.FHIR:
		return []string{"user_impersonation"}
	}
	return nil
}

func serves(service string, scp []string) bool {
	known := delegated(service)
	return len(known) == 0 || slices.ContainsFunc(scp, func(s string) bool {
		return slices.ContainsFunc(known, func(k string) bool { return strings.EqualFold(k, s) }) || isSMART(s)
	})
}

// isSMART tells a SMART scope, written with a point or a slash.
func isSMART(scope string) bool {
	return slices.ContainsFunc([]string{"patient", "user", "system", "launch"}, func(p string) bool {
		return scope == p || strings.HasPrefix(scope, p+".") || strings.HasPrefix(scope, p+"/")
	})
}

// objectID is what role assignments name: of the service principal in an app's
// token, where sub says the same.
func objectID(t *token) outcome {
	const want = "the object id that role assignments name"
	oid, sub := t.text("oid"), t.text("sub")
	switch {
	case !expect.IsGUID(oid):
		return fail(want, orNone(oid))
	case t.text("scp") == "" && sub != "" && sub != oid:
		return warn("sub equal to oid in an app's token", "oid "+oid+", sub "+sub)
	}
	return pass(want, oid)
}

// kind compares idtyp with what scp tells. It is an optional claim.
func kind(t *token) outcome {
	idtyp := t.text("idtyp")
	user := t.text("scp") != ""
	switch {
	case idtyp == "":
		return skip("idtyp is not in the token; it is optional", "")
	case idtyp == "app" && user:
		return fail("user, since scp is in the token", idtyp)
	case idtyp == "user" && !user:
		return warn("app, since scp is not in the token", idtyp)
	}
	return pass("what scp says", idtyp)
}
