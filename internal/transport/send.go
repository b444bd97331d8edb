package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"hdstest/internal/evidence"
)

// Answer is what came back, whole or up to a limit.
type Answer struct {
	Status     int
	Header     http.Header
	Body       []byte
	Truncated  bool // the body was longer than the limit
	Timing     evidence.Timing
	RemoteCert *x509.Certificate // the server's own; nil without TLS
	way        evidence.Connection
	state      *tls.ConnectionState // nil without TLS
}

// Reused tells whether it came over a connection that an earlier exchange made.
func (a Answer) Reused() bool { return a.way.Reused }

// Connection is the way over which it came, or as far as one was made.
func (a Answer) Connection() evidence.Connection { return described(a.way, a.state) }

// Send makes one exchange and reads at most limit bytes of the body (after
// decompression). Every status is an answer, also a redirect; only a missing or
// broken answer is an error. Then the Answer holds what did arrive, and the way. The error's
// text has no query values; [Network] and [Failure] tell more about it.
func Send(ctx context.Context, c *http.Client, req *http.Request, limit int64) (Answer, error) {
	watch := newStopwatch()
	resp, err := c.Do(req.WithContext(watch.attach(ctx)))
	if err != nil {
		return Answer{Timing: watch.timing(time.Now()), way: connection(c, req, watch)}, sendError(req, err)
	}
	defer func() { _ = resp.Body.Close() }() // the body has been read as far as wanted
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	a := Answer{Status: resp.StatusCode, Header: resp.Header, Body: body, Timing: watch.timing(time.Now()),
		way: connection(c, req, watch), state: resp.TLS}
	a.way.Protocol = resp.Proto
	if int64(len(body)) > limit {
		a.Body, a.Truncated = body[:limit], true
	}
	if resp.TLS != nil && len(resp.TLS.PeerCertificates) > 0 {
		a.RemoteCert = resp.TLS.PeerCertificates[0]
	}
	var known *stageError
	if err != nil && !errors.As(err, &known) { // a client of others
		err = &stageError{stage: stageHTTP, err: &bodyError{len(body), err}}
	}
	if err != nil {
		return a, sendError(req, err)
	}
	return a, nil
}

// bodyError is an answer that began and did not end.
type bodyError struct {
	bytes int // of the body that came
	err   error
}

func (e *bodyError) Error() string {
	return fmt.Sprintf("the body broke off after %d bytes: %v", e.bytes, e.err)
}
func (e *bodyError) Unwrap() error { return e.err }

// sendError names the request without the values of its query: the text of
// url.Error has them.
func sendError(req *http.Request, err error) error {
	return fmt.Errorf("%s %s: %w", req.Method, RedactURL(req.URL), inner(err))
}

func inner(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}
