// Package sandbox is an embedded Entra ID, Microsoft Graph, Azure Resource
// Manager, FHIR service and DICOM service on loopback over TLS: a playground for
// newcomers and the ground on which hdstest is tested. It is written from the
// published facts and shares no code with the client but the table of names.
//
// [Start] opens five listeners on localhost, one for each service, each with
// the service at its root as in reality, and fills the tenant with a few marked
// examples. What each service does faithfully, simplifies or refuses with 501
// stands in the comments of its package.
//
// It is not for production: its secrets are shown to whoever asks, it accepts
// connections from this machine only, and its state ends with it.
package sandbox

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	stdlog "log"
	"net/http"
	"sync"
	"time"

	"hdstest/internal/sandbox/directory"
	"hdstest/internal/sandbox/keys"
	"hdstest/internal/sandbox/scenario"
)

// Ports of a sandbox that is started by itself: fixed, since the audience of a
// FHIR token is the service's URL.
const (
	// DefaultPortBase is the first of five ports in a row: login, Graph, ARM, FHIR, DICOM.
	DefaultPortBase = 28440
	// AnyPort lets the system choose five free ports.
	AnyPort = -1
)

// Options are the settings of [Start].
type Options struct {
	StateDir      string           // keeps keys and ids between runs; empty: nothing is kept
	PortBase      int              // first of five ports; 0: DefaultPortBase; AnyPort
	Now           func() time.Time // the machine's clock
	Log           io.Writer        // one JSON line for each request; nil: none
	Scenarios     []string         // switched on from the start
	FHIRUpstream  string           // a real FHIR server behind the gate; empty: the sandbox's own
	DICOMUpstream string           // a real DICOMweb server behind the gate
	Version       string           // of the program, for the root page
}

// Sandbox is a running sandbox.
type Sandbox struct {
	Info      Info
	Clock     *Clock
	Keys      *keys.Ring
	Scenarios *scenario.Set
	Directory *directory.Directory

	files   files
	servers []*http.Server
	stores  []io.Closer // services with files open
	serving sync.WaitGroup
}

// parts are the five listeners in the order of their ports.
type parts [5]*listener

// Start makes a sandbox and serves until [Sandbox.Close]. An unknown scenario, a
// port in use and a state folder that cannot be written are errors.
func Start(_ context.Context, o Options) (*Sandbox, error) {
	clock := NewClock(o.Now)
	id, err := loadIdentity(o.StateDir, o.Now())
	if err != nil {
		return nil, err
	}
	set := scenario.NewSet()
	for _, name := range o.Scenarios {
		if !set.Enable(name) {
			return nil, fmt.Errorf("no scenario is called %q", name)
		}
	}
	signing, err := keys.ParsePEM([]byte(id.Signing))
	if err != nil {
		return nil, err
	}
	ports, err := openPorts(o.PortBase)
	if err != nil {
		return nil, err
	}
	s := &Sandbox{Clock: clock, Scenarios: set, Keys: keys.NewRing(signing)}
	if err := s.serve(id, o, ports); err != nil {
		return nil, errors.Join(err, ports.close(), s.Close())
	}
	return s, nil
}

func openPorts(base int) (parts, error) {
	if base == 0 {
		base = DefaultPortBase
	}
	var p parts
	for i := range p {
		port := 0
		if base != AnyPort {
			port = base + i
		}
		l, err := listen(port)
		if err != nil {
			return p, errors.Join(err, p.close())
		}
		p[i] = l
	}
	return p, nil
}

func (p parts) close() error {
	var errs []error
	for _, l := range p {
		if l != nil {
			errs = append(errs, l.close())
		}
	}
	return errors.Join(errs...)
}

func (p parts) urls() urls {
	return urls{login: p[0].url(), graph: p[1].url(), arm: p[2].url(), fhir: p[3].url(), dicom: p[4].url()}
}

// serve fills the tenant and starts the five servers.
func (s *Sandbox) serve(id *identity, o Options, ports parts) error {
	at := ports.urls()
	state, err := seed(id, at, s.Clock.Now())
	if err != nil {
		return err
	}
	s.Directory = directory.New(state, s.Clock.Now)
	if s.files, err = writeFiles(id, o.StateDir); err != nil {
		return err
	}
	s.Info = newInfo(id, at, [2]*directory.HealthService{state.Services[0], state.Services[1]}, state.Subscription, s.files)
	handlers, err := s.services(id, at, o)
	if err != nil {
		return err
	}
	config, err := tlsConfig(id.Server)
	if err != nil {
		return err
	}
	logged := &requestLog{out: o.Log}
	for i, part := range handlers {
		handler := logged.wrap(part.name, s.Clock.Now, s.Scenarios.Wrap(part.name, part.handler))
		s.start(ports[i], handler, config)
	}
	return nil
}

// start serves one service on its listener, IPv4 and IPv6.
func (s *Sandbox) start(l *listener, h http.Handler, config *tls.Config) {
	server := &http.Server{Handler: h, TLSConfig: config, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
		// A client that drops a connection is its own business; nothing is logged.
		ErrorLog: stdlog.New(io.Discard, "", 0)}
	s.servers = append(s.servers, server)
	for _, part := range l.parts {
		s.serving.Go(func() { _ = server.ServeTLS(part, "", "") }) // ends with ErrServerClosed
	}
}

// Close ends the servers and removes the temporary files. It waits for nothing
// that is under way.
func (s *Sandbox) Close() error {
	var errs []error
	for _, server := range s.servers {
		errs = append(errs, server.Close())
	}
	s.serving.Wait()
	for _, store := range s.stores {
		errs = append(errs, store.Close())
	}
	if s.files.dir != "" {
		errs = append(errs, s.files.remove())
	}
	return errors.Join(errs...)
}
