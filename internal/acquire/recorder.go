package acquire

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// answerLimit bounds what is read of an authority's answer.
const answerLimit = 1 << 20

// errForeignEndpoint: the authority's metadata sends credentials elsewhere.
var errForeignEndpoint = errors.New("the authority's metadata names an endpoint of another host")

// step is the kind of a request that MSAL makes.
type step int

const (
	stepDiscovery step = iota // instance discovery
	stepMetadata              // openid-configuration
	stepDevice                // device authorization
	stepToken
)

// exchange is one request of MSAL and its answer, as they were on the wire. It
// holds secrets and never leaves the package.
type exchange struct {
	step   step
	url    *url.URL
	form   url.Values
	status int
	header http.Header
	body   []byte
	err    error // no answer
}

// recorder is the HTTP client that MSAL gets. It keeps the last exchange of each
// kind, refuses to send a form to a host that is not the authority's, and holds
// device polls to the interval that the authority asked for (MSAL does not).
type recorder struct {
	next      *http.Client
	authority *url.URL

	mu           sync.Mutex
	seen         map[step]*exchange
	last         *exchange
	assertionErr error
	secrets      []string // values of forms that must not be shown
	interval     time.Duration
	ready        <-chan time.Time // when the next poll may go out
}

func newRecorder(c *http.Client, authority *url.URL, cred Credential) *recorder {
	r := &recorder{next: c, authority: authority, seen: map[step]*exchange{}}
	if !cred.Secret.IsZero() {
		r.secrets = append(r.secrets, cred.Secret.Reveal())
	}
	return r
}

// CloseIdleConnections is part of MSAL's idea of an HTTP client.
func (r *recorder) CloseIdleConnections() { r.next.CloseIdleConnections() }

// Do sends the request and keeps what was sent and answered.
func (r *recorder) Do(req *http.Request) (*http.Response, error) {
	x := &exchange{step: stepOf(req), url: req.URL, form: formOf(req)}
	r.begin(x)
	if err := r.mayGo(req.Context(), x); err != nil {
		return nil, r.failed(x, err)
	}
	resp, err := r.next.Do(req)
	if err != nil {
		return nil, r.failed(x, err)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, answerLimit+1))
	_ = resp.Body.Close() // it has been read
	if err == nil && len(body) > answerLimit {
		err = fmt.Errorf("the answer is longer than %d bytes", answerLimit)
	}
	if err != nil {
		return nil, r.failed(x, err)
	}
	r.answered(x, resp, body)
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

func stepOf(req *http.Request) step {
	switch {
	case req.Method == http.MethodPost && strings.HasSuffix(req.URL.Path, "/devicecode"):
		return stepDevice
	case req.Method == http.MethodPost:
		return stepToken
	case strings.HasSuffix(req.URL.Path, "/openid-configuration"):
		return stepMetadata
	}
	return stepDiscovery
}

// formOf reads a copy of the form that MSAL is about to send.
func formOf(req *http.Request) url.Values {
	kind, _, _ := mime.ParseMediaType(req.Header.Get("Content-Type"))
	if kind != "application/x-www-form-urlencoded" || req.GetBody == nil {
		return nil
	}
	body, err := req.GetBody()
	if err != nil {
		return nil
	}
	defer func() { _ = body.Close() }() // a copy in memory
	data, err := io.ReadAll(body)
	if err != nil {
		return nil
	}
	form, err := url.ParseQuery(string(data))
	if err != nil {
		return nil
	}
	return form
}

// begin notes the exchange and the values of its form that must not be shown.
func (r *recorder) begin(x *exchange) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last, r.seen[x.step] = x, x
	for _, name := range []string{"client_secret", "client_assertion", "code", "code_verifier", "device_code", "refresh_token"} {
		if v := x.form.Get(name); v != "" {
			r.secrets = append(r.secrets, v)
		}
	}
}

func (r *recorder) failed(x *exchange, err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) { // its text has the whole address
		err = wrapped.Err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	x.err = err
	return err
}

func (r *recorder) answered(x *exchange, resp *http.Response, body []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	x.status, x.header, x.body = resp.StatusCode, resp.Header, body
	r.pace(x)
}

func (r *recorder) assertionAsked(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.assertionErr = err
}
