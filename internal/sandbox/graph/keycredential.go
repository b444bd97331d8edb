package graph

import (
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // certificates are named by it, see customKeyIdentifier
	"crypto/x509"
	"encoding/base64"
	"slices"
	"strings"
	"time"

	"hdstest/internal/sandbox/directory"
)

// keyCredentials makes the new list of certificates from a body, which replaces
// the old one. An entry with a known keyId and no key stays as it was; any other
// is a new certificate.
// Source: learn.microsoft.com/graph/api/application-update and
// learn.microsoft.com/graph/api/resources/keycredential.
func (c *call) keyCredentials(old []*directory.KeyCredential, list []any) ([]*directory.KeyCredential, error) {
	var next []*directory.KeyCredential
	for _, item := range list {
		given, _ := item.(map[string]any)
		credential, err := c.keyCredential(old, given)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(next, func(k *directory.KeyCredential) bool { return k.KeyID == credential.KeyID }) {
			return nil, invalidValue("keyCredentials", "Application", "The keyId "+credential.KeyID+" stands more than once.")
		}
		next = append(next, credential)
	}
	return next, nil
}

func (c *call) keyCredential(old []*directory.KeyCredential, given map[string]any) (*directory.KeyCredential, error) {
	id := strings.ToLower(text(given, "keyId"))
	i := slices.IndexFunc(old, func(k *directory.KeyCredential) bool { return id != "" && strings.EqualFold(k.KeyID, id) })
	if i < 0 {
		credential, err := c.newKey(given)
		if err == nil && id != "" {
			credential.KeyID = id
		}
		return credential, err
	}
	if sameKey(old[i], given) {
		return old[i], nil
	}
	return nil, badRequest("Update to existing credential with KeyId '%s' is not allowed.", old[i].KeyID)
}

// sameKey tells whether an entry repeats what is there. The key itself may be
// left out, since Graph does not show it.
func sameKey(k *directory.KeyCredential, given map[string]any) bool {
	if key := text(given, "key"); key != "" && key != base64.StdEncoding.EncodeToString(k.Key) {
		return false
	}
	if end, ok := moment(given["endDateTime"]); ok && !end.Truncate(time.Second).Equal(k.EndDateTime.Truncate(time.Second)) {
		return false
	}
	if start, ok := moment(given["startDateTime"]); ok && !start.Truncate(time.Second).Equal(k.StartDateTime.Truncate(time.Second)) {
		return false
	}
	usage, typ := text(given, "usage"), text(given, "type")
	return (usage == "" || usage == k.Usage) && (typ == "" || typ == k.Type)
}

// newKey reads a certificate that is to be added.
func (c *call) newKey(given map[string]any) (*directory.KeyCredential, error) {
	typ, usage := text(given, "type"), text(given, "usage")
	switch {
	case usage != "Verify" && usage != "Sign":
		return nil, credentialFault("usage", " Acceptable values are Sign, Verify.")
	case typ == "X509CertAndPassword" || usage == "Sign":
		return nil, absent("keyCredentials for signing, which belong to SAML")
	case typ != "AsymmetricX509Cert":
		return nil, credentialFault("type", " Acceptable values are AsymmetricX509Cert, X509CertAndPassword.")
	}
	raw, err := base64.StdEncoding.DecodeString(text(given, "key"))
	if err != nil || len(raw) == 0 {
		return nil, credentialFault("key", "")
	}
	certificate, err := x509.ParseCertificate(raw)
	if err != nil {
		return nil, credentialFault("key", "")
	}
	// Only RSA keys are taken for credentials of apps.
	// Source: learn.microsoft.com/entra/identity-platform/howto-create-self-signed-certificate.
	if _, ok := certificate.PublicKey.(*rsa.PublicKey); !ok {
		return nil, credentialFault("key", " The certificate's key is not RSA.")
	}
	k := &directory.KeyCredential{KeyID: c.NewID(), Type: typ, Usage: usage, Key: certificate.Raw,
		StartDateTime: certificate.NotBefore.UTC(), EndDateTime: certificate.NotAfter.UTC()}
	if name, ok := given["displayName"].(string); ok {
		k.DisplayName = &name
	}
	return k, c.keyTimes(k, given, certificate)
}

// keyTimes applies the life that the request names, which lies within the
// certificate's.
// Source: the end: github.com/Azure/azure-rest-api-specs issue 11985. The start
// is by analogy and unverified.
func (c *call) keyTimes(k *directory.KeyCredential, given map[string]any, certificate *x509.Certificate) error {
	thumbprint := sha1.Sum(certificate.Raw) //nolint:gosec // its name
	k.CustomKeyIdentifier = thumbprint[:]
	if own, err := base64.StdEncoding.DecodeString(text(given, "customKeyIdentifier")); err == nil && len(own) > 0 {
		k.CustomKeyIdentifier = own
	}
	if start, ok := moment(given["startDateTime"]); ok {
		k.StartDateTime = start
	}
	if end, ok := moment(given["endDateTime"]); ok {
		k.EndDateTime = end
	}
	if k.EndDateTime.After(certificate.NotAfter) || !k.EndDateTime.After(k.StartDateTime) || !k.EndDateTime.After(c.now) {
		f := badRequest("Key credential end date is invalid.")
		f.code = codeKeyEnd
		return f
	}
	if k.StartDateTime.Before(certificate.NotBefore) {
		f := badRequest("Key credential start date is invalid.")
		f.code = codeKeyStart
		return f
	}
	return nil
}

// credentialFault is worded as Graph words the one for usage.
// Source: github.com/microsoftgraph/msgraph-sdk-java issue 1823; for the other
// properties by analogy.
func credentialFault(property, more string) *failure {
	return badRequest(`The value for the property "%s" in one of your credentials is invalid.%s`, property, more)
}
