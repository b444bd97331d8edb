package register

import (
	"context"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/authorization/armauthorization/v2"

	"hdstest/internal/entra"
)

// Assignment is a role that a principal holds.
type Assignment struct {
	ID          string `json:"id"`             // Azure Resource Manager id of the assignment
	Role        string `json:"role,omitempty"` // name, if it is known
	RoleID      string `json:"role_id"`        // GUID of the definition
	Scope       string `json:"scope"`          // where it was given
	PrincipalID string `json:"principal_id"`   //
	Kind        string `json:"principal_kind,omitempty"`
	// Created is when it was given; nil: not told.
	Created     *time.Time `json:"created,omitempty"`
	Condition   string     `json:"condition,omitempty"`
	DataActions []string   `json:"data_actions,omitempty"` // what it gives on data; of built-in data roles only
	NotActions  []string   `json:"not_data_actions,omitempty"`
}

// heldRoles lists the assignments of the principal itself that reach a scope.
// The filter returns those below the scope too, which do not count.
func (s session) heldRoles(ctx context.Context, scope, principalID string) ([]Assignment, error) {
	all, err := s.listRoles(ctx, scope, "principalId eq '"+principalID+"'")
	return slices.DeleteFunc(all, func(a Assignment) bool {
		return !strings.EqualFold(a.PrincipalID, principalID) || !within(scope, a.Scope)
	}), err
}

// within tells whether a scope lies at or below another; case does not count. Of
// management groups those that a list for the scope named are above it: Azure
// Resource Manager knows the tree, and lists no other.
func within(scope, above string) bool {
	scope, above = strings.ToLower(armScope(scope)), strings.ToLower(armScope(above))
	return scope == above || above == "/" || strings.HasPrefix(above, managementGroups) || strings.HasPrefix(scope, above+"/")
}

func (s session) listRoles(ctx context.Context, scope, filter string) ([]Assignment, error) {
	var out []Assignment
	escaped := escapeFilter(filter)
	err := s.ask(ctx, call{"read the role assignments at " + scope, needRolesRead}, func(ctx context.Context) error {
		pager := s.assignments.NewListForScopePager(strings.TrimPrefix(scope, "/"),
			&armauthorization.RoleAssignmentsClientListForScopeOptions{Filter: &escaped})
		for pager.More() {
			page, err := pager.NextPage(ctx)
			if err != nil {
				return err
			}
			for _, a := range page.Value {
				out = append(out, readAssignment(a))
			}
		}
		return nil
	})
	return out, err
}

// escapeFilter: the assignments client, unlike the definitions client, puts
// $filter into the query as it is.
func escapeFilter(f string) string { return strings.ReplaceAll(url.QueryEscape(f), "+", "%20") }

func readAssignment(a *armauthorization.RoleAssignment) Assignment {
	if a == nil || a.Properties == nil {
		return Assignment{}
	}
	p := a.Properties
	out := Assignment{ID: text(a.ID), RoleID: path.Base(text(p.RoleDefinitionID)), Scope: text(p.Scope),
		PrincipalID: text(p.PrincipalID), Condition: text(p.Condition), Created: p.CreatedOn}
	if p.PrincipalType != nil {
		out.Kind = string(*p.PrincipalType)
	}
	if role, ok := entra.RoleByName(out.RoleID); ok {
		out.Role, out.DataActions, out.NotActions = role.Name, role.DataActions, role.NotDataActions
	}
	return out
}

// assignmentID is the id under which we give a role: derived, so that a second
// try writes the same assignment and not a second one.
func assignmentID(scope, roleID, principalID string) string {
	return scope + "/providers/Microsoft.Authorization/roleAssignments/" +
		derived("role", strings.ToLower(scope), strings.ToLower(roleID), strings.ToLower(principalID)).String()
}

// assign gives a role to a service principal, by its object id. principalType
// spares the look-up in a directory that may not know the principal yet.
func (s session) assign(ctx context.Context, scope, roleID, principalID string) error {
	name := path.Base(assignmentID(scope, roleID, principalID))
	kind, definition := armauthorization.PrincipalTypeServicePrincipal, definitionID(scope, roleID)
	return s.ask(ctx, call{"give a role at " + scope, needRoles}, func(ctx context.Context) error {
		_, err := s.assignments.Create(ctx, strings.TrimPrefix(scope, "/"), name, armauthorization.RoleAssignmentCreateParameters{
			Properties: &armauthorization.RoleAssignmentProperties{
				PrincipalID: &principalID, PrincipalType: &kind, RoleDefinitionID: &definition}}, nil)
		return err
	})
}

// unassign takes a role assignment away, by its full id. One that is not there
// answers 204.
func (s session) unassign(ctx context.Context, id string) error {
	err := s.ask(ctx, call{"take the role assignment away", needUnassign}, func(ctx context.Context) error {
		_, err := s.assignments.DeleteByID(ctx, strings.TrimPrefix(id, "/"), nil)
		return err
	})
	if a := answered(err); a.Status == http.StatusNotFound && strings.Contains(a.Code, "NotFound") {
		return nil
	}
	return err
}
