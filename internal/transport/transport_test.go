package transport_test

import (
	"bytes"
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"hdstest/internal/problem"
	"hdstest/internal/transport"
)

// trusting makes a client that trusts the server.
func trusting(t *testing.T, server *httptest.Server, o transport.Options) *http.Client {
	t.Helper()
	o.CAFile = filepath.Join(t.TempDir(), "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(o.CAFile, block, 0o600); err != nil {
		t.Fatal(err)
	}
	return client(t, o)
}

func client(t *testing.T, o transport.Options) *http.Client {
	t.Helper()
	c, err := transport.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdleConnections)
	return c
}

func get(t *testing.T, c *http.Client, target string) (transport.Answer, error) {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, target, nil)
	if err != nil {
		t.Fatal(err)
	}
	return transport.Send(t.Context(), c, req, 1<<20)
}

func TestSendReadsUpToTheLimit(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.UserAgent())
	}))
	defer server.Close()
	c := trusting(t, server, transport.Options{UserAgent: "hdstest/1"})
	for _, limit := range []int64{3, 9, 100} {
		req, _ := http.NewRequest(http.MethodGet, server.URL, nil)
		a, err := transport.Send(t.Context(), c, req, limit)
		want := "hdstest/1"[:min(9, limit)]
		if err != nil || string(a.Body) != want || a.Truncated != (limit < 9) {
			t.Errorf("limit %d: body %q, truncated %v, error %v", limit, a.Body, a.Truncated, err)
		}
		if a.RemoteCert == nil || a.Timing.Total <= 0 {
			t.Errorf("certificate %v, timing %+v", a.RemoteCert != nil, a.Timing)
		}
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	var calls int
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls++
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
	}))
	defer server.Close()
	a, err := get(t, trusting(t, server, transport.Options{}), server.URL)
	if err != nil || a.Status != http.StatusTemporaryRedirect || calls != 1 {
		t.Errorf("status %d after %d calls, error %v", a.Status, calls, err)
	}
}

// TestEachExchangeHasItsOwnTimes: of a client that does follow, the failure of the
// second exchange is told by how far that one came, and not the first.
func TestEachExchangeHasItsOwnTimes(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0") // it connects, and speaks no TLS
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = silent.Close() }()
	server := httptest.NewTLSServer(http.RedirectHandler("https://"+silent.Addr().String(), http.StatusFound))
	defer server.Close()
	c := trusting(t, server, transport.Options{Timeout: 300 * time.Millisecond})
	c.CheckRedirect = nil
	_, err = get(t, c, server.URL)
	u, _ := url.Parse(server.URL)
	if n := transport.Network(err, u, ""); n == nil || n.Extra["during"] != "tls" {
		t.Errorf("network = %+v, error %v", n, err)
	}
}

func TestDeadlineHoldsForTheBodyToo(t *testing.T) {
	release := make(chan struct{})
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusOK)
		_, _ = io.WriteString(w, "begun")
		_ = http.NewResponseController(w).Flush()
		<-release
	}))
	defer server.Close()
	defer close(release)
	a, err := get(t, trusting(t, server, transport.Options{Timeout: 100 * time.Millisecond}), server.URL)
	if string(a.Body) != "begun" || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("body %q, error %v", a.Body, err)
	}
	u, _ := url.Parse(server.URL)
	if n := transport.Network(err, u, ""); n == nil || n.Stage != "timeout" || n.Extra["during"] != "http" {
		t.Errorf("network = %+v", n)
	}
}

func TestBadSettingsAreUsageErrorsWithoutCredentials(t *testing.T) {
	junk := filepath.Join(t.TempDir(), "junk.pem")
	if err := os.WriteFile(junk, []byte("no pem"), 0o600); err != nil {
		t.Fatal(err)
	}
	environ := func(name string) string {
		if name == "HTTPS_PROXY" {
			return "http://user:c4nary@proxy%zz"
		}
		return ""
	}
	for rule, tc := range map[string]struct {
		options transport.Options
		want    string
	}{
		"CA file missing":      {transport.Options{CAFile: "/nonexistent/ca.pem"}, "/nonexistent/ca.pem"},
		"CA file no PEM":       {transport.Options{CAFile: junk}, "junk.pem"},
		"proxy no URL":         {transport.Options{Proxy: "http://user:c4nary@proxy%zz"}, "not a URL"},
		"proxy without host":   {transport.Options{Proxy: "proxy"}, "no host"},
		"proxy scheme":         {transport.Options{Proxy: "ftp://user:c4nary@proxy"}, "ftp"},
		"proxy of environment": {transport.Options{Environ: environ}, "HTTPS_PROXY"},
	} {
		t.Run(rule, func(t *testing.T) {
			_, err := transport.New(tc.options)
			if err == nil || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "c4nary") {
				t.Fatalf("error = %v", err)
			}
			if problem.KindOf(err) != problem.Usage {
				t.Errorf("kind of %v is not Usage", err)
			}
		})
	}
}

// connectProxy is a proxy for CONNECT that records the targets; with a status
// other than 200 it refuses.
func connectProxy(t *testing.T, status int, seen *[]string) *httptest.Server {
	var mu sync.Mutex
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		*seen = append(*seen, r.Method+" "+r.Host)
		mu.Unlock()
		if status != http.StatusOK {
			w.WriteHeader(status)
			return
		}
		up, err := net.Dial("tcp", r.Host)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		defer up.Close()
		conn, buf, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		fmt.Fprint(conn, "HTTP/1.1 200 OK\r\n\r\n")
		go func() { _, _ = io.Copy(up, buf); _ = up.Close() }()
		_, _ = io.Copy(conn, up)
	}))
	t.Cleanup(proxy.Close)
	return proxy
}

func TestNamedProxyAppliesToLoopback(t *testing.T) {
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	var seen []string
	proxy := connectProxy(t, http.StatusOK, &seen)
	c := trusting(t, server, transport.Options{Proxy: strings.Replace(proxy.URL, "http://", "http://user:c4nary@", 1)})
	defer c.CloseIdleConnections()
	if _, err := get(t, c, server.URL); err != nil {
		t.Fatal(err)
	}
	host := strings.TrimPrefix(server.URL, "https://")
	if len(seen) != 1 || seen[0] != "CONNECT "+host {
		t.Errorf("the proxy saw %q", seen)
	}
	u, _ := url.Parse(server.URL)
	if got, want := transport.ProxyFor(c, u), strings.TrimPrefix(proxy.URL, "http://"); got != want {
		t.Errorf("ProxyFor = %q, want %q", got, want)
	}
}

func TestEnvironmentProxyLeavesLoopbackAlone(t *testing.T) {
	environ := func(name string) string {
		if name == "https_proxy" {
			return "http://proxy.example:3128"
		}
		return ""
	}
	c := client(t, transport.Options{Environ: environ})
	for target, want := range map[string]string{"https://localhost:1/": "", "https://login.example/": "proxy.example:3128"} {
		u, _ := url.Parse(target)
		if got := transport.ProxyFor(c, u); got != want {
			t.Errorf("proxy for %s = %q, want %q", target, got, want)
		}
	}
}

// locked is a buffer for traces of exchanges side by side.
type locked struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *locked) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
