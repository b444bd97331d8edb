package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"hdstest/internal/evidence"
	"hdstest/internal/problem"
	"hdstest/internal/secret"
	"hdstest/internal/transport"
)

// credential is one of azidentity's with errors that a person can read.
type credential struct {
	kind, detail, authority string
	inner                   azcore.TokenCredential
	secret                  secret.Value // scrubbed from what others wrote
	tap                     *tap

	once sync.Once
	told func(kind, detail string)
}

// GetToken asks azidentity, which caches. Failures are problem errors of kind
// NoToken with the authority's answer as evidence, or Unreachable.
func (c *credential) GetToken(ctx context.Context, opts policy.TokenRequestOptions) (azcore.AccessToken, error) {
	if c.told != nil {
		c.once.Do(func() { c.told(c.kind, c.detail) })
	}
	c.tap.reset()
	token, err := c.inner.GetToken(ctx, opts)
	if err != nil {
		return azcore.AccessToken{}, c.failure(ctx, opts.Scopes, err)
	}
	return token, nil
}

func (c *credential) failure(ctx context.Context, scopes []string, err error) error {
	tried := fmt.Sprintf("get the administrator's token (%s) for %s", c.kind, strings.Join(scopes, " "))
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w", tried, ctx.Err())
	}
	if u, cause := c.tap.failure(); cause != nil {
		return transport.Failure(cause, c.tap.client, u, tried)
	}
	p := &problem.Error{Kind: problem.NoToken, Tried: tried, Seen: secret.Scrub(firstLine(err.Error()), c.secret)}
	var failed *azidentity.AuthenticationFailedError
	if errors.As(err, &failed) && failed.RawResponse != nil {
		describe(p, failed.RawResponse, c)
	}
	return p
}

// describe fills in what the authority answered (RFC 6749 section 5.2 with
// Entra's additions).
func describe(p *problem.Error, resp *http.Response, c *credential) {
	answer := &evidence.OAuthAnswer{Status: resp.StatusCode}
	p.Evidence = &evidence.Bundle{TokenEndpoint: answer}
	p.Seen = fmt.Sprintf("HTTP status %d", resp.StatusCode)
	var body struct {
		Error         string `json:"error"`
		Description   string `json:"error_description"`
		Codes         []int  `json:"error_codes"`
		Suberror      string `json:"suberror"`
		TraceID       string `json:"trace_id"`
		CorrelationID string `json:"correlation_id"`
	}
	data, err := runtime.Payload(resp)
	if err != nil || json.Unmarshal(data, &body) != nil || body.Error == "" {
		return
	}
	text := secret.Scrub(firstLine(body.Description), c.secret)
	*answer = evidence.OAuthAnswer{Status: resp.StatusCode, Error: body.Error, ErrorCodes: body.Codes, Suberror: body.Suberror,
		MessageContains: text, TraceID: body.TraceID, CorrelationID: body.CorrelationID}
	p.Seen, p.TraceID = body.Error+": "+text, body.TraceID
	if len(body.Codes) > 0 {
		p.Code = fmt.Sprintf("AADSTS%d", body.Codes[0])
	}
}

// reason is an error's substance for a list of several.
func reason(err error) string {
	var p *problem.Error
	if errors.As(err, &p) && p.Seen != "" {
		return p.Seen
	}
	return firstLine(err.Error())
}

// firstLine cuts the traces, times and dumps off that follow a message.
func firstLine(s string) string {
	s = strings.TrimSpace(s)
	for _, end := range []string{"\r", "\n", " Trace ID:"} {
		s, _, _ = strings.Cut(s, end)
	}
	return strings.TrimSpace(s)
}

// tap is the transport of azidentity. It keeps the error of a connection, which
// azidentity reduces to a text.
type tap struct {
	client *http.Client

	mu  sync.Mutex
	err error
	url *url.URL
}

// Do sends a request, see [policy.Transporter].
func (t *tap) Do(req *http.Request) (*http.Response, error) {
	resp, err := t.client.Do(req)
	t.mu.Lock()
	t.err, t.url = err, req.URL
	t.mu.Unlock()
	return resp, err
}

func (t *tap) reset() {
	t.mu.Lock()
	t.err, t.url = nil, nil
	t.mu.Unlock()
}

func (t *tap) failure() (*url.URL, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.url, t.err
}
