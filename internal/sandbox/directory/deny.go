package directory

import (
	"slices"
	"strings"
	"time"
)

// Everyone is the principal of a deny assignment that means all principals.
// Source: learn.microsoft.com/azure/role-based-access-control/deny-assignments,
// all principals: the id of zeros with the type SystemDefined.
const Everyone = "00000000-0000-0000-0000-000000000000"

// DenyAssignment forbids what roles give. Azure makes them by itself, nobody can
// by a request.
type DenyAssignment struct {
	ID             string // ARM id, with a leading slash
	Name           string // GUID
	DisplayName    string
	Description    string
	Scope          string
	HereOnly       bool // it does not count for scopes below
	Actions        []string
	NotActions     []string
	DataActions    []string
	NotDataActions []string
	Principals     []string // object ids, or [Everyone]
	Except         []string // object ids
	Created        time.Time
}

// forbids tells whether it takes a data action from one of several identities: a
// principal and its groups.
func (d *DenyAssignment) forbids(identities []string, s *State, scope, action string) bool {
	reaches := s.Covers(d.Scope, scope)
	if d.HereOnly {
		reaches = strings.EqualFold(strings.Trim(d.Scope, "/"), strings.Trim(scope, "/"))
	}
	meant := func(list []string) bool {
		return slices.ContainsFunc(identities, func(id string) bool { return slices.Contains(list, id) })
	}
	return reaches && (slices.Contains(d.Principals, Everyone) || meant(d.Principals)) && !meant(d.Except) &&
		listed(d.DataActions, action) && !listed(d.NotDataActions, action)
}
