package arm

import (
	"strings"

	"hdstest/internal/entra"
)

// Built-in roles for Azure Resource Manager itself.
// Source: azure-docs articles/role-based-access-control/built-in-roles/privileged.md
// and general.md.
const (
	RoleOwner       = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
	RoleUserAccess  = "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9" // User Access Administrator
	RoleContributor = "b24988ac-6180-42a0-ab88-20f7382dd24c"
	RoleReader      = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
)

// definition is a role with what it allows.
type definition struct {
	id, name, description      string
	actions, notActions        []string
	dataActions, notDataAction []string
}

// definitions lists the roles that the sandbox knows: four for Azure Resource
// Manager and those for the data of the health services, which have no actions
// there. Descriptions are the sandbox's own.
func definitions() []definition {
	all := []definition{
		{id: RoleOwner, name: "Owner", description: "Manages everything and gives roles.", actions: []string{"*"}},
		{id: RoleContributor, name: "Contributor", description: "Manages everything, gives no roles.", actions: []string{"*"},
			notActions: []string{"Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write",
				"Microsoft.Authorization/elevateAccess/Action", "Microsoft.Blueprint/blueprintAssignments/write",
				"Microsoft.Blueprint/blueprintAssignments/delete", "Microsoft.Compute/galleries/share/action"}},
		{id: RoleReader, name: "Reader", description: "Sees everything, changes nothing.", actions: []string{"*/read"}},
		{id: RoleUserAccess, name: "User Access Administrator", description: "Gives roles and sees everything.",
			actions: []string{"*/read", "Microsoft.Authorization/*", "Microsoft.Support/*"}},
	}
	for _, r := range entra.Roles() {
		all = append(all, definition{id: r.ID, name: r.Name, description: "Data of the " + strings.ToUpper(r.Service) + " service.",
			dataActions: r.DataActions, notDataAction: r.NotDataActions})
	}
	return all
}

// definitionByID finds a role by its GUID.
func definitionByID(id string) (definition, bool) {
	for _, d := range definitions() {
		if strings.EqualFold(d.id, id) {
			return d, true
		}
	}
	return definition{}, false
}

// allows decides over an action on Azure Resource Manager.
func (d definition) allows(action string) bool {
	return matchesAny(d.actions, action) && !matchesAny(d.notActions, action)
}

// matchesAny compares without regard to case; * stands for any text.
// Source: learn.microsoft.com/azure/role-based-access-control/role-definitions, actions.
func matchesAny(patterns []string, action string) bool {
	action = strings.ToLower(action)
	for _, pattern := range patterns {
		before, after, wild := strings.Cut(strings.ToLower(pattern), "*")
		if !wild && before == action ||
			wild && len(action) >= len(before)+len(after) && strings.HasPrefix(action, before) && strings.HasSuffix(action, after) {
			return true
		}
	}
	return false
}
