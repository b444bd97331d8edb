package acquire

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"time"

	"hdstest/internal/evidence"
	"hdstest/internal/problem"
	"hdstest/internal/secret"
)

// Certificate is a client certificate with its private key. SendChain sends the
// certificates themselves in the assertion (x5c), which only apps that are set
// up for trust by subject name and issuer need.
type Certificate struct {
	Leaf      *x509.Certificate
	Chain     []*x509.Certificate
	Key       crypto.PrivateKey
	SendChain bool
}

// ParseCertificate reads a certificate and its private key from PEM (PKCS #8 or
// PKCS #1, not encrypted) or from PFX (PKCS #12), also from PFX in base64 as a
// key vault gives it. The order in PEM does not matter; of several certificates
// the one that fits the key is the leaf.
//
// Errors are of kind Usage with evidence of what is wrong: the half that is
// missing, the password, a key that does not fit, a key that is not RSA (Entra
// takes only RSA for apps, ED:howto-create-self-signed-certificate.md). Dates are
// not looked at, see [Certificate.Valid]; nor is the chain verified: Entra knows
// the certificate by its thumbprint. No error quotes the contents.
func ParseCertificate(data []byte, password secret.Value) (*Certificate, error) {
	found, err := readContents(data, password)
	if err != nil {
		return nil, err
	}
	return found.pair()
}

// ReadCertificate reads the certificate of a file that may as well hold it alone:
// PEM, DER, PFX. Of several it is the one that fits the private key, else the
// first. hasKey tells whether there is a private key, of whatever kind. Errors
// are those of [ParseCertificate].
func ReadCertificate(data []byte, password secret.Value) (leaf *x509.Certificate, hasKey bool, err error) {
	found, err := readContents(data, password)
	if err != nil {
		return nil, false, err
	}
	if len(found.certificates) == 0 {
		return nil, false, fault(evidence.ProblemNoCertificate, "it holds no certificate", "a certificate, with or without its private key")
	}
	for _, cert := range found.certificates {
		for _, key := range found.keys {
			own, ok := key.(interface{ Public() crypto.PublicKey })
			public, comparable := cert.PublicKey.(interface{ Equal(crypto.PublicKey) bool })
			if ok && comparable && public.Equal(own.Public()) {
				return cert, true, nil
			}
		}
	}
	return found.certificates[0], len(found.keys) > 0, nil
}

// readContents takes a file apart, whichever of the formats it has.
func readContents(data []byte, password secret.Value) (found contents, err error) {
	switch der := unwrapBase64(data); {
	case bytes.Contains(data, []byte("-----BEGIN ")):
		found, err = readPEM(data)
	case len(der) > 0 && der[0] == derSequence:
		found, err = readDER(der, password)
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}) || bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		err = fault(evidence.ProblemNotPEM, "it is UTF-16 text, as a shell's redirection writes it", "PEM in ASCII")
	default:
		err = fault(evidence.ProblemNotPEM, "it is neither PEM nor PFX", "-----BEGIN CERTIFICATE----- and -----BEGIN PRIVATE KEY-----, or a PFX file")
	}
	return found, err
}

// Valid tells whether now is within the certificate's dates. It makes no
// allowance for clocks that differ.
func (c *Certificate) Valid(now time.Time) error {
	const day = "2006-01-02 15:04 MST"
	from, to := c.Leaf.NotBefore.UTC(), c.Leaf.NotAfter.UTC()
	if !now.Before(from) && !now.After(to) {
		return nil
	}
	seen := "it has expired"
	if now.Before(from) {
		seen = "it is not valid yet"
	}
	seen += fmt.Sprintf(": valid from %s to %s, now is %s", from.Format(day), to.Format(day), now.UTC().Format(day))
	err := fault(evidence.ProblemExpired, seen, "")
	err.Evidence.Local.Extra = map[string]any{
		"not_before": from.Format(time.RFC3339), "not_after": to.Format(time.RFC3339), "now": now.UTC().Format(time.RFC3339),
	}
	return err
}

// contents is what a file held.
type contents struct {
	certificates []*x509.Certificate
	keys         []crypto.PrivateKey
}

// pair finds the certificate that fits the key.
func (c contents) pair() (*Certificate, error) {
	switch {
	case len(c.keys) == 0 && len(c.certificates) == 0:
		return nil, fault(evidence.ProblemNotPEM, "it holds neither a certificate nor a private key", "both")
	case len(c.keys) == 0:
		return nil, fault(evidence.ProblemNoKey, "it holds a certificate and no private key", "both in one file")
	case len(c.certificates) == 0:
		return nil, fault(evidence.ProblemNoCertificate, "it holds a private key and no certificate", "both in one file")
	case len(c.keys) > 1:
		return nil, fault(evidence.ProblemMismatch, fmt.Sprintf("it holds %d private keys", len(c.keys)), "one")
	}
	key, ok := c.keys[0].(*rsa.PrivateKey)
	if !ok {
		return nil, fault(evidence.ProblemKeyKind, fmt.Sprintf("its private key is of type %s", keyKind(c.keys[0])), "RSA: Entra takes no other for an app")
	}
	result := &Certificate{Key: key}
	for _, cert := range c.certificates {
		if result.Leaf == nil && key.PublicKey.Equal(cert.PublicKey) {
			result.Leaf = cert
			continue
		}
		result.Chain = append(result.Chain, cert)
	}
	if result.Leaf == nil {
		return nil, fault(evidence.ProblemMismatch, "its private key belongs to none of its certificates", "a matching pair")
	}
	return result, nil
}

// fault is a usage error with evidence of a local problem. Whoever knows the
// file's name adds it to the evidence.
func fault(kind, seen, expected string) *problem.Error {
	return &problem.Error{
		Kind: problem.Usage, Tried: "use the certificate", Seen: seen, Expected: expected,
		Evidence: &evidence.Bundle{Local: &evidence.Local{Problem: kind, Detail: seen}},
	}
}

// derSequence is the first byte of every certificate, key and PFX in DER.
const derSequence = 0x30

// unwrapBase64 decodes data if it is base64 of DER, and else returns it.
func unwrapBase64(data []byte) []byte {
	text := bytes.Join(bytes.Fields(data), nil)
	der, err := base64.StdEncoding.DecodeString(string(text))
	if err != nil || len(der) == 0 || der[0] != derSequence {
		return data
	}
	return der
}
