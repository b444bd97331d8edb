package graph

import (
	"fmt"
	"net/http"
)

// Error codes of Microsoft Graph that the sandbox answers with.
// Source: learn.microsoft.com/graph/errors and answers quoted in public issue logs.
const (
	codeBadRequest      = "Request_BadRequest"
	codeSyntax          = "BadRequest" // from the OData layer, before the directory is asked
	codeUnsupported     = "Request_UnsupportedQuery"
	codeToken           = "InvalidAuthenticationToken"
	codeDenied          = "Authorization_RequestDenied"
	codeNotFound        = "Request_ResourceNotFound"
	codeConflict        = "Request_MultipleObjectsWithSameKeyValue"
	codeQuota           = "Directory_QuotaExceeded"
	codeNotImplemented  = "NotImplemented" // the sandbox's own
	codeKeyEnd          = "KeyCredentialsInvalidEndDate"
	codeKeyStart        = "KeyCredentialsInvalidStartDate" // by analogy, unverified
	codeUnverifiedHost  = "HostNameNotOnVerifiedDomain"
	codeEnabled         = "CannotDeleteOrUpdateEnabledEntitlement"
	codeObjectConflict  = "ObjectConflict"
	codeNoBackingObject = "NoBackingApplicationObject"
)

// failure is an answer that is an error. Graph's SDKs need a code and a message
// in each.
type failure struct {
	status  int
	code    string
	message string
	details []detail
	header  http.Header
}

// detail is an entry of error.details.
type detail struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Target  string `json:"target"`
}

// Error makes a failure an error.
func (f *failure) Error() string { return fmt.Sprintf("%d %s: %s", f.status, f.code, f.message) }

func badRequest(format string, args ...any) *failure {
	return &failure{status: http.StatusBadRequest, code: codeBadRequest, message: fmt.Sprintf(format, args...)}
}

func syntaxError(format string, args ...any) *failure {
	return &failure{status: http.StatusBadRequest, code: codeSyntax, message: fmt.Sprintf(format, args...)}
}

func unsupported(format string, args ...any) *failure {
	return &failure{status: http.StatusBadRequest, code: codeUnsupported, message: fmt.Sprintf(format, args...)}
}

// invalidValue is the directory's refusal of one property.
func invalidValue(property, resource, why string) *failure {
	f := badRequest("Invalid value specified for property '%s' of resource '%s'.", property, resource)
	f.details = []detail{{Code: "InvalidValue", Message: why, Target: property}}
	return f
}

func denied() *failure {
	return &failure{status: http.StatusForbidden, code: codeDenied,
		message: "Insufficient privileges to complete the operation."}
}

func notFound(id string) *failure {
	return &failure{status: http.StatusNotFound, code: codeNotFound,
		message: fmt.Sprintf("Resource '%s' does not exist or one of its queried reference-property objects are not present.", id)}
}

// conflict is the refusal of a second object with the same key. Older answers
// were 400 Request_BadRequest with the same details.
func conflict(target, format string, args ...any) *failure {
	message := fmt.Sprintf(format, args...)
	return &failure{status: http.StatusConflict, code: codeConflict, message: message,
		details: []detail{{Code: codeObjectConflict, Message: message, Target: target}}}
}

func quota(format string, args ...any) *failure {
	return &failure{status: http.StatusForbidden, code: codeQuota, message: fmt.Sprintf(format, args...)}
}

// absent answers for what Graph has and the sandbox has not: never with a
// made-up success.
func absent(what string) *failure {
	return &failure{status: http.StatusNotImplemented, code: codeNotImplemented,
		message: "The hdstest sandbox does not implement " + what + "."}
}
