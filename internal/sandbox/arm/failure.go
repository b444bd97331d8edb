package arm

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

// failure is an answer that is an error, in Azure Resource Manager's shape.
// Source: learn.microsoft.com/azure/role-based-access-control/troubleshooting
// and answers quoted in public issue logs; where a code's status or text was
// not seen there, the place says so.
type failure struct {
	status  int
	code    string
	message string
	header  http.Header
}

// Error makes a failure an error.
func (f *failure) Error() string { return fmt.Sprintf("%d %s: %s", f.status, f.code, f.message) }

func refuse(status int, code, format string, args ...any) *failure {
	return &failure{status: status, code: code, message: fmt.Sprintf(format, args...)}
}

// absent answers for what Azure has and the sandbox has not.
func absent(what string) *failure {
	return refuse(http.StatusNotImplemented, "NotImplemented", "The hdstest sandbox does not implement %s.", what)
}

// forbidden names who may not do what where.
func (c *call) forbidden(action, scope string) *failure {
	return refuse(http.StatusForbidden, "AuthorizationFailed", "The client '%s' with object id '%s' does not have authorization to "+
		"perform action '%s' over scope '%s' or the scope is invalid. If access was recently granted, please refresh your credentials.",
		c.clientName(), c.caller.ObjectID, action, scope)
}

// clientName is a user's principal name or an app's id.
func (c *call) clientName() string {
	if u := c.state.Users[c.caller.ObjectID]; u != nil {
		return u.UserPrincipalName
	}
	return c.caller.AppID
}

// answer is a success; body nil sends none.
type answer struct {
	status int
	body   any
}

func ok(body any) (answer, error) { return answer{status: http.StatusOK, body: body}, nil }

// write sends an answer or a failure with Azure Resource Manager's headers.
//
// Simplified: the numbers of requests that remain are those of a fresh hour.
func (s *service) write(w http.ResponseWriter, c *call, a answer, err error) {
	h := w.Header()
	h.Set("Cache-Control", "no-cache")
	h.Set("Pragma", "no-cache")
	h.Set("x-ms-request-id", c.requestID)
	h.Set("x-ms-correlation-request-id", c.requestID)
	h.Set("x-ms-routing-request-id", "SANDBOX:"+c.now.Format("20060102T150405Z")+":"+c.requestID)
	h.Set("x-ms-ratelimit-remaining-subscription-reads", "11999")
	if id := c.request.Header.Get("x-ms-client-request-id"); len(id) > 0 && len(id) <= 128 {
		h.Set("x-ms-client-request-id", id)
	}
	var f *failure
	switch {
	case errors.As(err, &f):
		for name, values := range f.header {
			h[name] = values
		}
		a = answer{status: f.status, body: map[string]any{"error": map[string]any{"code": f.code, "message": f.message}}}
	case err != nil:
		a = answer{status: http.StatusInternalServerError, body: map[string]any{"error": map[string]any{
			"code": "InternalServerError", "message": "Encountered an internal server error in the hdstest sandbox: " + err.Error()}}}
	}
	if a.body == nil {
		w.WriteHeader(a.status)
		return
	}
	h.Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(a.status)
	_ = json.NewEncoder(w).Encode(a.body)
}
