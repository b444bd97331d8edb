package register

import (
	"context"
	"fmt"
	"path"
	"strings"

	"hdstest/internal/entra"
)

// roleWork is one role that the service principal is to hold.
type roleWork struct {
	grant  RoleGrant
	scope  string
	roleID string
	held   *Assignment // nil: to be assigned
}

// lookRoleNames resolves role names before anything else is planned, so that an
// unknown one is refused as bad input.
func (p planner) lookRoleNames(ctx context.Context) error {
	for _, g := range p.spec.Roles {
		id, err := p.roleID(ctx, g)
		if err != nil {
			return err
		}
		p.roles = append(p.roles, roleWork{grant: g, scope: armScope(g.Scope), roleID: strings.ToLower(id)})
	}
	return nil
}

// planRoles keeps what the service principal holds at a scope or above it.
func (p planner) planRoles(ctx context.Context) error {
	for i := range p.roles {
		w := &p.roles[i]
		if p.principal != nil {
			held, err := p.heldRoles(ctx, w.scope, p.principal.ID)
			if err != nil {
				return err
			}
			for _, a := range held {
				if strings.EqualFold(a.RoleID, w.roleID) && a.Condition == "" && w.held == nil {
					w.held = &a
				}
			}
		}
		s := Step{ID: fmt.Sprintf("role.%d", i+1), Action: ActionCreate, What: fmt.Sprintf("role %s on %s", w.name(), path.Base(w.scope)),
			New: w.scope, Needs: needRoles, Note: "the services may take up to ten minutes to honour it"}
		if w.held != nil {
			s.Action, s.Old, s.New, s.Needs, s.Note = ActionKeep, w.held.Scope, "", "", ""
		}
		p.add(s)
	}
	return nil
}

func (w roleWork) name() string {
	if role, ok := entra.RoleByName(w.grant.Role); ok {
		return role.Name
	}
	return w.grant.Role
}
