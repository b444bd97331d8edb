package entra

import (
	"slices"
	"strconv"
	"sync"
)

// ErrorCode is one of the numbers that the Microsoft identity platform puts
// behind AADSTS in its error texts and into error_codes.
type ErrorCode struct {
	Code    int
	Meaning string // in our words
	Error   string // OAuth error it comes with; empty if it is only shown on a page
	Status  int    // HTTP status; 0 if no answer with it was seen
	// Verified tells that Error was seen in an answer or stands in the
	// documentation; else it is inferred from the code's family.
	Verified bool
	Advice   string // what to do
	Source   string // where the meaning stands, or an answer with the code
}

// OAuth errors of the token and authorize endpoints.
//
// Source: RFC 6749 section 5.2 and 4.1.2.1, RFC 8628 section 3.5; the rest are
// Entra's own (docs/identity-platform/reference-error-codes.md in entra-docs).
const (
	ErrInvalidRequest      = "invalid_request"
	ErrInvalidClient       = "invalid_client"
	ErrInvalidGrant        = "invalid_grant"
	ErrInvalidScope        = "invalid_scope"
	ErrInvalidResource     = "invalid_resource"
	ErrInvalidTenant       = "invalid_tenant"
	ErrInvalidInstance     = "invalid_instance"
	ErrUnauthorizedClient  = "unauthorized_client"
	ErrUnsupportedGrant    = "unsupported_grant_type"
	ErrUnsupportedResponse = "unsupported_response_type"
	ErrAccessDenied        = "access_denied"
	ErrInteractionRequired = "interaction_required"
	ErrLoginRequired       = "login_required"
	ErrUnavailable         = "temporarily_unavailable"
	ErrPending             = "authorization_pending"
	ErrExpiredToken        = "expired_token"
	ErrBadVerificationCode = "bad_verification_code"
)

// Shorthands of the sources.
const (
	docErrors   = "learn.microsoft.com/entra/identity-platform/reference-error-codes"
	docBreaking = "learn.microsoft.com/entra/identity-platform/reference-breaking-changes"
	noSource    = "seen in public issue logs, address not kept"
)

// ErrorCodes lists the codes by family. Statuses follow the rule that Entra
// answers invalid_client with 401 and the rest with 400 only where such an answer
// was seen; elsewhere Status is 0.
//
// Messages are not repeated here: they change, and carry names of apps, tenants
// and resources.
func ErrorCodes() []ErrorCode {
	return slices.Concat(clientCodes(), federationCodes(), tenantCodes(), consentCodes(), redirectCodes(), userCodes(), requestCodes(), furtherCodes())
}

// byCode is the table by number, made at the first look-up.
var byCode = sync.OnceValue(func() map[int]ErrorCode {
	table := map[int]ErrorCode{}
	for _, e := range ErrorCodes() {
		table[e.Code] = e
	}
	return table
})

// LookupError finds a code in [ErrorCodes].
func LookupError(code int) (ErrorCode, bool) {
	e, ok := byCode()[code]
	return e, ok
}

// ErrorPage is the address under which Microsoft explains a code, also one that
// is not in [ErrorCodes].
func ErrorPage(code int) string {
	return Clouds()[0].Authority + "/error?code=" + strconv.Itoa(code)
}
