package register

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// PlanRemoval says what [Remove] would do, in its order. Of the tenant it looks
// at nothing but that it is the right one: what is gone already shows when it is
// taken back. A credential of another tenant is a usage error.
func PlanRemoval(ctx context.Context, c Clients, tenantID string, removal Removal) (Plan, error) {
	p := planner{session{c}, &Plan{spec: Spec{TenantID: tenantID}}}
	if err := p.lookTenant(ctx); err != nil {
		return Plan{}, err
	}
	r := &remover{removal: removal}
	for i, m := range slices.Backward(removal.Ledger) {
		if m.State == Refused || m.State == Undone {
			continue
		}
		if err := m.checkIDs(); err != nil {
			return Plan{}, err
		}
		p.add(r.step(fmt.Sprintf("made.%d", i+1), m))
	}
	if removal.Purge {
		p.planPurge(removal)
	}
	return *p.Plan, nil
}

// step is the line for one entry.
func (r *remover) step(id string, m Made) Step {
	s := Step{ID: id, Action: ActionRemove, What: m.words(), Old: m.ID, Needs: m.needs()}
	switch {
	case m.Kind == KindChange || m.Kind == KindScopes:
		s.Action, s.Old, s.Note = ActionChange, "", "as far as it still stands; what somebody changed since then stays"
		if m.Change != nil {
			s.Old, s.New = strings.Join(m.Change.Added, " "), strings.Join(m.Change.Removed, " ")
		}
	case m.ID == "":
		s.Note = "its answer was lost: it is looked for, and taken back if it is ours"
	}
	if r.goesWithApp(m) {
		s.Needs, s.Note = "", "goes with the application"
	}
	return s
}

func (p planner) planPurge(removal Removal) {
	s := Step{ID: "purge", Action: ActionRemove, What: "from the recycle bin, for good", Needs: needApps,
		Note: "it cannot be restored then; without this it could be for 30 days"}
	var ids []string
	for _, m := range removal.Ledger {
		if (m.Kind == KindApplication || m.Kind == KindPrincipal) && m.State != Refused && m.State != Undone {
			ids = append(ids, m.ID)
		}
	}
	s.Old = strings.TrimSpace(strings.Join(append(ids, removal.Bin...), " "))
	if s.Old != "" || len(ids) > 0 {
		p.add(s)
	}
}

// words name an entry for a person.
func (m Made) words() string {
	switch m.Kind {
	case KindApplication:
		return "application of the unique name " + m.Name
	case KindPrincipal:
		return "service principal of client id " + m.Name
	case KindSecret:
		return fmt.Sprintf("client secret %q", m.Name)
	case KindFederated:
		return fmt.Sprintf("federated credential %q", m.Name)
	case KindConsent, KindScopes:
		return "admin consent for the API with the service principal " + m.Name
	case KindRole:
		return "role " + m.Name
	case KindChange:
		if m.Change != nil {
			return fieldName(m.Change.Field)
		}
	}
	return string(m.Kind)
}

// needs is the least privilege for taking an entry back.
func (m Made) needs() string {
	switch m.Kind {
	case KindConsent, KindScopes:
		return needConsent
	case KindRole:
		return needRoles
	}
	return needApps
}
