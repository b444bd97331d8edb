package fhir

import (
	"cmp"
	"errors"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"

	"hdstest/internal/entra"
	"hdstest/internal/sandbox/access"
	"hdstest/internal/sandbox/bodies"
	"hdstest/internal/sandbox/directory"
	"hdstest/internal/sandbox/keys"
	"hdstest/internal/sandbox/scenario"
)

// mostBody is the size in bytes of the largest body that is taken.
const mostBody = 64 << 20

// Deps is what the service needs from the sandbox.
type Deps struct {
	Directory *directory.Directory // with one service of kind FHIR; its URL is this service's
	Scenarios *scenario.Set        // may be nil
	Keys      *keys.Ring
	NewID     func() string // GUIDs
	Dir       string        // a folder for bodies, made if need be; not used by a gateway

	// Upstream makes the service a gateway: the same token and role checks, then a
	// real FHIR server at this address, for example http://localhost:8080/fhir.
	Upstream          *url.URL
	UpstreamTransport http.RoundTripper // nil: http.DefaultTransport
}

// Service is the FHIR service. It answers at the root of its listener.
type Service struct {
	deps Deps
	gate access.Gate
	base string // own address, no final slash

	mu     sync.RWMutex // guards what follows: readers side by side, a writer alone
	store  *store
	jobs   jobs
	checks parser
}

// New makes a service without any resources. Close must be called at the end.
func New(deps Deps) (*Service, error) {
	s := &Service{deps: deps,
		gate: access.Gate{Directory: deps.Directory, Scenarios: deps.Scenarios, Keys: deps.Keys, Kind: entra.FHIR}}
	own, _ := s.gate.Service()
	s.base = own.URL
	if deps.Upstream != nil {
		return s, nil
	}
	kept, err := bodies.Create(deps.Dir, "resources")
	if err != nil {
		return nil, err
	}
	s.store = newStore(kept, s.base)
	s.jobs = newJobs()
	s.checks = parser{set: s.store.parameters, custom: s.customParameter}
	return s, nil
}

// Close ends the service. The file with the bodies is left to whoever owns the folder.
func (s *Service) Close() error {
	if s.store == nil {
		return nil
	}
	return s.store.bodies.Close()
}

// request is one call, from outside or as an entry of a bundle.
type request struct {
	id      string // X-Request-Id of the answer
	method  string
	path    []string // segments, decoded
	query   []pair
	header  http.Header
	body    []byte
	caller  access.Caller
	bundled bool

	document *document // the body, where the operation takes a resource
}

// value gives a query parameter; the first of several.
func (r *request) value(name string) (string, bool) {
	i := slices.IndexFunc(r.query, func(p pair) bool { return p.name == name })
	if i < 0 {
		return "", false
	}
	return r.query[i].value, true
}

// response is the answer to a call.
type response struct {
	status int
	header http.Header
	body   []byte
	plain  string // content type, where it is not a resource
}

func (r *response) set(name, value string) *response {
	if r.header == nil {
		r.header = http.Header{}
	}
	r.header.Set(name, value)
	return r
}

// jwtForm is what the server takes for a token in a URL: three parts of
// base64url, of which the first is a JSON object.
var jwtForm = regexp.MustCompile(`eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*`)

// ServeHTTP answers in the order of the server's own checks: token in the URL,
// authentication, routing, input, formats, permission, storage.
// Source: microsoft/fhir-server FhirServerServiceCollectionExtensions.cs.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.gate.Closed() {
		w.WriteHeader(http.StatusForbidden) // the body of a private link's 403 is unverified: none
		return
	}
	if where := tokenInURL(r.URL); where != "" {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, "Access tokens must not be passed in the URL "+where+".")
		return
	}
	in := &request{id: s.deps.NewID(), method: r.Method, path: segments(r.URL), query: parsePairs(r.URL.RawQuery), header: r.Header}
	s.setHeaders(w.Header(), in)
	if s.deps.Upstream != nil {
		s.serveUpstream(w, r, in)
		return
	}
	out, refused := s.answer(w, r, in)
	if refused != nil {
		out = refused.response(in.id, s.deps.Directory.Now())
	}
	write(w, out, contentType(in))
}

// tokenInURL tells where in the URL something looks like a JWT.
// Source: microsoft/fhir-server AccessTokenUrlValidationMiddleware.cs.
func tokenInURL(u *url.URL) string {
	switch {
	case jwtForm.MatchString(u.RawQuery) || jwtForm.MatchString(unescape(u.RawQuery)):
		return "query string"
	case jwtForm.MatchString(u.Path):
		return "path"
	}
	return ""
}

// setHeaders sets what every answer carries.
// Source: microsoft/fhir-server FhirRequestContextMiddleware.cs.
func (s *Service) setHeaders(h http.Header, in *request) {
	h.Set("X-Request-Id", in.id)
	if theirs := in.header.Get("X-Request-Id"); theirs != "" {
		h.Set("X-Correlation-Id", theirs)
	}
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "SAMEORIGIN")
	h.Set("Content-Security-Policy", "frame-src 'self';")
}

func segments(u *url.URL) []string {
	var out []string
	for part := range strings.SplitSeq(strings.Trim(u.EscapedPath(), "/"), "/") {
		if plain, err := url.PathUnescape(part); err == nil {
			part = plain
		}
		out = append(out, part)
	}
	if len(out) == 1 && out[0] == "" {
		return nil
	}
	return out
}

// answer authenticates a call from outside and runs it.
func (s *Service) answer(w http.ResponseWriter, r *http.Request, in *request) (*response, *refusal) {
	op, refused := s.route(in)
	if refused != nil {
		return nil, refused
	}
	if !op.anonymous {
		caller, problem := s.gate.Authenticate(r)
		if problem != nil {
			w.Header().Set("WWW-Authenticate", s.gate.Challenge(problem))
			no := refuse(http.StatusUnauthorized, "login", "Authentication failed.")
			no.bare = true
			return nil, no
		}
		in.caller = caller
	}
	if op.body != noBody {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, mostBody))
		if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
			return nil, refuse(http.StatusRequestEntityTooLarge, "too-long", "The requested resource exceeded the backing database's size limit.")
		}
		if err != nil {
			return nil, badRequest("Error occurred when parsing model: '%s'.", err)
		}
		in.body = body
	}
	return s.run(op, in)
}

// run does everything that comes after routing and authentication. Entries of a
// bundle begin here, with the lock held.
func (s *Service) run(op operation, in *request) (*response, *refusal) {
	if refused := s.accept(op, in); refused != nil {
		return nil, refused
	}
	if !op.anonymous && !in.allowed(op.needs) {
		return nil, forbidden()
	}
	if refused := in.smart(op); refused != nil {
		return nil, refused
	}
	if !in.bundled {
		if op.writes {
			s.mu.Lock()
			defer s.mu.Unlock()
		} else {
			s.mu.RLock()
			defer s.mu.RUnlock()
		}
	}
	return op.do(in)
}

// accept is the input and format checks: a body that cannot be read, then what
// the operation asks of the headers.
func (s *Service) accept(op operation, in *request) *refusal {
	typeRefused := op.body.checkType(in)
	if op.body == resourceBody && typeRefused == nil {
		d, refused := parseDocument(in.body)
		if refused != nil {
			return refused
		}
		in.document = d
	}
	if op.formats {
		if refused := checkFormats(in); refused != nil {
			return refused
		}
	}
	if typeRefused != nil {
		return typeRefused
	}
	if op.check != nil {
		return op.check(in)
	}
	return nil
}

// allowed tells whether the caller holds one action of each set.
func (r *request) allowed(needs [][]string) bool {
	return !slices.ContainsFunc(needs, func(set []string) bool { return !r.caller.Holds(set...) })
}

func write(w http.ResponseWriter, out *response, contentType string) {
	for name, values := range out.header {
		w.Header()[name] = values
	}
	if len(out.body) > 0 {
		w.Header().Set("Content-Type", cmp.Or(out.plain, contentType))
	}
	w.WriteHeader(out.status)
	_, _ = w.Write(out.body)
}

// failed is an error of the sandbox's own, for example a full disk.
func failed(err error) *refusal {
	return refuse(http.StatusInternalServerError, "exception", "There was an error processing your request. (hdstest sandbox: %s)", err)
}
