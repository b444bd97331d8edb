package directory

import (
	"crypto/sha256"
	"crypto/subtle"
	"time"
)

// Application is an app registration, shaped as Graph's application resource.
type Application struct {
	ID                     string                   `json:"id"` // object id
	AppID                  string                   `json:"appId"`
	DisplayName            string                   `json:"displayName"`
	UniqueName             *string                  `json:"uniqueName"`
	CreatedDateTime        time.Time                `json:"createdDateTime"`
	SignInAudience         string                   `json:"signInAudience"`
	PublisherDomain        string                   `json:"publisherDomain"`
	IsFallbackPublicClient *bool                    `json:"isFallbackPublicClient"`
	IdentifierURIs         []string                 `json:"identifierUris"`
	Tags                   []string                 `json:"tags"`
	Notes                  *string                  `json:"notes"`
	Description            *string                  `json:"description"`
	API                    API                      `json:"api"`
	AppRoles               []AppRole                `json:"appRoles"`
	Web                    Web                      `json:"web"`
	PublicClient           RedirectURIs             `json:"publicClient"`
	SPA                    RedirectURIs             `json:"spa"`
	RequiredResourceAccess []RequiredResourceAccess `json:"requiredResourceAccess"`
	PasswordCredentials    []*PasswordCredential    `json:"passwordCredentials"`
	KeyCredentials         []*KeyCredential         `json:"keyCredentials"`

	Federated []*FederatedCredential `json:"-"` // a sub-collection in Graph
	Owners    []string               `json:"-"` // object ids
	// VisibleFrom is when readers find it: a new object takes a while to reach
	// every replica. Zero: at once.
	VisibleFrom time.Time `json:"-"`
	// Other holds properties that are kept and shown, and decide nothing.
	Other map[string]any `json:"-"`
}

// API is what an application offers as a resource.
type API struct {
	RequestedAccessTokenVersion *int              `json:"requestedAccessTokenVersion"`
	OAuth2PermissionScopes      []PermissionScope `json:"oauth2PermissionScopes"`
	KnownClientApplications     []string          `json:"knownClientApplications"`
	PreAuthorizedApplications   []any             `json:"preAuthorizedApplications"`
	AcceptMappedClaims          *bool             `json:"acceptMappedClaims"`
}

// PermissionScope is a delegated permission of a resource.
type PermissionScope struct {
	ID                      string `json:"id"`
	Value                   string `json:"value"`
	Type                    string `json:"type"` // User or Admin
	IsEnabled               bool   `json:"isEnabled"`
	AdminConsentDisplayName string `json:"adminConsentDisplayName"`
	AdminConsentDescription string `json:"adminConsentDescription"`
	UserConsentDisplayName  string `json:"userConsentDisplayName"`
	UserConsentDescription  string `json:"userConsentDescription"`
}

// AppRole is an application permission of a resource.
type AppRole struct {
	ID                 string   `json:"id"`
	Value              string   `json:"value"`
	DisplayName        string   `json:"displayName"`
	Description        string   `json:"description"`
	IsEnabled          bool     `json:"isEnabled"`
	AllowedMemberTypes []string `json:"allowedMemberTypes"`
}

// Web is the web platform's part of an application.
type Web struct {
	RedirectURIs          []string              `json:"redirectUris"`
	HomePageURL           *string               `json:"homePageUrl"`
	LogoutURL             *string               `json:"logoutUrl"`
	ImplicitGrantSettings ImplicitGrantSettings `json:"implicitGrantSettings"`
}

// ImplicitGrantSettings tells which tokens the authorize endpoint may give.
type ImplicitGrantSettings struct {
	EnableIDTokenIssuance     bool `json:"enableIdTokenIssuance"`
	EnableAccessTokenIssuance bool `json:"enableAccessTokenIssuance"`
}

// RedirectURIs is a platform that has nothing but redirect URIs.
type RedirectURIs struct {
	RedirectURIs []string `json:"redirectUris"`
}

// RequiredResourceAccess lists the permissions that an app says it needs.
type RequiredResourceAccess struct {
	ResourceAppID  string           `json:"resourceAppId"`
	ResourceAccess []ResourceAccess `json:"resourceAccess"`
}

// ResourceAccess is one needed permission; Type is Scope or Role.
type ResourceAccess struct {
	ID   string `json:"id"`
	Type string `json:"type"`
}

// PasswordCredential is a client secret. Only a digest of its text is kept.
type PasswordCredential struct {
	KeyID         string    `json:"keyId"`
	DisplayName   *string   `json:"displayName"`
	Hint          string    `json:"hint"`
	StartDateTime time.Time `json:"startDateTime"`
	EndDateTime   time.Time `json:"endDateTime"`

	digest [sha256.Size]byte
}

// SetText keeps the digest and the hint (the first three characters) of a secret.
func (p *PasswordCredential) SetText(text string) {
	p.digest = sha256.Sum256([]byte(text))
	p.Hint = text[:min(3, len(text))]
}

// Matches tells whether text is the secret, in constant time.
func (p *PasswordCredential) Matches(text string) bool {
	d := sha256.Sum256([]byte(text))
	return subtle.ConstantTimeCompare(d[:], p.digest[:]) == 1
}

// KeyCredential is the public part of a certificate.
type KeyCredential struct {
	KeyID               string    `json:"keyId"`
	DisplayName         *string   `json:"displayName"`
	CustomKeyIdentifier []byte    `json:"customKeyIdentifier"` // SHA-1 thumbprint
	Type                string    `json:"type"`                // AsymmetricX509Cert
	Usage               string    `json:"usage"`               // Verify
	Key                 []byte    `json:"key"`                 // DER; shown only on request
	StartDateTime       time.Time `json:"startDateTime"`
	EndDateTime         time.Time `json:"endDateTime"`
}

// FederatedCredential is a trusted outside issuer and subject.
type FederatedCredential struct {
	ID          string   `json:"id"`
	Name        string   `json:"name"`
	Issuer      string   `json:"issuer"`
	Subject     string   `json:"subject"`
	Audiences   []string `json:"audiences"`
	Description *string  `json:"description"`
}

// DeletedItem is an application or service principal in the recycle bin.
type DeletedItem struct {
	ID               string
	Deleted          time.Time
	Application      *Application
	ServicePrincipal *ServicePrincipal
}
