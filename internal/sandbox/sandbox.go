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
// Things go wrong on demand, by the names of package scenario: from the start
// ([Options]), while it runs ([Sandbox.Enable], [Sandbox.Disable]), or by requests
// below /_sandbox/ of the sign-in host, which also move the clock and rotate the
// signing keys. Every answer's Date is that of the sandbox's clock.
//
// It is not for production: its secrets are shown to whoever asks, it accepts
// connections from this machine only, and its state ends with it.
package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"hdstest/internal/sandbox/directory"
	"hdstest/internal/sandbox/keys"
	"hdstest/internal/sandbox/requestlog"
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
	ClockOffset   time.Duration    // of the sandbox's clock from the machine's
	Log           io.Writer        // one JSON line for each request; nil: none
	Scenarios     []string         // switched on from the start
	FHIRUpstream  string           // a real FHIR server behind the gate; empty: the sandbox's own
	DICOMUpstream string           // a real DICOMweb server behind the gate
	Version       string           // of the program, for the root page
	// InfoFiles names the files to be written (JSON, mode 0600) once all services
	// listen, in that order; nil: none. Close removes them unless another sandbox
	// has put its own in their place.
	InfoFiles func(Info) []string
}

// Sandbox is a running sandbox.
type Sandbox struct {
	Info      Info // as it was at the start
	Clock     *Clock
	Keys      *keys.Ring
	Scenarios *scenario.Set // to be changed by [Sandbox.Enable] and [Sandbox.Disable]
	Directory *directory.Directory

	id        *identity
	secretID  string // of the example app's secret
	files     files
	published []string
	withdrawn []*directory.RoleAssignment // by the scenario role-missing
	mu        sync.Mutex                  // one change of scenarios at a time
	parts     []part
	busy      busy
	serving   sync.WaitGroup
}

// Start makes a sandbox and serves until [Sandbox.Close]. An unknown scenario, a
// port in use, a state folder or an info file that cannot be written are errors;
// nothing is left behind then but the kept identity.
func Start(_ context.Context, o Options) (*Sandbox, error) {
	s := &Sandbox{Clock: NewClock(o.Now), Scenarios: scenario.NewSet()}
	s.Clock.Move(o.ClockOffset)
	for _, name := range o.Scenarios {
		if _, ok := scenario.ByName(name); !ok {
			return nil, fmt.Errorf("no scenario is called %q", name)
		}
	}
	var err error
	if s.id, err = loadIdentity(o.StateDir, o.Now()); err != nil {
		return nil, err
	}
	signing, err := keys.ParsePEM([]byte(s.id.Signing))
	if err != nil {
		return nil, err
	}
	s.Keys = keys.NewRing(signing)
	ports, err := openPorts(o.PortBase)
	if err != nil {
		return nil, err
	}
	if err := s.open(o, ports); err != nil {
		return nil, errors.Join(err, s.Close(), ports.close())
	}
	return s, nil
}

// open fills the tenant, makes the services, and lets them serve when nothing
// can fail any more.
func (s *Sandbox) open(o Options, ports ports) error {
	at := ports.urls()
	state, err := seed(s.id, at, s.Clock.Now())
	if err != nil {
		return err
	}
	s.Directory = directory.New(state, s.Clock.Now)
	s.secretID = state.Applications[s.id.Example.ObjectID].PasswordCredentials[0].KeyID
	if s.files, err = writeFiles(s.id, o.StateDir); err != nil {
		return err
	}
	s.Info = newInfo(s.id, at, [2]*directory.HealthService{state.Services[0], state.Services[1]}, state.Subscription, s.files)
	if s.parts, err = s.services(at, o); err != nil {
		return err
	}
	for _, name := range o.Scenarios {
		if err := s.Enable(name); err != nil {
			return err
		}
	}
	s.Info = s.info()
	configs, err := s.id.tlsConfigs()
	if err != nil {
		return err
	}
	if o.InfoFiles != nil {
		if err := s.publish(o.InfoFiles(s.Info)); err != nil {
			return err
		}
	}
	s.serve(ports, configs, requestlog.New(o.Log))
	return nil
}

// Close ends the servers, waits a moment for requests that are under way, and
// removes what the sandbox wrote but the kept identity. It may be called again.
func (s *Sandbox) Close() error {
	var errs []error
	for _, p := range s.parts {
		if p.server != nil {
			errs = append(errs, p.server.Close())
		}
	}
	s.serving.Wait()
	s.busy.end(closeWait)
	for _, p := range s.parts {
		if p.close != nil {
			errs = append(errs, p.close())
		}
	}
	errs = append(errs, s.unpublish())
	if s.files.dir != "" {
		errs = append(errs, s.files.remove())
	}
	s.parts, s.files = nil, files{}
	return errors.Join(errs...)
}

// closeWait is how long requests that are under way may take to end once their
// connections are gone.
const closeWait = 3 * time.Second
