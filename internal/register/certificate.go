package register

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"strings"
	"time"

	"hdstest/internal/problem"
)

func (s Spec) checkCertificate(now time.Time) error {
	if s.Certificate == nil {
		return nil
	}
	cert, err := parseCertificate(s.Certificate)
	if err != nil {
		return s.aboutCertificate(err)
	}
	if !now.Before(cert.NotAfter) {
		return s.aboutCertificate(problem.Usagef("the certificate ended on %s (it began on %s)", day(cert.NotAfter), day(cert.NotBefore)))
	}
	return nil
}

func (s Spec) aboutCertificate(err error) error {
	if s.CertificateFrom == "" {
		return err
	}
	return fmt.Errorf("%s: %w", s.CertificateFrom, err)
}

// parseCertificate reads DER or the first certificate of a PEM file. Entra
// takes RSA keys only. Source: ED:howto-create-self-signed-certificate.md.
func parseCertificate(data []byte) (*x509.Certificate, error) {
	der, kinds := data, []string(nil)
	for rest := data; ; {
		block, next := pem.Decode(rest)
		if block == nil {
			break
		}
		if kinds = append(kinds, block.Type); block.Type == "CERTIFICATE" {
			der, kinds = block.Bytes, nil
			break
		}
		rest = next
	}
	if kinds != nil {
		return nil, problem.Usagef("the certificate file holds no certificate, and so no public key to upload, only %s", strings.Join(kinds, ", "))
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, problem.Usagef("the certificate cannot be read as DER or PEM")
	}
	if _, ok := cert.PublicKey.(*rsa.PublicKey); !ok {
		return nil, problem.Usagef("the certificate's public key is %s; only RSA is accepted", cert.PublicKeyAlgorithm)
	}
	return cert, nil
}
