package main

import (
	"bytes"
	"compress/gzip"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// authority is a certificate authority of a test.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T, name string) authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name, Organization: []string{"Example Corp"}},
		NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(48 * time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return authority{cert, key}
}

// pem is what --ca-file takes.
func (a authority) pem() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw}))
}

// issue makes a certificate for this machine or another name.
func (a authority) issue(t *testing.T, until time.Time, names ...string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: names[0]}, NotBefore: time.Now().Add(-24 * time.Hour),
		NotAfter: until, KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func tomorrow() time.Time { return time.Now().Add(24 * time.Hour) }

// serve starts an HTTPS server of the authority on this machine.
func (a authority) serve(t *testing.T, handler http.HandlerFunc, change ...func(*httptest.Server)) string {
	t.Helper()
	s := httptest.NewUnstartedServer(handler)
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // what the client gives up
	s.TLS = &tls.Config{Certificates: []tls.Certificate{a.issue(t, tomorrow(), "localhost", "127.0.0.1", "::1")}, MinVersion: tls.VersionTLS12}
	for _, f := range change {
		f(s)
	}
	s.StartTLS()
	t.Cleanup(func() { s.CloseClientConnections(); s.Close() })
	return strings.Replace(s.URL, "127.0.0.1", "localhost", 1)
}

// raw serves connections with f, without HTTP, until the test ends.
func raw(t *testing.T, f func(net.Conn)) (address string) {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	accept(t, l, f)
	return strings.Replace(l.Addr().String(), "127.0.0.1", "localhost", 1)
}

// accept serves the connections of a listener with f, each for itself, and closes
// them.
func accept(t *testing.T, l net.Listener, f func(net.Conn)) {
	t.Helper()
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				f(conn)
			}()
		}
	}()
}

// carry hands on what comes and goes until one side ends.
func carry(conn, up net.Conn) {
	go func() { _, _ = io.Copy(up, conn); _ = up.Close() }()
	_, _ = io.Copy(conn, up)
}

// silent reads and says nothing.
func silent(c net.Conn) { _, _ = io.Copy(io.Discard, c) }

// rawTLS serves what is inside of TLS with f, once a request's head was read.
func (a authority) rawTLS(t *testing.T, f func(net.Conn)) string {
	config := &tls.Config{Certificates: []tls.Certificate{a.issue(t, tomorrow(), "localhost")}, MinVersion: tls.VersionTLS12}
	return "https://" + raw(t, func(c net.Conn) {
		inside := tls.Server(c, config)
		if head(inside) {
			f(inside)
		}
	})
}

// head reads the head of a request.
func head(c net.Conn) bool {
	var seen []byte
	for one := make([]byte, 4096); !bytes.Contains(seen, []byte("\r\n\r\n")); {
		n, err := c.Read(one)
		if err != nil {
			return false
		}
		seen = append(seen, one[:n]...)
	}
	return true
}

// closed is an address on which nobody listens.
func closed(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return strings.Replace(l.Addr().String(), "127.0.0.1", "localhost", 1)
}

// relay is a proxy for CONNECT that notes what it is asked for. With open it
// opens the TLS inside as a company's proxy does.
type relay struct {
	*httptest.Server
	mu     sync.Mutex
	asked  []string
	logins []string
	status int // other than 200 it refuses
	open   *authority
}

func newRelay(t *testing.T, status int, open *authority) *relay {
	t.Helper()
	r := &relay{status: status, open: open}
	r.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) { r.handle(t, w, q) }))
	r.Config.ErrorLog = log.New(io.Discard, "", 0)
	r.Start()
	t.Cleanup(func() { r.CloseClientConnections(); r.Close() })
	return r
}

func (r *relay) handle(t *testing.T, w http.ResponseWriter, q *http.Request) {
	r.mu.Lock()
	r.asked = append(r.asked, q.Method+" "+q.Host)
	r.logins = append(r.logins, q.Header.Get("Proxy-Authorization"))
	r.mu.Unlock()
	if r.status != http.StatusOK {
		w.Header().Set("Proxy-Authenticate", `Basic realm="corp"`)
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(r.status)
		fmt.Fprint(w, "<html><title>Blocked by policy</title></html>")
		return
	}
	up, err := net.Dial("tcp", q.Host)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer up.Close()
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	fmt.Fprint(conn, "HTTP/1.1 200 Connection established\r\n\r\n")
	if r.open != nil {
		host, _, _ := net.SplitHostPort(q.Host)
		inside := tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{r.open.issue(t, tomorrow(), host)}, MinVersion: tls.VersionTLS12})
		_ = inside.Handshake() // whoever does not trust it ends it
		return
	}
	carry(conn, up)
}

// connects tells how often the proxy was asked for the host.
func (r *relay) connects(host string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for _, entry := range r.asked {
		if entry == "CONNECT "+host {
			n++
		}
	}
	return n
}

// bomb is gzip that unpacks to a number of zero bytes.
func bomb(t *testing.T, size int) []byte {
	t.Helper()
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	zeros := make([]byte, 1<<20)
	for range size >> 20 {
		if _, err := w.Write(zeros); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}
