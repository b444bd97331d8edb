package login

import (
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // x5t is defined over SHA-1, RFC 7515 section 4.1.7
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"hdstest/internal/sandbox/directory"
	"hdstest/internal/sandbox/scenario"
)

// thumbprint reads which certificate signed, from x5t or x5t#S256. Clients write
// them in either base64 alphabet, with and without padding: MSAL Go in the
// standard one, MSAL Python in the URL one with padding.
func thumbprint(header map[string]any) (name string, match func([]byte) bool, refused *refusal) {
	for _, kind := range []string{"x5t#S256", "x5t"} {
		text, ok := header[kind].(string)
		if !ok || text == "" {
			continue
		}
		digest, err := decodeBase64(text)
		if err != nil {
			return "", nil, refuse(50027, "The certificate thumbprint in the token header is not base64.")
		}
		return fmt.Sprintf("%X", digest), func(der []byte) bool {
			sum1, sum256 := sha1.Sum(der), sha256.Sum256(der)
			return kind == "x5t" && subtle.ConstantTimeCompare(digest, sum1[:]) == 1 ||
				kind != "x5t" && subtle.ConstantTimeCompare(digest, sum256[:]) == 1
		}, nil
	}
	return "", nil, refuse(50027, "No certificate thumbprint specified in token header.")
}

// decodeBase64 reads either alphabet, padded or not.
func decodeBase64(text string) ([]byte, error) {
	text = strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(text, "="))
	return base64.RawURLEncoding.DecodeString(text)
}

// certificateKey finds the registered certificate with a thumbprint.
func (c *call) certificateKey(app *client, name string, match func([]byte) bool) (*rsa.PublicKey, *refusal) {
	i := slices.IndexFunc(app.Certificates, func(k directory.KeyCredential) bool { return match(k.Key) })
	if i < 0 || c.Scenarios.On(scenario.CertificateUnknown) {
		return nil, refuse(700027, name, app.AppID)
	}
	k := app.Certificates[i]
	if c.now.Before(k.StartDateTime) || !c.now.Before(k.EndDateTime) {
		return nil, badSignature("The key used is expired.", name, app.AppID)
	}
	certificate, err := x509.ParseCertificate(k.Key)
	if err != nil {
		return nil, badSignature("The key could not be read.", name, app.AppID)
	}
	key, ok := certificate.PublicKey.(*rsa.PublicKey)
	if !ok || k.Usage != "Verify" {
		return nil, badSignature("The key is not an RSA key for verification.", name, app.AppID)
	}
	return key, nil
}

func badSignature(reason, name, appID string) *refusal {
	r := refuse(700027, name, appID)
	r.text = fmt.Sprintf(invalidSignature, reason, name, appID)
	return r
}
