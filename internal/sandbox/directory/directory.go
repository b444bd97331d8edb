// Package directory is the state that the sandbox's services share: one Entra
// tenant with its apps, service principals, users and consents, and one Azure
// subscription with its health services and role assignments.
//
// The types are shaped as Microsoft Graph and Azure Resource Manager show them,
// so that those services can encode them as they are; what must not be shown
// has no JSON name. The package keeps the objects and answers look-ups. Which
// request may change what is decided by the services.
package directory

import (
	"sync"
	"time"
)

// Directory guards a [State]. Readers run side by side, a writer runs alone.
type Directory struct {
	mu    sync.RWMutex
	state *State
	now   func() time.Time
}

// New makes a directory around a state. now is the sandbox's clock.
func New(state *State, now func() time.Time) *Directory {
	return &Directory{state: state, now: now}
}

// Now is the sandbox's time, in UTC.
func (d *Directory) Now() time.Time { return d.now().UTC() }

// View calls read with the state. read must neither change it nor keep pointers
// into it beyond the call.
func (d *Directory) View(read func(*State)) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	read(d.state)
}

// Update calls change with the state, alone. A change that returns an error must
// have left the state as it was: there is no rollback.
func (d *Directory) Update(change func(*State) error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return change(d.state)
}

// State is everything the sandbox knows. Maps are keyed by object id unless said
// otherwise.
type State struct {
	Tenant             Tenant
	Applications       map[string]*Application
	ServicePrincipals  map[string]*ServicePrincipal
	Users              map[string]*User
	Groups             map[string]*Group
	PermissionGrants   map[string]*PermissionGrant
	AppRoleAssignments map[string]*AppRoleAssignment
	Deleted            map[string]*DeletedItem

	Subscription    Subscription
	Services        []*HealthService
	RoleAssignments map[string]*RoleAssignment // keyed by lower-case ARM id
	DenyAssignments map[string]*DenyAssignment // keyed by lower-case ARM id
}

// NewState makes an empty state.
func NewState(tenant Tenant, subscription Subscription) *State {
	return &State{
		Tenant:             tenant,
		Subscription:       subscription,
		Applications:       map[string]*Application{},
		ServicePrincipals:  map[string]*ServicePrincipal{},
		Users:              map[string]*User{},
		Groups:             map[string]*Group{},
		PermissionGrants:   map[string]*PermissionGrant{},
		AppRoleAssignments: map[string]*AppRoleAssignment{},
		Deleted:            map[string]*DeletedItem{},
		RoleAssignments:    map[string]*RoleAssignment{},
		DenyAssignments:    map[string]*DenyAssignment{},
	}
}

// Tenant is the one Entra tenant.
type Tenant struct {
	ID          string
	Domain      string // its verified domain, usable in place of the id
	DisplayName string
}

// Subscription is the one Azure subscription.
type Subscription struct {
	ID            string
	DisplayName   string
	ResourceGroup string
	Workspace     string
}

// User can sign in on the sandbox's page.
type User struct {
	ID                string `json:"id"`
	UserPrincipalName string `json:"userPrincipalName"`
	DisplayName       string `json:"displayName"`
	AccountEnabled    bool   `json:"accountEnabled"`
	Password          string `json:"-"` // of the sandbox only, shown in its info
	Administrator     bool   `json:"-"` // may consent for the whole tenant
}
