package directory

import "time"

// ServicePrincipal is an app's identity in the tenant, shaped as in Graph.
type ServicePrincipal struct {
	ID                        string            `json:"id"`
	AppID                     string            `json:"appId"`
	DisplayName               string            `json:"displayName"`
	AppDisplayName            string            `json:"appDisplayName"`
	AppOwnerOrganizationID    string            `json:"appOwnerOrganizationId"`
	CreatedDateTime           time.Time         `json:"createdDateTime"`
	AccountEnabled            bool              `json:"accountEnabled"`
	AppRoleAssignmentRequired bool              `json:"appRoleAssignmentRequired"`
	ServicePrincipalType      string            `json:"servicePrincipalType"` // Application
	SignInAudience            string            `json:"signInAudience"`
	ServicePrincipalNames     []string          `json:"servicePrincipalNames"` // app id and identifier URIs
	OAuth2PermissionScopes    []PermissionScope `json:"oauth2PermissionScopes"`
	AppRoles                  []AppRole         `json:"appRoles"`
	Tags                      []string          `json:"tags"`

	PasswordCredentials []*PasswordCredential `json:"passwordCredentials"`
	KeyCredentials      []*KeyCredential      `json:"keyCredentials"`

	// TokenVersion is that of the access tokens for this resource: 1 or 2. It comes
	// from the application's api.requestedAccessTokenVersion (null means 1).
	TokenVersion int       `json:"-"`
	VisibleFrom  time.Time `json:"-"`

	Owners []string `json:"-"` // object ids
	// Requested tells a principal that was made by a request from one that the
	// sandbox was seeded with: a scenario that hides a seeded one spares it.
	Requested bool `json:"-"`
	// Other holds properties that are kept and shown, and decide nothing.
	Other map[string]any `json:"-"`
}

// PermissionGrant is consent to delegated scopes, shaped as oAuth2PermissionGrant.
type PermissionGrant struct {
	ID          string  `json:"id"`
	ClientID    string  `json:"clientId"`    // object id of the client's service principal
	ConsentType string  `json:"consentType"` // AllPrincipals or Principal
	PrincipalID *string `json:"principalId"`
	ResourceID  string  `json:"resourceId"` // object id of the API's service principal
	Scope       string  `json:"scope"`      // values, space separated
}

// AppRoleAssignment is an application permission that was given.
type AppRoleAssignment struct {
	ID                   string    `json:"id"`
	CreatedDateTime      time.Time `json:"createdDateTime"`
	AppRoleID            string    `json:"appRoleId"`
	PrincipalID          string    `json:"principalId"`
	PrincipalDisplayName string    `json:"principalDisplayName"`
	PrincipalType        string    `json:"principalType"`
	ResourceID           string    `json:"resourceId"`
	ResourceDisplayName  string    `json:"resourceDisplayName"`
}
