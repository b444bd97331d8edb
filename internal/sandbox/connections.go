package sandbox

import (
	"net"
	"net/http"
	"sync"
)

// connections are those that a server has open, so that they can be made to
// begin anew, with another handshake.
type connections struct {
	mu    sync.Mutex
	state map[net.Conn]http.ConnState
	old   map[net.Conn]bool // to be closed as soon as they are idle
}

func newConnections() *connections {
	return &connections{state: map[net.Conn]http.ConnState{}, old: map[net.Conn]bool{}}
}

// note is a server's ConnState hook.
func (c *connections) note(conn net.Conn, state http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case state == http.StateClosed, state == http.StateHijacked:
		delete(c.state, conn)
		delete(c.old, conn)
	case state == http.StateIdle && c.old[conn]:
		_ = conn.Close()
	default:
		c.state[conn] = state
	}
}

// forget closes the idle connections now, the others after their request.
func (c *connections) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for conn, state := range c.state {
		c.old[conn] = true
		if state == http.StateIdle {
			_ = conn.Close()
		}
	}
}
