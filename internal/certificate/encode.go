package certificate

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"

	"software.sslmate.com/src/go-pkcs12"

	"hdstest/internal/problem"
	"hdstest/internal/secret"
)

// PEM gives private key (PKCS #8) and certificate in one text, as azidentity,
// MSAL and the Azure CLI read them.
func (p *Pair) PEM() (secret.Value, error) {
	der, err := x509.MarshalPKCS8PrivateKey(p.Key)
	if err != nil {
		return secret.Value{}, fmt.Errorf("encode the private key: %w", err)
	}
	var out bytes.Buffer
	_ = pem.Encode(&out, &pem.Block{Type: "PRIVATE KEY", Bytes: der}) // a buffer takes everything
	out.Write(p.Public())
	return secret.New(out.String()), nil
}

// Public gives the certificate alone, PEM, which is what the portal wants uploaded.
func (p *Pair) Public() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.Leaf.Raw})
}

// Kinds of encryption of a PFX file.
const (
	TripleDES = "tripledes" // read by everything, azidentity for Go and Windows before 2019 too
	AES256    = "aes256"    // PBES2 with AES-256 and SHA-256
)

// Encryptions lists what [Pair.PFX] takes, the usual one first.
func Encryptions() []string { return []string{TripleDES, AES256} }

// PFX gives the pair as PKCS #12 (RFC 7292) under a password. TripleDES is weak
// by itself: a password of 128 random bits or more makes up for it.
func (p *Pair) PFX(encryption string, password secret.Value, random io.Reader) ([]byte, error) {
	encoder := pkcs12.LegacyDES
	switch encryption {
	case TripleDES:
	case AES256:
		encoder = pkcs12.Modern2023
	default:
		return nil, problem.Usagef("--pfx-encryption: expected %s or %s, not %q", TripleDES, AES256, encryption)
	}
	data, err := encoder.WithRand(random).Encode(p.Key, p.Leaf, nil, password.Reveal())
	if err != nil {
		return nil, fmt.Errorf("write the PFX file: %w", err)
	}
	return data, nil
}
