package config

import (
	"net/url"
	"strings"
	"sync"
)

// Key is one setting: how it is called in a profile, on the command line and in
// the environment, and what it may be.
type Key struct {
	Name string // in a profile; a point stands for a nested mapping
	Flag string // without dashes; empty: there is none
	Env  string // empty: there is none
	Doc  string // in a few words, without full stop
	// Path marks a file name: relative to the config file if it stands there.
	Path bool
	// Bool marks a key that is true or false.
	Bool bool
	// List marks a key that takes several values.
	List bool
	// Internal marks a key that cannot be written in a file.
	Internal bool
	sep      string // between the values of a list; empty: a comma

	set   bool                    // belongs to the set of tenant, client, authority and credential
	check func(text string) error // nil: any text
	guard func(value string) bool // tells whether a file must be trusted to say this; nil: never
}

// Names of the keys, as they stand in a profile.
const (
	Cloud             = "cloud"
	Authority         = "authority"
	TenantID          = "tenant_id"
	ClientID          = "client_id"
	AppObjectID       = "app_object_id"
	PrincipalObjectID = "service_principal_object_id"
	RedirectPlatform  = "redirect_platform"
	RedirectURI       = "redirect_uri"
	ClientSecretID    = "client_secret_id"

	ClientSecret            = "client_secret" // never in a file
	ClientSecretFile        = "client_secret_file"
	ClientSecretEnv         = "client_secret_env"
	ClientSecretPrompt      = "client_secret_prompt"
	CertificateFile         = "certificate_file"
	CertificatePasswordFile = "certificate_password_file"
	CertificatePasswordEnv  = "certificate_password_env"
	SendCertificateChain    = "send_certificate_chain"
	ClientSecretExpires     = "client_secret_expires"
	FederatedTokenFile      = "federated_token_file"
	CredentialKind          = "credential"
	ServiceConnectionID     = "service_connection_id"

	GraphURL = "graph_url"
	ARMURL   = "arm_url"

	Grants          = "grants"
	FHIRURL         = "fhir.url"
	FHIRAudience    = "fhir.audience"
	FHIRScope       = "fhir.scope"
	FHIRResourceID  = "fhir.resource_id"
	DICOMURL        = "dicom.url"
	DICOMAudience   = "dicom.audience"
	DICOMScope      = "dicom.scope"
	DICOMResourceID = "dicom.resource_id"

	CAFile  = "ca_file"
	Proxy   = "proxy"
	Timeout = "timeout"
)

// EnvServiceConnectionID is set by tasks of Azure Pipelines that use a service
// connection.
const EnvServiceConnectionID = "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID"

// Keys lists the settings in the order in which a person would write them.
//
// Source of the AZURE_ names: azidentity 1.15.0, azidentity.go.
func Keys() []Key {
	keys := append(identityKeys(), credentialKeys()...)
	keys = append(keys, serviceKeys("fhir", "FHIR")...)
	keys = append(keys, serviceKeys("dicom", "DICOM")...)
	keys = append(keys, registerKeys()...)
	return append(keys,
		Key{Name: Grants, Doc: "grants to test: client_credentials, authorization_code, device_code", List: true, check: checkGrant},
		Key{Name: CAFile, Flag: "ca-file", Env: "HDSTEST_CA_FILE", Path: true, guard: always,
			Doc: "PEM file with certificate authorities to trust besides the system's"},
		Key{Name: Proxy, Flag: "proxy", Env: "HDSTEST_PROXY", check: checkProxy, guard: always,
			Doc: "proxy for every connection, loopback too (default: from HTTPS_PROXY)"},
		Key{Name: Timeout, Flag: "timeout", Env: "HDSTEST_TIMEOUT", check: checkTimeout,
			Doc: "time limit of one request, such as 45s (default: 30s)"},
	)
}

func identityKeys() []Key {
	return []Key{
		{Name: Cloud, Flag: "cloud", set: true, check: checkCloud, Doc: "public, usgov or china (default: public)"},
		{Name: Authority, Flag: "authority", Env: "AZURE_AUTHORITY_HOST", set: true, check: checkAuthority, guard: always,
			Doc: "address of a sign-in service that is none of the known clouds'"},
		{Name: TenantID, Flag: "tenant-id", Env: "AZURE_TENANT_ID", set: true, check: checkTenant, Doc: "directory (tenant) id or domain"},
		{Name: ClientID, Flag: "client-id", Env: "AZURE_CLIENT_ID", set: true, check: checkGUID, Doc: "application (client) id"},
		{Name: AppObjectID, set: true, check: checkGUID, Doc: "object id of the app registration (written by register)"},
		{Name: PrincipalObjectID, set: true, check: checkGUID, Doc: "object id of the service principal (written by register)"},
		{Name: RedirectPlatform, Flag: "redirect-platform", Env: "HDSTEST_REDIRECT_PLATFORM", set: true, check: checkPlatform, Doc: "platform of the redirect address: web, public or spa"},
		{Name: RedirectURI, Flag: "redirect-uri", Env: "HDSTEST_REDIRECT_URI", set: true, check: checkRedirect,
			Doc: "redirect address of the sign-in (default: http://localhost)"},
		{Name: GraphURL, Flag: "graph-url", Env: "HDSTEST_GRAPH_URL", set: true, check: checkURL, guard: foreignGraph,
			Doc: "address of Microsoft Graph (default: the cloud's)"},
		{Name: ARMURL, Flag: "arm-url", Env: "HDSTEST_ARM_URL", set: true, check: checkURL, guard: foreignARM,
			Doc: "address of Azure Resource Manager (default: the cloud's)"},
	}
}

func credentialKeys() []Key {
	return []Key{
		{Name: CredentialKind, Flag: "credential", Env: "HDSTEST_CREDENTIAL", set: true, check: checkCredential, guard: always,
			Doc: "where the credential comes from if not from a file, a variable or a prompt: " + strings.Join(CredentialKinds(), ", ")},
		{Name: ServiceConnectionID, Flag: "service-connection-id", Env: EnvServiceConnectionID, set: true,
			Doc: "id of the service connection, for the credential azure-pipelines"},
		{Name: ClientSecret, Flag: "client-secret", set: true, Internal: true,
			Doc: "client secret itself (others on this machine can see it; a file is better)"},
		{Name: ClientSecretFile, Flag: "client-secret-file", set: true, Path: true, guard: always,
			Doc: "file that holds the client secret (- for standard input)"},
		{Name: ClientSecretID, set: true, check: checkGUID, Doc: "id of that secret in the portal, never its value (written by register)"},
		{Name: ClientSecretEnv, set: true, check: checkVariable, guard: always,
			Doc: "environment variable that holds the client secret (AZURE_CLIENT_SECRET needs no key)"},
		{Name: ClientSecretPrompt, set: true, Bool: true, Doc: "ask for the client secret at the terminal"},
		{Name: ClientSecretExpires, set: true, check: checkDay, Doc: "last day of the client secret, such as 2027-05-31 (written by register)"},
		{Name: CertificateFile, Flag: "certificate", Env: "AZURE_CLIENT_CERTIFICATE_PATH", set: true, Path: true, guard: always,
			Doc: "PEM or PFX file with the client certificate and its private key"},
		{Name: CertificatePasswordFile, Flag: "certificate-password-file", set: true, Path: true, guard: always,
			Doc: "file that holds the password of the PFX file"},
		{Name: CertificatePasswordEnv, set: true, check: checkVariable, guard: always,
			Doc: "environment variable that holds the password of the PFX file"},
		{Name: SendCertificateChain, Flag: "send-certificate-chain", Env: "AZURE_CLIENT_SEND_CERTIFICATE_CHAIN", set: true, Bool: true,
			Doc: "send the certificate chain with the assertion (x5c)"},
		{Name: FederatedTokenFile, Flag: "federated-token-file", Env: "AZURE_FEDERATED_TOKEN_FILE", set: true, Path: true, guard: always,
			Doc: "file that holds a federated assertion, read anew for each request"},
	}
}

func serviceKeys(name, title string) []Key {
	env := "HDSTEST_" + title
	return []Key{
		{Name: name + ".url", Flag: name + "-url", Env: env + "_URL", check: checkServiceURL, guard: foreignHealth,
			Doc: "address of the " + title + " service"},
		{Name: name + ".audience", Flag: name + "-audience", Env: env + "_AUDIENCE", check: checkAudience, guard: foreignHealth,
			Doc: "audience that the " + title + " service expects (default: from its address)"},
		{Name: name + ".scope", Env: env + "_SCOPE", guard: foreignHealth,
			Doc: "scope to ask for the " + title + " service (default: its audience with /.default)"},
		{Name: name + ".resource_id", Flag: name + "-resource-id", Env: env + "_RESOURCE_ID", check: checkResourceID,
			Doc: "Azure resource id of the " + title + " service, for role assignments"},
	}
}

// Check tells what is wrong with the form of a value; nil: nothing.
func (k Key) Check(text string) error { return k.checkText(text) }

// Shown is a value as it may be printed: a secret, and the password in a proxy's
// address, are left out.
func (k Key) Shown(v Value) string {
	if !v.Secret.IsZero() {
		return "(secret, not shown)"
	}
	if u, err := url.Parse(v.Text); k.Name == Proxy && err == nil {
		return u.Redacted()
	}
	return v.Text
}

// keysByName is the list by name, made at the first look-up: every command asks
// for the keys of its flags when the program starts.
var keysByName = sync.OnceValue(func() map[string]Key {
	table := map[string]Key{}
	for _, k := range Keys() {
		table[k.Name] = k
	}
	return table
})

// KeyByName finds a key by its name in a profile.
func KeyByName(name string) (Key, bool) {
	k, ok := keysByName()[name]
	return k, ok
}

// primaryCredentials are the keys that choose a credential, in the order in
// which they are tried when one source names several: a kind that was named
// first, then azidentity's order: secret, certificate, federated assertion.
func primaryCredentials() []string {
	return []string{CredentialKind, ClientSecret, ClientSecretFile, ClientSecretEnv, ClientSecretPrompt, CertificateFile, FederatedTokenFile}
}

// credentialDetails are the keys that say more about a credential.
func credentialDetails() []string {
	return []string{CertificatePasswordFile, CertificatePasswordEnv, SendCertificateChain, ClientSecretExpires}
}
