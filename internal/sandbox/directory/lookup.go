package directory

import (
	"slices"
	"strings"
	"time"
)

// ApplicationByAppID finds an application by its client id.
func (s *State) ApplicationByAppID(appID string) *Application {
	for _, a := range s.Applications {
		if strings.EqualFold(a.AppID, appID) {
			return a
		}
	}
	return nil
}

// PrincipalByAppID finds a service principal by its client id.
func (s *State) PrincipalByAppID(appID string) *ServicePrincipal {
	for _, p := range s.ServicePrincipals {
		if strings.EqualFold(p.AppID, appID) {
			return p
		}
	}
	return nil
}

// PrincipalByName finds a service principal by one of its names: the client id
// or an identifier URI, spelt exactly so (a final slash counts).
func (s *State) PrincipalByName(name string) *ServicePrincipal {
	for _, p := range s.ServicePrincipals {
		if slices.Contains(p.ServicePrincipalNames, name) {
			return p
		}
	}
	return nil
}

// UserByName finds a user by the principal name, case ignored.
func (s *State) UserByName(upn string) *User {
	for _, u := range s.Users {
		if strings.EqualFold(u.UserPrincipalName, upn) {
			return u
		}
	}
	return nil
}

// Principal tells whether an object id is that of a service principal or user,
// and of which kind: "ServicePrincipal", "User" or "".
func (s *State) Principal(objectID string) string {
	if s.ServicePrincipals[objectID] != nil {
		return "ServicePrincipal"
	}
	if s.Users[objectID] != nil {
		return "User"
	}
	return ""
}

// Visible tells whether an object that readers find from a given time on is
// there at now.
func Visible(from, now time.Time) bool { return !now.Before(from) }
