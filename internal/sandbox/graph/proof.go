package graph

import (
	"crypto/x509"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"hdstest/internal/sandbox/directory"
)

// proofAudience is what a proof of possession is for: the directory itself.
// Source: learn.microsoft.com/graph/application-rollkey-prooftoken.
const proofAudience = "00000002-0000-0000-c000-000000000000"

// addApplicationKey adds a certificate on the strength of one that the app has
// already, so that an app can roll its own.
// Source: learn.microsoft.com/graph/api/application-addkey.
func (c *call) addApplicationKey() (answer, error) {
	a, err := c.provenApplication("keyCredential", "passwordCredential", "proof")
	if err != nil {
		return answer{}, err
	}
	if c.body["passwordCredential"] != nil {
		return answer{}, absent("addKey with a passwordCredential, which belongs to SAML")
	}
	given, _ := c.body["keyCredential"].(map[string]any)
	shape := property{name: "keyCredential", typ: "keyCredential", fields: keyFields()}
	if err := shape.acceptFields(given, "Application"); err != nil {
		return answer{}, err
	}
	k, err := c.newKey(given)
	if err != nil {
		return answer{}, err
	}
	a.KeyCredentials = append(slices.Clone(a.KeyCredentials), k)
	doc, err := document(k)
	if err != nil {
		return answer{}, err
	}
	doc["key"] = nil
	return c.complexValue("keyCredential", doc), nil
}

// removeApplicationKey takes a certificate away on the strength of one.
// Source: learn.microsoft.com/graph/api/application-removekey.
func (c *call) removeApplicationKey() (answer, error) {
	a, err := c.provenApplication("keyId", "proof")
	if err != nil {
		return answer{}, err
	}
	id := text(c.body, "keyId")
	i := slices.IndexFunc(a.KeyCredentials, func(k *directory.KeyCredential) bool { return strings.EqualFold(k.KeyID, id) })
	if i < 0 {
		return answer{}, badRequest("No key credential found with keyId '%s'.", id)
	}
	a.KeyCredentials = slices.Delete(slices.Clone(a.KeyCredentials), i, i+1)
	return done()
}

func (c *call) provenApplication(parameters ...string) (*directory.Application, error) {
	a, err := c.application(writesApplications())
	if err != nil {
		return nil, err
	}
	if err := c.onlyParameters(parameters...); err != nil {
		return nil, err
	}
	if !c.proves(a, text(c.body, "proof")) {
		f := denied() // status and text unverified
		f.message = "Access denied: the proof token is missing or not valid. It is a JWT signed with a certificate of the application."
		return nil, f
	}
	return a, nil
}

// proves checks a proof token: signed with a current certificate of the app,
// issued by the application's object id, for the directory, and short-lived.
func (c *call) proves(a *directory.Application, proof string) bool {
	for _, k := range a.KeyCredentials {
		certificate, err := x509.ParseCertificate(k.Key)
		if err != nil || c.now.After(k.EndDateTime) || c.now.Before(k.StartDateTime) {
			continue
		}
		claims := jwt.RegisteredClaims{}
		_, err = jwt.ParseWithClaims(proof, &claims, func(*jwt.Token) (any, error) { return certificate.PublicKey, nil },
			jwt.WithValidMethods([]string{"RS256", "PS256"}), jwt.WithAudience(proofAudience), jwt.WithIssuer(a.ID),
			jwt.WithExpirationRequired(), jwt.WithTimeFunc(func() time.Time { return c.now }), jwt.WithLeeway(5*time.Minute))
		if err == nil && claims.ExpiresAt.Sub(c.now) <= 15*time.Minute { // ten, and the leeway
			return true
		}
	}
	return false
}
