package fhir

import (
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"hdstest/internal/entra"
	"hdstest/internal/lazyregexp"
	"hdstest/internal/sandbox/access"
	"hdstest/internal/sandbox/bodies"
	"hdstest/internal/sandbox/directory"
	"hdstest/internal/sandbox/keys"
	"hdstest/internal/sandbox/querystring"
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
	query   []querystring.Pair
	header  http.Header
	body    []byte
	caller  access.Caller
	bundled bool

	document *document // the body, where the operation takes a resource
}

// value gives a query parameter; the first of several.
func (r *request) value(name string) (string, bool) {
	i := slices.IndexFunc(r.query, func(p querystring.Pair) bool { return p.Name == name })
	if i < 0 {
		return "", false
	}
	return r.query[i].Value, true
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
var jwtForm = lazyregexp.New(`eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*`)

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
	in := &request{id: s.deps.NewID(), method: r.Method, path: segments(r.URL), query: querystring.Split(r.URL.RawQuery), header: r.Header}
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
	case jwtForm.MatchString(u.RawQuery) || jwtForm.MatchString(querystring.Unescape(u.RawQuery)):
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
