package transport_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hdstest/internal/evidence"
	"hdstest/internal/problem"
	"hdstest/internal/transport"
)

// certified starts a TLS server with a self-signed certificate for a name and
// dates, and writes that certificate to a file.
func certified(t *testing.T, name string, notBefore, notAfter time.Time) (address, caFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test Root"}, DNSNames: []string{name},
		NotBefore: notBefore, NotAfter: notAfter, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	server.StartTLS()
	t.Cleanup(server.Close)
	caFile = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(caFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return strings.Replace(server.URL, "127.0.0.1", "localhost", 1), caFile
}

// raw serves connections with f, without HTTP.
func raw(t *testing.T, f func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go f(conn)
		}
	}()
	return l.Addr().String()
}

func closedPort(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func TestNetworkClassifies(t *testing.T) {
	now := time.Now()
	unknown, _ := certified(t, "localhost", now.Add(-time.Hour), now.Add(time.Hour))
	expired, expiredCA := certified(t, "localhost", now.Add(-2*time.Hour), now.Add(-time.Hour))
	other, otherCA := certified(t, "other.example", now.Add(-time.Hour), now.Add(time.Hour))
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	var seen []string
	refusing := connectProxy(t, http.StatusForbidden, &seen)
	asking := connectProxy(t, http.StatusProxyAuthRequired, &seen)
	silent := raw(t, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })
	hangsUp := raw(t, func(c net.Conn) { _ = c.Close() })
	noise := raw(t, func(c net.Conn) {
		_, _ = c.Write([]byte("SSH-2.0-x\r\n"))
		_, _ = io.Copy(io.Discard, c)
	})
	long := raw(t, func(c net.Conn) {
		_, _ = io.WriteString(c, "HTTP/1.1 "+strings.Repeat("a", 2000)+"\r\n\r\n")
		_, _ = io.Copy(io.Discard, c)
	})
	for rule, tc := range map[string]struct {
		url     string
		options transport.Options
		stage   string
		kind    string
		says    string
	}{
		"name that does not resolve": {"https://no-such-host.invalid", transport.Options{}, "dns", "", "no-such-host"},
		"port that nobody serves":    {"https://" + closedPort(t), transport.Options{}, "connect", evidence.NetworkRefused, "refused"},
		"unknown authority":          {unknown, transport.Options{}, "tls", evidence.NetworkUnknownAuthority, "CN=Test Root"},
		"expired certificate":        {expired, transport.Options{CAFile: expiredCA}, "tls", evidence.NetworkExpired, "expired"},
		"certificate of another":     {other, transport.Options{CAFile: otherCA}, "tls", evidence.NetworkWrongHost, "other.example"},
		"plain HTTP server":          {strings.Replace(plain.URL, "http:", "https:", 1), transport.Options{}, "tls", evidence.NetworkNotTLS, "TLS"},
		"a server of something else": {"https://" + noise, transport.Options{}, "tls", evidence.NetworkNotTLS, "TLS"},
		"hangs up in the handshake":  {"https://" + hangsUp, transport.Options{}, "tls", evidence.NetworkClosed, "ended"},
		"hangs up after the request": {"http://" + hangsUp, transport.Options{}, "http", evidence.NetworkClosed, "ended"},
		"answers with no HTTP":       {"http://" + noise, transport.Options{}, "http", evidence.NetworkNotHTTP, "no HTTP answer"},
		"quotes without end":         {"http://" + long, transport.Options{}, "http", evidence.NetworkNotHTTP, "aaa…"},
		"silent TLS server":          {"https://" + silent, transport.Options{Timeout: 50 * time.Millisecond}, "timeout", evidence.NetworkTimeout, "handshake"},
		"silent HTTP server":         {"http://" + silent, transport.Options{Timeout: 50 * time.Millisecond}, "timeout", evidence.NetworkTimeout, "no answer"},
		"proxy that is not there":    {unknown, transport.Options{Proxy: "http://u:c4nary@" + closedPort(t)}, "proxy", evidence.NetworkProxyUnreachable, "the proxy cannot be reached: connection refused"},
		"proxy of SOCKS not there":   {unknown, transport.Options{Proxy: "socks5://" + closedPort(t)}, "proxy", evidence.NetworkProxyUnreachable, "the proxy cannot be reached: connection refused"},
		"proxy without an address":   {unknown, transport.Options{Proxy: "http://no-such-proxy.invalid:3128"}, "proxy", evidence.NetworkProxyUnreachable, "the proxy cannot be reached: no such host: no-such-proxy.invalid"},
		"proxy of unknown authority": {unknown, transport.Options{Proxy: unknown}, "proxy", evidence.NetworkProxyUnreachable, "the proxy cannot be reached: x509: certificate signed by unknown authority"},
		"proxy that speaks no TLS":   {unknown, transport.Options{Proxy: "https://" + noise}, "proxy", evidence.NetworkProxyUnreachable, "the proxy cannot be reached: the server does not speak TLS"},
		"proxy that refuses":         {unknown, transport.Options{Proxy: refusing.URL}, "proxy", evidence.NetworkProxyRefused, "403"},
		"proxy that wants a login":   {unknown, transport.Options{Proxy: asking.URL}, "proxy", evidence.NetworkProxyLogin, "407"},
	} {
		t.Run(rule, func(t *testing.T) {
			c := client(t, tc.options)
			_, err := get(t, c, tc.url)
			u, _ := url.Parse(tc.url)
			n := transport.Network(err, u, transport.ProxyFor(c, u))
			if n == nil || n.Stage != tc.stage || tc.kind != "" && n.Kind != tc.kind {
				t.Fatalf("%v gives %+v", err, n)
			}
			failure := transport.Failure(err, c, u, "reach "+u.Host)
			if problem.KindOf(failure) != problem.Unreachable || !strings.Contains(failure.Error(), tc.says) {
				t.Errorf("failure = %v", failure)
			}
			if n := len(failure.Error()); n > 400 {
				t.Errorf("%d characters of an answer that is none", n)
			}
			if strings.Contains(failure.Error(), "dial tcp") || strings.Contains(failure.Error(), "connect:") {
				t.Errorf("failure = %v, in words of Go", failure)
			}
			if strings.Contains(failure.Error(), "c4nary") || (tc.options.Proxy != "") != (n.Proxy != "") {
				t.Errorf("failure = %v, proxy %q", failure, n.Proxy)
			}
		})
	}
}

func TestNetworkLeavesOtherErrorsAlone(t *testing.T) {
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	req, _ := http.NewRequest(http.MethodGet, server.URL, nil)
	_, cancelled := transport.Send(ctx, client(t, transport.Options{}), req, 1)
	for _, err := range []error{nil, errors.New("of another sort"), cancelled} {
		if n := transport.Network(err, req.URL, ""); n != nil {
			t.Errorf("%v gives %+v", err, n)
		}
		if got := transport.Failure(err, nil, req.URL, "x"); got != err {
			t.Errorf("failure of %v is %v", err, got)
		}
	}
}

func TestClockSkew(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
	for rule, tc := range map[string]struct {
		header http.Header
		want   any
	}{
		"ahead":        {http.Header{"Date": {"Fri, 02 Jan 2026 03:03:05 GMT"}}, 60.0},
		"behind":       {http.Header{"Date": {"Fri, 02 Jan 2026 03:05:05 GMT"}}, -60.0},
		"no date":      {http.Header{}, nil},
		"bad date":     {http.Header{"Date": {"yesterday"}}, nil},
		"from a cache": {http.Header{"Date": {"Fri, 02 Jan 2026 03:03:05 GMT"}, "Age": {"60"}}, nil},
	} {
		got := transport.ClockSkew(tc.header, now)
		if (got == nil) != (tc.want == nil) || got != nil && *got.SkewSeconds != tc.want {
			t.Errorf("%s: got %v, want %v", rule, got, tc.want)
		}
	}
}
