package transport

import (
	"context"
	"crypto/tls"
	"net/http/httptrace"
	"sync"
	"time"

	"hdstest/internal/evidence"
)

// stopwatch takes the times of one exchange from httptrace. Its hooks may be
// called by goroutines that outlive the exchange, hence the lock. It reads the
// monotonic clock itself: only differences ever leave it.
type stopwatch struct {
	mu                        sync.Mutex
	start                     time.Time
	dnsStart, dnsDone         time.Time
	connStart, connDone       time.Time
	tlsStart, tlsDone         time.Time
	gotConn, wrote, firstByte time.Time
	reused                    bool
	addresses                 []string // that a name resolved to
	remote                    string
}

func newStopwatch() *stopwatch { return &stopwatch{start: time.Now()} }

func (w *stopwatch) mark(at *time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	*at = time.Now()
}

// stopwatchKey is under what a context has its stopwatch.
type stopwatchKey struct{}

// timed gives the stopwatch of ctx if that has yet to run, else one of its own:
// hooks upon hooks are called by reflection. A redirect's next exchange has another.
func timed(ctx context.Context) (*stopwatch, context.Context) {
	if w, ok := ctx.Value(stopwatchKey{}).(*stopwatch); ok && !w.ran() {
		return w, ctx
	}
	w := newStopwatch()
	return w, w.attach(ctx)
}

// ran tells whether any hook was called.
func (w *stopwatch) ran() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return !w.dnsStart.IsZero() || !w.connStart.IsZero() || !w.gotConn.IsZero()
}

// attach adds the hooks to ctx, besides any that are there.
func (w *stopwatch) attach(ctx context.Context) context.Context {
	ctx = context.WithValue(ctx, stopwatchKey{}, w)
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		DNSStart:             func(httptrace.DNSStartInfo) { w.mark(&w.dnsStart) },
		DNSDone:              w.resolved,
		ConnectStart:         func(_, _ string) { w.mark(&w.connStart) },
		ConnectDone:          w.dialed,
		TLSHandshakeStart:    func() { w.mark(&w.tlsStart) },
		TLSHandshakeDone:     func(tls.ConnectionState, error) { w.mark(&w.tlsDone) },
		GotConn:              w.connected,
		WroteRequest:         func(httptrace.WroteRequestInfo) { w.mark(&w.wrote) },
		GotFirstResponseByte: func() { w.mark(&w.firstByte) },
	})
}

func (w *stopwatch) resolved(info httptrace.DNSDoneInfo) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dnsDone, w.addresses = time.Now(), nil
	for _, a := range info.Addrs {
		w.addresses = append(w.addresses, a.String())
	}
}

// dialed notes the other end already here, for a connection that fails later.
func (w *stopwatch) dialed(_, address string, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.connDone = time.Now(); err == nil {
		w.remote = address
	}
}

func (w *stopwatch) connected(info httptrace.GotConnInfo) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.gotConn, w.reused = time.Now(), info.Reused
	if info.Conn != nil {
		w.remote = info.Conn.RemoteAddr().String()
	}
}

// stage tells how far the exchange came: dns, connect, tls or http.
func (w *stopwatch) stage() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case !w.gotConn.IsZero():
		return stageHTTP
	case !w.tlsStart.IsZero():
		return stageTLS
	case !w.connStart.IsZero():
		return stageConnect
	case !w.dnsStart.IsZero():
		return stageDNS
	}
	return stageConnect
}

// timing gives what was measured so far, with end as the end of the body.
func (w *stopwatch) timing(end time.Time) evidence.Timing {
	w.mu.Lock()
	defer w.mu.Unlock()
	return evidence.Timing{
		DNS:      between(w.dnsStart, w.dnsDone),
		Connect:  between(w.connStart, w.connDone),
		TLS:      between(w.tlsStart, w.tlsDone),
		Wait:     between(w.wrote, w.firstByte),
		Transfer: between(w.firstByte, end),
		Total:    between(w.start, end),
	}
}

// between is the time from a to b in milliseconds, zero if either is missing.
func between(a, b time.Time) float64 {
	if a.IsZero() || b.IsZero() || b.Before(a) {
		return 0
	}
	return float64(b.Sub(a).Microseconds()) / 1000
}
