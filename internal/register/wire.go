package register

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	khttp "github.com/microsoft/kiota-http-go"
)

// Limits of the transport.
const (
	maxErrorBody = 64 << 10
	maxTries     = 5
	maxPause     = time.Minute // a Retry-After beyond this is shortened
)

// client wraps the program's client for one service. kiota, given a client of
// ours, adds none of its middlewares; of these only the decoding of parameter
// names is wanted ($filter is sent as %24filter otherwise). Compression would
// hide the bodies from a trace, and its retry cannot be interrupted.
func (c Clients) client(service *url.URL) *http.Client {
	own := *c.http
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	base := own.Transport
	if base == nil {
		base = http.DefaultTransport
	}
	own.Transport = khttp.NewCustomTransportWithParentTransport(
		&wire{next: base, origin: service, sleep: c.sleep, now: c.now}, khttp.NewParametersNameDecodingHandler())
	return &own
}

// wire sends requests to one origin only, repeats what the server asks to
// repeat, and notes the last exchange for the error.
type wire struct {
	next   http.RoundTripper
	origin *url.URL
	sleep  func(context.Context, time.Duration) error
	now    func() time.Time
}

// exchange is what the last request of a call came to.
type exchange struct {
	method, path string
	url          *url.URL
	status       int
	header       http.Header
	body         []byte // of an error only
	notify       func(string)
}

// begin forgets the exchange before.
func (e *exchange) begin(req *http.Request) {
	*e = exchange{method: req.Method, path: req.URL.Path, url: req.URL, notify: e.notify}
}

type exchangeKey struct{}

func withExchange(ctx context.Context, e *exchange) context.Context {
	return context.WithValue(ctx, exchangeKey{}, e)
}

// RoundTrip see [http.RoundTripper].
func (w *wire) RoundTrip(req *http.Request) (*http.Response, error) {
	seen, _ := req.Context().Value(exchangeKey{}).(*exchange)
	if seen == nil {
		seen = &exchange{}
	}
	seen.begin(req)
	if req.URL.Scheme != w.origin.Scheme || req.URL.Host != w.origin.Host {
		return nil, fmt.Errorf("an answer pointed to %s; a token is sent to %s only", req.URL.Host, w.origin.Host)
	}
	if req.Header.Get("Authorization") == "" {
		return nil, errors.New("no token was attached to the request")
	}
	body, err := drain(req)
	if err != nil {
		return nil, err
	}
	for try := 1; ; try++ {
		resp, err := w.send(req, body, seen)
		if err != nil || try == maxTries || !repeatable(req.Method, resp) {
			return resp, err
		}
		pause := w.pause(resp.Header.Get("Retry-After"), try)
		if seen.notify != nil {
			seen.notify(fmt.Sprintf("%s asks to wait %s (HTTP status %d)", w.origin.Host, pause, resp.StatusCode))
		}
		if err := w.sleep(req.Context(), pause); err != nil {
			return nil, err
		}
	}
}

// drain reads the body, which kiota hands over without its length.
func drain(req *http.Request) ([]byte, error) {
	if req.Body == nil || req.Body == http.NoBody {
		return nil, nil
	}
	defer func() { _ = req.Body.Close() }()
	return io.ReadAll(req.Body)
}

func (w *wire) send(req *http.Request, body []byte, seen *exchange) (*http.Response, error) {
	again := req.Clone(req.Context())
	if body != nil {
		again.Body, again.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	}
	seen.begin(req)
	resp, err := w.next.RoundTrip(again)
	if err != nil {
		return nil, err
	}
	seen.status, seen.header = resp.StatusCode, resp.Header
	if resp.StatusCode < 400 {
		return refuseRedirect(resp)
	}
	defer func() { _ = resp.Body.Close() }()
	if seen.body, err = io.ReadAll(io.LimitReader(resp.Body, maxErrorBody)); err != nil {
		return nil, err
	}
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(seen.body)), int64(len(seen.body))
	return resp, nil
}

// refuseRedirect: the SDKs would read a redirect's body as an empty success.
func refuseRedirect(resp *http.Response) (*http.Response, error) {
	if resp.StatusCode < 300 {
		return resp, nil
	}
	_ = resp.Body.Close()
	return nil, fmt.Errorf("the server answered with HTTP status %d to another address", resp.StatusCode)
}

// repeatable tells whether the server did not act and asks to come again. After
// a 503 or 504 a POST may have been carried out, so it is repeated only where
// the server names a time.
func repeatable(method string, resp *http.Response) bool {
	switch resp.StatusCode {
	case http.StatusTooManyRequests:
		return true
	case http.StatusServiceUnavailable:
		return method != http.MethodPost || resp.Header.Get("Retry-After") != ""
	case http.StatusBadGateway, http.StatusGatewayTimeout:
		return method != http.MethodPost
	}
	return false
}

// pause reads Retry-After: seconds or a date (RFC 9110 section 10.2.3).
func (w *wire) pause(after string, try int) time.Duration {
	d := time.Second << (try - 1)
	if n, err := strconv.Atoi(strings.TrimSpace(after)); err == nil && n >= 0 {
		d = time.Duration(n) * time.Second
	} else if at, err := http.ParseTime(after); err == nil {
		d = max(at.Sub(w.now()), 0)
	}
	return min(d, maxPause)
}
