package dicom

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"hdstest/internal/entra"
	"hdstest/internal/sandbox/access"
	"hdstest/internal/sandbox/bearer"
	"hdstest/internal/sandbox/dicom/part10"
	"hdstest/internal/sandbox/directory"
	"hdstest/internal/sandbox/keys"
	"hdstest/internal/sandbox/querystring"
	"hdstest/internal/sandbox/scenario"
)

// managedMost is the managed service's limit of a request in bytes
// ([AD dicom/dicom-services-conformance-statement-v2.md]).
const managedMost = 4 << 30

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

	mu         sync.RWMutex // guards what follows: readers side by side, a writer alone
	store      *store
	operations map[string]*job
	exports    map[string]exported // by the path at which they are found
	worklist   worklist
}

// New makes a service without any instances. Close must be called at the end.
func New(deps Deps) (*Service, error) {
	if deps.MostBytes == 0 {
		deps.MostBytes = managedMost
	}
	s := &Service{deps: deps, operations: map[string]*job{}, exports: map[string]exported{}, worklist: worklist{items: map[string]*workitem{}},
		gate: access.Gate{Directory: deps.Directory, Scenarios: deps.Scenarios, Keys: deps.Keys, Kind: entra.DICOM}}
	own, _ := s.gate.Service()
	s.base = own.URL
	if deps.Upstream != nil {
		return s, nil
	}
	var err error
	s.store, err = newStore(deps.Dir)
	return s, err
}

// Close ends the service. The files are left to whoever owns the folder.
func (s *Service) Close() error {
	if s.store == nil {
		return nil
	}
	return s.store.bodies.Close()
}

// words is the dictionary; a gateway, which stores nothing, checks no body by it.
func (s *Service) words() *part10.Dictionary {
	if s.store == nil {
		return nil
	}
	return s.store.words
}

// request is one call.
type request struct {
	*http.Request
	out     http.ResponseWriter
	version int      // 1 or 2
	prefix  string   // /v2
	path    []string // segments after the version
	query   []querystring.Pair
	caller  access.Caller
}

// root is the address that links begin with: the service with its version.
func (s *Service) root(r *request) string { return s.base + r.prefix }

// ServeHTTP answers in the order of the server's own checks: routing,
// authentication, the filters of headers and query, and then what the operation
// itself does: the permission, UIDs, storage.
// Source: microsoft/dicom-server, Controllers and handlers.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.gate.Closed() {
		w.WriteHeader(http.StatusForbidden) // the body of a private link's 403 is unverified: none
		return
	}
	if refused := s.serve(w, r); refused != nil {
		refused.write(w)
	}
}

func (s *Service) serve(w http.ResponseWriter, r *http.Request) *refusal {
	if r.URL.Path == "/health/check" {
		return health(w, r)
	}
	if strings.HasPrefix(r.URL.Path, exportsPath) && s.deps.Upstream == nil {
		return s.exportedFile(w, r)
	}
	in, known := s.read(w, r)
	if !known {
		return refuse(http.StatusNotFound, "")
	}
	if len(in.path) == 1 && (in.path[0] == "api.yaml" || in.path[0] == "api.json") {
		return s.document(in)
	}
	found := s.paths(in)
	if found == nil && s.deps.Upstream == nil {
		return refuse(http.StatusNotFound, "")
	}
	op, ok := found[r.Method]
	if !ok && s.deps.Upstream == nil {
		no := refuse(http.StatusMethodNotAllowed, "")
		no.header = map[string]string{"Allow": strings.Join(slices.Sorted(maps.Keys(found)), ", ")}
		return no
	}
	var problem *bearer.Problem
	if in.caller, problem = s.gate.Authenticate(r); problem != nil {
		no := refuse(http.StatusUnauthorized, "") // without a body: there are no status pages (derived)
		no.header = map[string]string{"WWW-Authenticate": s.gate.Challenge(problem)}
		return no
	}
	w.Header().Set("api-supported-versions", "1.0-prerelease, 1, 2")
	if s.deps.Upstream != nil {
		return s.forward(in, op, ok)
	}
	return s.run(op, in)
}

// run makes the checks that an operation asks for and then it.
func (s *Service) run(op operation, in *request) *refusal {
	if op.json && !acceptsJSON(in.Header.Values("Accept")) {
		return refuse(http.StatusNotAcceptable, "") // made by a filter: no body
	}
	if op.consumes != nil && in.Header.Get("Content-Type") != "" && !op.consumes(in.Header.Get("Content-Type")) {
		return refuse(http.StatusUnsupportedMediaType, "")
	}
	if op.check != nil {
		if refused := op.check(in); refused != nil {
			return refused
		}
	}
	if !in.caller.Holds(op.needs...) {
		return forbidden()
	}
	if refused := checkUIDs(in); refused != nil {
		return refused
	}
	if op.spools {
		return op.do(in) // locks by itself, once the body has been read
	}
	if op.writes {
		s.mu.Lock()
		defer s.mu.Unlock()
	} else {
		s.mu.RLock()
		defer s.mu.RUnlock()
	}
	return op.do(in)
}

func forbidden() *refusal { return refuse(http.StatusForbidden, "Authorization failed.") }

// failed is an error of the sandbox's own, for example a full disk.
func failed(err error) *refusal {
	return refuse(http.StatusInternalServerError, "The server encountered an internal error. Please retry the request. "+
		"If the issue persists, please contact support. (hdstest sandbox: %s)", err)
}

// absent is how the sandbox says that the real service has something that it has not.
func absent(what string) *refusal {
	return refuse(http.StatusNotImplemented, "The hdstest sandbox does not implement %s.", what)
}

func (r *refusal) write(w http.ResponseWriter) {
	for name, value := range r.header {
		w.Header().Set(name, value)
	}
	if r.text != "" {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	}
	w.WriteHeader(r.status)
	_, _ = io.WriteString(w, r.text)
}

// read splits the path. There are no unversioned routes; what an unknown version
// answers is unverified, here it is a 404 without a body.
func (s *Service) read(w http.ResponseWriter, r *http.Request) (*request, bool) {
	segments := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	version, ok := map[string]int{"v1.0-prerelease": 1, "v1": 1, "v2": 2}[segments[0]]
	in := &request{Request: r, out: w, version: version, prefix: "/" + segments[0], path: segments[1:], query: querystring.Split(r.URL.RawQuery)}
	return in, ok
}

// answer writes JSON with the media type of DICOM or the plain one.
func (r *request) answer(status int, mediaType string, v any) *refusal {
	data, err := json.Marshal(v)
	if err != nil {
		return failed(err)
	}
	r.out.Header().Set("Content-Type", mediaType+"; charset=utf-8")
	r.out.WriteHeader(status)
	_, _ = r.out.Write(data)
	return nil
}

// value gives a query parameter, its name without regard to case.
func (r *request) value(name string) (string, bool) {
	i := slices.IndexFunc(r.query, func(p querystring.Pair) bool { return strings.EqualFold(p.Name, name) })
	if i < 0 {
		return "", false
	}
	return r.query[i].Value, true
}

// Media types of the answers.
const (
	dicomJSON = "application/dicom+json"
	plainJSON = "application/json"
	dicomType = "application/dicom"
)
