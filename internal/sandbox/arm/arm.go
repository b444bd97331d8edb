package arm

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"time"

	"hdstest/internal/sandbox/bearer"
	"hdstest/internal/sandbox/directory"
	"hdstest/internal/sandbox/scenario"
)

// Deps is what the service works with. All fields but Scenarios are needed.
type Deps struct {
	Directory *directory.Directory
	Scenarios *scenario.Set  // nil: nothing is switched on
	Tokens    bearer.Checker // audiences and issuers that Azure Resource Manager takes
	URL       string         // own base, no final slash
	LoginURL  string         // base of the sign-in service
	GraphURL  string         // base of Graph, for the cloud's metadata
	NewID     func() string  // makes a GUID
	PageSize  int            // entries in one answer of a list; 0: 1000
}

// service answers for Azure Resource Manager.
type service struct{ Deps }

// New makes the handler, to be mounted at the root of Azure Resource Manager's
// own host.
func New(d Deps) http.Handler { return &service{d} }

// call is one request on its way through.
type call struct {
	*service
	request   *http.Request
	requestID string
	now       time.Time
	target    target
	options   url.Values // names in lower case
	caller    bearer.Claims
	body      []byte
	state     *directory.State
}

// maxBody bounds a request body.
const maxBody = 1 << 20

// ServeHTTP answers one request. All of it is decided under the directory's
// lock; reading and writing the connection is not.
func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &call{service: s, request: r, requestID: s.NewID(), now: s.Directory.Now()}
	handler, err := c.prepare()
	if err != nil {
		s.write(w, c, answer{}, err)
		return
	}
	a, err := c.run(handler)
	s.write(w, c, a, err)
}

// prepare decides what needs no state. As in reality a missing api-version comes
// before a missing token.
func (c *call) prepare() (handler, error) {
	var err error
	if c.target, err = parseTarget(c.request.URL.EscapedPath()); err != nil {
		return nil, err
	}
	if c.options, err = parseOptions(c.request.URL.RawQuery); err != nil {
		return nil, err
	}
	if c.target.metadata {
		return (*call).endpoints, nil
	}
	version := c.options.Get("api-version")
	if version == "" {
		return nil, refuse(http.StatusBadRequest, "MissingApiVersionParameter",
			"The api-version query parameter (?api-version=) is required for all requests.")
	}
	if err := checkVersion(c.target, version); err != nil {
		return nil, err
	}
	if c.request.Method == http.MethodPut {
		if c.body, err = io.ReadAll(http.MaxBytesReader(nil, c.request.Body, maxBody)); err != nil {
			return nil, refuse(http.StatusRequestEntityTooLarge, "RequestContentTooLarge", "The request content size exceeds the maximum size.")
		}
	}
	return c.route()
}

func (c *call) run(h handler) (a answer, err error) {
	act := func(state *directory.State) error {
		c.state = state
		if err := c.admit(); err != nil {
			return err
		}
		var err error
		a, err = h(c)
		return err
	}
	if c.request.Method == http.MethodGet {
		c.Directory.View(func(state *directory.State) { err = act(state) })
		return a, err
	}
	return a, c.Directory.Update(act)
}

// admit checks subscription and token. An unknown subscription is told before
// any token, by which tools find out a subscription's tenant.
func (c *call) admit() error {
	if c.target.metadata {
		return nil
	}
	if err := c.checkSubscription(); err != nil {
		return err
	}
	return c.authenticate()
}

// decode reads a body into what it should be.
func (c *call) decode(into any) error {
	if err := json.Unmarshal(c.body, into); err != nil {
		return refuse(http.StatusBadRequest, "InvalidRequestContent",
			"The request content was invalid and could not be deserialized: '%s'.", err)
	}
	return nil
}
