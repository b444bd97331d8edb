package arm

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"hdstest/internal/sandbox/directory"
	"hdstest/internal/sandbox/scenario"
)

// typedPrincipals is the first version that has principalType.
// Source: azure-docs articles/role-based-access-control/troubleshooting.md.
const typedPrincipals = "2018-09-01-preview"

// pendingTime is how long a new assignment does not count for the data services
// while the switch [scenario.RolePending] is on.
const pendingTime = 10 * time.Minute

// assignmentBody is what a PUT sends.
type assignmentBody struct {
	Properties struct {
		RoleDefinitionID string `json:"roleDefinitionId"`
		PrincipalID      string `json:"principalId"`
		PrincipalType    string `json:"principalType"`
		Description      string `json:"description"`
		Condition        string `json:"condition"`
		ConditionVersion string `json:"conditionVersion"`
		Delegated        string `json:"delegatedManagedIdentityResourceId"`
	} `json:"properties"`
}

// putAssignment gives a role. The same request again answers 200; another one
// under the same name, or the same role under another name, is refused.
// Source: learn.microsoft.com/rest/api/authorization/role-assignments/create.
func (c *call) putAssignment() (answer, error) {
	scope, err := c.resolve(c.target.scope)
	if err != nil {
		return answer{}, err
	}
	if c.Scenarios.On(scenario.ARMDenied) {
		return answer{}, c.forbidden(writeAssignment, c.assignmentID(scope))
	}
	if !c.may(writeAssignment, scope) {
		return answer{}, c.forbidden(writeAssignment, c.assignmentID(scope))
	}
	var body assignmentBody
	if err := c.decode(&body); err != nil {
		return answer{}, err
	}
	wanted, err := c.wantedAssignment(scope, body)
	if err != nil {
		return answer{}, err
	}
	if same := c.sameName(wanted.Name); same != nil {
		return c.repeated(same, wanted)
	}
	if err := c.checkDuplicate(wanted); err != nil {
		return answer{}, err
	}
	c.state.RoleAssignments[strings.ToLower(wanted.ID)] = wanted
	return answer{status: http.StatusCreated, body: c.assignmentDocument(wanted)}, nil
}

// assignmentID is the id of the assignment at a scope that the path names.
func (c *call) assignmentID(scope string) string {
	return strings.TrimSuffix(scope, "/") + "/providers/Microsoft.Authorization/roleAssignments/" + c.target.names[0]
}

func (c *call) wantedAssignment(scope string, body assignmentBody) (*directory.RoleAssignment, error) {
	p, name := body.Properties, strings.ToLower(c.target.names[0])
	const bad = http.StatusBadRequest
	if p.Condition != "" || p.ConditionVersion != "" || p.Delegated != "" {
		return nil, absent("conditions and delegated identities of role assignments")
	}
	if !directory.IsGUID(name) {
		return nil, refuse(bad, "InvalidRoleAssignmentId", "The role assignment ID '%s' is not valid. The role assignment ID must be a GUID.", name)
	}
	if !directory.IsGUID(p.PrincipalID) {
		return nil, refuse(bad, "InvalidPrincipalId", "The Principal ID '%s' is not valid. Principal ID must be a GUID.", p.PrincipalID)
	}
	role, err := c.wantedRole(p.RoleDefinitionID)
	if err != nil {
		return nil, err
	}
	if !c.since(typedPrincipals) {
		p.PrincipalType = ""
	}
	id := strings.ToLower(p.PrincipalID)
	kind, err := c.principalType(id, p.PrincipalType)
	if err != nil {
		return nil, err
	}
	a := &directory.RoleAssignment{ID: c.assignmentID(scope), Name: name, Scope: scope, RoleDefinitionID: role, PrincipalID: id,
		PrincipalType: kind, Description: p.Description, Created: c.now, CreatedBy: c.caller.ObjectID}
	if c.Scenarios.On(scenario.RolePending) {
		a.EffectiveFrom = c.now.Add(pendingTime)
	}
	return a, nil
}

// wantedRole checks a role definition's id, which may lie in a subscription or in
// no scope, and gives it as Azure spells it.
func (c *call) wantedRole(id string) (string, error) {
	steps := strings.Split(strings.Trim(id, "/"), "/")
	name := steps[len(steps)-1]
	n := len(steps)
	if n < 4 || !strings.EqualFold(strings.Join(steps[n-4:n-1], "/"), "providers/Microsoft.Authorization/roleDefinitions") || !directory.IsGUID(name) {
		return "", refuse(http.StatusBadRequest, "InvalidRoleDefinitionId", "The role definition ID '%s' is not valid.", id) // text unverified
	}
	d, known := definitionByID(name)
	if !known || n == 6 && !strings.EqualFold(steps[1], c.state.Subscription.ID) {
		return "", refuse(http.StatusBadRequest, "RoleDefinitionDoesNotExist", "The specified role definition with ID '%s' does not exist.", bare(name))
	}
	return "/subscriptions/" + c.state.Subscription.ID + "/providers/Microsoft.Authorization/roleDefinitions/" + d.id, nil
}

// principalType decides over the principal. A named type spares a principal that
// has not replicated yet from being looked up; it then may as well be nobody's,
// and shows as an unknown identity.
// Source: azure-docs articles/role-based-access-control/troubleshooting.md,
// assigning a role to a new principal sometimes fails.
func (c *call) principalType(id, named string) (string, error) {
	known := []string{"", "User", "Group", "ServicePrincipal", "ForeignGroup", "Device"}
	if !slices.Contains(known, named) {
		return "", refuse(http.StatusBadRequest, "InvalidPrincipalType", "The principal type '%s' is not valid.", named) // unverified
	}
	kind := c.state.Assignee(id)
	if p := c.state.ServicePrincipals[id]; p != nil && !directory.Visible(p.VisibleFrom, c.now) {
		kind = ""
	}
	switch {
	case kind == "" && c.state.Applications[id] != nil:
		return "", refuse(http.StatusBadRequest, "PrincipalTypeNotSupported",
			"Principals of type Application cannot validly be used in role assignments.")
	case kind == "" && named == "":
		return "", refuse(http.StatusBadRequest, "PrincipalNotFound", "Principal %s does not exist in the directory %s. Check that you have "+
			"the correct principal ID. If you are creating this principal and then immediately assigning a role, this error might be "+
			"related to a replication delay. In this case, set the role assignment principalType property to a value, such as "+
			"ServicePrincipal, User, or Group.  See https://aka.ms/docs-principaltype", bare(id), c.state.Tenant.ID)
	case kind == "":
		return named, nil
	case named != "" && named != kind: // the misspelt word is Azure's
		return "", refuse(http.StatusBadRequest, "UnmatchedPrincipalType",
			"The PrincipalId '%s' has type '%s' , which is different from specified PrinciaplType '%s'.", bare(id), kind, named)
	}
	return kind, nil
}

// sameName finds an assignment of a name at any scope: names are unique.
func (c *call) sameName(name string) *directory.RoleAssignment {
	for _, a := range c.state.RoleAssignments {
		if strings.EqualFold(a.Name, name) {
			return a
		}
	}
	return nil
}

func (c *call) repeated(old, wanted *directory.RoleAssignment) (answer, error) {
	if !alike(old, wanted) {
		return answer{}, refuse(http.StatusBadRequest, "RoleAssignmentUpdateNotPermitted",
			"Tenant ID, application ID, principal ID, and scope are not allowed to be updated.")
	}
	old.Description = wanted.Description
	return ok(c.assignmentDocument(old))
}

func alike(a, b *directory.RoleAssignment) bool {
	return strings.EqualFold(a.Scope, b.Scope) && a.PrincipalID == b.PrincipalID && roleOf(a).id == roleOf(b).id
}

func (c *call) checkDuplicate(wanted *directory.RoleAssignment) error {
	for _, a := range c.state.RoleAssignments {
		if alike(a, wanted) {
			return refuse(http.StatusConflict, "RoleAssignmentExists",
				"The role assignment already exists. The ID of the existing role assignment is %s.", bare(a.Name))
		}
	}
	return nil
}
