package graph

import (
	"io"
	"net/http"
	"strings"
	"time"

	"hdstest/internal/sandbox/bearer"
	"hdstest/internal/sandbox/directory"
	"hdstest/internal/sandbox/scenario"
)

// Deps is what the service works with. All fields but Scenarios and Rand are
// needed.
type Deps struct {
	Directory *directory.Directory
	Scenarios *scenario.Set  // nil: nothing is switched on
	Tokens    bearer.Checker // audiences and issuers that Graph takes
	URL       string         // own base, no final slash, without /v1.0
	LoginURL  string         // base of the sign-in service, for the challenge
	NewID     func() string  // makes a GUID
	Rand      io.Reader      // for secrets; nil: the system's
}

// service answers for Microsoft Graph.
type service struct {
	Deps
	routes []route
}

// New makes the handler, to be mounted at the root of Graph's own host.
func New(d Deps) http.Handler { return &service{Deps: d, routes: routes()} }

// replicationTime is how long a new object stays unseen while the switch
// [scenario.ReplicationDelay] is on.
const replicationTime = 3 * time.Second

// call is one request on its way through.
type call struct {
	*service
	request         *http.Request
	requestID       string
	clientRequestID string
	now             time.Time
	path            []segment
	query           query
	caller          caller
	body            map[string]any // nil: there was none
	state           *directory.State
}

// ServeHTTP answers one request. All of it is decided under the directory's
// lock; reading and writing the connection is not.
func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &call{service: s, request: r, requestID: s.NewID(), now: s.Directory.Now()}
	c.clientRequestID = r.Header.Get("client-request-id")
	if len(c.clientRequestID) == 0 || len(c.clientRequestID) > 128 {
		c.clientRequestID = c.requestID
	}
	if r.URL.Path == userInfoPath {
		s.userInfo(w, c)
		return
	}
	handler, err := s.prepare(c)
	if err != nil {
		s.write(w, c, answer{}, err)
		return
	}
	a, err := s.run(c, handler)
	s.write(w, c, a, err)
}

// prepare does all that needs no state: token, path, query, body.
func (s *service) prepare(c *call) (handler, error) {
	var err error
	if c.caller, err = s.authenticate(c.request); err != nil {
		return nil, err
	}
	if c.path, err = parsePath(c.request.URL.EscapedPath()); err != nil {
		return nil, err
	}
	found, err := s.route(c.request.Method, c.path)
	if err != nil {
		return nil, err
	}
	if c.query, err = parseQuery(c.request); err != nil {
		return nil, err
	}
	if found.writes && s.Scenarios.On(scenario.GraphDenied) {
		return nil, denied()
	}
	if c.body, err = readBody(c.request); err != nil {
		return nil, err
	}
	return found.handler, nil
}

func (s *service) run(c *call, h handler) (a answer, err error) {
	if c.request.Method == http.MethodGet {
		s.Directory.View(func(state *directory.State) {
			c.state = state
			a, err = h(c)
		})
		return a, err
	}
	err = s.Directory.Update(func(state *directory.State) error {
		c.state = state
		var err error
		a, err = h(c)
		return err
	})
	return a, err
}

// visibleFrom is when readers find an object that is made now.
func (c *call) visibleFrom() time.Time {
	if c.Scenarios.On(scenario.ReplicationDelay) {
		return c.now.Add(replicationTime)
	}
	return time.Time{}
}

func (c *call) visible(from time.Time) bool { return directory.Visible(from, c.now) }

// prefers tells whether the Prefer header names a preference.
func (c *call) prefers(name string) bool {
	for _, value := range c.request.Header.Values("Prefer") {
		for part := range strings.SplitSeq(value, ",") {
			if strings.EqualFold(strings.TrimSpace(part), name) {
				return true
			}
		}
	}
	return false
}
