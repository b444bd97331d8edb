package entra

// Application (client) ids of Microsoft's own apps, the same in every tenant of
// the public cloud.
const (
	GraphAppID      = "00000003-0000-0000-c000-000000000000" // Microsoft Graph
	FHIRAppID       = "4f6778d8-5aef-43dc-a1ff-b073724b9495" // Azure Healthcare APIs
	DICOMAppID      = "75e725bf-66ce-4cea-9b9a-5c4caae57f33" // Azure API for DICOM
	ARMAppID        = "797f4846-ba00-4fd7-ba43-dac1f8f63013" // Windows Azure Service Management API
	AzureCLIAppID   = "04b07795-8ddb-461a-bbee-02f9e1bf7b46" // Azure CLI, also azidentity's developer sign-on
	ConsumersTenant = "9188040d-6c67-4c5b-b112-36a304b66dad" // personal Microsoft accounts
)

// Resource names for which tokens are asked.
const (
	// DICOMResource is the one audience of every DICOM service. The resource app
	// lists it with a final slash too.
	// Source: learn.microsoft.com/azure/healthcare-apis/get-access-token.
	DICOMResource = "https://dicom.healthcareapis.azure.com"
	// FHIRLegacyResource is an identifier URI of Azure Healthcare APIs. A token for
	// it is issued, and refused by the FHIR service, which wants its own URL.
	FHIRLegacyResource = "https://azurehealthcareapis.com"
	// FHIRSharedResource is the other identifier URI of Azure Healthcare APIs.
	FHIRSharedResource = "https://fhir.azurehealthcareapis.com"
	// GraphResource is Microsoft Graph of the public cloud.
	GraphResource = "https://graph.microsoft.com"
	// DefaultScope is the suffix that asks for everything granted beforehand.
	DefaultScope = "/.default"
)

// Permission is a delegated scope or an app role of a resource app.
type Permission struct {
	ID    string
	Value string
	// Role tells an app role (type "Role") from a delegated scope (type "Scope").
	Role bool
}

// ResourceApp is an API for which tokens can be asked.
type ResourceApp struct {
	AppID       string
	Name        string // display name of its service principal
	Names       []string
	Permissions []Permission
}

// ResourceApps lists the APIs that matter to Azure Health Data Services.
//
// Source: service principal listings of two tenants for the two health apps;
// learn.microsoft.com/graph/permissions-reference for Graph. The delegated
// scope of DICOM is Dicom.ReadWrite there; an older article and tokens of 2021
// name user_impersonation. So a client looks the scope up on the tenant's
// service principal and takes this list for names only.
func ResourceApps() []ResourceApp {
	return []ResourceApp{
		{AppID: FHIRAppID, Name: "Azure Healthcare APIs",
			Names: []string{FHIRLegacyResource, FHIRSharedResource},
			Permissions: []Permission{
				{ID: "db75143a-8f20-4238-9450-8b73ef4992f4", Value: "user_impersonation"},
				{ID: "a44c4c64-cdb5-48fc-adbd-070df4852b2c", Value: "system.all.read", Role: true},
				{ID: "bea2566c-7172-42d0-a06a-0e2e2b58f084", Value: "system.all.all", Role: true},
			}},
		{AppID: DICOMAppID, Name: "Azure API for DICOM",
			Names:       []string{DICOMResource, DICOMResource + "/"},
			Permissions: []Permission{{ID: "e69ab058-b8ae-4c0f-b687-5d97888ddccb", Value: "Dicom.ReadWrite"}}},
		{AppID: GraphAppID, Name: "Microsoft Graph",
			Names: []string{GraphResource, GraphResource + "/"},
			Permissions: []Permission{
				{ID: "e1fe6dd8-ba31-4d61-89e7-88639da4683d", Value: "User.Read"},
				{ID: "18a4783c-866b-4cc7-a460-3d5e5662c884", Value: "Application.ReadWrite.OwnedBy", Role: true},
				{ID: "1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9", Value: "Application.ReadWrite.All", Role: true},
				{ID: "9a5d68dd-52b0-4cc2-bd40-abcf44ac3a30", Value: "Application.Read.All", Role: true},
				{ID: "8e8e4742-1d95-4f68-9d56-6ee75648c72a", Value: "DelegatedPermissionGrant.ReadWrite.All", Role: true},
				{ID: "06b708a9-e830-4db3-a914-8e69da51d44f", Value: "AppRoleAssignment.ReadWrite.All", Role: true},
				{ID: "7ab1d382-f21e-4acd-a863-ba3e13f7da61", Value: "Directory.Read.All", Role: true},
				{ID: "98830695-27a2-44f7-8c18-0c3ebc9698f6", Value: "GroupMember.Read.All", Role: true},
				{ID: "62a82d76-70ea-41e2-9197-370581804d09", Value: "Group.ReadWrite.All", Role: true},
			}},
	}
}

// ResourceAppByID finds one of [ResourceApps] by its application id.
func ResourceAppByID(appID string) (ResourceApp, bool) {
	for _, r := range ResourceApps() {
		if r.AppID == appID {
			return r, true
		}
	}
	return ResourceApp{}, false
}

// Redirect URIs that tools document.
const (
	PostmanRedirect        = "https://www.getpostman.com/oauth2/callback" // the health articles' choice
	PostmanBrowserRedirect = "https://oauth.pstmn.io/v1/callback"         // "authorize using browser"
	LoopbackRedirect       = "http://localhost"                           // any port, see RFC 8252 section 7.3
	NativeClientRedirect   = "https://login.microsoftonline.com/common/oauth2/nativeclient"
)
