// Package certificate makes self-signed client certificates for apps and
// describes certificates in the forms in which people meet them: the portal, the
// headers of assertions, Microsoft Graph.
//
// It writes no files and reads none: it is given and gives bytes. What a file
// holds is read by package acquire, which also signs with it.
package certificate

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"
	"strings"
	"time"
	"unicode"

	"hdstest/internal/problem"
)

// Spec is what a new certificate should be.
type Spec struct {
	Name string // common name of subject and issuer
	Bits int    // of the RSA key: 2048, 3072 or 4096; Entra takes no other kind of key for an app
	Hash string // of the signature: sha256, sha384 or sha512
	Days int    // how long it is valid
}

// Bounds of a [Spec]. Entra itself sets none for the lifetime; an app management
// policy of the tenant may (learn.microsoft.com/graph/api/resources/appmanagementpolicy).
const (
	LongestDays = 3650
	longestName = 64 // RFC 5280 appendix A.1, ub-common-name
	backdated   = 5 * time.Minute
)

// Hashes lists what [Spec.Hash] may be, the usual one first.
func Hashes() []string { return []string{"sha256", "sha384", "sha512"} }

// Sizes lists what [Spec.Bits] may be, the usual one first.
func Sizes() []int { return []int{2048, 3072, 4096} }

// Check refuses what cannot be made, all faults at once, as usage errors that
// name the flag.
func (s Spec) Check() error {
	var errs []error
	refuse := func(format string, args ...any) { errs = append(errs, problem.Usagef(format, args...)) }
	if name := strings.TrimSpace(s.Name); name == "" || len(name) > longestName || strings.ContainsFunc(name, unicode.IsControl) {
		refuse("--name: expected 1 to %d printable characters for the common name", longestName)
	}
	if !slices.Contains(Sizes(), s.Bits) {
		refuse("--bits: expected 2048, 3072 or 4096, not %d", s.Bits)
	}
	if !slices.Contains(Hashes(), s.Hash) {
		refuse("--hash: expected %s, not %q", strings.Join(Hashes(), ", "), s.Hash)
	}
	if s.Days < 1 || s.Days > LongestDays {
		refuse("--days: expected 1 to %d, not %d", LongestDays, s.Days)
	}
	return errors.Join(errs...)
}

// Pair is a certificate with its private key.
type Pair struct {
	Leaf *x509.Certificate
	Key  *rsa.PrivateKey
}

// New makes a self-signed pair that is valid from five minutes before now, since
// clocks differ, for the days asked for. Its key may sign, and its purpose is the
// authentication of a client.
//
// Source: learn.microsoft.com/entra/identity-platform/howto-create-self-signed-certificate;
// RFC 5280 section 4.1.2.2 for the serial number.
func New(s Spec, now time.Time, random io.Reader) (*Pair, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	key, err := rsa.GenerateKey(random, s.Bits)
	if err != nil {
		return nil, fmt.Errorf("make an RSA key of %d bits: %w", s.Bits, err)
	}
	serial, err := rand.Int(random, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, fmt.Errorf("make a serial number: %w", err)
	}
	start := now.UTC().Truncate(time.Second)
	template := &x509.Certificate{
		SerialNumber: serial.Add(serial, big.NewInt(1)), Subject: pkix.Name{CommonName: strings.TrimSpace(s.Name)},
		NotBefore: start.Add(-backdated), NotAfter: start.AddDate(0, 0, s.Days), SignatureAlgorithm: signature(s.Hash),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(random, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("make the certificate: %w", err)
	}
	leaf, err := x509.ParseCertificate(der)
	return &Pair{leaf, key}, err
}

func signature(hash string) x509.SignatureAlgorithm {
	switch hash {
	case "sha384":
		return x509.SHA384WithRSA
	case "sha512":
		return x509.SHA512WithRSA
	}
	return x509.SHA256WithRSA
}
