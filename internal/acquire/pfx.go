package acquire

import (
	"crypto"
	"crypto/x509"
	"errors"
	"strings"

	"software.sslmate.com/src/go-pkcs12"

	"hdstest/internal/evidence"
	"hdstest/internal/problem"
	"hdstest/internal/secret"
)

// readDER reads a PFX file (RFC 7292). A bare certificate or key in DER is
// recognised, to say which half is missing.
func readDER(der []byte, password secret.Value) (contents, error) {
	if cert, err := x509.ParseCertificate(der); err == nil {
		return contents{certificates: []*x509.Certificate{cert}}, nil
	}
	if key, err := x509.ParsePKCS8PrivateKey(der); err == nil {
		return contents{keys: []crypto.PrivateKey{key}}, nil
	}
	key, leaf, chain, err := pkcs12.DecodeChain(der, password.Reveal())
	if err != nil {
		return contents{}, pfxFault(err, password)
	}
	return contents{append([]*x509.Certificate{leaf}, chain...), []crypto.PrivateKey{key}}, nil
}

// pfxFault tells what go-pkcs12 found. It has no error values for a missing
// half, hence the look at the text.
func pfxFault(err error, password secret.Value) *problem.Error {
	wrong := errors.Is(err, pkcs12.ErrIncorrectPassword) || errors.Is(err, pkcs12.ErrDecryption)
	switch text := err.Error(); {
	case strings.Contains(text, "cannot be encoded in UCS-2"): // RFC 7292 appendix B.1
		return fault(evidence.ProblemPassword, "the password does not open the PFX file: it has characters that no PFX password can have", "the one that was set at the export")
	case wrong && password.IsZero():
		return fault(evidence.ProblemPassword, "the PFX file has a password and none was given", "its password")
	case wrong:
		return fault(evidence.ProblemPassword, "the password does not open the PFX file", "the one that was set at the export")
	case strings.Contains(text, "private key missing"):
		return fault(evidence.ProblemNoKey, "the PFX file holds a certificate and no private key", "both: an export with the private key")
	case strings.Contains(text, "certificate missing"):
		return fault(evidence.ProblemNoCertificate, "the PFX file holds a private key and no certificate", "both")
	case strings.Contains(text, "reading P12 data"):
		return fault(evidence.ProblemNotPEM, "it is neither PEM nor PFX", "a PEM or PFX file with certificate and private key")
	case strings.Contains(text, "no MAC in data"):
		return fault(evidence.ProblemPassword, "the PFX file has no integrity check, so it takes no password", "no password for this file")
	}
	return fault(evidence.ProblemNotPEM, "the PFX file is of a kind that is not read", "an export with AES-256 or TripleDES encryption")
}
