package probe

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"
	"path"
	"slices"
	"time"

	"hdstest/internal/catalogue"
	"hdstest/internal/evidence"
	"hdstest/internal/problem"
	"hdstest/internal/secret"
	"hdstest/internal/transport"
)

const (
	bodyLimit = 8 << 20          // bytes of an answer that are read
	grace     = 10 * time.Second // for the answer to a request that changes data, after an interrupt
)

// exchange sends a request, compares the answer and writes the evidence.
func (r *runner) exchange(ctx context.Context, o *Outcome) {
	o.Began = r.o.Now()
	defer func() { o.Duration = max(r.o.Now().Sub(o.Began), 1) }()
	q, sending := o.Request, ctx
	if q.Effect != catalogue.EffectNone {
		var cancel context.CancelFunc
		sending, cancel = patient(ctx)
		defer cancel()
	}
	req, err := r.build(q)
	if err != nil {
		o.Evidence.Response = &evidence.Response{Expected: expected(q.Expect), Mismatch: []string{"it could not be sent: " + err.Error()}}
		return
	}
	o.Evidence.Request.Headers = shownHeaders(req.Header)
	answer, retries, err := r.sendPatiently(ctx, sending, q, req)
	if unsent := (*notSentError)(nil); errors.As(err, &unsent) {
		o.Skipped = heldBack(unsent.err)
		return
	}
	r.noteConnection(o, answer)
	r.note(o, q, answer, retries)
	switch {
	case errors.Is(err, context.Canceled) && answer.Status == 0:
		o.Skipped = "interrupted"
	case err != nil:
		r.noteFailure(o, req.URL, err)
	}
	r.remember(o, answer)
}

// heldBack is the reason of an outcome that was never sent.
func heldBack(err error) string {
	if braked := (*brakedError)(nil); errors.As(err, &braked) {
		return braked.Error()
	}
	return "interrupted"
}

// patient gives a context that outlives ctx by the grace: an interrupt must not
// leave behind a resource whose id no one has read.
func patient(ctx context.Context) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		timer := time.NewTimer(grace)
		defer timer.Stop()
		select {
		case <-timer.C:
			cancel()
		case <-longer.Done():
		}
	})
	return longer, func() { stop(); cancel() }
}

// noteConnection writes down the way of the first exchange and of those that made
// a new connection: of the others it is the same.
func (r *runner) noteConnection(o *Outcome, a transport.Answer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.way != nil && a.Reused() {
		return
	}
	way := a.Connection()
	if way.Host == "" {
		return
	}
	o.Evidence.Connection = &way
	if r.way == nil {
		r.way = &way
	}
}

// note writes down the answer, compares it, and takes from it what is asked.
func (r *runner) note(o *Outcome, q catalogue.Request, a transport.Answer, retries int) {
	if a.Status == 0 {
		return
	}
	timing := a.Timing
	seen := read(q, a)
	r.showBody(q, a, seen.mediaType)
	response := &evidence.Response{
		Status: a.Status, Headers: keptHeaders(a.Header, r.secrets()...), Bytes: int64(len(a.Body)),
		WWWAuthenticate: keptText(joined(a.Header, "WWW-Authenticate"), r.secrets()...),
		Body:            seen.kept(q.Service, r.secrets()...),
		Expected:        expected(q.Expect), Timing: &timing, Elsewhere: elsewhere(r.base, a.Header, seen.doc),
	}
	if retries > 0 {
		response.Extra = map[string]any{"retries": retries}
	}
	r.mu.Lock()
	response.Mismatch = compare(q.Expect, a, seen, r.base, r.vars)
	r.mu.Unlock()
	o.Evidence.Response = response
	o.Evidence.Clock = transport.ClockSkew(a.Header, r.o.Now())
	if a.Status == http.StatusForbidden && q.Auth == catalogue.Anonymous {
		r.mu.Lock()
		r.closed = true
		r.mu.Unlock()
	}
	if a.Status == http.StatusUnauthorized {
		r.learnChallenge(joined(a.Header, "WWW-Authenticate"))
	}
	if a.Status == http.StatusOK {
		r.learn(o, seen)
	}
	o.Passed = response.Mismatch == nil
	if o.Passed || q.Effect == catalogue.EffectCreates {
		r.capture(q, a, seen.doc) // what was created must go, whatever else is wrong
	}
}

// showBody hands a body to whoever asked for it.
func (r *runner) showBody(q catalogue.Request, a transport.Answer, mediaType string) {
	if r.o.Body == nil || len(a.Body) == 0 {
		return
	}
	body := a.Body
	for _, s := range r.secrets() {
		if !s.IsZero() {
			body = bytes.ReplaceAll(body, []byte(s.Reveal()), []byte(secret.Redacted))
		}
	}
	r.showing.Lock()
	defer r.showing.Unlock()
	r.o.Body(q, a.Status, mediaType, body)
}

// noteFailure writes down that no answer came, or that it broke off.
func (r *runner) noteFailure(o *Outcome, u *url.URL, err error) {
	o.Passed = false
	if o.Evidence.Network = transport.Network(err, u, transport.ProxyFor(r.o.HTTP, u)); o.Evidence.Network == nil {
		o.Evidence.Network = &evidence.Network{Host: u.Hostname(), Stage: "http", Error: keptText(err.Error(), r.secrets()...)}
	}
	if o.Evidence.Response != nil {
		o.Evidence.Response.Mismatch = append(o.Evidence.Response.Mismatch, "the answer broke off")
	}
	if !connected(o.Evidence.Network) {
		failure := transport.Failure(err, r.o.HTTP, u, "reach the "+r.target.Service+" service at "+catalogue.RootOf(r.base.String()))
		r.mu.Lock()
		defer r.mu.Unlock()
		r.lost = withBundle(failure, o.Evidence)
	}
}

// connected tells whether a failed exchange got as far as to send its request. A
// timeout and a broken answer may be that one request's own; without a
// connection, no other will fare better.
func connected(n *evidence.Network) bool {
	return n == nil || !slices.Contains([]string{"dns", "connect", "tls", "proxy"}, n.Stage)
}

// withBundle gives a failure all that is known, besides its network section.
func withBundle(err error, b evidence.Bundle) error {
	var own *problem.Error
	if errors.As(err, &own) {
		own.Evidence = &b
	}
	return err
}

// remember notes what may now have to be removed, and what was. A creation whose
// answer was lost may have happened.
func (r *runner) remember(o *Outcome, a transport.Answer) {
	q := o.Request
	refused := !o.Passed && (a.Status >= 400 && a.Status < 500 || a.Status == http.StatusNotImplemented)
	r.mu.Lock()
	defer r.mu.Unlock()
	if q.Effect == catalogue.EffectCreates && !refused && connected(o.Evidence.Network) {
		r.created = append(r.created, q)
	}
	if o.Passed && q.Effect == catalogue.EffectDeletes {
		r.undone[q.ID] = true
	}
}

func (r *runner) secrets() []secret.Value {
	r.mu.Lock()
	defer r.mu.Unlock()
	return []secret.Value{r.token}
}

// capture takes values out of the answer into variables.
func (r *runner) capture(q catalogue.Request, a transport.Answer, doc any) {
	if a.Status < 200 || a.Status > 299 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range q.Captures {
		if c.Header != "" {
			if v := a.Header.Get(c.Header); v != "" {
				r.vars[c.Variable] = headerValue(c, v)
			}
		} else if v, ok := c.JSON.Lookup(doc); ok {
			r.vars[c.Variable] = catalogue.Text(v)
		}
	}
}

// headerValue is what of a header a capture takes: of an address, its last part
// alone, so that no address that a server names is ever called.
func headerValue(c catalogue.Capture, value string) string {
	if !c.Last {
		return value
	}
	u, err := url.Parse(value)
	if err != nil {
		return ""
	}
	return path.Base(u.Path)
}
