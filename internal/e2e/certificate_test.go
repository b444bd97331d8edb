//go:build e2e

package e2e_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// certNames is what cert new and cert show say of a certificate.
type certNames struct {
	Certificate struct {
		SHA1    string `json:"sha1_hex"`
		SHA256  string `json:"sha256_hex"`
		Serial  string `json:"serial"`
		Subject string `json:"subject"`
	} `json:"certificate"`
}

// TestCertificateByOpenSSL has OpenSSL read what cert new wrote and compute the
// digests again. Source: openssl-x509(1), openssl-pkcs12(1), openssl-pkey(1).
func TestCertificateByOpenSSL(t *testing.T) {
	s := sandbox{home: t.TempDir()}
	j := newJudge(t, s, nil)
	for _, encryption := range []string{"tripledes", "aes256"} {
		names := s.newCertificate(t, encryption, "--name", "By OpenSSL", "--pfx-encryption", encryption, "--hash", "sha512", "--bits", "3072")
		base := filepath.Join(s.home, encryption)
		for _, file := range []string{".pem", ".cer"} {
			text := s.openssl(t, "x509", "-in", base+file, "-noout", "-fingerprint", "-sha1", "-serial", "-subject", "-text")
			j.contains(file, strings.ReplaceAll(text, ":", ""), "ingerprint="+names.Certificate.SHA1, "serial="+names.Certificate.Serial)
			j.contains(file, text, "By OpenSSL", "sha512WithRSAEncryption", "(3072 bit)", "Digital Signature", "TLS Web Client Authentication")
			j.contains(file, strings.ReplaceAll(s.openssl(t, "x509", "-in", base+file, "-noout", "-fingerprint", "-sha256"), ":", ""),
				"ingerprint="+names.Certificate.SHA256)
		}
		s.openssl(t, "verify", "-CAfile", base+".cer", base+".cer")
		fromPFX := s.openssl(t, "pkcs12", "-in", base+".pfx", "-passin", "file:"+base+".pfx.password", "-nodes", "-nocerts")
		fromPEM := s.openssl(t, "pkey", "-in", base+".pem")
		j.equal(encryption+": the key", keyBlock(fromPFX), keyBlock(fromPEM))
		wrong := command(t, s.home, environment(s.home), "openssl", "pkcs12", "-in", base+".pfx", "-passin", "pass:wrong", "-nodes")
		j.that(wrong.code != 0, "%s: opens with a wrong password", encryption)
	}
}

// newCertificate runs cert new below the sandbox's home.
func (s sandbox) newCertificate(t *testing.T, out string, args ...string) certNames {
	t.Helper()
	r := s.hdstest(t, append([]string{"cert", "new", "--output", "json", "--out", out}, args...)...)
	var names certNames
	if err := json.Unmarshal([]byte(r.stdout), &names); err != nil || r.code != 0 {
		t.Fatalf("cert new: exit code %d, %v\n%s%s", r.code, err, r.stdout, r.stderr)
	}
	return names
}

func (s sandbox) openssl(t *testing.T, args ...string) string {
	t.Helper()
	r := command(t, s.home, environment(s.home), "openssl", args...)
	if r.code != 0 {
		t.Errorf("openssl %s: exit code %d\n%s%s", strings.Join(args, " "), r.code, r.stdout, r.stderr)
	}
	return r.stdout
}

var keyBody = regexp.MustCompile(`(?s)-----BEGIN PRIVATE KEY-----(.*?)-----END`)

func keyBlock(text string) string {
	if m := keyBody.FindStringSubmatch(text); m != nil {
		return strings.Join(strings.Fields(m[1]), "")
	}
	return "no key in " + text[:min(len(text), 40)]
}

// TestCertificateByAzureIdentity registers a new certificate and has azidentity
// sign with it, from PEM and from PFX, which this library reads only in the
// older encryption.
func TestCertificateByAzureIdentity(t *testing.T) {
	s := startSandbox(t)
	g, j := newGoClient(t, s), newJudge(t, s, nil)
	s.newCertificate(t, "client")
	file := func(ending string) string { return filepath.Join(s.home, "client"+ending) }
	made := command(t, s.home, environment(s.home, "AZURE_TENANT_ID="+s.TenantID, "AZURE_AUTHORITY_HOST="+s.LoginURL, "HDSTEST_GRAPH_URL="+s.GraphURL,
		"HDSTEST_ARM_URL="+s.ARMURL, "HDSTEST_CA_FILE="+s.CAFile, "HDSTEST_ADMIN_CLIENT_ID="+s.AdminClientID, "HDSTEST_ADMIN_CLIENT_SECRET="+s.AdminSecret),
		binary(), "register", "--name", "By certificate", "--certificate", file(".cer"), "--no-save", "--output", "json", "--yes")
	var answer struct {
		Result struct {
			AppID string `json:"app_id"`
		} `json:"result"`
	}
	if err := json.Unmarshal([]byte(made.stdout), &answer); err != nil || made.code != 0 {
		t.Fatalf("register: exit code %d, %v\n%s%s", made.code, err, made.stdout, made.stderr)
	}
	password, err := readFile(file(".pfx.password"))
	if err != nil {
		t.Fatal(err)
	}
	for ending, phrase := range map[string][]byte{".pem": nil, ".pfx": []byte(strings.TrimSpace(password))} {
		data, err := os.ReadFile(file(ending))
		if err != nil {
			t.Fatal(err)
		}
		certificates, key, err := azidentity.ParseCertificates(data, phrase)
		if err != nil {
			t.Fatalf("%s: %v", ending, err)
		}
		var credential azcore.TokenCredential
		credential, err = azidentity.NewClientCertificateCredential(s.TenantID, answer.Result.AppID, certificates, key,
			&azidentity.ClientCertificateCredentialOptions{ClientOptions: g.options, DisableInstanceDiscovery: true})
		j.goToken(ending, s.FHIRURL+"/.default", map[string]any{"aud": s.FHIRURL, "appid": answer.Result.AppID, "appidacr": "2"})(credential, err)
	}
	record(t, used{"azidentity (cert new)", goVersion(t, "github.com/Azure/azure-sdk-for-go/sdk/azidentity"), s.requests(t, "azsdk-go-azidentity"), j.n})
}
