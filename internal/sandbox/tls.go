package sandbox

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"slices"
	"time"
)

// certificateLife is that of the CA and of the server's certificate.
const certificateLife = 365 * 24 * time.Hour

// makeTLS makes a CA that may vouch for localhost and loopback addresses only,
// and one server certificate. The CA's key does not leave this function: whoever
// finds the files can impersonate nothing but the sandbox.
func makeTLS(now time.Time) (ca, server []byte, err error) {
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, fmt.Errorf("make the sandbox's CA key: %w", err)
	}
	authority := caTemplate(now)
	caDER, err := x509.CreateCertificate(rand.Reader, authority, authority, caKey.Public(), caKey)
	if err != nil {
		return nil, nil, fmt.Errorf("make the sandbox's CA: %w", err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, fmt.Errorf("make the sandbox's server key: %w", err)
	}
	leafDER, err := x509.CreateCertificate(rand.Reader, leafTemplate(now), authority, key.Public(), caKey)
	if err != nil {
		return nil, nil, fmt.Errorf("make the sandbox's server certificate: %w", err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, nil, fmt.Errorf("encode the sandbox's server key: %w", err)
	}
	return pemBlock("CERTIFICATE", caDER), slices.Concat(pemBlock("PRIVATE KEY", keyDER), pemBlock("CERTIFICATE", leafDER)), nil
}

func caTemplate(now time.Time) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber:                big.NewInt(now.UnixNano()),
		Subject:                     pkix.Name{CommonName: "hdstest sandbox CA (localhost only)"},
		NotBefore:                   now.Add(-time.Hour),
		NotAfter:                    now.Add(certificateLife),
		IsCA:                        true,
		BasicConstraintsValid:       true,
		MaxPathLenZero:              true,
		KeyUsage:                    x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		PermittedDNSDomainsCritical: true,
		PermittedDNSDomains:         []string{"localhost"},
		PermittedIPRanges: []*net.IPNet{
			{IP: net.IPv4(127, 0, 0, 0).To4(), Mask: net.CIDRMask(8, 32)},
			{IP: net.IPv6loopback, Mask: net.CIDRMask(128, 128)},
		},
	}
}

func leafTemplate(now time.Time) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano() + 1),
		Subject:      pkix.Name{CommonName: "localhost"},
		NotBefore:    now.Add(-time.Hour),
		NotAfter:     now.Add(certificateLife),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:     []string{"localhost"},
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
}

func pemBlock(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

// tlsConfig is the servers' side.
func tlsConfig(server string) (*tls.Config, error) {
	pair, err := tls.X509KeyPair([]byte(server), []byte(server))
	if err != nil {
		return nil, fmt.Errorf("read the sandbox's server certificate: %w", err)
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}, nil
}
