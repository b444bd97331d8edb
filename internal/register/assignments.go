package register

import (
	"context"
	"errors"

	"hdstest/internal/problem"
)

// Assignments lists the roles that a principal (by object id) holds at a scope,
// through whatever scope above it or group, and what they give on data. What was
// given below the scope is left out; deny assignments are not looked at, see
// [CheckAccess].
// Source: AD:role-based-access-control/role-assignments-list-rest.md.
func Assignments(ctx context.Context, c Clients, scope, principalID string) ([]Assignment, error) {
	if err := errors.Join(checkScope(scope), checkPrincipal(principalID)); err != nil {
		return nil, err
	}
	s := session{c}
	all, err := s.listRoles(ctx, armScope(scope), "atScope() and assignedTo('"+principalID+"')")
	if err != nil {
		return nil, err
	}
	return all, s.definitionsOf(ctx, armScope(scope), all)
}

func checkPrincipal(id string) error {
	if !guid.MatchString(id) {
		return problem.Usagef("%q is no object id: a GUID is expected", id)
	}
	return nil
}

func checkScope(id string) error {
	if scope := armScope(id); !scopeForm.MatchString(scope) || !scopeChars.MatchString(scope) {
		return problem.Usagef("%q is no Azure resource id: /subscriptions/<id>/resourceGroups/<group>/providers/… is expected", id)
	}
	return nil
}
