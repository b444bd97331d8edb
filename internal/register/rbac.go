package register

import (
	"context"
	"errors"
	"strings"

	"hdstest/internal/problem"
)

// Principal is an app's identity in the tenant.
type Principal struct {
	ID       string `json:"id"` // object id: what role assignments name
	AppID    string `json:"app_id"`
	Name     string `json:"name"`
	Disabled bool   `json:"disabled,omitempty"`
}

// FindPrincipal finds the service principal of a client id. There is none if the
// app was never made one in this tenant; that is a usage error.
func FindPrincipal(ctx context.Context, c Clients, appID string) (Principal, error) {
	if !guid.MatchString(appID) {
		return Principal{}, problem.Usagef("%q is no client id: a GUID is expected", appID)
	}
	sp, err := session{c}.principalByAppID(ctx, strings.ToLower(appID))
	if err == nil && sp == nil {
		err = problem.Usagef("the tenant has no service principal of the client id %s", appID)
	}
	if err != nil {
		return Principal{}, err
	}
	return Principal{sp.ID, sp.AppID, sp.Name, sp.Disabled}, nil
}

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

// Assign gives roles to a service principal, by its object id. What it holds
// already, there or above, is kept. The ledger lists what was added.
func Assign(ctx context.Context, c Clients, principalID string, roles []RoleGrant, progress Progress) (Result, error) {
	if err := errors.Join(append(Spec{Roles: roles}.checkRoles(), checkPrincipal(principalID))...); err != nil {
		return Result{}, err
	}
	plan := Plan{spec: Spec{Roles: roles}, principal: &principal{ID: principalID}, ServicePrincipalID: principalID}
	p := planner{c.with(progress), &plan}
	if err := errors.Join(p.lookRoleNames(ctx), p.planRoles(ctx)); err != nil {
		return Result{}, err
	}
	r := &run{session: p.session, plan: plan, record: progress.Record, result: Result{ServicePrincipalID: principalID}}
	err := r.giveRoles(ctx)
	return r.result, err
}

// Unassign takes one role assignment away, by its Azure Resource Manager id. One
// that is not there counts as taken away.
func Unassign(ctx context.Context, c Clients, id string) error {
	if err := checkAssignmentID(id); err != nil {
		return err
	}
	return session{c}.unassign(ctx, id)
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
