package register_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"hdstest/internal/problem"
	"hdstest/internal/register"
)

type noToken struct{ err error }

func (n noToken) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{}, n.err
}

func elliptical(t *testing.T) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func TestBadInputChangesNothing(t *testing.T) {
	now := time.Date(2026, 7, 1, 10, 0, 0, 0, time.UTC)
	redirect := func(p register.Platform, uri string) func(*register.Spec) {
		return func(s *register.Spec) { s.Redirects = []register.Redirect{{Platform: p, URI: uri}} }
	}
	secret := func(x register.SecretSpec) func(*register.Spec) { return func(s *register.Spec) { s.Secret = &x } }
	role := func(name, scope string) func(*register.Spec) {
		return func(s *register.Spec) { s.Roles = []register.RoleGrant{{Role: name, Scope: scope}} }
	}
	for _, row := range []struct {
		name, want string
		change     func(*register.Spec)
	}{
		{"no name", "needs a name", func(s *register.Spec) { s.Name = " " }},
		{"client id that is none", "is no client id", func(s *register.Spec) { s.AppID = "lab" }},
		{"client id that nobody has", "no app registration with the client id", func(s *register.Spec) { s.AppID = tenantID }},
		{"account type", "unknown account type", func(s *register.Spec) { s.Audience = "single" }},
		{"another tenant", "belongs to tenant " + tenantID, func(s *register.Spec) { s.TenantID = dicomApp }},
		{"redirect without scheme", "scheme and host", redirect(register.Web, "localhost")},
		{"redirect by http", "https is required", redirect(register.Web, "http://example.com/cb")},
		{"redirect with a wildcard", "wildcards", redirect(register.Web, "https://*.example.com")},
		{"redirect with a refused character", "! $ ' ( ) , ;", redirect(register.Web, "https://example.com/a,b")},
		{"redirect with a fragment", "fragment", redirect(register.Web, "https://example.com/#x")},
		{"redirect to IPv6 loopback", "IPv6", redirect(register.Public, "http://[::1]/")},
		{"redirect too long", "256", redirect(register.Web, "https://example.com/"+strings.Repeat("a", 256))},
		{"platform", `unknown platform "native"`, redirect("native", "https://example.com")},
		{"two redirects that differ in the port", "count as one", func(s *register.Spec) {
			s.Redirects = []register.Redirect{{register.Public, "http://localhost:1"}, {register.Public, "http://localhost:2"}}
		}},
		{"one redirect under two platforms", "count as one", func(s *register.Spec) {
			s.Redirects = []register.Redirect{{register.Public, "https://x.example"}, {register.Web, "https://x.example"}}
		}},
		{"secret that ends before it starts", "before it starts", secret(register.SecretSpec{Start: now.Add(time.Hour), End: now})},
		{"secret that has ended", "would have ended", secret(register.SecretSpec{Start: now.Add(-2 * time.Hour), End: now.Add(-time.Hour)})},
		{"secret for too long", "live 731 days", secret(register.SecretSpec{Lifetime: 731 * register.Day})},
		{"secret of no length", "before it starts", secret(register.SecretSpec{Lifetime: -time.Hour})},
		{"secret with end and lifetime", "not both", secret(register.SecretSpec{End: now.Add(time.Hour), Lifetime: time.Hour})},
		{"certificate that is none", "cannot be read", func(s *register.Spec) { s.Certificate = []byte("x") }},
		{"private key in place of a certificate", "only PRIVATE KEY", func(s *register.Spec) {
			s.Certificate = pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("x")})
		}},
		{"certificate that is not RSA", "only RSA", func(s *register.Spec) { s.Certificate = elliptical(t) }},
		{"API that is none", "is no API", func(s *register.Spec) { s.APIs = []string{"dicom"} }},
		{"scope that the API does not offer", "offers no scope user_impersonation in this tenant; it offers Dicom.ReadWrite", func(s *register.Spec) {
			s.Scopes = map[string][]string{dicomApp: {"user_impersonation"}}
		}},
		{"unknown role", `no role "FHIR Data Owner"`, role("FHIR Data Owner", fhirID)},
		{"role of the other service", "gives nothing on", role("FHIR Data Reader", dicomRes)},
		{"scope that is none", "no Azure resource id", role("FHIR Data Reader", "https://x.fhir.azurehealthcareapis.com")},
		{"federated credential with a wildcard", "no wildcard", func(s *register.Spec) {
			s.Federated = []register.Federated{{Name: "abc", Issuer: "https://x", Subject: "repo:*"}}
		}},
		{"app of the same name that is not ours", "was not made by hdstest: name it by its client id (" + foreignApp + ")", func(s *register.Spec) { s.Name = "theirs" }},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := newCloud(t)
			c.addForeign()
			s := spec(t)
			row.change(&s)
			_, err := register.MakePlan(context.Background(), c.clients(nil), s)
			if err == nil || problem.KindOf(err) != problem.Usage || !strings.Contains(err.Error(), row.want) {
				t.Errorf("got %v, want a usage error with %q", err, row.want)
			}
			if n := c.changing(); len(n) > 0 {
				t.Errorf("changed %q", n)
			}
		})
	}
}

func TestAllFaultsAtOnce(t *testing.T) {
	err := register.Spec{AppID: "x", Redirects: []register.Redirect{{register.Web, "a"}, {register.Web, "b"}}, APIs: []string{"c"}}.Check(time.Now())
	for _, want := range []string{`"x"`, `"a"`, `"b"`, `"c"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s is missing in: %v", want, err)
		}
	}
}

func TestClientsWantHTTPS(t *testing.T) {
	for _, address := range []string{"http://localhost:1", "graph.microsoft.com", "https://user@host", "https://host/path"} {
		_, err := register.NewClients(register.Options{HTTP: newCloud(t).graph.Client(), GraphURL: address, Credential: noToken{}, Now: time.Now})
		if problem.KindOf(err) != problem.Usage {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestUniqueNamesDiffer(t *testing.T) {
	seen := map[string]string{}
	for _, name := range []string{"lab", "Lab", "my-app", "my app", "my app ", "ärzte", "arzte", "", "-", strings.Repeat("a", 100), strings.Repeat("a", 101)} {
		u := register.UniqueName(name)
		if other, twice := seen[u]; twice {
			t.Errorf("%q and %q both give %s", name, other, u)
		}
		seen[u] = name
	}
	if u := register.UniqueName("lab"); u != "hdstest-lab" {
		t.Errorf("lab gives %s", u)
	}
}

// FuzzRedirect: what passes goes to https or to this machine.
func FuzzRedirect(f *testing.F) {
	for _, seed := range []string{"https://a.example/cb", "http://localhost:8400/x", "http://127.0.0.1", "urn:ietf:wg:oauth:2.0:oob", "http://localhost.evil.example"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, uri string) {
		err := register.Spec{Name: "x", Redirects: []register.Redirect{{register.Web, uri}}}.Check(time.Time{})
		if err != nil {
			return
		}
		u := mustURL(t, uri)
		if u.Scheme != "https" && u.Hostname() != "127.0.0.1" && !strings.EqualFold(u.Hostname(), "localhost") {
			t.Errorf("%q passed", uri)
		}
	})
}

func FuzzUniqueName(f *testing.F) {
	f.Add("My App (2)")
	f.Fuzz(func(t *testing.T, name string) {
		if u := register.UniqueName(name); len(u) > 90 || strings.Trim(u, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			t.Errorf("%q gives %q", name, u)
		}
	})
}
