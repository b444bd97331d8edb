package directory

import (
	"slices"
	"strings"
	"time"

	"hdstest/internal/entra"
)

// HealthService is a FHIR or DICOM service in the subscription's workspace.
type HealthService struct {
	Kind      string   // entra.FHIR or entra.DICOM
	Name      string   //
	URL       string   // https://localhost:port, no final slash
	Audiences []string // those that its tokens must carry; the first stands in the challenge
	Authority string   // https://…/{tenant}, as in the challenge
	TenantID  string   // of the authority, in case it is not this tenant
}

// ResourceID is the service's id in Azure Resource Manager.
func (h *HealthService) ResourceID(s Subscription) string {
	kind := "fhirservices"
	if h.Kind == entra.DICOM {
		kind = "dicomservices"
	}
	return s.WorkspaceID() + "/" + kind + "/" + h.Name
}

// GroupID is the id of the resource group.
func (s Subscription) GroupID() string {
	return "/subscriptions/" + s.ID + "/resourceGroups/" + s.ResourceGroup
}

// WorkspaceID is the id of the health workspace.
func (s Subscription) WorkspaceID() string {
	return s.GroupID() + "/providers/Microsoft.HealthcareApis/workspaces/" + s.Workspace
}

// RoleAssignment gives a role to a principal at a scope.
type RoleAssignment struct {
	ID               string // ARM id, with a leading slash
	Name             string // GUID
	Scope            string // ARM id of what it is for, with a leading slash
	RoleDefinitionID string // ARM id; its last segment is the role's GUID
	PrincipalID      string // object id
	PrincipalType    string
	Description      string
	Created          time.Time
	CreatedBy        string
	// EffectiveFrom is when the data services begin to honour it. Zero: at once.
	EffectiveFrom time.Time
}

// ManagementGroupID is the id of the group above the subscription: the tenant's
// root management group, whose name is the tenant's id.
// Source: learn.microsoft.com/azure/governance/management-groups/overview.
func (s *State) ManagementGroupID() string {
	return "/providers/Microsoft.Management/managementGroups/" + s.Tenant.ID
}

// Covers tells whether what is given at an ARM scope counts at another: there, or
// below it. The management group lies above the subscription.
func (s *State) Covers(above, scope string) bool {
	return Within(scope, above) ||
		strings.EqualFold(above, s.ManagementGroupID()) && Within(scope, "/subscriptions/"+s.Subscription.ID)
}

// Allowed tells whether a principal holds a data action at an ARM scope: some
// assignment at or above the scope, already effective, to the principal or one of
// its groups, names a role that has the action among its data actions and not
// among those taken away; and no deny assignment takes it.
// Source: learn.microsoft.com/azure/role-based-access-control/overview, how a
// decision is made.
func (s *State) Allowed(principalID, scope, action string, now time.Time) bool {
	return s.AllowedAfter(principalID, scope, action, now, 0)
}

// AllowedAfter is [State.Allowed] for a service to which assignments take a
// while to get through: one that was made less than delay before now does not
// count yet. A delay of zero counts all.
func (s *State) AllowedAfter(principalID, scope, action string, now time.Time, delay time.Duration) bool {
	identities := append(s.GroupsOf(principalID), principalID)
	for _, d := range s.DenyAssignments {
		if d.forbids(identities, s, scope, action) {
			return false
		}
	}
	for _, a := range s.RoleAssignments {
		arrived := delay == 0 || !now.Before(a.Created.Add(delay))
		if slices.Contains(identities, a.PrincipalID) && arrived && s.Covers(a.Scope, scope) && Visible(a.EffectiveFrom, now) &&
			roleHolds(a.RoleDefinitionID, action) {
			return true
		}
	}
	return false
}

// Within tells whether an ARM scope lies at or below another, case ignored.
func Within(scope, above string) bool {
	scope, above = strings.ToLower(strings.Trim(scope, "/")), strings.ToLower(strings.Trim(above, "/"))
	return scope == above || above == "" || strings.HasPrefix(scope, above+"/")
}

func roleHolds(definitionID, action string) bool {
	id := definitionID[strings.LastIndex(definitionID, "/")+1:]
	for _, r := range entra.Roles() {
		if strings.EqualFold(r.ID, id) {
			return listed(r.DataActions, action) && !listed(r.NotDataActions, action)
		}
	}
	return false
}

// listed compares as Azure does: case ignored, * for any text.
func listed(patterns []string, action string) bool {
	action = strings.ToLower(action)
	for _, p := range patterns {
		p = strings.ToLower(p)
		if before, after, wild := strings.Cut(p, "*"); p == action ||
			wild && strings.HasPrefix(action, before) && strings.HasSuffix(action, after) {
			return true
		}
	}
	return false
}
