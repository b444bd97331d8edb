package dicom

import (
	"net/http"
	"net/url"

	"hdstest/internal/entra"
	"hdstest/internal/sandbox/access"
	"hdstest/internal/sandbox/directory"
	"hdstest/internal/sandbox/keys"
	"hdstest/internal/sandbox/scenario"
)

// Deps is what the service needs from the sandbox.
type Deps struct {
	Directory *directory.Directory // with one service of kind DICOM; its URL is this service's
	Scenarios *scenario.Set        // may be nil
	Keys      *keys.Ring
	NewID     func() string // GUIDs
	Dir       string        // a folder for instances, made if need be; not used by a gateway

	// MostBytes is the size of the largest request that is taken; 0 is the managed
	// service's 4 GB.
	MostBytes int64

	// Upstream makes the service a gateway: the same token and role checks, then a
	// real DICOMweb server at this address, for example http://localhost:8042/dicom-web.
	Upstream          *url.URL
	UpstreamTransport http.RoundTripper // nil: http.DefaultTransport
}

// Service is the DICOM service. It answers at the root of its listener.
type Service struct {
	deps Deps
	gate access.Gate
	base string // own address, no final slash
}

// New makes a service without any instances. Close must be called at the end.
func New(deps Deps) (*Service, error) {
	s := &Service{deps: deps,
		gate: access.Gate{Directory: deps.Directory, Scenarios: deps.Scenarios, Keys: deps.Keys, Kind: entra.DICOM}}
	own, _ := s.gate.Service()
	s.base = own.URL
	return s, nil
}

// Close ends the service. The files are left to whoever owns the folder.
func (s *Service) Close() error { return nil }

// ServeHTTP answers a call.
func (s *Service) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.WriteHeader(http.StatusNotImplemented)
}
