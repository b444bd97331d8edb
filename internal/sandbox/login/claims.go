package login

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net"
	"slices"
	"strings"
	"time"

	"hdstest/internal/entra"
	"hdstest/internal/sandbox/scenario"
)

// backdated is how far iat and nbf lie before the moment of issue, as in real
// tokens.
const backdated = 5 * time.Minute

// skewed is how far the scenarios of moved times move them.
const skewed = 20 * time.Minute

// jwtClaims are the claims of a token that is being made. Version 1 or 2 decides
// their names: for an access token it is the resource's, not the endpoint's.
// Source: learn.microsoft.com/entra/identity-platform/access-token-claims-reference.
type jwtClaims struct {
	version int
	tenant  string
	url     string
	m       map[string]any
}

// accessToken begins an access token: audience, issuer, times, opaque ids.
func (c *call) accessToken(api *resource, life int) *jwtClaims {
	t := c.newClaims(api.Version)
	t.m["aud"] = api.Audience
	if api.Version == 2 {
		t.m["aud"] = api.AppID
	}
	if health := api.AppID == entra.FHIRAppID || api.AppID == entra.DICOMAppID; health && c.Scenarios.On(scenario.WrongAudience) {
		t.m["aud"] = entra.FHIRLegacyResource
	}
	t.lifetime(c.now, life)
	if c.Scenarios.On(scenario.ClockAhead) {
		t.move(skewed + backdated)
	}
	if c.Scenarios.On(scenario.TokenExpired) {
		t.move(-skewed - time.Duration(life)*time.Second)
	}
	if c.wantsCP1() {
		t.m["xms_cc"] = []string{"CP1"}
	}
	return t
}

// newClaims begins a token of either kind.
func (c *call) newClaims(version int) *jwtClaims {
	t := &jwtClaims{version: version, tenant: c.realm.TenantID, url: c.URL, m: map[string]any{
		"iss": c.issuerOf(c.realm.TenantID, version), "tid": c.realm.TenantID,
		"uti": opaque(16), "rh": "1.hdstest." + opaque(24), "aio": opaque(48), "ver": "1.0"}}
	if version == 2 {
		t.m["ver"] = "2.0"
	}
	return t
}

func (t *jwtClaims) lifetime(now time.Time, life int) {
	t.m["iat"] = now.Add(-backdated).Unix()
	t.m["nbf"] = now.Add(-backdated).Unix()
	t.m["exp"] = now.Add(time.Duration(life) * time.Second).Unix()
}

func (t *jwtClaims) move(by time.Duration) {
	for _, name := range []string{"iat", "nbf", "exp"} {
		if at, ok := t.m[name].(int64); ok {
			t.m[name] = at + int64(by/time.Second)
		}
	}
}

// client adds who asked and how it proved itself.
func (t *jwtClaims) client(app *client, acr string) {
	if t.version == 2 {
		t.m["azp"], t.m["azpacr"] = app.AppID, acr
		return
	}
	t.m["appid"], t.m["appidacr"] = app.AppID, acr
}

// application makes the token an app-only one: oid and sub are the service
// principal's object id, the one that role assignments use. idtyp, an optional
// claim for most resources, is always there.
func (t *jwtClaims) application(app *client, roles []string) {
	t.m["oid"], t.m["sub"], t.m["idtyp"] = app.PrincipalID, app.PrincipalID, "app"
	if t.version == 1 {
		t.m["idp"] = t.m["iss"]
	}
	if len(roles) > 0 {
		t.m["roles"] = roles
	}
}

// person makes the token a delegated one.
func (t *jwtClaims) person(p person, app *client, scopes, roles []string, address string) {
	t.m["oid"], t.m["sub"], t.m["scp"] = p.ID, pairwise(t.tenant, app.AppID, p.ID), strings.Join(scopes, " ")
	t.m["name"] = p.Name
	if len(roles) > 0 {
		t.m["roles"] = roles
	}
	if t.version == 2 {
		t.m["preferred_username"] = p.UPN
		return
	}
	given, family, _ := strings.Cut(p.Name, " ")
	t.m["given_name"], t.m["family_name"] = given, family
	t.m["upn"], t.m["unique_name"] = p.UPN, p.UPN
	t.m["acr"], t.m["amr"] = "1", []string{"pwd"}
	if address != "" {
		t.m["ipaddr"] = address
	}
}

// idToken makes an ID token. Entra shapes it by the endpoint's version.
// Source: learn.microsoft.com/entra/identity-platform/id-token-claims-reference.
func (c *call) idToken(p person, app *client, g grant, now asked) (string, *refusal) {
	t := c.newClaims(g.Version)
	t.lifetime(c.now, appTokenLife)
	t.m["aud"], t.m["oid"], t.m["sub"] = app.AppID, p.ID, pairwise(t.tenant, app.AppID, p.ID)
	if g.Nonce != "" {
		t.m["nonce"] = g.Nonce
	}
	switch {
	case g.Version == 1:
		t.m["name"], t.m["unique_name"], t.m["upn"], t.m["amr"] = p.Name, p.UPN, p.UPN, []string{"pwd"}
	case now.has("profile"):
		t.m["name"], t.m["preferred_username"] = p.Name, p.UPN
	}
	return c.sign(t)
}

func (c *call) sign(t *jwtClaims) (string, *refusal) {
	raw, err := c.Keys.Sign(t.m, t.version)
	if err != nil {
		return "", broken(err)
	}
	return raw, nil
}

// pairwise is a person's sub, different for each app.
func pairwise(tenant, appID, userID string) string {
	sum := sha256.Sum256([]byte(tenant + "/" + appID + "/" + userID))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// clientInfo tells MSAL which account it got (client_info=1).
func clientInfo(userID, tenantID string) string {
	data, _ := json.Marshal(map[string]string{"uid": userID, "utid": tenantID})
	return base64.RawURLEncoding.EncodeToString(data)
}

// wantsCP1 tells whether the claims parameter declares the client able to
// continuous access evaluation.
// Source: learn.microsoft.com/entra/identity-platform/app-resilience-continuous-access-evaluation.
func (c *call) wantsCP1() bool {
	var wanted struct {
		AccessToken struct {
			Capabilities struct {
				Values []string `json:"values"`
			} `json:"xms_cc"`
		} `json:"access_token"`
	}
	if json.Unmarshal([]byte(c.form["claims"]), &wanted) != nil {
		return false
	}
	return slices.ContainsFunc(wanted.AccessToken.Capabilities.Values, func(v string) bool { return strings.EqualFold(v, "cp1") })
}

// address is where the request came from, without the port.
func (c *call) address() string {
	host, _, err := net.SplitHostPort(c.r.RemoteAddr)
	if err != nil {
		return ""
	}
	return host
}

// opaque makes n random bytes, as text.
func opaque(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails, see crypto/rand
	return base64.RawURLEncoding.EncodeToString(b)
}
