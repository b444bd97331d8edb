package login

import (
	"crypto/rsa"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"hdstest/internal/sandbox/scenario"
)

// assertionLeeway is how far an assertion's times may be off. Entra's own figure
// is not published; this is the default of Microsoft's .NET middleware.
const assertionLeeway = 5 * time.Minute

// algorithms are those that a real refusal (AADSTS5002738) lists, and PS256, which
// learn.microsoft.com/entra/identity-platform/certificate-credentials asks for.
func algorithms() []string { return []string{"RS256", "RS384", "RS512", "PS256"} }

// assertion is a client assertion (RFC 7523) before it is believed.
type assertion struct {
	raw    string
	header map[string]any
	claims jwt.MapClaims
}

func (a *assertion) text(name string) string { s, _ := a.claims[name].(string); return s }

// readAssertion takes an assertion apart. It checks its shape only.
func readAssertion(raw string) (*assertion, *refusal) {
	a := &assertion{raw: raw, claims: jwt.MapClaims{}}
	token, parts, err := jwt.NewParser().ParseUnverified(raw, a.claims)
	if token != nil {
		a.header = token.Header
	}
	alg, _ := a.header["alg"].(string)
	switch {
	case err != nil && (token == nil || alg == ""), len(parts) != 3:
		return nil, refuse(50027, "")
	case !slices.Contains(algorithms(), alg):
		return nil, refuse(5002738, alg)
	case err != nil:
		return nil, refuse(50027, "")
	}
	return a, nil
}

// subjectOf is the subject of an assertion that nobody has checked yet.
func subjectOf(raw string) string {
	a, refused := readAssertion(raw)
	if refused != nil {
		return ""
	}
	return a.text("sub")
}

// checkAssertion verifies a client assertion. One that names the app as its
// issuer, or any other app, is made with a certificate; else it is a token of an
// outside issuer. Order of the checks: thumbprint, key, signature, times, issuer
// and subject, audience; the codes are those of the fact sheets' order, that the
// audience comes last is unverified.
// Source: learn.microsoft.com/entra/identity-platform/certificate-credentials.
func (c *call) checkAssertion(app *client, raw string) *refusal {
	a, refused := readAssertion(raw)
	if refused != nil {
		return refused
	}
	if iss := a.text("iss"); iss != "" && !guidShape.MatchString(iss) {
		return c.checkFederated(app, a)
	}
	name, match, refused := thumbprint(a.header)
	if refused != nil {
		return refused
	}
	key, refused := c.certificateKey(app, name, match)
	if refused != nil {
		return refused
	}
	if refused := a.verify(key, name, app.AppID); refused != nil {
		return refused
	}
	if refused := a.checkTimes(c.now); refused != nil {
		return refused
	}
	switch iss, sub := a.text("iss"), a.text("sub"); {
	case !strings.EqualFold(iss, sub):
		return refuse(50048, sub, iss)
	case !strings.EqualFold(iss, app.AppID):
		return refuse(700021)
	case !c.knowsAudience(a):
		return refuse(700023)
	}
	return c.checkReplay(a)
}

// verify checks the signature alone.
func (a *assertion) verify(key *rsa.PublicKey, name, appID string) *refusal {
	parser := jwt.NewParser(jwt.WithValidMethods(algorithms()), jwt.WithoutClaimsValidation())
	_, err := parser.Parse(a.raw, func(*jwt.Token) (any, error) { return key, nil })
	if err != nil {
		return badSignature("Key was found, but use of the key to verify the signature failed.", name, appID)
	}
	return nil
}

// checkTimes checks exp and, where there is one, nbf. Both may have fractions.
func (a *assertion) checkTimes(now time.Time) *refusal {
	expires, err := a.claims.GetExpirationTime()
	starts, errStart := a.claims.GetNotBefore()
	if errors.Join(err, errStart) != nil || expires == nil {
		return refuse(50027, "The token has no readable expiry time.")
	}
	from := "-"
	if starts != nil {
		from = stamp(starts.Time)
	}
	if !now.Before(expires.Add(assertionLeeway)) || starts != nil && now.Add(assertionLeeway).Before(starts.Time) {
		return refuse(700024, now.Format(time.RFC3339), from, stamp(expires.Time))
	}
	return nil
}

// knowsAudience accepts the v2.0 token address of the tenant, by id, domain or as
// the request addressed it. The v1.0 address and the two issuers are known to
// work as well (unverified).
func (c *call) knowsAudience(a *assertion) bool {
	audiences, err := a.claims.GetAudience()
	if err != nil {
		return false
	}
	segment, _, _ := strings.Cut(strings.Trim(c.r.URL.Path, "/"), "/")
	for _, tenant := range []string{c.realm.TenantID, segment} {
		base := c.URL + "/" + tenant
		for _, known := range []string{"/oauth2/v2.0/token", "/oauth2/token", "/v2.0", ""} {
			if slices.ContainsFunc(audiences, func(s string) bool { return strings.EqualFold(strings.TrimSuffix(s, "/"), base+known) }) {
				return true
			}
		}
	}
	return false
}

// checkReplay refuses an identifier that was presented before, if the scenario
// says so: whether Entra does is unverified, and so is the code.
func (c *call) checkReplay(a *assertion) *refusal {
	if !c.Scenarios.On(scenario.AssertionReplay) || a.text("jti") == "" {
		return nil
	}
	if !c.replays.add(a.text("iss")+"/"+a.text("jti"), struct{}{}, c.now.Add(24*time.Hour)) {
		return refuse(50013)
	}
	return nil
}
