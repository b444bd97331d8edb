package sandbox

import (
	"strings"

	"hdstest/internal/entra"
	"hdstest/internal/sandbox/directory"
)

// withdraw takes away the data roles that are given now, as if they had never been:
// Azure Resource Manager does not list them either. What is given afterwards counts.
func (s *Sandbox) withdraw() error {
	return s.Directory.Update(func(state *directory.State) error {
		for key, a := range state.RoleAssignments {
			if isDataRole(a) {
				s.withdrawn = append(s.withdrawn, a)
				delete(state.RoleAssignments, key)
			}
		}
		return nil
	})
}

// giveBack puts back what [Sandbox.withdraw] took, unless the same role has been
// given again at the same place.
func (s *Sandbox) giveBack() error {
	return s.Directory.Update(func(state *directory.State) error {
		for _, a := range s.withdrawn {
			if !given(state, a) {
				state.RoleAssignments[strings.ToLower(a.ID)] = a
			}
		}
		s.withdrawn = nil
		return nil
	})
}

func isDataRole(a *directory.RoleAssignment) bool {
	role, known := entra.RoleByName(roleID(a))
	return known && len(role.DataActions) > 0
}

func given(state *directory.State, a *directory.RoleAssignment) bool {
	for _, other := range state.RoleAssignments {
		if other.PrincipalID == a.PrincipalID && other.Scope == a.Scope && roleID(other) == roleID(a) {
			return true
		}
	}
	return false
}

// roleID is the GUID of the role that was given.
func roleID(a *directory.RoleAssignment) string {
	return a.RoleDefinitionID[strings.LastIndexByte(a.RoleDefinitionID, '/')+1:]
}
