package register

import (
	"context"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/authorization/armauthorization/v2"
)

// everyone is the principal of deny assignments that means all of them.
// Source: AD:role-based-access-control/deny-assignments.md, all principals.
const everyone = "00000000-0000-0000-0000-000000000000"

// Denial is a deny assignment: it takes what roles give.
type Denial struct {
	ID             string   `json:"id"`
	Name           string   `json:"name"`
	Description    string   `json:"description,omitempty"`
	Scope          string   `json:"scope"`
	DataActions    []string `json:"data_actions"`
	NotDataActions []string `json:"not_data_actions"`

	hereOnly           bool
	principals, except []string
}

// concerns tells whether it reaches a scope, and one of several identities of a
// principal (itself and its groups).
func (d Denial) concerns(scope string, identities []string) bool {
	if d.hereOnly && !strings.EqualFold(armScope(d.Scope), armScope(scope)) || !within(scope, d.Scope) {
		return false
	}
	listed := func(ids []string) bool {
		return slices.ContainsFunc(ids, func(id string) bool {
			return id == everyone || slices.ContainsFunc(identities, func(own string) bool { return strings.EqualFold(own, id) })
		})
	}
	return listed(d.principals) && !listed(d.except)
}

// listDenials lists those at a scope and above it.
func (s session) listDenials(ctx context.Context, scope string) ([]Denial, error) {
	var out []Denial
	filter := "atScope()" // this client, unlike that of the role assignments, escapes it
	err := s.ask(ctx, call{"read the deny assignments at " + scope, needDenials}, func(ctx context.Context) error {
		pager := s.denials.NewListForScopePager(strings.TrimPrefix(scope, "/"), &armauthorization.DenyAssignmentsClientListForScopeOptions{Filter: &filter})
		for pager.More() {
			page, err := pager.NextPage(ctx)
			if err != nil {
				return err
			}
			for _, d := range page.Value {
				if d != nil && d.Properties != nil {
					out = append(out, readDenial(d))
				}
			}
		}
		return nil
	})
	return out, err
}

func readDenial(d *armauthorization.DenyAssignment) Denial {
	p := d.Properties
	out := Denial{ID: text(d.ID), Name: text(p.DenyAssignmentName), Description: text(p.Description), Scope: text(p.Scope),
		hereOnly: p.DoNotApplyToChildScopes != nil && *p.DoNotApplyToChildScopes, DataActions: []string{}, NotDataActions: []string{}}
	for _, one := range p.Permissions {
		if one == nil {
			continue
		}
		for _, a := range one.DataActions {
			out.DataActions = append(out.DataActions, text(a))
		}
		for _, a := range one.NotDataActions {
			out.NotDataActions = append(out.NotDataActions, text(a))
		}
	}
	ids := func(list []*armauthorization.Principal) (out []string) {
		for _, one := range list {
			if one != nil {
				out = append(out, text(one.ID))
			}
		}
		return out
	}
	out.principals, out.except = ids(p.Principals), ids(p.ExcludePrincipals)
	return out
}
