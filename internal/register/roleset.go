package register

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"hdstest/internal/entra"
	"hdstest/internal/problem"
)

// RoleWish is which roles a service principal is to get or to lose.
type RoleWish struct {
	TenantID  string // compared with that of the administrator's token if both are GUIDs; may be empty
	Principal Who
	Roles     []RoleGrant
	IDs       []string // of assignments to be taken away
}

// PlanAssign looks at what a service principal holds and decides what it is
// still to be given. Bad input is a usage error before anything is changed: a
// principal of another kind, a role that does not exist, that is for the other
// service, or that gives nothing on FHIR or DICOM data.
func PlanAssign(ctx context.Context, c Clients, w RoleWish) (Plan, error) {
	p, err := planRoleWish(ctx, c, w)
	if err != nil {
		return Plan{}, err
	}
	if err := errors.Join(p.lookRoleNames(ctx), p.checkDataRoles(ctx)); err != nil {
		return Plan{}, err
	}
	return *p.Plan, p.planRoles(ctx)
}

// ApplyAssign gives what a plan of [PlanAssign] says. The result's ledger lists
// what was added.
func ApplyAssign(ctx context.Context, c Clients, plan Plan, progress Progress) (Result, error) {
	c.limit = brief // the principal is there already, or it is none: what Azure says of a new one it says of a wrong one too
	r := &run{session: c.with(progress), plan: plan, record: progress.Record,
		result: Result{TenantID: plan.TenantID, AppID: plan.AppID, ServicePrincipalID: plan.ServicePrincipalID}}
	err := r.giveRoles(ctx)
	return r.result, err
}

// PlanUnassign finds the assignments that are named exactly: by role and scope,
// or by id. What comes from a wider scope or through a group is not touched, and
// is said. One that is not there is nothing to do.
func PlanUnassign(ctx context.Context, c Clients, w RoleWish) (Plan, error) {
	for _, id := range w.IDs {
		if err := checkAssignmentID(id); err != nil {
			return Plan{}, err
		}
	}
	p, err := planRoleWish(ctx, c, w)
	if err != nil {
		return Plan{}, err
	}
	if err := p.lookRoleNames(ctx); err != nil {
		return Plan{}, err
	}
	for i := range p.roles {
		if err := p.planTaking(ctx, i); err != nil {
			return Plan{}, err
		}
	}
	for i, id := range w.IDs {
		if err := p.planTakingByID(ctx, i+len(p.roles), id); err != nil {
			return Plan{}, err
		}
	}
	return *p.Plan, nil
}

// ApplyUnassign takes away what a plan of [PlanUnassign] says, and gives the list
// of what is gone, also beside an error.
func ApplyUnassign(ctx context.Context, c Clients, plan Plan, progress Progress) ([]Assignment, error) {
	s, gone := c.with(progress), []Assignment{}
	for _, a := range plan.take {
		if err := s.unassign(ctx, a.ID); err != nil {
			return gone, err
		}
		gone = append(gone, a)
	}
	return gone, nil
}

func planRoleWish(ctx context.Context, c Clients, w RoleWish) (planner, error) {
	errs := Spec{Roles: w.Roles}.checkRoles()
	if len(w.Roles) > 0 || w.Principal.ID != "" {
		errs = append(errs, checkPrincipal(w.Principal.ID), w.Principal.checkKind())
	}
	p := planner{session{c}, &Plan{spec: Spec{Roles: w.Roles, TenantID: w.TenantID}, AppID: w.Principal.AppID,
		ServicePrincipalID: w.Principal.ID, principal: &principal{ID: w.Principal.ID}, Steps: []Step{}}}
	if err := errors.Join(errs...); err != nil {
		return p, err
	}
	return p, p.lookTenant(ctx)
}

// checkKind: roles are given to apps here. Whose kind is not known is left to
// Azure Resource Manager, which is told ServicePrincipal and compares.
func (w Who) checkKind() error {
	if w.Kind == "" || w.Kind == KindServicePrincipal {
		return nil
	}
	return problem.Usagef("%s is a %s, not a service principal; for people and groups: az role assignment create --assignee-object-id %s "+
		"--assignee-principal-type %s --role ROLE --scope SCOPE", w.Label(), strings.ToLower(w.Kind), w.ID, w.Kind)
}

// checkDataRoles refuses roles that give nothing on the data.
func (p planner) checkDataRoles(ctx context.Context) error {
	for _, w := range p.roles {
		if _, builtIn := entra.RoleByName(w.roleID); builtIn {
			continue
		}
		a := Assignment{RoleID: w.roleID}
		err := p.actions(ctx, &a, definitionID(w.scope, w.roleID))
		switch {
		case answered(err).Status == 404:
			return problem.Usagef("there is no role %s at %s", w.grant.Role, w.scope)
		case err != nil:
			return err
		case !a.onHealthData():
			return problem.Usagef("the role %s gives nothing on FHIR or DICOM data; data roles are %s", a.Role, strings.Join(roleNames(), ", "))
		}
	}
	return nil
}

// planTaking finds the one assignment of a role at exactly the scope named.
func (p planner) planTaking(ctx context.Context, i int) error {
	w := p.roles[i]
	held, err := p.listRoles(ctx, w.scope, "principalId eq '"+p.principal.ID+"'")
	if err != nil {
		return err
	}
	s := Step{ID: fmt.Sprintf("role.%d", i+1), Action: ActionKeep, What: fmt.Sprintf("no role %s on %s", w.name(), path.Base(w.scope))}
	for _, a := range held {
		if strings.EqualFold(a.PrincipalID, p.principal.ID) && strings.EqualFold(a.RoleID, w.roleID) && strings.EqualFold(armScope(a.Scope), w.scope) {
			p.take = append(p.take, a)
			s = p.taking(s.ID, a)
		}
	}
	if s.Action == ActionKeep {
		if s.Note, err = p.elsewhere(ctx, w); err != nil {
			return err
		}
	}
	p.add(s)
	return nil
}

func (p planner) taking(id string, a Assignment) Step {
	return Step{ID: id, Action: ActionRemove, What: fmt.Sprintf("role %s on %s", nameOr(a.Role, a.RoleID), path.Base(a.Scope)), Old: a.ID,
		Needs: needUnassign, Note: "the services may honour it for up to ten minutes more"}
}

func nameOr(name, id string) string {
	if name == "" {
		return id
	}
	return name
}

// elsewhere says by which other way the role is held, which stays.
func (p planner) elsewhere(ctx context.Context, w roleWork) (string, error) {
	all, err := p.listRoles(ctx, w.scope, "atScope() and assignedTo('"+p.principal.ID+"')")
	for _, a := range all {
		switch {
		case !strings.EqualFold(a.RoleID, w.roleID):
		case !strings.EqualFold(a.PrincipalID, p.principal.ID):
			return fmt.Sprintf("it is held through the group %s at the %s, which is not touched", a.PrincipalID, level(a.Scope)), err
		default:
			return fmt.Sprintf("it is held at the %s %s, which is not touched; name that scope to take it away there", level(a.Scope), a.Scope), err
		}
	}
	return "it was not given there", err
}

// planTakingByID reads the assignment that an id names. Only data roles of service
// principals are taken away.
func (p planner) planTakingByID(ctx context.Context, i int, id string) error {
	var a Assignment
	err := p.ask(ctx, call{"read the role assignment " + id, needRolesRead}, func(ctx context.Context) error {
		found, err := p.assignments.GetByID(ctx, strings.TrimPrefix(id, "/"), nil)
		a = readAssignment(&found.RoleAssignment)
		return err
	})
	stepID := fmt.Sprintf("role.%d", i+1)
	if absent(err) {
		p.add(Step{ID: stepID, Action: ActionKeep, What: "no such role assignment", Note: id})
		return nil
	}
	if err != nil {
		return err
	}
	if err := p.actions(ctx, &a, definitionID(a.Scope, a.RoleID)); err != nil {
		return err
	}
	switch {
	case p.principal.ID != "" && !strings.EqualFold(a.PrincipalID, p.principal.ID):
		return problem.Usagef("the role assignment %s is of the principal %s, not of %s", id, a.PrincipalID, p.principal.ID)
	case a.Kind != KindServicePrincipal:
		return problem.Usagef("the role assignment %s is of a %s, not of a service principal; az role assignment delete --ids %s takes it away",
			id, strings.ToLower(a.Kind), id)
	case !a.onHealthData():
		return problem.Usagef("the role assignment %s gives %s, which is no role on FHIR or DICOM data; az role assignment delete --ids %s takes it away",
			id, a.Role, id)
	}
	p.take = append(p.take, a)
	p.add(p.taking(stepID, a))
	return nil
}

func checkAssignmentID(id string) error {
	if !roleAssignmentForm.MatchString(id) || strings.Contains(id, "..") {
		return problem.Usagef("%q is no id of a role assignment: /subscriptions/…/providers/Microsoft.Authorization/roleAssignments/<GUID> is expected", id)
	}
	return nil
}
