package register

import (
	"context"
	"path"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/authorization/armauthorization/v2"

	"hdstest/internal/entra"
	"hdstest/internal/problem"
	"hdstest/internal/suggest"
)

const needDefinitions = "Microsoft.Authorization/roleDefinitions/read at the scope"

// roleID gives the definition's GUID: from the table of built-in data roles, or
// for a custom role from the scope. A name that is neither is a usage error.
func (s session) roleID(ctx context.Context, g RoleGrant) (string, error) {
	if role, ok := entra.RoleByName(g.Role); ok {
		return role.ID, nil
	}
	scope, filter := armScope(g.Scope), "roleName eq '"+strings.ReplaceAll(g.Role, "'", "''")+"'"
	if guid.MatchString(g.Role) {
		return strings.ToLower(g.Role), nil // Azure checks it when it is assigned
	}
	var id string
	err := s.ask(ctx, call{"look for the role " + g.Role, needDefinitions}, func(ctx context.Context) error {
		pager := s.definitions.NewListPager(strings.TrimPrefix(scope, "/"),
			&armauthorization.RoleDefinitionsClientListOptions{Filter: &filter})
		for pager.More() {
			page, err := pager.NextPage(ctx)
			if err != nil {
				return err
			}
			for _, d := range page.Value {
				if d != nil && d.Properties != nil && strings.EqualFold(text(d.Properties.RoleName), g.Role) {
					id = path.Base(text(d.ID))
				}
			}
		}
		return nil
	})
	if err == nil && id == "" {
		return "", problem.Usagef("there is no role %q at %s%s; built-in data roles are %s", g.Role, g.Scope,
			suggest.DidYouMean(g.Role, "", roleNames()), strings.Join(roleNames(), ", "))
	}
	return id, err
}

func roleNames() []string {
	var out []string
	for _, r := range entra.Roles() {
		out = append(out, r.Name)
	}
	return out
}

// definitionID is the full id of a role definition, which wants the subscription
// of the scope; above subscriptions there is none.
func definitionID(scope, roleID string) string {
	parts := strings.Split(scope, "/")
	if len(parts) > 2 && strings.EqualFold(parts[1], "subscriptions") {
		return entra.RoleDefinitionID(parts[2], roleID)
	}
	return "/providers/Microsoft.Authorization/roleDefinitions/" + roleID
}

// actions fills in what a role gives on data: from the table, or for a custom
// role from its definition.
func (s session) actions(ctx context.Context, a *Assignment, definition string) error {
	if role, ok := entra.RoleByName(a.RoleID); ok {
		a.Role, a.DataActions, a.NotActions = role.Name, role.DataActions, role.NotDataActions
		return nil
	}
	return s.ask(ctx, call{"read the role definition " + a.RoleID, needDefinitions}, func(ctx context.Context) error {
		d, err := s.definitions.GetByID(ctx, strings.TrimPrefix(definition, "/"), nil)
		if err != nil || d.Properties == nil {
			return err
		}
		a.Role = text(d.Properties.RoleName)
		for _, p := range d.Properties.Permissions {
			if p == nil {
				continue
			}
			for _, action := range p.DataActions {
				a.DataActions = append(a.DataActions, text(action))
			}
			for _, action := range p.NotDataActions {
				a.NotActions = append(a.NotActions, text(action))
			}
		}
		return nil
	})
}
