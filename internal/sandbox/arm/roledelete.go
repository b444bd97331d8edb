package arm

import (
	"net/http"
	"strings"

	"hdstest/internal/sandbox/directory"
	"hdstest/internal/sandbox/scenario"
)

// deleteAssignment takes a role away: 200 with what it was, 204 when there was
// nothing. The last Owner of the subscription stays.
// Source: learn.microsoft.com/rest/api/authorization/role-assignments/delete;
// status and code for the last Owner are unverified.
func (c *call) deleteAssignment() (answer, error) {
	scope, err := c.resolve(c.target.scope)
	if err != nil {
		return answer{}, err
	}
	if c.Scenarios.On(scenario.ARMDenied) || !c.may(dropAssignment, scope) {
		return answer{}, c.forbidden(dropAssignment, c.assignmentID(scope))
	}
	a := c.assignment(scope)
	if a == nil {
		return answer{status: http.StatusNoContent}, nil
	}
	if c.lastOwner(a) {
		return answer{}, refuse(http.StatusForbidden, "LastOwnerRoleAssignment", "Cannot delete the last RBAC admin assignment")
	}
	for key, other := range c.state.RoleAssignments {
		if other == a {
			delete(c.state.RoleAssignments, key)
		}
	}
	return ok(c.assignmentDocument(a))
}

func (c *call) lastOwner(a *directory.RoleAssignment) bool {
	subscription := "/subscriptions/" + c.state.Subscription.ID
	if roleOf(a).id != RoleOwner || !strings.EqualFold(a.Scope, subscription) {
		return false
	}
	for _, other := range c.state.RoleAssignments {
		if other != a && roleOf(other).id == RoleOwner && c.state.Covers(other.Scope, subscription) {
			return false
		}
	}
	return true
}
