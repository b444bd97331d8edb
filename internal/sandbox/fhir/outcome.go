package fhir

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// refusal is an answer that is not what was asked for. It becomes an
// OperationOutcome. bare marks those that come from the error page and not from
// the exception filter: they carry no meta.
// Source: microsoft/fhir-server FhirController.CustomError and
// OperationOutcomeExceptionFilterAttribute.cs.
type refusal struct {
	status int
	issues []issue
	header http.Header
	bare   bool
}

// issue is one entry of an OperationOutcome.
type issue struct {
	Severity    string   `json:"severity"`
	Code        string   `json:"code"`
	Diagnostics string   `json:"diagnostics,omitempty"`
	Expression  []string `json:"expression,omitempty"`
}

// Error gives the first diagnostics.
func (r *refusal) Error() string {
	if len(r.issues) == 0 {
		return http.StatusText(r.status)
	}
	return r.issues[0].Diagnostics
}

func refuse(status int, code, format string, values ...any) *refusal {
	return &refusal{status: status, issues: []issue{{Severity: "error", Code: code, Diagnostics: fmt.Sprintf(format, values...)}}}
}

// badRequest is what the server's BadRequestException and RequestNotValidException give.
func badRequest(format string, values ...any) *refusal {
	return refuse(http.StatusBadRequest, "invalid", format, values...)
}

// notValid is a resource that breaks a rule at an element (ResourceNotValidException).
func notValid(expression, text string) *refusal {
	r := badRequest("%s", text)
	r.issues[0].Expression = []string{expression}
	return r
}

func routeNotFound() *refusal {
	r := refuse(http.StatusNotFound, "not-found", "The requested route was not found.")
	r.bare = true
	return r
}

func methodNotAllowed(allow string) *refusal {
	r := refuse(http.StatusMethodNotAllowed, "not-supported", "The requested operation is not supported.")
	r.bare, r.header = true, http.Header{"Allow": {allow}}
	return r
}

func resourceNotFound(typ, id string) *refusal {
	return refuse(http.StatusNotFound, "not-found", "Resource type '%s' with id '%s' couldn't be found.", typ, id)
}

func versionNotFound(typ, id, version string) *refusal {
	return refuse(http.StatusNotFound, "not-found", "Resource type '%s' with id '%s' and version '%s' couldn't be found.", typ, id, version)
}

// gone has no issue at all: ResourceGoneException adds none (OSS).
func gone(version string) *refusal {
	return &refusal{status: http.StatusGone, header: http.Header{"Etag": {etag(version)}}}
}

// preconditionFailed has the code "required" (OSS PreconditionFailedException.cs).
func preconditionFailed(format string, values ...any) *refusal {
	return refuse(http.StatusPreconditionFailed, "required", format, values...)
}

func forbidden() *refusal { return refuse(http.StatusForbidden, "forbidden", "Authorization failed.") }

// absent is how the sandbox says that the real service has something that it has not.
func absent(what string) *refusal {
	return refuse(http.StatusNotImplemented, "not-supported", "The hdstest sandbox does not implement %s.", what)
}

func etag(version string) string { return `W/"` + version + `"` }

// outcome is the OperationOutcome resource.
type outcome struct {
	ResourceType string       `json:"resourceType"`
	ID           string       `json:"id,omitempty"`
	Meta         *outcomeMeta `json:"meta,omitempty"`
	Issues       []issue      `json:"issue,omitempty"`
}

type outcomeMeta struct {
	LastUpdated string `json:"lastUpdated"`
}

// instant is the form in which the server writes its own times: seven digits of
// a second and an offset.
// Source: the answer quoted in microsoft/fhir-server issue 3921.
func instant(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.0000000-07:00") }

// response writes the OperationOutcome of a refusal.
func (r *refusal) response(requestID string, now time.Time) *response {
	o := outcome{ResourceType: "OperationOutcome", ID: requestID, Issues: r.issues}
	if !r.bare {
		o.Meta = &outcomeMeta{LastUpdated: instant(now)}
	}
	return &response{status: r.status, header: r.header, body: encode(o)}
}

// encode writes JSON without escaping < and >, as the server's serializer does.
// The values that reach it can always be encoded.
func encode(v any) []byte {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return []byte("null")
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n"))
}
