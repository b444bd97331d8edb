//go:build e2e

package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// mitm is a running mitmproxy, which opens TLS as a company's proxy does.
type mitm struct {
	address string // http://host:port
	dir     string // its authority's certificate, what it noted, its flows
	version string
	stop    func()
}

// tunnelled is what mitmproxy noted of one exchange.
type tunnelled struct {
	Kind, Method, Host string
	Port               int
	Authorized         bool
}

// startMitmproxy runs Debian's mitmproxy, which trusts the sandbox.
func startMitmproxy(t *testing.T, s sandbox) mitm {
	t.Helper()
	m := mitm{dir: t.TempDir(), version: strings.Fields(command(t, s.home, environment(s.home), "mitmdump", "--version").stdout)[1]}
	port := freePort(t)
	m.address = fmt.Sprintf("http://127.0.0.1:%d", port)
	cmd := exec.Command("mitmdump", "--listen-host", "127.0.0.1", "--listen-port", fmt.Sprint(port), "--quiet",
		"--set", "confdir="+m.dir, "--set", "ssl_verify_upstream_trusted_ca="+s.CAFile, "--save-stream-file", filepath.Join(m.dir, "flows"),
		"--scripts", filepath.Join(e2eDir(t), "mitm_record.py"), "--set", "record="+filepath.Join(m.dir, "record"))
	cmd.Env = environment(s.home)
	var said strings.Builder
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatalf("mitmproxy did not start (see .ci/install): %v", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	stopped := false
	m.stop = func() {
		if stopped {
			return
		}
		stopped = true
		_ = cmd.Process.Signal(syscall.SIGINT)
		select {
		case <-ended:
		case <-time.After(20 * time.Second):
			_ = cmd.Process.Kill()
			t.Errorf("mitmproxy did not end on an interrupt\n%s", &said)
		}
	}
	t.Cleanup(m.stop)
	waitForPort(t, m.address, ended, &said)
	return m
}

func waitForPort(t *testing.T, address string, ended <-chan error, said *strings.Builder) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for {
		if conn, err := net.Dial("tcp", strings.TrimPrefix(address, "http://")); err == nil {
			_ = conn.Close()
			return
		}
		select {
		case err := <-ended:
			t.Fatalf("mitmproxy ended: %v\n%s", err, said)
		case <-ctx.Done():
			t.Fatalf("mitmproxy does not listen")
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// ca is the certificate of mitmproxy's own authority.
func (m mitm) ca(t *testing.T) string {
	t.Helper()
	data, err := readFile(filepath.Join(m.dir, "mitmproxy-ca-cert.pem"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// record is what mitmproxy saw so far.
func (m mitm) record(t *testing.T) []tunnelled {
	t.Helper()
	data, err := readFile(filepath.Join(m.dir, "record"))
	if err != nil {
		t.Fatalf("mitmproxy noted nothing: %v", err)
	}
	var all []tunnelled
	for line := range strings.Lines(data) {
		var p tunnelled
		if err := json.Unmarshal([]byte(line), &p); err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

// count gives how often mitmproxy saw something of a kind for an address, and how
// often a token in it.
func count(all []tunnelled, kind, address string) (n, authorized int) {
	for _, p := range all {
		u, err := url.Parse(address)
		if err == nil && p.Kind == kind && p.Host == u.Hostname() && fmt.Sprint(p.Port) == u.Port() {
			n++
			if p.Authorized {
				authorized++
			}
		}
	}
	return n, authorized
}

// TestMitmproxy goes through a proxy that opens TLS. Without its authority nothing
// passes, and the finding names the issuer as the proxy's; with it all is green.
func TestMitmproxy(t *testing.T) {
	s := startSandbox(t)
	m := startMitmproxy(t, s)
	assertions := 0
	for _, args := range [][]string{{"probe", "all"}, {"smoke"}} {
		p := s.probe(t, append(args, "--profile", "sandbox", "--proxy", m.address)...)
		assertions += m.refused(t, p)
	}
	if n, _ := count(m.record(t), "connect", s.LoginURL); n == 0 {
		t.Errorf("mitmproxy recorded no CONNECT to %s: %+v", s.LoginURL, m.record(t))
	}

	// A token at hand must not reach the proxy either.
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte(s.fhirToken(t)), 0o600); err != nil {
		t.Fatal(err)
	}
	assertions += m.refused(t, s.probe(t, "probe", "fhir", "--profile", "sandbox", "--proxy", m.address, "--token-file", token))
	if n, _ := count(m.record(t), "connect", s.FHIRURL); n == 0 {
		t.Errorf("mitmproxy recorded no CONNECT to %s", s.FHIRURL)
	}
	if n, _ := count(m.record(t), "request", s.FHIRURL); n != 0 {
		t.Errorf("%d requests went through a proxy that was not trusted", n)
	}

	both := filepath.Join(t.TempDir(), "corp.pem")
	if err := os.WriteFile(both, []byte(m.ca(t)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"probe", "all", "--write"}, {"smoke"}} {
		p := s.probe(t, append(args, "--profile", "sandbox", "--proxy", m.address, "--ca-file", both)...)
		if p.code != 0 {
			t.Errorf("%q through mitmproxy: exit code %d\n%s", args, p.code, p.stderr)
		}
		assertions++
	}
	for _, address := range []string{s.LoginURL, s.FHIRURL, s.DICOMURL} {
		connects, _ := count(m.record(t), "connect", address)
		requests, authorized := count(m.record(t), "request", address)
		if connects == 0 || requests == 0 || address != s.LoginURL && authorized == 0 {
			t.Errorf("%s: %d CONNECT, %d requests, %d with a token", address, connects, requests, authorized)
		}
		assertions++
	}
	m.stop()
	dump := command(t, m.dir, environment(s.home), "mitmdump", "--no-server", "--rfile", filepath.Join(m.dir, "flows"), "--flow-detail", "1",
		"--set", "confdir="+m.dir)
	for _, want := range []string{s.FHIRURL + "/metadata", s.DICOMURL + "/v2/studies"} {
		if !strings.Contains(dump.stdout, want) {
			t.Errorf("mitmproxy's flows lack %s\n%s", want, dump.stdout)
		}
		assertions++
	}
	record(t, used{"mitmproxy", m.version, s.requests(t, "hdstest/"), assertions})
}

// refused expects that a run ended at the proxy's certificate.
func (m mitm) refused(t *testing.T, p probed) int {
	t.Helper()
	i := 0
	for i < len(p.Findings) && p.Findings[i].Status != "fail" {
		i++
	}
	if p.code != 4 || i == len(p.Findings) {
		t.Fatalf("exit code %d through an authority that is not trusted\n%s%s", p.code, p.stdout, p.stderr)
	}
	f := p.Findings[i]
	if f.Cause != "network.interception" || !strings.Contains(f.Seen, "CN=mitmproxy") || !strings.Contains(f.Hint, "issued by CN=mitmproxy") ||
		!strings.Contains(f.Hint, "a proxy's") || !strings.Contains(f.Hint, "--ca-file") {
		t.Errorf("the first that fails is %+v", f)
	}
	return 5
}
