//go:build unix

package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// holdProxy is a proxy that opens the connections which go through it, counts
// their requests, and holds one of them: before the server has seen it, or after
// it has answered. While it holds, a process can be ended at a definite point.
type holdProxy struct {
	server   *httptest.Server
	onwards  *httputil.ReverseProxy
	identity tls.Certificate
	caFile   string // trusts the servers behind and the proxy

	mu    sync.Mutex
	seen  []string // METHOD path of each request
	at    int      // the request to be held, from 1; 0: none
	after bool     // hold the answer in place of the request
	held  func()   // is called once, while the request is held
	each  func()   // is called at each request; nil: nothing is
	// answer answers in the servers' place, if it says so; nil: it never does.
	answer func(http.ResponseWriter, *http.Request) bool
}

// newHoldProxy makes a proxy before servers whose authority is in a file.
func newHoldProxy(t *testing.T, upstreamCA string) *holdProxy {
	t.Helper()
	ca, err := os.ReadFile(upstreamCA)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(ca) {
		t.Fatalf("%s holds no certificate", upstreamCA)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}
	t.Cleanup(transport.CloseIdleConnections)
	p := &holdProxy{onwards: &httputil.ReverseProxy{Transport: transport, FlushInterval: -1, ErrorLog: log.New(io.Discard, "", 0), // clients that are gone
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(&url.URL{Scheme: "https", Host: r.In.Host})
			r.Out.Host = r.In.Host
		}}}
	der := p.makeIdentity(t)
	p.caFile = filepath.Join(t.TempDir(), "ca.pem")
	own := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	if err := os.WriteFile(p.caFile, append(ca, own...), 0o600); err != nil {
		t.Fatal(err)
	}
	p.server = httptest.NewServer(http.HandlerFunc(p.connect))
	t.Cleanup(p.server.Close)
	return p
}

// makeIdentity makes a certificate of its own authority for localhost.
func (p *holdProxy) makeIdentity(t *testing.T) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "hdstest test proxy"},
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	p.identity = tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	return der
}

// connect takes a CONNECT and serves what comes through it.
func (p *holdProxy) connect(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodConnect {
		http.Error(w, "only CONNECT", http.StatusMethodNotAllowed)
		return
	}
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	if _, err := io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n"); err != nil {
		_ = conn.Close()
		return
	}
	one := &oneConn{conn: tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{p.identity}, NextProtos: []string{"http/1.1"}}), done: make(chan struct{})}
	server := &http.Server{Handler: http.HandlerFunc(p.request), ReadHeaderTimeout: time.Minute,
		ConnState: func(_ net.Conn, s http.ConnState) {
			if s == http.StateClosed || s == http.StateHijacked {
				one.once.Do(func() { close(one.done) })
			}
		}}
	_ = server.Serve(one)
}

// request hands one request on, and holds it if its turn has come.
func (p *holdProxy) request(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.seen = append(p.seen, r.Method+" "+r.URL.Path)
	hold, after, held, each, answer := len(p.seen) == p.at, p.after, p.held, p.each, p.answer
	p.mu.Unlock()
	if each != nil {
		each()
	}
	if answer != nil && answer(w, r) {
		return
	}
	if !hold {
		p.onwards.ServeHTTP(w, r)
		return
	}
	if after {
		p.onwards.ServeHTTP(httptest.NewRecorder(), r)
	}
	held()
	<-r.Context().Done() // the client is gone
}

// hold makes the n-th request from now on the one that is held.
func (p *holdProxy) hold(n int, after bool, held func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen, p.at, p.after, p.held = nil, n, after, held
}

// requests lists what came since.
func (p *holdProxy) requests() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.seen...)
}

// changing tells whether a request can have changed the tenant.
func changing(request string) bool {
	method, path, _ := strings.Cut(request, " ")
	return method != http.MethodGet && !strings.Contains(path, "/oauth2/")
}

// oneConn is a listener of one connection.
type oneConn struct {
	conn  net.Conn
	once  sync.Once
	taken bool
	done  chan struct{}
}

func (o *oneConn) Accept() (net.Conn, error) {
	if !o.taken {
		o.taken = true
		return o.conn, nil
	}
	<-o.done
	return nil, net.ErrClosed
}

func (o *oneConn) Close() error   { return nil }
func (o *oneConn) Addr() net.Addr { return o.conn.LocalAddr() }
