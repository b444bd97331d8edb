package entra

import (
	"path"
	"slices"
	"strings"
	"sync"
)

// Service kinds.
const (
	FHIR  = "fhir"
	DICOM = "dicom"
)

// Prefixes of the data actions, as Azure RBAC writes them.
const (
	fhirActions   = "Microsoft.HealthcareApis/workspaces/fhirservices/resources/"
	legacyActions = "Microsoft.HealthcareApis/services/fhir/resources/"
	dicomActions  = "Microsoft.HealthcareApis/workspaces/dicomservices/resources/"
)

// Role is a built-in Azure role for the data of a FHIR or DICOM service. It
// gives nothing on Azure Resource Manager, as Owner and Contributor there give
// nothing on the data.
//
// Source: azure-docs articles/role-based-access-control/built-in-roles/integration.md.
type Role struct {
	Name           string
	ID             string
	Service        string
	DataActions    []string // full names, * as wildcard
	NotDataActions []string
}

// Roles lists the built-in data roles. Their lists of actions are shared: they are
// not to be changed.
func Roles() []Role { return slices.Clone(roles()) }

// roles is made once: each of the permissions of each service is held against it.
var roles = sync.OnceValue(func() []Role {
	both := func(names ...string) []string {
		var out []string
		for _, n := range names {
			out = append(out, fhirActions+n, legacyActions+n)
		}
		return out
	}
	return []Role{
		{Name: "FHIR Data Contributor", ID: "5a1fc7df-4bf1-4951-a576-89034ee01acd", Service: FHIR,
			DataActions: both("*"), NotDataActions: both("smart/action")},
		{Name: "FHIR Data Writer", ID: "3f88fce4-5892-4214-ae73-ba5294559913", Service: FHIR,
			DataActions: both("read", "write", "delete", "export/action", "resourceValidate/action", "reindex/action",
				"convertData/action", "editProfileDefinitions/action", "import/action")},
		{Name: "FHIR Data Reader", ID: "4c8d0bbc-75d3-4935-991f-5f3c56d81508", Service: FHIR, DataActions: both("read")},
		{Name: "FHIR Data Exporter", ID: "3db33094-8700-4567-8da5-1501d4e7e843", Service: FHIR,
			DataActions: both("read", "export/action")},
		{Name: "FHIR Data Importer", ID: "4465e953-8ced-4406-a58e-0f6e3f3b530b", Service: FHIR,
			DataActions: []string{fhirActions + "read", fhirActions + "import/action"}},
		{Name: "FHIR Data Converter", ID: "a1705bd2-3a8f-45a5-8683-466fcfd5cc24", Service: FHIR,
			DataActions: both("convertData/action")},
		{Name: "FHIR SMART User", ID: "4ba50f17-9666-485c-a643-ff00808643f0", Service: FHIR,
			DataActions: both("read", "smart/action")},
		{Name: "DICOM Data Owner", ID: "58a3b984-7adf-4c20-983a-32417c86fbc8", Service: DICOM,
			DataActions: []string{dicomActions + "*"}},
		{Name: "DICOM Data Reader", ID: "e89c7a3c-2f64-4fa1-a847-3e4c9ba4283a", Service: DICOM,
			DataActions: []string{dicomActions + "read"}},
	}
})

// RoleByName finds a role by its name without regard to case, or by its id.
func RoleByName(name string) (Role, bool) {
	for _, r := range Roles() {
		if strings.EqualFold(r.Name, name) || strings.EqualFold(r.ID, name) {
			return r, true
		}
	}
	return Role{}, false
}

// Names of the data actions, without the prefix that [DataAction] adds.
// Source: azure-docs articles/role-based-access-control/permissions/integration.md.
const (
	ActionRead               = "read"
	ActionWrite              = "write"
	ActionDelete             = "delete"
	ActionCreate             = "create/action"
	ActionUpdate             = "update/action"
	ActionSearch             = "search/action"
	ActionReadByID           = "readById/action"
	ActionHardDelete         = "hardDelete/action"
	ActionExport             = "export/action"
	ActionImport             = "import/action"
	ActionSMART              = "smart/action"
	ActionSearchParameter    = "searchParameter/action"
	ActionConvertData        = "convertData/action"
	ActionValidate           = "resourceValidate/action"
	ActionReindex            = "reindex/action"
	ActionEditProfiles       = "editProfileDefinitions/action"
	ActionBulkOperator       = "bulkOperator/action"
	ActionManageExtendedTags = "manageExtendedQueryTags/action"
)

// DataAction gives the full name of an action on a service, for example
// Microsoft.HealthcareApis/workspaces/fhirservices/resources/read.
func DataAction(service, action string) string {
	if service == DICOM {
		return dicomActions + action
	}
	return fhirActions + action
}

// RoleDefinitionID gives the Azure Resource Manager id of a role definition.
func RoleDefinitionID(subscription, roleID string) string {
	return path.Join("/subscriptions", subscription, "providers/Microsoft.Authorization/roleDefinitions", roleID)
}
