// Package arm stands in for Azure Resource Manager, as far as finding health
// services and giving roles goes. It is written from Microsoft's documents, the
// public API specifications and answers recorded in public, never from what this
// module's own client sends.
//
// # Every request
//
// Faithful: api-version is needed (400 MissingApiVersionParameter, before any
// token) and checked by resource type; an unknown subscription is 404 before any
// token; no token, or one that is expired, for another audience or from another
// tenant is 401 with a challenge that names the tenant; a missing right is 403
// AuthorizationFailed, decided by role assignments at or above the scope and the
// actions of Owner, Contributor, Reader and User Access Administrator, never by
// data roles; paths in any case and with double slashes; errors as
// {"error":{"code","message"}}; x-ms-request-id and its kin
// (learn.microsoft.com/azure/role-based-access-control/troubleshooting,
// /azure/azure-resource-manager/management/common-deployment-errors).
//
// Simplified: assignments count for Azure Resource Manager at once. Of the
// api-versions of subscriptions and Microsoft.Authorization every well-formed one
// is taken. Lists break into pages after a thousand entries, with nextLink and
// $skiptoken.
//
// Absent, 501 NotImplemented: everything that is not listed below, and every
// change but role assignments.
//
// # /metadata/endpoints
//
// Faithful: the three shapes that clients of different ages ask for, to anybody.
//
// # /subscriptions, /tenants, …/resourceGroups, …/resources, …/providers/{name}
//
// Faithful: list and get, the subscription only for those who can read something
// in it; resources by resourceType eq, resourceGroup eq, name eq, each only for
// those who can read it. Simplified: one subscription, one tenant, one group, the
// two providers that the sandbox has; policies are constants. Absent: locations,
// tags, registering a provider.
//
// # Microsoft.Authorization/roleDefinitions
//
// Faithful: list with roleName eq and type eq, get, at every scope; ids and
// actions of the built-in roles. Simplified: thirteen roles; everybody with a
// token reads them at the tenant's scope; dates are constants.
//
// # Microsoft.Authorization/roleAssignments
//
// Faithful: list with atScope(), assignedTo('…'), principalId eq '…' or none, get,
// create and delete at the tenant's root management group, subscription, group,
// workspace and service; groups and their members, nested too; unique names;
// PrincipalNotFound for an unknown or not yet replicated principal, which
// principalType avoids from 2018-09-01-preview on; UnmatchedPrincipalType,
// PrincipalTypeNotSupported, RoleDefinitionDoesNotExist, RoleAssignmentExists,
// RoleAssignmentUpdateNotPermitted; 200 or 204 for a delete. Scenarios: role-pending
// lets an assignment count for the data services after ten minutes,
// role-assignment-denied refuses changes.
//
// Absent, 501: conditions, other management groups, schedules.
//
// # Microsoft.Authorization/denyAssignments
//
// Faithful: list with atScope(), principalId eq '…', denyAssignmentName eq '…' or
// none, get. There are none, unless a test puts one there: in Azure too nobody
// makes them by a request. Absent, 501: gdprExportPrincipalId, every change.
//
// # Microsoft.HealthcareApis/workspaces, …/fhirservices, …/dicomservices
//
// Faithful: list and get with the properties by which tools find audience,
// authority, URL and network access, in the shape of stable/2024-03-31. Simplified:
// one workspace; what decides nothing is a constant; public network access shows
// as Disabled while the scenario private-link is on. IoT connectors and Azure API
// for FHIR exist as empty lists. Absent, 501: creating and changing.
package arm
