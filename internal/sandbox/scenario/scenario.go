// Package scenario is the sandbox's stock of things that go wrong, as data: what
// is wrong, where, how it looks from outside and which cause a diagnosis must
// name. A scenario works in one of these ways:
//
//   - by switches, which the services ask for at the place concerned;
//   - by faults, which [Set.Wrap] plays before a service is asked at all;
//   - by a way to break TLS, which the listeners ask for ([Set.Broken]);
//   - by moving the clock or replacing the signing keys of the whole sandbox,
//     which is the composer's matter.
package scenario

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// The services a scenario can concern.
const (
	Login = "login"
	Graph = "graph"
	ARM   = "arm"
	FHIR  = "fhir"
	DICOM = "dicom"
)

// Scenario is one thing that goes wrong.
type Scenario struct {
	Name     string   `json:"name"`
	Wrong    string   `json:"wrong"` // what goes wrong, in words
	Where    []string `json:"where"` // services
	Seen     string   `json:"seen"`  // what a client sees
	Cause    string   `json:"cause"` // id of the cause that a diagnosis must name
	Source   string   `json:"source"`
	Switches []Switch `json:"switches,omitempty"`
	Faults   []Fault  `json:"faults,omitempty"`
	TLS      TLS      `json:"tls,omitempty"` // how connections to Where are broken
	// Clock is how far the clock of all services is moved, in nanoseconds.
	Clock time.Duration `json:"clock,omitempty"`
	// NewKeys replaces the keys that sign tokens: at once, or, if no token was
	// signed yet, after the first one.
	NewKeys bool `json:"new_keys,omitempty"`
}

// TLS is a way in which connections fail before a request can be sent.
type TLS string

// The ways to break TLS.
const (
	TLSExpired   TLS = "expired"           // the certificate has ended
	TLSOtherName TLS = "other-name"        // the certificate is for another host
	TLSUnknownCA TLS = "unknown-authority" // the certificate is not of the sandbox's CA
	TLSOld       TLS = "old-version"       // the server knows TLS 1.1 at most
	TLSPlain     TLS = "plain-http"        // the server speaks HTTP without TLS
	TLSCut       TLS = "cut"               // the connection ends in the middle of the handshake
)

// Switch is a condition that a service asks for at one place of its code.
type Switch string

// The switches.
const (
	SecretExpired         Switch = "secret-expired"           // every client secret is past its end
	SecretUnknown         Switch = "secret-unknown"           // no client secret matches
	SecretIDGiven         Switch = "secret-id-given"          // the example app's secret is handed out as its ID
	CertificateUnknown    Switch = "certificate-unknown"      // no certificate is registered
	AssertionReplay       Switch = "assertion-replay"         // a jti is accepted once only
	StrictLoopbackPort    Switch = "strict-loopback-port"     // the port counts for http://127.0.0.1
	PublicFlowsOff        Switch = "public-flows-off"         // isFallbackPublicClient is false everywhere
	ConsentMissing        Switch = "consent-missing"          // no delegated permission was consented to
	AppNotFound           Switch = "app-not-found"            // no service principal is found at login
	AppDisabled           Switch = "app-disabled"             // accountEnabled is false at login
	RedirectUnknown       Switch = "redirect-unknown"         // no redirect URI matches
	WrongAudience         Switch = "wrong-audience"           // tokens carry https://azurehealthcareapis.com
	ClockAhead            Switch = "clock-ahead"              // tokens are not valid before 20 minutes from now
	TokenExpired          Switch = "token-expired"            // tokens ended 20 minutes ago
	RoleMissing           Switch = "role-missing"             // the data roles that are given when it is switched on are gone
	RolePending           Switch = "role-pending"             // assignments made now begin to count in 10 minutes
	ReplicationDelay      Switch = "replication-delay"        // new Graph objects are found after 3 seconds
	GraphDenied           Switch = "graph-denied"             // Graph refuses writes
	SecretsForbidden      Switch = "secrets-forbidden"        // a policy forbids client secrets in Graph
	SecretLifetime        Switch = "secret-lifetime"          // a policy allows secrets 180 days in Graph
	ARMDenied             Switch = "arm-denied"               // role assignments are refused
	PrivateLink           Switch = "private-link"             // data services answer 403 to everything
	DICOMImpersonation    Switch = "dicom-user-impersonation" // the DICOM app's scope is user_impersonation
	DICOMPrincipalMissing Switch = "dicom-principal-missing"  // no DICOM service was ever deployed
)

// Fault answers requests before the service does.
type Fault struct {
	Service string            `json:"service"`
	Method  string            `json:"method,omitempty"` // empty: any
	Path    string            `json:"path,omitempty"`   // prefix; empty: any
	End     string            `json:"end,omitempty"`    // suffix of the path; empty: any
	Status  int               `json:"status,omitempty"` // 0: the service answers after Delay
	Headers map[string]string `json:"headers,omitempty"`
	Body    string            `json:"body,omitempty"`
	Delay   time.Duration     `json:"delay,omitempty"`
	Cut     bool              `json:"cut,omitempty"`   // the connection ends in the middle of the body
	Times   int               `json:"times,omitempty"` // 0: every time
}

// Set is what is switched on. It is safe for concurrent use. The zero Set is not
// usable; see [NewSet].
type Set struct {
	mu     sync.RWMutex
	active []Scenario
	played map[string]int // "scenario/fault number" to how often it was played
}

// NewSet makes a set with nothing switched on.
func NewSet() *Set { return &Set{played: map[string]int{}} }

// Enable switches a scenario of [All] on and tells whether there is one of that name.
func (s *Set) Enable(name string) bool {
	found, ok := ByName(name)
	if !ok {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.ContainsFunc(s.active, func(a Scenario) bool { return a.Name == name }) {
		s.active = append(s.active, found)
	}
	return true
}

// Disable switches a scenario off. Switched on again, it begins anew.
func (s *Set) Disable(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.active = slices.DeleteFunc(s.active, func(a Scenario) bool { return a.Name == name })
	for key := range s.played {
		if strings.HasPrefix(key, name+"/") {
			delete(s.played, key)
		}
	}
}

// Active lists the names of what is on.
func (s *Set) Active() []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var names []string
	for _, a := range s.active {
		names = append(names, a.Name)
	}
	return names
}

// On tells whether some active scenario has the switch. A nil Set has none.
func (s *Set) On(sw Switch) bool {
	if s == nil {
		return false
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.ContainsFunc(s.active, func(a Scenario) bool { return slices.Contains(a.Switches, sw) })
}

// Broken tells how TLS connections to a service are to fail; empty: not at all.
func (s *Set) Broken(service string) TLS {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, a := range s.active {
		if a.TLS != "" && slices.Contains(a.Where, service) {
			return a.TLS
		}
	}
	return ""
}

// Clock is how far the active scenarios move the clock, all together.
func (s *Set) Clock() time.Duration {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var sum time.Duration
	for _, a := range s.active {
		sum += a.Clock
	}
	return sum
}

// Wrap plays the active faults that concern a service before its handler.
func (s *Set) Wrap(service string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fault, ok := s.take(service, r)
		if !ok {
			next.ServeHTTP(w, r)
			return
		}
		if !wait(r, fault.Delay) {
			return
		}
		if fault.Status == 0 {
			next.ServeHTTP(w, r)
			return
		}
		play(w, fault)
	})
}

func (s *Set) take(service string, r *http.Request) (Fault, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.active {
		for i, f := range a.Faults {
			if !f.concerns(service, r) {
				continue
			}
			key := a.Name + "/" + strconv.Itoa(i)
			if f.Times > 0 && s.played[key] >= f.Times {
				continue
			}
			s.played[key]++
			return f, true
		}
	}
	return Fault{}, false
}

func (f Fault) concerns(service string, r *http.Request) bool {
	return f.Service == service && (f.Method == "" || f.Method == r.Method) &&
		strings.HasPrefix(r.URL.Path, f.Path) && strings.HasSuffix(r.URL.Path, f.End)
}

// wait lets time pass and tells whether the client is still there.
func wait(r *http.Request, d time.Duration) bool {
	if d == 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

func play(w http.ResponseWriter, f Fault) {
	for name, value := range f.Headers {
		w.Header().Set(name, value)
	}
	if f.Cut {
		// A length that is never reached makes the server end the connection.
		w.Header().Set("Content-Length", strconv.Itoa(2*len(f.Body)+64))
	}
	w.WriteHeader(f.Status)
	_, _ = w.Write([]byte(f.Body))
}
