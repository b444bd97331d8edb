package sandbox

import (
	"crypto/tls"
	"io"
	stdlog "log"
	"net"
	"net/http"
	"sync"
	"time"

	"hdstest/internal/sandbox/requestlog"
	"hdstest/internal/sandbox/scenario"
)

// serve starts the five servers. From here on nothing fails.
func (s *Sandbox) serve(ports ports, configs map[scenario.TLS]*tls.Config, log *requestlog.Log) {
	for i := range s.parts { // all are there before the first one can be asked to change them
		p := &s.parts[i]
		p.connections = newConnections()
		p.server = &http.Server{TLSConfig: configs[""].Clone(), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
			Handler:   s.busy.wrap(s.dated(log.Wrap(p.name, s.Clock.Now, s.Scenarios.Wrap(p.name, p.handler)))),
			ConnState: p.connections.note,
			// A client that drops a connection is its own business; nothing is logged.
			ErrorLog: stdlog.New(io.Discard, "", 0)}
	}
	for i, p := range s.parts {
		for _, l := range ports[i].parts {
			secured := &securedListener{Listener: l, service: p.name, scenarios: s.Scenarios, configs: configs}
			s.serving.Go(func() { _ = p.server.Serve(secured) }) // ends with ErrServerClosed
		}
	}
}

// dated gives answers the Date of the sandbox's clock.
func (s *Sandbox) dated(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", s.Clock.Now().UTC().Format(http.TimeFormat))
		next.ServeHTTP(w, r)
	})
}

// securedListener speaks TLS on the connections that it accepts, or fails to in
// the way that a scenario asks for.
type securedListener struct {
	net.Listener
	service   string
	scenarios *scenario.Set
	configs   map[scenario.TLS]*tls.Config
}

// Accept implements net.Listener.
func (l *securedListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	switch how := l.scenarios.Broken(l.service); how {
	case scenario.TLSPlain:
		return c, nil
	case scenario.TLSCut:
		return tls.Server(cutConn{c}, l.configs[""]), nil
	default:
		return tls.Server(c, l.configs[how]), nil
	}
}

// cutConn ends where the server would answer the client's first message.
type cutConn struct{ net.Conn }

// Write implements net.Conn.
func (c cutConn) Write([]byte) (int, error) {
	_ = c.Close()
	return 0, net.ErrClosed
}

// busy counts the requests that are under way.
type busy struct {
	mu    sync.Mutex
	n     int
	ended bool
	idle  chan struct{} // closed when n falls to zero after the end; nil before
}

// wrap counts what a handler serves, and serves nothing after the end.
func (b *busy) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !b.begin() {
			http.Error(w, "the sandbox is ending", http.StatusServiceUnavailable)
			return
		}
		defer b.done()
		next.ServeHTTP(w, r)
	})
}

func (b *busy) begin() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ended {
		return false
	}
	b.n++
	return true
}

// count is how many requests are under way.
func (b *busy) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.n
}

func (b *busy) done() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.n--; b.n == 0 && b.idle != nil {
		close(b.idle)
	}
}

// end waits for the requests that are under way, but not longer than limit.
func (b *busy) end(limit time.Duration) {
	b.mu.Lock()
	again := b.ended
	b.ended = true
	if b.n == 0 || again {
		b.mu.Unlock()
		return
	}
	b.idle = make(chan struct{})
	b.mu.Unlock()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-b.idle:
	case <-timer.C:
	}
}
