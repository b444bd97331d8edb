package sandbox

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"
)

// listener accepts on 127.0.0.1 and, where the machine has it, on ::1, at one
// port, because "localhost" means either to different clients. It never listens
// on another address.
type listener struct {
	port  int
	parts []net.Listener
}

// listen opens a port on loopback; 0 lets the system choose.
func listen(port int) (*listener, error) {
	var err error
	for range 20 { // a port chosen on IPv4 may be taken on IPv6: choose again
		var l *listener
		if l, err = listenBoth(port); err == nil || port != 0 {
			return l, err
		}
	}
	return nil, err
}

func listenBoth(port int) (*listener, error) {
	v4, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return nil, fmt.Errorf("listen on loopback: %w", err)
	}
	address, ok := v4.Addr().(*net.TCPAddr)
	if !ok {
		return nil, errors.Join(fmt.Errorf("listen on loopback: no TCP address but %s", v4.Addr()), v4.Close())
	}
	l := &listener{port: address.Port, parts: []net.Listener{v4}}
	v6, err := net.Listen("tcp6", net.JoinHostPort("::1", strconv.Itoa(l.port)))
	switch {
	case err == nil:
		l.parts = append(l.parts, v6)
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, errors.Join(fmt.Errorf("listen on loopback: %w", err), v4.Close())
	}
	return l, nil // any other error: this machine has no IPv6
}

// url is the address that clients use.
func (l *listener) url() string { return "https://localhost:" + strconv.Itoa(l.port) }

func (l *listener) close() error {
	var errs []error
	for _, p := range l.parts {
		errs = append(errs, p.Close())
	}
	return errors.Join(errs...)
}
