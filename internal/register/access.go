package register

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"hdstest/internal/entra"
)

// Access is what decides over somebody's access to the data at a scope: roles at
// it and above it, own ones and those of groups, and deny assignments.
type Access struct {
	Scope     string `json:"scope"`
	Service   string `json:"service,omitempty"` // entra.FHIR or entra.DICOM; empty for anything wider
	Principal Who    `json:"principal"`
	Held      []Held `json:"assignments"`
	// Groups are those of the principal. Their roles are among Held in any case.
	Groups        []Who    `json:"groups"`
	GroupsUnread  string   `json:"groups_unread,omitempty"` // why they are not known
	Denials       []Denial `json:"deny_assignments"`        // those that concern the principal here
	DenialsUnread string   `json:"deny_assignments_unread,omitempty"`
}

// Held is an assignment with the way it came.
type Held struct {
	Assignment
	Level      string `json:"level"`                // service, workspace, resource group, subscription, management group, tenant
	Through    *Who   `json:"through,omitempty"`    // the group that holds it
	Holder     *Who   `json:"holder,omitempty"`     // who holds it, where that was asked and may be read
	Management bool   `json:"management,omitempty"` // it is about the resource and gives nothing on its data
}

// Access levels, from the service up.
const (
	LevelService         = "service"
	LevelWorkspace       = "workspace"
	LevelGroup           = "resource group"
	LevelSubscription    = "subscription"
	LevelManagementGroup = "management group"
	LevelTenant          = "tenant"
)

// level tells at which level a scope lies.
func level(scope string) string {
	scope = strings.ToLower(armScope(scope))
	switch {
	case scope == "/":
		return LevelTenant
	case strings.HasPrefix(scope, managementGroups):
		return LevelManagementGroup
	case serviceOf(scope) != "":
		return LevelService
	case strings.Contains(scope, "/microsoft.healthcareapis/workspaces/"):
		return LevelWorkspace
	case strings.Contains(scope, "/resourcegroups/"):
		return LevelGroup
	}
	return LevelSubscription
}

const managementGroups = "/providers/microsoft.management/managementgroups/"

// CheckAccess looks at everything that decides over somebody's access at a
// scope. Only role assignments must be readable; why groups or deny assignments
// are not known is part of the result. Conditions of assignments are not
// evaluated, nor is Entra's Privileged Identity Management: a role that somebody
// is eligible for and has not activated is none.
//
// Source: AD:role-based-access-control/role-assignments-list-rest.md,
// AD:role-based-access-control/deny-assignments-rest.md.
func CheckAccess(ctx context.Context, c Clients, who Who, scope string) (Access, error) {
	if err := errors.Join(checkScope(scope), checkPrincipal(who.ID)); err != nil {
		return Access{}, err
	}
	s, a := session{c}, Access{Scope: armScope(scope), Service: serviceOf(armScope(scope)), Principal: who}
	var groups []string
	var denials []Denial
	var noGroups, noDenials error
	var wait sync.WaitGroup
	wait.Go(func() { groups, noGroups = s.groupsOf(ctx, who.ID) })
	wait.Go(func() { denials, noDenials = s.listDenials(ctx, a.Scope) })
	// For users and service principals Azure Resource Manager looks into groups by
	// itself, whatever may be read of them.
	filter := "atScope() and assignedTo('" + who.ID + "')"
	if who.Kind == KindGroup {
		filter = "atScope()"
	}
	all, err := s.listRoles(ctx, a.Scope, filter)
	wait.Wait()
	if err != nil {
		return a, err
	}
	if who.Kind == KindGroup {
		all = slices.DeleteFunc(all, func(one Assignment) bool {
			return !strings.EqualFold(one.PrincipalID, who.ID) && !slices.Contains(groups, one.PrincipalID)
		})
	}
	if err := s.definitionsOf(ctx, a.Scope, all); err != nil {
		return a, err
	}
	a.unread(noGroups, noDenials)
	s.nameGroups(ctx, &a, all, groups)
	sortHeld(a.Held)
	for _, d := range denials {
		if d.concerns(a.Scope, append(a.groupIDs(), who.ID)) {
			a.Denials = append(a.Denials, d)
		}
	}
	return a, ctx.Err()
}

func (a *Access) unread(groups, denials error) {
	if groups != nil {
		a.GroupsUnread = groups.Error()
	}
	if denials != nil {
		a.DenialsUnread = denials.Error()
	}
	a.Held, a.Groups, a.Denials = []Held{}, []Who{}, []Denial{}
}

func (a Access) groupIDs() []string {
	var ids []string
	for _, g := range a.Groups {
		ids = append(ids, g.ID)
	}
	return ids
}

// nameGroups fills in groups and assignments. A group that nobody could name
// shows by its id.
func (s session) nameGroups(ctx context.Context, a *Access, all []Assignment, groups []string) {
	for _, one := range all {
		if !strings.EqualFold(one.PrincipalID, a.Principal.ID) && !slices.Contains(groups, one.PrincipalID) {
			groups = append(groups, one.PrincipalID)
		}
	}
	var known map[string]Who
	if len(groups) > 0 {
		known, _ = s.names(ctx, groups) // without it they show by their ids
	}
	by := map[string]*Who{}
	for _, id := range groups {
		g, ok := known[strings.ToLower(id)]
		if !ok {
			g = Who{ID: id, Kind: KindGroup}
		}
		a.Groups = append(a.Groups, g)
		by[id] = &g
	}
	for _, one := range all {
		h := Held{Assignment: one, Level: level(one.Scope), Management: !one.onHealthData()}
		if !strings.EqualFold(one.PrincipalID, a.Principal.ID) {
			h.Through = by[one.PrincipalID]
		}
		a.Held = append(a.Held, h)
	}
}

// onHealthData tells whether the role gives anything on FHIR or DICOM data.
func (a Assignment) onHealthData() bool {
	return slices.ContainsFunc(a.DataActions, func(pattern string) bool {
		return slices.ContainsFunc([]string{entra.FHIR, entra.DICOM}, func(service string) bool {
			return overlap(pattern, entra.DataAction(service, ""))
		})
	})
}

// overlap tells whether a pattern can match something that begins with a prefix.
func overlap(pattern, prefix string) bool {
	before, _, wild := strings.Cut(strings.ToLower(pattern), "*")
	prefix = strings.ToLower(prefix)
	return strings.HasPrefix(before, prefix) || wild && strings.HasPrefix(prefix, before)
}

// definitionsOf fills in what the roles are, each definition read once.
func (s session) definitionsOf(ctx context.Context, scope string, all []Assignment) error {
	read := map[string]Assignment{}
	for i := range all {
		a := &all[i]
		if a.Role != "" {
			continue
		}
		d, ok := read[a.RoleID]
		if !ok {
			d = *a
			if err := s.actions(ctx, &d, definitionID(scope, a.RoleID)); err != nil {
				return err
			}
			read[a.RoleID] = d
		}
		a.Role, a.DataActions, a.NotActions = d.Role, d.DataActions, d.NotActions
	}
	return nil
}

// sortHeld puts what was given nearest to the data first.
func sortHeld(held []Held) {
	order := []string{LevelService, LevelWorkspace, LevelGroup, LevelSubscription, LevelManagementGroup, LevelTenant}
	slices.SortStableFunc(held, func(a, b Held) int {
		return cmp.Or(cmp.Compare(slices.Index(order, a.Level), slices.Index(order, b.Level)), strings.Compare(a.Role, b.Role), strings.Compare(a.ID, b.ID))
	})
}
