// Package accesstest makes what the tests of the FHIR and DICOM services stand
// on: a directory with one service, signing keys, callers with roles, and tokens
// as the login service would sign them. Nothing but tests imports it.
package accesstest

import (
	"fmt"
	"maps"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"hdstest/internal/entra"
	"hdstest/internal/sandbox/directory"
	"hdstest/internal/sandbox/keys"
	"hdstest/internal/sandbox/scenario"
)

// Authority is the authority of the services.
const Authority = "https://localhost:1/tenant"

// World is a tenant with one health service.
type World struct {
	Directory *directory.Directory
	Scenarios *scenario.Set
	Keys      *keys.Ring
	Kind      string

	mu    sync.Mutex
	now   time.Time
	state *directory.State
	ids   atomic.Int64
}

// ring is made once, since a key of RSA takes a while. The tests only sign with it.
var ring = sync.OnceValues(func() (*keys.Ring, error) {
	key, err := keys.Generate(time.Now())
	if err != nil {
		return nil, err
	}
	return keys.NewRing(key), nil
})

// New makes a world with a service of a kind at a URL.
func New(kind, url string) (*World, error) {
	signing, err := ring()
	if err != nil {
		return nil, err
	}
	w := &World{Kind: kind, Keys: signing, Scenarios: scenario.NewSet(), now: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)}
	audiences := []string{url}
	if kind == entra.DICOM {
		audiences = []string{entra.DICOMResource, entra.DICOMResource + "/"}
	}
	w.state = directory.NewState(directory.Tenant{ID: "tenant"}, directory.Subscription{ID: "sub", ResourceGroup: "rg", Workspace: "ws"})
	w.state.Services = []*directory.HealthService{{Kind: kind, Name: kind, URL: url, Audiences: audiences, Authority: Authority, TenantID: "tenant"}}
	w.Directory = directory.New(w.state, w.Now)
	return w, nil
}

// Now is the world's clock. It stands still unless moved.
func (w *World) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

// Move moves the clock.
func (w *World) Move(by time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(by)
}

// SetURL moves the service to another address, with the audience if it is FHIR's.
func (w *World) SetURL(url string) {
	_ = w.Directory.Update(func(s *directory.State) error {
		s.Services[0].URL = url
		if w.Kind == entra.FHIR {
			s.Services[0].Audiences = []string{url}
		}
		return nil
	})
}

// NewID gives ids in order, in the form of GUIDs.
func (w *World) NewID() string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", w.ids.Add(1)) }

// Grant gives a caller a role, by its name, on the service.
func (w *World) Grant(caller, role string) {
	r, ok := entra.RoleByName(role)
	if !ok {
		return
	}
	_ = w.Directory.Update(func(s *directory.State) error {
		scope := s.Services[0].ResourceID(s.Subscription)
		id := scope + "/providers/Microsoft.Authorization/roleAssignments/" + caller + role
		s.RoleAssignments[strings.ToLower(id)] = &directory.RoleAssignment{ID: id, Scope: scope, PrincipalID: caller, Created: w.Now(),
			RoleDefinitionID: entra.RoleDefinitionID(s.Subscription.ID, r.ID)}
		return nil
	})
}

// Token signs a good token of a caller, changed by the claims given; a claim of
// nil is left out.
func (w *World) Token(caller string, changes map[string]any) (string, error) {
	var audience string
	w.Directory.View(func(s *directory.State) { audience = s.Services[0].Audiences[0] })
	claims := map[string]any{"aud": audience, "iss": Authority + "/", "oid": caller, "appid": "app", "tid": "tenant", "ver": "1.0",
		"nbf": w.Now().Unix(), "iat": w.Now().Unix(), "exp": w.Now().Add(time.Hour).Unix()}
	maps.Copy(claims, changes)
	maps.DeleteFunc(claims, func(_ string, v any) bool { return v == nil })
	return w.Keys.Sign(claims, 1)
}
