package probe

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"time"

	"hdstest/internal/catalogue"
	"hdstest/internal/pause"
	"hdstest/internal/transport"
)

const (
	maxRetries = 2
	maxWait    = 30 * time.Second // a server that asks for more gets no second try
	maxHeld    = 2 * time.Minute  // of one request, if it is held back again and again
)

// notSentError is why a request never went out.
type notSentError struct{ err error }

func (e *notSentError) Error() string { return "it was not sent: " + e.err.Error() }
func (e *notSentError) Unwrap() error { return e.err }

// sendPatiently sends a request and honours Retry-After (RFC 9110 section 10.2.3)
// of a 429, twice at most. A 503 is repeated only where that cannot do a thing
// twice; a request that was throttled has done nothing. Whoever waits does so under
// ctx, and sends under sending: an interrupt ends a wait at once.
//
// The error is a [notSentError] where the request was held back for good.
func (r *runner) sendPatiently(ctx, sending context.Context, q catalogue.Request, req *http.Request) (transport.Answer, int, error) {
	if err := r.held(ctx); err != nil {
		return transport.Answer{}, 0, &notSentError{err}
	}
	for retries := 0; ; retries++ {
		answer, again, err := r.send(sending, req)
		repeatable := answer.Status == http.StatusTooManyRequests || q.Method == http.MethodGet
		if err != nil || !again || !repeatable || retries == maxRetries {
			return answer, retries, err
		}
		if r.held(ctx) != nil {
			return answer, retries, nil
		}
		if req, err = repeated(req); err != nil {
			return answer, retries, err
		}
	}
}

// send sends a request once, and tells whether the service wants it again soon.
// What it asks for holds back all of the run, not this request alone.
func (r *runner) send(ctx context.Context, req *http.Request) (a transport.Answer, again bool, err error) {
	a, err = transport.Send(ctx, r.o.HTTP, req, bodyLimit)
	wait, asked := retryAfter(a, r.o.Now())
	if asked {
		r.o.Brake.hold(r.o.Now().Add(wait))
	}
	return a, asked && wait <= maxWait, err
}

// repeated gives a request whose body can be read once more.
func repeated(req *http.Request) (*http.Request, error) {
	copied := req.Clone(req.Context())
	if req.GetBody == nil {
		return copied, nil
	}
	body, err := req.GetBody()
	copied.Body = io.NopCloser(body)
	return copied, err
}

// retryAfter tells whether and when the server wants to be asked again. It
// prefers the milliseconds that Azure sends beside the seconds.
//
// Source: github.com/microsoft/fhir-server ThrottlingMiddleware.cs.
func retryAfter(a transport.Answer, now time.Time) (time.Duration, bool) {
	if a.Status != http.StatusTooManyRequests && a.Status != http.StatusServiceUnavailable {
		return 0, false
	}
	wait, ok := time.Second, a.Status == http.StatusTooManyRequests
	text := a.Header.Get("Retry-After")
	if seconds, err := strconv.Atoi(text); err == nil && seconds >= 0 && seconds < 1<<20 {
		wait, ok = time.Duration(seconds)*time.Second, true
	} else if at, err := http.ParseTime(text); err == nil {
		wait, ok = max(at.Sub(now), 0), true
	}
	if millis, err := strconv.Atoi(a.Header.Get("X-Ms-Retry-After-Ms")); err == nil && millis >= 0 && millis < 1<<30 {
		wait, ok = time.Duration(millis)*time.Millisecond, true
	}
	return wait, ok
}

func (r *runner) sleep(ctx context.Context, d time.Duration) error {
	if r.o.Sleep != nil {
		return r.o.Sleep(ctx, d)
	}
	return pause.For(ctx, d)
}
