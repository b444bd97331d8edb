package login

import (
	"net/url"

	"hdstest/internal/sandbox/scenario"
)

// credential is what a request presents to prove which app sent it. It lives as
// long as the request.
type credential struct {
	clientID  string
	secret    string
	assertion string
}

func (c credential) given() bool { return c.secret != "" || c.assertion != "" }

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// credential reads the form and the Authorization header (RFC 6749 section
// 2.3.1: both halves of Basic credentials are form-encoded).
func (c *call) credential() (credential, *refusal) {
	p := credential{clientID: c.form["client_id"], secret: c.form["client_secret"], assertion: c.form["client_assertion"]}
	if user, password, ok := c.r.BasicAuth(); ok {
		id, idErr := url.QueryUnescape(user)
		secret, secretErr := url.QueryUnescape(password)
		if idErr != nil || secretErr != nil || p.clientID != "" && p.clientID != id || p.secret != "" {
			return p, refuse(9002313)
		}
		p.clientID, p.secret = id, secret
	}
	switch {
	case p.assertion != "" && p.secret != "":
		return p, refuse(9002313)
	case p.assertion != "" && c.form["client_assertion_type"] == "":
		return p, refuse(900144, "client_assertion_type")
	case p.assertion != "" && c.form["client_assertion_type"] != assertionType:
		return p, refuse(90023, "client_assertion_type")
	}
	if p.clientID == "" && p.assertion != "" {
		p.clientID = subjectOf(p.assertion) // RFC 7521 section 4.2: client_id is optional beside an assertion
	}
	return p, nil
}

// How a client proved itself, as appidacr and azpacr tell it.
// Source: learn.microsoft.com/entra/identity-platform/access-token-claims-reference.
const (
	acrPublic      = "0"
	acrSecret      = "1"
	acrCertificate = "2" // also any other assertion
)

// authenticate checks the credential that was presented.
func (c *call) authenticate(app *client, p credential) (string, *refusal) {
	if p.assertion != "" {
		return acrCertificate, c.checkAssertion(app, p.assertion)
	}
	return acrSecret, c.checkSecret(app, p.secret)
}

// checkSecret compares a secret with those of the app. One that is not valid yet
// counts as unknown (unverified).
func (c *call) checkSecret(app *client, secret string) *refusal {
	if c.Scenarios.On(scenario.SecretUnknown) {
		return refuse(7000215, app.AppID)
	}
	for _, known := range app.Secrets {
		if !known.Matches(secret) {
			continue
		}
		if !c.now.Before(known.EndDateTime) || c.Scenarios.On(scenario.SecretExpired) {
			return refuse(7000222, app.AppID)
		}
		if !c.now.Before(known.StartDateTime) {
			return nil
		}
	}
	return refuse(7000215, app.AppID)
}
