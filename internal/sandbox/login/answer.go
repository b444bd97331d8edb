package login

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// errorBody is the JSON of a refusal, its fields in Entra's order.
// Source: learn.microsoft.com/entra/identity-platform/reference-error-codes.
type errorBody struct {
	Error         string `json:"error"`
	Description   string `json:"error_description"`
	Codes         []int  `json:"error_codes"`
	Timestamp     string `json:"timestamp"`
	TraceID       string `json:"trace_id"`
	CorrelationID string `json:"correlation_id"`
	URI           string `json:"error_uri,omitempty"`
	Suberror      string `json:"suberror,omitempty"`
}

// headers sets what every answer carries.
// Source: a recording of the public service (azure-sdk-for-js); the cookies and
// the gateway's name are left out, Strict-Transport-Security on purpose.
func (c *call) headers() {
	h := c.w.Header()
	h.Set("Cache-Control", "no-store, no-cache")
	h.Set("Pragma", "no-cache")
	h.Set("Expires", "-1")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("x-ms-request-id", c.trace)
	h.Set("x-ms-ests-server", "hdstest sandbox, not Microsoft")
	h.Set("Date", c.now.Format(http.TimeFormat))
	if c.r.Header.Get("Origin") != "" {
		h.Set("Access-Control-Allow-Origin", "*")
	}
	if strings.EqualFold(c.r.Header.Get("return-client-request-id"), "true") {
		h.Set("client-request-id", c.correlation)
	}
}

// correlationID is the client's own, if it sent a GUID, in a header or in the
// query (MSAL Node), else a new one.
func (c *call) correlationID() string {
	for _, id := range []string{c.r.Header.Get("client-request-id"), c.r.URL.Query().Get("client-request-id")} {
		if guidShape.MatchString(id) {
			return id
		}
	}
	return c.NewID()
}

// describe is the text of a refusal with the ids of this request.
func (c *call) describe(e *refusal) string {
	return e.Error() + " Trace ID: " + c.trace + " Correlation ID: " + c.correlation + " Timestamp: " + stamp(c.now)
}

// stamp is Entra's form of a time.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05Z") }

// refuse answers with a refusal as JSON.
func (c *call) refuse(e *refusal) {
	c.w.Header().Set("x-ms-clitelem", "1,"+strconv.Itoa(e.code)+",0,,")
	c.json(e.status(), errorBody{Error: e.oauth, Description: c.describe(e), Codes: []int{e.code}, Timestamp: stamp(c.now),
		TraceID: c.trace, CorrelationID: c.correlation, URI: c.URL + "/error?code=" + strconv.Itoa(e.code), Suberror: e.suberror})
}

func (c *call) json(status int, body any) {
	data, err := json.Marshal(body)
	if err != nil {
		http.Error(c.w, "The sandbox could not encode its answer.", http.StatusInternalServerError)
		return
	}
	c.w.Header().Set("Content-Type", "application/json; charset=utf-8")
	c.w.WriteHeader(status)
	_, _ = c.w.Write(data)
}

// onlyPost refuses other verbs on the token endpoints.
func (c *call) onlyPost() { c.refuse(refuse(900561, c.r.Method)) }

// absent says that the real service has this and the sandbox has not.
func (c *call) absent() { c.notHere(c.r.URL.Path) }

func (c *call) notHere(what string) {
	c.json(http.StatusNotImplemented, map[string]string{"error": "not_implemented",
		"error_description": "The hdstest sandbox does not implement " + what + "."})
}

func (c *call) notFound() {
	c.json(http.StatusNotFound, map[string]string{"error": "not_found",
		"error_description": "The hdstest sandbox knows no endpoint " + c.r.URL.Path + "."})
}
