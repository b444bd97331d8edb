package acquire

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"

	"hdstest/internal/evidence"
)

// readPEM collects the certificates and keys of a PEM file. Blocks of other
// types (parameters, requests) are passed over.
func readPEM(data []byte) (contents, error) {
	var found contents
	for {
		var block *pem.Block
		if block, data = pem.Decode(data); block == nil {
			return found, nil
		}
		if block.Type == "ENCRYPTED PRIVATE KEY" || block.Headers["DEK-Info"] != "" {
			return contents{}, fault(evidence.ProblemEncrypted, "its private key is encrypted PEM, which is not read", "a PFX file with a password, or a key without one")
		}
		if err := found.add(block); err != nil {
			return contents{}, err
		}
	}
}

func (c *contents) add(block *pem.Block) error {
	if block.Type == "CERTIFICATE" {
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return fault(evidence.ProblemNotPEM, "a block named CERTIFICATE holds no certificate", "")
		}
		c.certificates = append(c.certificates, cert)
		return nil
	}
	parse, ok := map[string]func([]byte) (crypto.PrivateKey, error){
		"PRIVATE KEY":     func(b []byte) (crypto.PrivateKey, error) { return x509.ParsePKCS8PrivateKey(b) },
		"RSA PRIVATE KEY": func(b []byte) (crypto.PrivateKey, error) { return x509.ParsePKCS1PrivateKey(b) },
		"EC PRIVATE KEY":  func(b []byte) (crypto.PrivateKey, error) { return x509.ParseECPrivateKey(b) },
	}[block.Type]
	if !ok {
		return nil
	}
	key, err := parse(block.Bytes)
	if err != nil { // its text could describe the key
		return fault(evidence.ProblemNotPEM, fmt.Sprintf("a block named %s holds no key that can be read", block.Type), "")
	}
	c.keys = append(c.keys, key)
	return nil
}

func keyKind(key crypto.PrivateKey) string {
	switch key.(type) {
	case *rsa.PrivateKey:
		return "RSA"
	case *ecdsa.PrivateKey:
		return "ECDSA"
	case ed25519.PrivateKey:
		return "Ed25519"
	}
	return "another algorithm"
}
