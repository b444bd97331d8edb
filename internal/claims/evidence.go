package claims

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"hdstest/internal/evidence"
	"hdstest/internal/lazyregexp"
)

// openClaims are the claims whose values stay: they name apps, tenants, objects
// and times, not persons. oid stays because role assignments are compared with
// it; it is a number without meaning outside the tenant.
//
// Source: access-token-claims-reference.md and optional-claims-reference.md of
// the Microsoft identity platform.
func openClaims() []string {
	return []string{
		"aud", "iss", "iat", "nbf", "exp", "auth_time", "acr", "acrs", "amr", "appid", "appidacr", "app_displayname",
		"azp", "azpacr", "idp", "idtyp", "oid", "sub", "tid", "scp", "roles", "wids", "ver", "uti", "jti",
		"hasgroups", "in_corp", "acct", "ctry", "tenant_region_scope", "xms_cc", "xms_mirid", "xms_idrel", "xms_tcdt",
	}
}

// openHeader are the header parameters whose values stay.
func openHeader() []string {
	return []string{"alg", "typ", "kid", "x5t", "x5t#S256", "enc", "crit", "jku", "x5u"}
}

// guid lets through object ids in claims that may hold names as well, such as groups.
var guid = lazyregexp.New(`(?i)^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// Evidence gives the token without what identifies a person: the values of
// claims that are not known to be harmless become pseudonyms ("person-" or
// "value-" with a short keyed hash), equal for equal values under one
// [Token.PseudonymKey]. A nonce becomes "present": only that it is there tells
// something. The signature is not looked at; see [Verify].
func (t *Token) Evidence() (token evidence.Token, claims map[string]any) {
	return evidence.Token{Header: t.redact(t.Header, openHeader())}, t.redact(t.Claims, openClaims())
}

func (t *Token) redact(from map[string]any, open []string) map[string]any {
	to := make(map[string]any, len(from))
	for name, value := range from {
		switch {
		case name == "nonce":
			to[name] = "present"
		case slices.Contains(open, name):
			to[name] = value
		default:
			to[name] = t.hide(name, value)
		}
	}
	return to
}

// hide replaces the texts within a value; numbers and truth values stay.
func (t *Token) hide(name string, value any) any {
	switch value := value.(type) {
	case string:
		if guid.MatchString(value) {
			return value
		}
		return t.pseudonym(name, value)
	case []any:
		hidden := make([]any, len(value))
		for i, v := range value {
			hidden[i] = t.hide(name, v)
		}
		return hidden
	case map[string]any:
		hidden := make(map[string]any, len(value))
		for k, v := range value {
			hidden[k] = t.hide(k, v)
		}
		return hidden
	}
	return value
}

// pseudonym is made by a keyed hash: user names are few enough to be guessed
// from a plain one. The key by default is the token, which the reader of the
// evidence does not have.
func (t *Token) pseudonym(name, value string) string {
	key := t.PseudonymKey
	if len(key) == 0 {
		key = []byte(t.raw.Reveal())
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(strings.ToLower(value)))
	kind := "value-"
	if slices.Contains([]string{"upn", "unique_name", "preferred_username", "name", "given_name", "family_name", "email"}, name) {
		kind = "person-"
	}
	return kind + hex.EncodeToString(mac.Sum(nil)[:4])
}
