package acquire_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"hdstest/internal/acquire"
	"hdstest/internal/evidence"
	"hdstest/internal/problem"
	"hdstest/internal/secret"
)

func block(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

// selfSigned makes a key and its certificate.
func selfSigned(t testing.TB, name string) (*rsa.PrivateKey, *x509.Certificate) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key, certificate(t, name, key)
}

func certificate(t testing.TB, name string, key crypto.Signer) *x509.Certificate {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func pkcs8(t testing.TB, key any) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func pfx(t testing.TB, key any, leaf *x509.Certificate, chain []*x509.Certificate) []byte {
	t.Helper()
	der, err := pkcs12.Modern2023.Encode(key, leaf, chain, "c4nary")
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func TestParseCertificateReads(t *testing.T) {
	key, cert := selfSigned(t, "leaf")
	_, root := selfSigned(t, "root")
	certPEM, rootPEM := block("CERTIFICATE", cert.Raw), block("CERTIFICATE", root.Raw)
	keyPEM := block("PRIVATE KEY", pkcs8(t, key))
	file := pfx(t, key, cert, []*x509.Certificate{root})
	for form, tc := range map[string]struct {
		data  []byte
		chain int
	}{
		"PEM, PKCS 8, key first":       {slices.Concat(keyPEM, certPEM), 0},
		"PEM, PKCS 1":                  {slices.Concat(certPEM, block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key))), 0},
		"PEM, root before the leaf":    {slices.Concat(rootPEM, []byte("subject=\r\n"), certPEM, keyPEM), 1},
		"PFX with chain":               {file, 1},
		"PFX, root in the first place": {pfx(t, key, root, []*x509.Certificate{cert}), 1},
		"PFX in base64":                {[]byte(base64.StdEncoding.EncodeToString(file) + "\n"), 1},
	} {
		got, err := acquire.ParseCertificate(tc.data, secret.New("c4nary"))
		if err != nil {
			t.Errorf("%s: %v", form, err)
			continue
		}
		if !got.Leaf.Equal(cert) || len(got.Chain) != tc.chain || got.Key == nil {
			t.Errorf("%s: leaf %s, chain of %d", form, got.Leaf.Subject, len(got.Chain))
		}
	}
}

func TestParseCertificateRefuses(t *testing.T) {
	key, cert := selfSigned(t, "leaf")
	otherKey, other := selfSigned(t, "other")
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ecCert := certificate(t, "ec", ec)
	certPEM, keyPEM := block("CERTIFICATE", cert.Raw), block("PRIVATE KEY", pkcs8(t, key))
	legacy := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Headers: map[string]string{"DEK-Info": "DES-EDE3-CBC,00"}, Bytes: []byte{1}})
	trust, err := pkcs12.Modern2023.EncodeTrustStore([]*x509.Certificate{cert}, "c4nary")
	if err != nil {
		t.Fatal(err)
	}
	for rule, tc := range map[string]struct {
		data     []byte
		password string
		problem  string
		says     string
	}{
		"empty":                    {nil, "", evidence.ProblemNotPEM, "neither PEM nor PFX"},
		"text":                     {[]byte("c4nary"), "", evidence.ProblemNotPEM, "neither PEM nor PFX"},
		"UTF-16":                   {[]byte{0xff, 0xfe, '-', 0}, "", evidence.ProblemNotPEM, "UTF-16"},
		"DER of another kind":      {[]byte{0x30, 0x03, 2, 1, 5}, "", evidence.ProblemNotPEM, "neither"},
		"PEM of other things":      {block("PUBLIC KEY", []byte("c4nary")), "", evidence.ProblemNotPEM, "neither a certificate"},
		"PEM that is broken":       {block("CERTIFICATE", []byte("c4nary")), "", evidence.ProblemNotPEM, "CERTIFICATE"},
		"key that is broken":       {block("PRIVATE KEY", []byte("c4nary")), "", evidence.ProblemNotPEM, "PRIVATE KEY"},
		"certificate alone":        {certPEM, "", evidence.ProblemNoKey, "no private key"},
		"certificate alone in DER": {cert.Raw, "", evidence.ProblemNoKey, "no private key"},
		"key alone":                {keyPEM, "", evidence.ProblemNoCertificate, "no certificate"},
		"key of another":           {slices.Concat(certPEM, block("PRIVATE KEY", pkcs8(t, otherKey))), "", evidence.ProblemMismatch, "belongs to none"},
		"two keys":                 {slices.Concat(certPEM, keyPEM, keyPEM), "", evidence.ProblemMismatch, "2 private keys"},
		"elliptic curve":           {slices.Concat(block("CERTIFICATE", ecCert.Raw), block("PRIVATE KEY", pkcs8(t, ec))), "", evidence.ProblemKeyKind, "ECDSA"},
		"encrypted PKCS 8":         {slices.Concat(certPEM, block("ENCRYPTED PRIVATE KEY", []byte("x"))), "", evidence.ProblemEncrypted, "encrypted"},
		"encrypted PKCS 1":         {slices.Concat(certPEM, legacy), "", evidence.ProblemEncrypted, "encrypted"},
		"PFX, wrong password":      {pfx(t, key, cert, nil), "not-c4nary", evidence.ProblemPassword, "does not open"},
		"PFX, no password":         {pfx(t, key, cert, nil), "", evidence.ProblemPassword, "none was given"},
		"PFX without key":          {trust, "c4nary", evidence.ProblemNoKey, "no private key"},
		"PFX, key of another":      {pfx(t, key, other, nil), "c4nary", evidence.ProblemMismatch, "belongs to none"},
		"PFX cut short":            {pfx(t, key, cert, nil)[:100], "c4nary", evidence.ProblemNotPEM, "neither"},
	} {
		t.Run(rule, func(t *testing.T) {
			_, err := acquire.ParseCertificate(tc.data, secret.New(tc.password))
			var p *problem.Error
			if !errors.As(err, &p) || p.Kind != problem.Usage || p.Evidence.Local.Problem != tc.problem {
				t.Fatalf("error = %#v", err)
			}
			if !strings.Contains(err.Error(), tc.says) || strings.Contains(err.Error(), "c4nary") {
				t.Errorf("error = %v, want %q and nothing of the contents", err, tc.says)
			}
		})
	}
}

func TestCertificateDates(t *testing.T) {
	from, to := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC), time.Date(2026, 7, 2, 0, 0, 0, 0, time.UTC)
	c := &acquire.Certificate{Leaf: &x509.Certificate{NotBefore: from, NotAfter: to}}
	for now, want := range map[time.Time]string{
		from.Add(-time.Second): "not valid yet", from: "", to: "", to.Add(time.Second): "has expired",
	} {
		err := c.Valid(now)
		if want == "" {
			if err != nil {
				t.Errorf("%v: %v", now, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "2026-01-02") || !strings.Contains(err.Error(), "2026-07-02") {
			t.Errorf("%v: %v", now, err)
		}
	}
}

func FuzzParseCertificate(f *testing.F) {
	f.Add([]byte("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"), "")
	f.Add([]byte{0x30, 0x80, 2, 1, 3}, "p")
	f.Add([]byte("MAMCAQU="), "p")
	f.Fuzz(func(t *testing.T, data []byte, password string) {
		c, err := acquire.ParseCertificate(data, secret.New(password))
		if (c == nil) == (err == nil) {
			t.Errorf("certificate %v and error %v", c, err)
		}
	})
}
