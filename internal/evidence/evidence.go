// Package evidence is what a step saw, redacted: the one thing that steps emit
// and that judgement and diagnosis read.
//
// A [Bundle] holds the facts around one question ("why did this call fail?").
// It contains no secret, no token, no name of a person and nothing of a
// patient: whoever fills it in derives shapes ("looks like a GUID") and
// pseudonyms instead. It can be written to a file, sent to a colleague and read
// back, so reading is lenient: unknown keys, and known keys with values of an
// unexpected form, go to Extra and come out again when written.
package evidence

import "time"

// SchemaVersion is the version of the JSON shape of a bundle.
const SchemaVersion = 1

// Bundle is the evidence around one question. Every section may be absent.
type Bundle struct {
	SchemaVersion     int               `json:"schema_version,omitempty"`
	Tool              string            `json:"tool,omitempty"`    // program and version
	Command           string            `json:"command,omitempty"` // hdstest command, without arguments
	Now               *time.Time        `json:"now,omitempty"`     // when it was seen, UTC
	TokenRequest      *TokenRequest     `json:"token_request,omitempty"`
	TokenEndpoint     *OAuthAnswer      `json:"token_endpoint,omitempty"`
	AuthorizeRequest  *AuthorizeRequest `json:"authorize_request,omitempty"`
	AuthorizeEndpoint *OAuthAnswer      `json:"authorize_endpoint,omitempty"`
	Token             *Token            `json:"token,omitempty"`
	Claims            map[string]any    `json:"claims,omitempty"` // of the access token, persons pseudonymous
	Service           string            `json:"service,omitempty"`
	ServiceURL        string            `json:"service_url,omitempty"`
	ServiceConfig     *ServiceConfig    `json:"service_config,omitempty"`
	Request           *Request          `json:"request,omitempty"`
	Response          *Response         `json:"response,omitempty"`
	Graph             *ControlPlane     `json:"graph,omitempty"`
	ARM               *ControlPlane     `json:"arm,omitempty"`
	Connection        *Connection       `json:"connection,omitempty"`
	Capability        *Capability       `json:"capability_statement,omitempty"`
	SMART             *SMART            `json:"smart_configuration,omitempty"`
	ChangeFeed        *ChangeFeed       `json:"change_feed,omitempty"`
	Network           *Network          `json:"network,omitempty"`
	Clock             *Clock            `json:"clock,omitempty"`
	Local             *Local            `json:"local,omitempty"`
	Config            *Config           `json:"config,omitempty"`
	Extra             map[string]any    `json:"-"`
}

// TokenRequest is what was sent to the token endpoint, without any secret.
type TokenRequest struct {
	URL                   string         `json:"url,omitempty"`
	GrantType             string         `json:"grant_type,omitempty"`
	ClientID              string         `json:"client_id,omitempty"`
	Scope                 string         `json:"scope,omitempty"`
	Resource              string         `json:"resource,omitempty"`
	RedirectURI           string         `json:"redirect_uri,omitempty"`
	HasClientSecret       *bool          `json:"has_client_secret,omitempty"`
	ClientSecretShape     string         `json:"client_secret_shape,omitempty"` // see SecretShape
	HasClientAssertion    *bool          `json:"has_client_assertion,omitempty"`
	ClientAssertionHeader map[string]any `json:"client_assertion_header,omitempty"`
	ClientAssertionClaims map[string]any `json:"client_assertion_claims,omitempty"`
	Extra                 map[string]any `json:"-"`
}

// OAuthAnswer is an answer of the token or authorize endpoint (RFC 6749 section
// 5.2 and 4.1.2.1, with Entra's additions).
type OAuthAnswer struct {
	Status          int            `json:"status,omitempty"`
	Error           string         `json:"error,omitempty"`
	ErrorCodes      []int          `json:"error_codes,omitempty"` // AADSTS numbers
	Suberror        string         `json:"suberror,omitempty"`
	MessageContains string         `json:"message_contains,omitempty"` // the description, secrets scrubbed
	TraceID         string         `json:"trace_id,omitempty"`
	CorrelationID   string         `json:"correlation_id,omitempty"`
	Extra           map[string]any `json:"-"`
}

// AuthorizeRequest is what the browser was sent to.
type AuthorizeRequest struct {
	URL          string         `json:"url,omitempty"`
	ClientID     string         `json:"client_id,omitempty"`
	RedirectURI  string         `json:"redirect_uri,omitempty"`
	ResponseType string         `json:"response_type,omitempty"`
	Scope        string         `json:"scope,omitempty"`
	Resource     string         `json:"resource,omitempty"`
	Extra        map[string]any `json:"-"`
}

// Token is what was found out about a token besides its claims.
type Token struct {
	Header    map[string]any `json:"header,omitempty"`
	Signature string         `json:"signature,omitempty"` // one of the Signature constants
	Detail    string         `json:"detail,omitempty"`    // why it is not verified
	KeysURL   string         `json:"keys_url,omitempty"`  // where the keys came from
	Extra     map[string]any `json:"-"`
}

// Outcomes of the signature check.
const (
	SignatureVerified  = "verified"
	SignatureInvalid   = "invalid"
	SignatureNoKey     = "no_key"     // the issuer publishes no key of this id
	SignatureAlgorithm = "algorithm"  // none, HMAC or another that no issuer of ours uses
	SignatureNotOurs   = "not_ours"   // Graph's tokens: only Graph can verify them
	SignatureUntrusted = "untrusted"  // issuer is neither the profile's nor a Microsoft host
	SignatureNoKeys    = "no_key_set" // the key set could not be had
)

// ServiceConfig is what is known of the service's own settings, from its 401
// challenge, its metadata, Azure Resource Manager or the profile.
type ServiceConfig struct {
	Audience  string         `json:"audience,omitempty"`
	Audiences []string       `json:"audiences,omitempty"`
	Authority string         `json:"authority,omitempty"`
	TenantID  string         `json:"tenant_id,omitempty"`
	Publisher string         `json:"publisher,omitempty"` // CapabilityStatement.publisher
	Extra     map[string]any `json:"-"`
}

// Request is an HTTP request, without its body, its token and the values of its query.
type Request struct {
	ID      string            `json:"id,omitempty"` // in the catalogue
	Method  string            `json:"method,omitempty"`
	Path    string            `json:"path,omitempty"`
	Headers map[string]string `json:"headers,omitempty"`
	Needs   []string          `json:"needs,omitempty"` // data actions
	// Anonymous is true in a run without a token, by the person's wish.
	Anonymous bool           `json:"anonymous,omitempty"`
	Extra     map[string]any `json:"-"`
}

// Response is the answer. Body holds only what is no personal data: an
// OperationOutcome's issue, a DICOM failure reason, an error text.
type Response struct {
	Status          int               `json:"status,omitempty"`
	Headers         map[string]string `json:"headers,omitempty"`
	WWWAuthenticate string            `json:"www_authenticate,omitempty"`
	Body            any               `json:"body,omitempty"`
	Bytes           int64             `json:"bytes,omitempty"`
	Expected        string            `json:"expected,omitempty"` // what the catalogue asked for
	Mismatch        []string          `json:"mismatch,omitempty"` // which expectations were not met
	// Elsewhere lists the origins, other than the service's own, to which the
	// answer points: by a redirect, a Location or a link. None of them was called.
	Elsewhere []string       `json:"elsewhere,omitempty"`
	Timing    *Timing        `json:"timing,omitempty"`
	Extra     map[string]any `json:"-"`
}

// Timing is how long the parts of an exchange took, in milliseconds.
type Timing struct {
	DNS      float64 `json:"dns_ms,omitempty"`
	Connect  float64 `json:"connect_ms,omitempty"`
	TLS      float64 `json:"tls_ms,omitempty"`
	Wait     float64 `json:"wait_ms,omitempty"` // request sent to first byte
	Transfer float64 `json:"transfer_ms,omitempty"`
	Total    float64 `json:"total_ms"`
}

// ControlPlane is one exchange with Microsoft Graph or Azure Resource Manager,
// and what is known from there.
type ControlPlane struct {
	Request   string         `json:"request,omitempty"` // METHOD path
	Status    int            `json:"status,omitempty"`
	Code      string         `json:"code,omitempty"`
	Error     string         `json:"error,omitempty"` // Graph's code, as the cases call it
	Message   string         `json:"message,omitempty"`
	RequestID string         `json:"request_id,omitempty"`
	Extra     map[string]any `json:"-"`
}

// Network is how a connection failed.
type Network struct {
	Host     string         `json:"host,omitempty"`
	Port     int            `json:"port,omitempty"`
	Stage    string         `json:"stage,omitempty"` // dns, connect, tls, proxy, http, timeout
	Kind     string         `json:"kind,omitempty"`  // one of the Network constants
	Error    string         `json:"error,omitempty"`
	TLSError string         `json:"tls_error,omitempty"`
	Issuer   string         `json:"issuer,omitempty"` // of the server's certificate
	Proxy    string         `json:"proxy,omitempty"`  // host of the proxy used, no credentials
	Extra    map[string]any `json:"-"`
}

// Kinds of network failures.
const (
	NetworkNoSuchHost       = "no_such_host"
	NetworkDNS              = "dns_failure" // the name server gave no answer
	NetworkRefused          = "refused"
	NetworkUnreachable      = "unreachable"
	NetworkTimeout          = "timeout"
	NetworkUnknownAuthority = "unknown_authority"
	NetworkWrongHost        = "wrong_host" // the certificate names other hosts
	NetworkExpired          = "expired"    // the certificate is outside its dates
	NetworkBadCertificate   = "bad_certificate"
	NetworkNotTLS           = "not_tls"
	NetworkAlert            = "tls_alert"
	NetworkProxyUnreachable = "proxy_unreachable"
	NetworkProxyRefused     = "proxy_refused"
	NetworkProxyLogin       = "proxy_login"
	NetworkClosed           = "closed"    // the connection ended before the answer, or within it
	NetworkNotHTTP          = "not_http"  // the answer is no HTTP
	NetworkWantsTLS         = "wants_tls" // plain HTTP was answered with TLS
	NetworkHeader           = "header"    // the headers of the answer are too large, or cannot be unpacked
)

// Clock compares this machine with a server.
type Clock struct {
	SkewSeconds *float64       `json:"local_minus_server_date_header_seconds,omitempty"`
	Extra       map[string]any `json:"-"`
}

// Local is what was wrong on this machine: a file, a certificate, a setting.
type Local struct {
	Path    string         `json:"path,omitempty"`
	Problem string         `json:"problem,omitempty"` // one of the Problem constants
	Detail  string         `json:"detail,omitempty"`
	Extra   map[string]any `json:"-"`
}

// Problems of local files and settings.
const (
	ProblemMissing       = "missing"
	ProblemNotPEM        = "not_pem"
	ProblemNoKey         = "no_private_key"
	ProblemNoCertificate = "no_certificate"
	ProblemPassword      = "wrong_password"
	ProblemExpired       = "expired"
	ProblemMismatch      = "key_mismatch"
	ProblemEncrypted     = "encrypted_key" // an encrypted key in PEM
	ProblemKeyKind       = "key_kind"      // not RSA
	ProblemNoJWT         = "no_jwt"
	ProblemPortInUse     = "port_in_use"
	ProblemBrowser       = "browser"
	ProblemOpenMode      = "open_mode"        // others on this machine may read a file with a secret
	ProblemSecretEnds    = "secret_ends"      // the client secret ends within days
	ProblemCertEnds      = "certificate_ends" // the client certificate does
)

// Config is what the program was told: the expectations against which the rest is read.
type Config struct {
	TenantID         string         `json:"tenant,omitempty"`
	Authority        string         `json:"authority,omitempty"`
	ClientID         string         `json:"client_id,omitempty"`
	RedirectPlatform string         `json:"redirect_platform,omitempty"`
	Extra            map[string]any `json:"-"`
}
