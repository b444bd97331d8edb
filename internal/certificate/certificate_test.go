package certificate_test

import (
	"crypto/rand"
	"crypto/sha1"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"software.sslmate.com/src/go-pkcs12"

	"hdstest/internal/certificate"
	"hdstest/internal/problem"
	"hdstest/internal/secret"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 7, time.UTC)

func usual() certificate.Spec {
	return certificate.Spec{Name: "hdstest client", Bits: 2048, Hash: "sha256", Days: 180}
}

func newPair(t *testing.T, s certificate.Spec) *certificate.Pair {
	t.Helper()
	pair, err := certificate.New(s, now, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return pair
}

func TestNew(t *testing.T) {
	for _, hash := range []struct {
		name string
		want x509.SignatureAlgorithm
	}{{"sha256", x509.SHA256WithRSA}, {"sha384", x509.SHA384WithRSA}, {"sha512", x509.SHA512WithRSA}} {
		s := usual()
		s.Hash = hash.name
		c := newPair(t, s).Leaf
		if c.SignatureAlgorithm != hash.want || c.Subject.CommonName != "hdstest client" || c.Subject.String() != c.Issuer.String() {
			t.Errorf("%s: %v of %v by %v", hash.name, c.SignatureAlgorithm, c.Subject, c.Issuer)
		}
		if got := c.NotAfter.Sub(now.Truncate(time.Second)); got != 180*24*time.Hour || c.NotBefore.After(now) || c.IsCA {
			t.Errorf("%s: lasts %v from %v, CA %v", hash.name, got, c.NotBefore, c.IsCA)
		}
		if c.KeyUsage != x509.KeyUsageDigitalSignature || c.SerialNumber.Sign() <= 0 || len(c.SerialNumber.Bytes()) > 20 {
			t.Errorf("%s: usage %v, serial %v", hash.name, c.KeyUsage, c.SerialNumber)
		}
	}
}

func TestCheckRefuses(t *testing.T) {
	for name, change := range map[string]func(*certificate.Spec){
		"--name: expected 1 to 64 printable":                 func(s *certificate.Spec) { s.Name = " " },
		"--name: expected 1 to 64":                           func(s *certificate.Spec) { s.Name = strings.Repeat("x", 65) },
		"--name: expected":                                   func(s *certificate.Spec) { s.Name = "a\nb" },
		"--bits: expected 2048, 3072 or 4096, not 512":       func(s *certificate.Spec) { s.Bits = 512 },
		`--hash: expected sha256, sha384, sha512, not "md5"`: func(s *certificate.Spec) { s.Hash = "md5" },
		"--days: expected 1 to 3650, not 0":                  func(s *certificate.Spec) { s.Days = 0 },
		"--days: expected 1 to 3650, not 3651":               func(s *certificate.Spec) { s.Days = 3651 },
	} {
		s := usual()
		change(&s)
		_, err := certificate.New(s, now, rand.Reader)
		if problem.KindOf(err) != problem.Usage || err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if err := (certificate.Spec{}).Check(); strings.Count(fmt.Sprint(err), "\n") != 3 {
		t.Errorf("all faults at once: %v", err)
	}
}

func TestPEMHoldsBothHalves(t *testing.T) {
	pair := newPair(t, usual())
	text, err := pair.PEM()
	if err != nil || strings.Contains(fmt.Sprintf("%v %+v", text, text), "BEGIN") {
		t.Fatalf("%v, %v", text, err)
	}
	key, rest := pem.Decode([]byte(text.Reveal()))
	cert, _ := pem.Decode(rest)
	read, err := x509.ParsePKCS8PrivateKey(key.Bytes)
	if err != nil || !pair.Key.Equal(read) || string(cert.Bytes) != string(pair.Leaf.Raw) {
		t.Errorf("%v", err)
	}
	if strings.Contains(string(pair.Public()), "PRIVATE") {
		t.Error("the public half holds the key")
	}
}

func TestPFX(t *testing.T) {
	pair := newPair(t, usual())
	for _, kind := range certificate.Encryptions() {
		data, err := pair.PFX(kind, secret.New("one word"), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		key, cert, err := pkcs12.Decode(data, "one word")
		if err != nil || !pair.Key.Equal(key) || !cert.Equal(pair.Leaf) {
			t.Errorf("%s: %v", kind, err)
		}
		if _, _, err := pkcs12.Decode(data, "another"); err == nil {
			t.Errorf("%s: opens with another password", kind)
		}
	}
	if _, err := pair.PFX("none", secret.New("x"), rand.Reader); problem.KindOf(err) != problem.Usage {
		t.Errorf("got %v", err)
	}
}

// TestThumbprints compares with the examples of RFC 7515 sections 2 and 4.1.7:
// base64url of the digest without padding, and hexadecimal as the portal has it.
func TestThumbprints(t *testing.T) {
	der := []byte("abc") // FIPS 180-4's example has known digests
	want := certificate.Thumbprints{
		SHA1: "A9993E364706816ABA3E25717850C26C9CD0D89D", X5T: "qZk-NkcGgWq6PiVxeFDCbJzQ2J0",
		SHA256:  "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD",
		X5TS256: "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0", CustomKeyIdentifier: "qZk+NkcGgWq6PiVxeFDCbJzQ2J0=",
	}
	if diff := cmp.Diff(want, certificate.ThumbprintsOf(der)); diff != "" {
		t.Error(diff)
	}
	pair := newPair(t, usual())
	d := certificate.Describe(pair.Leaf)
	sum := sha1.Sum(pair.Leaf.Raw)
	if d.SHA1 != strings.ToUpper(hex.EncodeToString(sum[:])) || d.X5T != base64.RawURLEncoding.EncodeToString(sum[:]) {
		t.Errorf("%+v", d)
	}
	if !d.SelfSigned || !d.Usable || d.Key != "RSA 2048" || d.Signature != "SHA256-RSA" {
		t.Errorf("%+v", d)
	}
}
