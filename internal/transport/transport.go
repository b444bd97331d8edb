// Package transport makes the one HTTP client that every step uses, sends
// requests with a limit on what is read, and says in plain facts how a
// connection failed.
//
// The way in is [New]. The client it returns has a deadline per exchange,
// trusts the system's roots and those of an extra file, takes TLS 1.2 or later,
// never follows a redirect (a bearer token must not travel to where an answer
// points), honours a proxy also for loopback addresses when one is named, and
// writes a redacted trace on demand. [Send] makes one exchange with timings;
// [Network] and [Failure] classify its errors.
//
// The package does not retry, does not authenticate, and does not know what
// bodies mean. Nothing in it turns the verification of certificates off.
package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"

	"hdstest/internal/problem"
	"hdstest/internal/secret"
)

// Options are the settings of [New]. The zero value is usable.
type Options struct {
	CAFile    string               // PEM file with roots that are trusted besides the system's
	Proxy     string               // URL (http, https, socks5); applies to loopback too; empty: the environment decides
	Timeout   time.Duration        // for one exchange, the body included; zero: one minute
	UserAgent string               // sent where a request has none of its own
	Trace     io.Writer            // redacted trace of every exchange; nil: none
	Secret    func(string)         // told of each secret that a request carries, before it is sent; nil: nobody
	Answered  func(*http.Response) // told of each answer before it is read; nil: nobody
	Resolver  *net.Resolver        // looks up the hosts' names; nil: the system's
	Environ   func(string) string  // looks up HTTPS_PROXY, HTTP_PROXY, NO_PROXY; nil: no environment
}

// defaultTimeout bounds an exchange when the options name no time.
const defaultTimeout = time.Minute

// dialTimeout bounds the connection, so that an address that swallows packets
// is told apart from a slow answer.
const dialTimeout = 15 * time.Second

// New makes the client. It may be used by any number of goroutines.
//
// It reads the CA file and checks the proxy's URL; a fault in either is a usage
// error that names the file or the setting, never the proxy's credentials.
func New(o Options) (*http.Client, error) {
	roots, err := roots(o.CAFile)
	if err != nil {
		return nil, err
	}
	proxy, err := proxyFunc(o)
	if err != nil {
		return nil, err
	}
	rt := &roundTripper{
		proxy:     proxy,
		timeout:   o.Timeout,
		userAgent: o.UserAgent,
		secret:    o.Secret,
		told:      o.Answered,
		next:      baseTransport(roots, proxy, o.Resolver),
	}
	if rt.timeout <= 0 {
		rt.timeout = defaultTimeout
	}
	if o.Trace != nil {
		rt.trace = &tracer{out: o.Trace}
	}
	return &http.Client{Transport: rt, CheckRedirect: refuseRedirect}, nil
}

func refuseRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

func baseTransport(roots *x509.CertPool, proxy func(*url.URL) (*url.URL, error), names *net.Resolver) *http.Transport {
	dialer := &net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second, Resolver: names}
	return &http.Transport{
		Proxy:                  func(r *http.Request) (*url.URL, error) { return proxy(r.URL) },
		OnProxyConnectResponse: checkConnect,
		DialContext:            dialer.DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
		TLSHandshakeTimeout:    dialTimeout,
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           64,
		MaxIdleConnsPerHost:    16,
		IdleConnTimeout:        90 * time.Second,
		ExpectContinueTimeout:  time.Second,
		MaxResponseHeaderBytes: 1 << 20,
	}
}

// roots are the system's, and those of file if it is named. A machine without
// a system pool is no fault when a file is given.
func roots(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil // the system's
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, problem.Usagef("the CA file cannot be read: %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(data) {
		return nil, problem.Usagef("the CA file %s holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)", file)
	}
	return pool, nil
}

// roundTripper adds to the base transport what must also hold when another
// library wraps it: deadline, user agent, trace, and the stage of a failure.
type roundTripper struct {
	next      *http.Transport
	proxy     func(*url.URL) (*url.URL, error)
	timeout   time.Duration
	userAgent string
	secret    func(string)
	told      func(*http.Response)
	trace     *tracer
}

// RoundTrip makes one exchange. Its deadline holds until the body is closed.
func (t *roundTripper) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(req.Context(), t.timeout)
	watch, ctx := timed(ctx)
	sent := req.Clone(ctx)
	if sent.Header == nil {
		sent.Header = http.Header{}
	}
	if _, own := sent.Header["User-Agent"]; !own && t.userAgent != "" {
		sent.Header.Set("User-Agent", t.userAgent)
	}
	secrets, err := t.secrets(sent)
	if err != nil {
		cancel()
		return nil, err
	}
	resp, err := t.next.RoundTrip(sent)
	if err != nil {
		cancel()
		err = &stageError{stage: watch.stage(), limit: t.timeout, err: err}
		t.trace.failed(sent, err, watch, secrets)
		return nil, err
	}
	if t.trace.answered(sent, resp, watch, secrets); t.told != nil {
		t.told(resp)
	}
	resp.Body = &cancelBody{ReadCloser: resp.Body, cancel: cancel}
	return resp, nil
}

// secrets lists what the request carries for those who must know: who masks them,
// and the trace, in which an answer could say them back.
func (t *roundTripper) secrets(req *http.Request) ([]secret.Value, error) {
	if t.secret == nil && t.trace == nil {
		return nil, nil
	}
	texts, err := carried(req)
	var out []secret.Value
	for _, text := range texts {
		if t.secret != nil {
			t.secret(text)
		}
		out = append(out, secret.New(text))
	}
	return out, err
}

// CloseIdleConnections lets http.Client and MSAL close what is not in use.
func (t *roundTripper) CloseIdleConnections() { t.next.CloseIdleConnections() }

// cancelBody ends the exchange's deadline when it is closed, and says of an answer
// that breaks off how far it came.
type cancelBody struct {
	io.ReadCloser
	cancel context.CancelFunc
	bytes  int // that came
}

// Read gives a stageError for everything but the regular end.
func (b *cancelBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.bytes += n
	if err != nil && err != io.EOF {
		err = &stageError{stage: stageHTTP, err: &bodyError{b.bytes, err}}
	}
	return n, err
}

func (b *cancelBody) Close() error {
	defer b.cancel()
	return b.ReadCloser.Close()
}
