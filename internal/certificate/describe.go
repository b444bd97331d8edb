package certificate

import (
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // certificates are named by it, RFC 7515 section 4.1.7
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"strings"
	"time"
)

// Description is a certificate in words and in every form in which it is named.
type Description struct {
	Subject    string    `json:"subject"`
	Issuer     string    `json:"issuer"`
	Serial     string    `json:"serial"` // hexadecimal
	NotBefore  time.Time `json:"not_before"`
	NotAfter   time.Time `json:"not_after"`
	Key        string    `json:"key"`       // RSA 2048
	Signature  string    `json:"signature"` // SHA256-RSA
	SelfSigned bool      `json:"self_signed"`
	Usable     bool      `json:"usable_for_entra"` // an RSA key of 2048 bits or more
	Thumbprints
}

// Thumbprints are digests of a certificate's DER encoding, spelt as each place
// spells them. That Graph's keyId is none of them is no omission: Graph gives
// that GUID when the certificate is uploaded.
type Thumbprints struct {
	SHA1                string `json:"sha1_hex"`              // the portal's Thumbprint; certutil, PowerShell
	X5T                 string `json:"x5t"`                   // RFC 7515 section 4.1.7: base64url, no padding
	SHA256              string `json:"sha256_hex"`            // openssl x509 -fingerprint -sha256, without colons
	X5TS256             string `json:"x5t_s256"`              // RFC 7515 section 4.1.8, header x5t#S256
	CustomKeyIdentifier string `json:"custom_key_identifier"` // of Graph's keyCredential, in JSON base64 with padding
}

// ThumbprintsOf gives all forms. Source for the last: learn.microsoft.com/graph/api/resources/keycredential.
func ThumbprintsOf(der []byte) Thumbprints {
	short, long := sha1.Sum(der), sha256.Sum256(der)
	return Thumbprints{
		SHA1: fmt.Sprintf("%X", short), X5T: base64.RawURLEncoding.EncodeToString(short[:]),
		SHA256: fmt.Sprintf("%X", long), X5TS256: base64.RawURLEncoding.EncodeToString(long[:]),
		CustomKeyIdentifier: base64.StdEncoding.EncodeToString(short[:]),
	}
}

// Describe looks at one certificate. It verifies nothing: no chain, no dates.
func Describe(c *x509.Certificate) Description {
	d := Description{Subject: c.Subject.String(), Issuer: c.Issuer.String(), Serial: fmt.Sprintf("%X", c.SerialNumber.Bytes()),
		NotBefore: c.NotBefore.UTC(), NotAfter: c.NotAfter.UTC(), Key: c.PublicKeyAlgorithm.String(),
		Signature: c.SignatureAlgorithm.String(), Thumbprints: ThumbprintsOf(c.Raw)}
	if key, ok := c.PublicKey.(*rsa.PublicKey); ok {
		d.Key = strings.TrimSpace(fmt.Sprintf("%s %d", d.Key, key.N.BitLen()))
		d.Usable = key.N.BitLen() >= 2048
	}
	d.SelfSigned = c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) == nil
	return d
}
