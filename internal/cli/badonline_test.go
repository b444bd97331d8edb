package cli

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"hdstest/internal/sandbox"
)

// canary is a secret that nothing may print.
const canary = "Canary8Q~not.to_be-printed0123456789"

// TestBadInputOnline is the second part of the table of bad input: what only
// servers can tell. Each ends in one message, an exit code, silence on stdout,
// and no secret.
func TestBadInputOnline(t *testing.T) {
	w := newWorld(t)
	info := w.withSandbox(t)
	files := makeFiles(t)
	taken, port := takenPort(t)
	defer taken.Close()
	none := "00000000-0000-4000-8000-000000000000"
	for name, row := range map[string]struct {
		args string
		code int
		want string
	}{
		"wrong tenant":      {"token --tenant-id " + none, ExitNoToken, "could not get a token from https://localhost"},
		"unknown client":    {"token --client-id " + none, ExitNoToken, "could not get a token from https://localhost"},
		"wrong secret":      {"token --client-secret-file " + files.secret, ExitNoToken, "could not get a token from https://localhost"},
		"secret's id":       {"token --client-secret-file " + files.id, ExitNoToken, "could not get a token from https://localhost"},
		"wrong certificate": {"token --certificate " + files.pem, ExitNoToken, "could not get a token from https://localhost"},
		"wrong PFX password": {"token --certificate " + files.pfx + " --certificate-password-file " + files.secret, ExitUsage,
			"could not use the certificate"},
		"PFX without password":  {"token --certificate " + files.pfx, ExitUsage, "could not use the certificate"},
		"expired certificate":   {"token --certificate " + files.expired, ExitUsage, "could not use the certificate"},
		"certificate alone":     {"token --certificate " + info.CAFile, ExitUsage, "could not use the certificate"},
		"refused connection":    {"token --authority https://localhost:1 --tenant-id " + info.TenantID, ExitUnreachable, "could not get a token from https://localhost:1"},
		"unknown CA":            {"token --ca-file " + files.pem, ExitUnreachable, "could not get a token from https://localhost"},
		"broken CA file":        {"token --ca-file " + files.secret, ExitUsage, "the CA file " + files.secret},
		"name that is none":     {"token --authority https://no-such-host.invalid --tenant-id " + info.TenantID, ExitUnreachable, "could not get a token"},
		"no FHIR service":       {"probe fhir --fhir-url " + info.LoginURL + " --fhir-audience " + info.FHIRURL, ExitFailed, "check failed: "},
		"no service at all":     {"probe fhir --fhir-url https://localhost:1 --fhir-audience " + info.FHIRURL, ExitUnreachable, "could not reach https://localhost:1"},
		"refused by its issuer": {"inspect --client-id " + none, ExitNoToken, "could not get a token from https://localhost"},
		"closed browser":        {"token --grant authorization_code --no-browser --sign-in-timeout 50ms", ExitNoToken, "could not get a token"},
		"port in use":           {"token --grant authorization_code --port " + port, ExitNoToken, "could not"},
		"sandbox on taken port": {"sandbox --port-base " + port, ExitUsage, "could not start the sandbox"},
		"unknown scope":         {"token --scope https://nobody.example/.default", ExitNoToken, "could not get a token from https://localhost"},
	} {
		t.Run(name, func(t *testing.T) {
			args := strings.Fields(row.args)
			if args[0] != "sandbox" {
				args = append(args, "--profile", "sandbox")
			}
			code := w.run(t, args...)
			if code != row.code {
				t.Errorf("exit code %d, want %d", code, row.code)
			}
			if got := w.stderr.String(); !strings.Contains(got, "hdstest: "+row.want) {
				t.Errorf("stderr: %q, want %q in it", got, row.want)
			}
			if args[0] == "token" && w.stdout.Len() > 0 {
				t.Errorf("stdout: %q, want nothing", w.stdout.String())
			}
			noSecret(t, w, info)
		})
	}
}

// noSecret looks for secrets in everything that was printed.
func noSecret(t *testing.T, w *world, info sandbox.Info) {
	t.Helper()
	out := w.stdout.String() + w.stderr.String()
	for _, s := range []string{canary, info.ClientSecret, info.AdminClientSecret} {
		if strings.Contains(out, s) {
			t.Errorf("a secret was printed:\n%s", out)
		}
	}
}

// TestDebugHoldsNoSecret: the trace shows exchanges, not what they carry.
func TestDebugHoldsNoSecret(t *testing.T) {
	w := newWorld(t)
	info := w.withSandbox(t)
	if code := w.run(t, "inspect", "--profile", "sandbox", "--debug"); code == ExitUsage || !strings.Contains(w.stderr.String(), "/oauth2/v2.0/token") {
		t.Errorf("exit code %d, no trace: %s", code, w.stderr.String())
	}
	noSecret(t, w, info)
	if strings.Contains(w.stderr.String(), "eyJ") {
		t.Errorf("the trace holds a token:\n%s", w.stderr.String())
	}
}

func TestRightSecretThenWrongOne(t *testing.T) {
	w := newWorld(t)
	w.withSandbox(t)
	files := makeFiles(t)
	if code := w.run(t, "token", "--profile", "sandbox"); code != ExitOK {
		t.Fatalf("exit code %d: %s", code, w.stderr.String())
	}
	if code := w.run(t, "token", "--profile", "sandbox", "--client-secret-file", files.secret); code != ExitNoToken {
		t.Errorf("a wrong secret after a right one: exit code %d, want %d", code, ExitNoToken)
	}
}

func TestInterruptWhileAPersonSignsIn(t *testing.T) {
	w := newWorld(t)
	w.withSandbox(t)
	ctx, interrupt := context.WithCancel(t.Context())
	w.Open = func(string) error { interrupt(); return nil }
	code := Run(ctx, w.Env, []string{Name, "token", "--profile", "sandbox", "--grant", "authorization_code"})
	if code != ExitInterrupted || w.stdout.Len() > 0 || !strings.HasSuffix(w.stderr.String(), "hdstest: interrupted\n") {
		t.Errorf("exit code %d, stderr %q", code, w.stderr.String())
	}
}

func TestInterruptWhileASandboxRuns(t *testing.T) {
	w := newWorld(t)
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	w.Stdout = &ear{out: &w.stdout, heard: func(string) { interrupt() }}
	info := filepath.Join(t.TempDir(), "info.json")
	if code := Run(ctx, w.Env, []string{Name, "sandbox", "--port", "0", "--info", info}); code != ExitOK {
		t.Errorf("exit code %d: %s", code, w.stderr.String())
	}
	if _, err := os.Stat(info); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the description of a sandbox that has ended is still there: %v", err)
	}
}

func TestInterruptBeforeAnything(t *testing.T) {
	w := newWorld(t)
	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	if code := Run(ctx, w.Env, []string{Name, "smoke", "--sandbox"}); code != ExitInterrupted {
		t.Errorf("exit code %d, stderr %q", code, w.stderr.String())
	}
}

type files struct{ secret, id, pem, pfx, expired string }

// makeFiles makes a wrong secret, a secret's id, and certificates that nobody knows.
func makeFiles(t *testing.T) files {
	t.Helper()
	dir := t.TempDir()
	f := files{secret: filepath.Join(dir, "secret"), id: filepath.Join(dir, "id"), pem: filepath.Join(dir, "c.pem"),
		pfx: filepath.Join(dir, "c.pfx"), expired: filepath.Join(dir, "e.pem")}
	writeFile(t, f.secret, canary)
	writeFile(t, f.id, "12345678-1234-4234-8234-123456789012")
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	good, bad := certify(t, key, now.Add(time.Hour)), certify(t, key, now.Add(-time.Hour))
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	private := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}))
	writeFile(t, f.pem, private+string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: good.Raw})))
	writeFile(t, f.expired, private+string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: bad.Raw})))
	pfx, err := pkcs12.Modern.Encode(key, good, nil, "right password")
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, f.pfx, string(pfx))
	return f
}

func certify(t *testing.T, key *rsa.PrivateKey, end time.Time) *x509.Certificate {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotBefore: end.Add(-24 * time.Hour), NotAfter: end}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// takenPort listens on a loopback port, so that nobody else can.
func takenPort(t *testing.T) (net.Listener, string) {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if _, bad := strconv.Atoi(port); err != nil || bad != nil {
		t.Fatal(err, bad)
	}
	return l, port
}
