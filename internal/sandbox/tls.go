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
	"time"

	"hdstest/internal/sandbox/scenario"
)

// certificateLife is that of the CA and of the server's certificate.
const certificateLife = 365 * 24 * time.Hour

// credentials are PEM texts: the CA's certificate, and keys with certificates of
// the server's side.
type credentials struct {
	Authority string `json:"ca_pem"`      // the CA's certificate; its key was thrown away
	Server    string `json:"server_pem"`  // for localhost
	Expired   string `json:"expired_pem"` // the same, ended; for a scenario, as the next two
	OtherName string `json:"other_name_pem"`
	Foreign   string `json:"foreign_pem"` // signed by itself
}

// makeTLS makes a CA that may vouch for localhost and loopback addresses only,
// and the server's certificates. The CA's key does not leave this function:
// whoever finds the files can impersonate nothing but the sandbox.
func makeTLS(now time.Time) (credentials, error) {
	key, err := newTLSKey()
	if err != nil {
		return credentials{}, err
	}
	authority := caTemplate(now)
	der, err := x509.CreateCertificate(rand.Reader, authority, authority, key.Public(), key)
	if err != nil {
		return credentials{}, fmt.Errorf("make the sandbox's CA: %w", err)
	}
	out := credentials{Authority: string(pemBlock("CERTIFICATE", der))}
	expired, other, foreign := leafTemplate(now), leafTemplate(now), leafTemplate(now)
	expired.NotBefore, expired.NotAfter = now.AddDate(0, 0, -60), now.AddDate(0, 0, -30)
	other.DNSNames, other.IPAddresses, other.Subject.CommonName = []string{otherName}, nil, otherName
	foreign.Subject.CommonName = "nobody's authority"
	for _, leaf := range []struct {
		into     *string
		template *x509.Certificate
		own      bool // signed by itself
	}{{&out.Server, leafTemplate(now), false}, {&out.Expired, expired, false}, {&out.OtherName, other, false}, {&out.Foreign, foreign, true}} {
		if *leaf.into, err = certify(leaf.template, authority, key, leaf.own); err != nil {
			return credentials{}, err
		}
	}
	return out, nil
}

// otherName is within what the CA may vouch for, and not what anybody asks for.
const otherName = "elsewhere.localhost"

func newTLSKey() (*ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a TLS key of the sandbox: %w", err)
	}
	return key, nil
}

// certify makes a key and its certificate, of the authority or of itself.
func certify(template, authority *x509.Certificate, signer *ecdsa.PrivateKey, own bool) (string, error) {
	key, err := newTLSKey()
	if err != nil {
		return "", err
	}
	if own {
		authority, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, authority, key.Public(), signer)
	if err != nil {
		return "", fmt.Errorf("make a server certificate of the sandbox: %w", err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return "", fmt.Errorf("encode a server key of the sandbox: %w", err)
	}
	return string(pemBlock("PRIVATE KEY", private)) + string(pemBlock("CERTIFICATE", der)), nil
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

// tlsConfigs are the servers' sides: one that works, under the empty name, and
// those that the scenarios ask for.
func (c credentials) tlsConfigs() (map[scenario.TLS]*tls.Config, error) {
	out := map[scenario.TLS]*tls.Config{}
	for how, pem := range map[scenario.TLS]string{"": c.Server, scenario.TLSExpired: c.Expired, scenario.TLSOtherName: c.OtherName,
		scenario.TLSUnknownCA: c.Foreign, scenario.TLSOld: c.Server} {
		pair, err := tls.X509KeyPair([]byte(pem), []byte(pem))
		if err != nil {
			return nil, fmt.Errorf("read a server certificate of the sandbox: %w", err)
		}
		out[how] = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}}
	}
	out[scenario.TLSOld].MinVersion, out[scenario.TLSOld].MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	return out, nil
}
