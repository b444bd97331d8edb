package arm

import (
	"net/http"
	"slices"
	"strings"

	"hdstest/internal/sandbox/directory"
)

// Actions that the sandbox's operations need.
// Source: azure-docs articles/role-based-access-control/permissions.
const (
	readSubscription = "Microsoft.Resources/subscriptions/read"
	readGroup        = "Microsoft.Resources/subscriptions/resourceGroups/read"
	readAssignments  = "Microsoft.Authorization/roleAssignments/read"
	writeAssignment  = "Microsoft.Authorization/roleAssignments/write"
	dropAssignment   = "Microsoft.Authorization/roleAssignments/delete"
	readDefinitions  = "Microsoft.Authorization/roleDefinitions/read"
	readWorkspace    = "Microsoft.HealthcareApis/workspaces/read"
	readFHIR         = "Microsoft.HealthcareApis/workspaces/fhirservices/read"
	readDICOM        = "Microsoft.HealthcareApis/workspaces/dicomservices/read"
	readConnectors   = "Microsoft.HealthcareApis/workspaces/iotconnectors/read"
	readDenials      = "Microsoft.Authorization/denyAssignments/read"
	readProvider     = "Microsoft.Resources/subscriptions/providers/read"
	readLegacy       = "Microsoft.HealthcareApis/services/read"
)

// may tells whether the caller holds an action at a scope: some assignment at or
// above it names a role that has it. Assignments count at once here; only the
// data services are slow to hear of them.
func (c *call) may(action, scope string) bool {
	for _, a := range c.state.RoleAssignments {
		if c.isCaller(a.PrincipalID) && c.state.Covers(a.Scope, scope) && roleOf(a).allows(action) {
			return true
		}
	}
	return false
}

// isCaller tells whether an assignment's principal is the caller or a group of
// the caller's.
func (c *call) isCaller(principalID string) bool {
	return principalID == c.caller.ObjectID || slices.Contains(c.state.GroupsOf(c.caller.ObjectID), principalID)
}

func (c *call) require(action, scope string) error {
	if !c.may(action, scope) {
		return c.forbidden(action, scope)
	}
	return nil
}

// reaches tells whether the caller may read anything in the subscription, which
// makes the subscription show in its list.
func (c *call) reaches() bool {
	subscription := "/subscriptions/" + c.state.Subscription.ID
	for _, a := range c.state.RoleAssignments {
		if c.isCaller(a.PrincipalID) && roleOf(a).allows(readSubscription) &&
			(directory.Within(a.Scope, subscription) || c.state.Covers(a.Scope, subscription)) {
			return true
		}
	}
	return false
}

func roleOf(a *directory.RoleAssignment) definition {
	d, _ := definitionByID(a.RoleDefinitionID[strings.LastIndexByte(a.RoleDefinitionID, '/')+1:])
	return d
}

// checkSubscription refuses a path in a subscription that is not there.
func (c *call) checkSubscription() error {
	id := c.target.subscription
	switch {
	case id == "" || strings.EqualFold(id, c.state.Subscription.ID):
		return nil
	case !directory.IsGUID(id):
		return refuse(http.StatusBadRequest, "InvalidSubscriptionId",
			"The provided subscription identifier '%s' is malformed or invalid.", id)
	}
	return refuse(http.StatusNotFound, "SubscriptionNotFound", "The subscription '%s' could not be found.", id)
}

// resolve gives a scope as Azure spells it, if it exists. The tenant's is "/".
func (c *call) resolve(scope string) (string, error) {
	sub := c.state.Subscription
	known := []string{"/", c.state.ManagementGroupID(), "/subscriptions/" + sub.ID, sub.GroupID(), sub.WorkspaceID()}
	for _, h := range c.state.Services {
		known = append(known, h.ResourceID(sub))
	}
	for _, k := range known {
		if strings.EqualFold(strings.Trim(scope, "/"), strings.Trim(k, "/")) {
			return k, nil
		}
	}
	if strings.HasPrefix(strings.ToLower(scope), "/providers/microsoft.management/") {
		return "", absent("management groups besides the tenant's root")
	}
	steps := strings.Split(strings.Trim(scope, "/"), "/")
	if len(steps) >= 4 && strings.EqualFold(steps[2], "resourceGroups") && !strings.EqualFold(steps[3], sub.ResourceGroup) {
		return "", refuse(http.StatusNotFound, "ResourceGroupNotFound", "Resource group '%s' could not be found.", steps[3])
	}
	return "", c.resourceNotFound(scope)
}

func (c *call) resourceNotFound(id string) *failure {
	name := id
	if _, after, found := strings.Cut(id, "/providers/"); found {
		name = after
	}
	return refuse(http.StatusNotFound, "ResourceNotFound", "The Resource '%s' under resource group '%s' was not found. For more details "+
		"please go to https://aka.ms/ARMResourceNotFoundFix", name, c.state.Subscription.ResourceGroup)
}
