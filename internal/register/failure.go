package register

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"hdstest/internal/evidence"
	"hdstest/internal/lazyregexp"
	"hdstest/internal/problem"
	"hdstest/internal/transport"
)

// Least privileges. Source: GC permissions-reference, GD api pages;
// AD:role-based-access-control for the last.
const (
	needApps      = "Application.ReadWrite.OwnedBy (an app) or Application.ReadWrite.All, or the directory role Application Developer"
	needRead      = "Application.Read.All"
	needConsent   = "DelegatedPermissionGrant.ReadWrite.All"
	needRoles     = "Microsoft.Authorization/roleAssignments/write at the scope " + roleGivers
	roleGivers    = "(Owner, User Access Administrator or Role Based Access Control Administrator)"
	needDirectory = "Directory.Read.All"
	needGroups    = "GroupMember.Read.All"
	needUsers     = "User.ReadBasic.All"
	needDenials   = "Microsoft.Authorization/denyAssignments/read at the scope"
	needUnassign  = "Microsoft.Authorization/roleAssignments/delete at the scope " + roleGivers
	needRolesRead = "Microsoft.Authorization/roleAssignments/read at the scope"
)

var (
	anyGUID       = lazyregexp.New(guidForm)
	missingAction = lazyregexp.New(`perform action '([^']+)' over scope '([^']+)'`)
)

// call is one thing that is asked of a service: what is tried, and the least
// privilege for it.
type call struct{ tried, needs string }

// ask runs one call of an SDK and turns its failure into a problem error. The
// SDK's own error is never printed: kiota's panics where the server's answer
// has no message, and azcore's is a dump over many lines. A panic of the SDKs
// (kiota takes a challenge's claims apart without looking) is a failure too.
func (c Clients) ask(ctx context.Context, what call, do func(context.Context) error) (err error) {
	seen := &exchange{notify: c.notify}
	defer func() {
		if p := recover(); p != nil {
			err = what.failed(seen, fmt.Sprintf("its answer could not be read: %v", p))
		}
	}()
	if err := do(withExchange(ctx, seen)); err != nil {
		return c.failure(ctx, what, seen, err)
	}
	return nil
}

func (c Clients) failure(ctx context.Context, what call, seen *exchange, err error) error {
	var own *problem.Error
	var token credentialError
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("could not %s: %w", what.tried, ctx.Err())
	case errors.As(err, &own):
		return own
	case errors.As(err, &token):
		return &problem.Error{Kind: problem.NoToken, Tried: "get the administrator's token to " + what.tried, Seen: oneLine(token.Error())}
	case seen.status >= 400:
		return what.refused(seen)
	case seen.status != 0:
		return what.failed(seen, "its answer could not be read: "+said(err))
	}
	if errors.As(transport.Failure(err, c.http, seen.url, what.tried), &own) {
		return own
	}
	return what.failed(seen, said(err))
}

// said prints an error of an SDK, some of which panic when printed.
func said(err error) (text string) {
	defer func() {
		if recover() != nil {
			text = "an error without a text"
		}
	}()
	return oneLine(err.Error())
}

// failed is an answer, or the lack of one, that the protocol does not foresee.
func (w call) failed(seen *exchange, text string) error {
	return &problem.Error{Kind: problem.Failed, Tried: w.tried, Seen: text, Evidence: bundle(seen, serverError{})}
}

// serverError is the error object of both services. Source: GC:errors.md,
// AD:role-based-access-control/troubleshooting.md.
type serverError struct {
	Code    string         `json:"code"`
	Message string         `json:"message"`
	Target  string         `json:"target"`
	Details []serverError  `json:"details"`
	Inner   map[string]any `json:"innerError"`
}

// refused makes the error of an answer with a status of 400 or more.
func (w call) refused(seen *exchange) error {
	var body struct {
		Error serverError `json:"error"`
	}
	_ = json.Unmarshal(seen.body, &body) // what is no such body leaves it empty
	e := body.Error
	text := e.Message
	if text == "" {
		text = fmt.Sprintf("an answer without an error message (%d bytes, %s)", len(seen.body), seen.header.Get("Content-Type"))
	}
	p := &problem.Error{Kind: problem.Failed, Tried: w.tried, Code: e.Code, Evidence: bundle(seen, e),
		Seen: strings.TrimSuffix(fmt.Sprintf("HTTP status %d %s: %s", seen.status, e.Code, oneLine(text)), ".")}
	p.TraceID = plane(p).RequestID
	if seen.status == http.StatusForbidden {
		p.Expected = w.permission(e.Message)
	}
	return p
}

// permission names what the identity lacks: what the server says, or the least
// privilege for the step.
func (w call) permission(message string) string {
	action := missingAction.FindStringSubmatch(message)
	if action == nil {
		return "the permission " + w.needs
	}
	return fmt.Sprintf("the right %s over %s (needed: %s)", action[1], action[2], w.needs)
}

// bundle keeps the exchange as evidence: ids in the path become {id}.
func bundle(seen *exchange, e serverError) *evidence.Bundle {
	plane := &evidence.ControlPlane{Request: seen.method + " " + anyGUID.ReplaceAllString(seen.path, "{id}"), Status: seen.status,
		Code: e.Code, Message: oneLine(e.Message), RequestID: requestID(seen, e)}
	var codes []string
	for _, d := range e.Details {
		codes = append(codes, d.Code)
	}
	if codes != nil {
		plane.Extra = map[string]any{"details": codes}
	}
	if strings.HasPrefix(seen.path, "/v1.0/") {
		plane.Error = e.Code
		return &evidence.Bundle{Graph: plane}
	}
	return &evidence.Bundle{ARM: plane}
}

func requestID(seen *exchange, e serverError) string {
	for _, name := range []string{"request-id", "x-ms-request-id", "x-ms-correlation-request-id"} {
		if id := seen.header.Get(name); id != "" {
			return id
		}
	}
	id, _ := e.Inner["request-id"].(string)
	return id
}

func plane(p *problem.Error) *evidence.ControlPlane {
	switch {
	case p.Evidence == nil:
	case p.Evidence.Graph != nil:
		return p.Evidence.Graph
	case p.Evidence.ARM != nil:
		return p.Evidence.ARM
	}
	return &evidence.ControlPlane{}
}

// answered gives the answer behind an error; a zero one if there was none.
func answered(err error) evidence.ControlPlane {
	var p *problem.Error
	if errors.As(err, &p) {
		return *plane(p)
	}
	return evidence.ControlPlane{}
}

// refusedAs tells whether an error is a refusal with one of the codes, in its
// own code or in its details.
func refusedAs(err error, codes ...string) bool {
	a := answered(err)
	details, _ := a.Extra["details"].([]string)
	return slices.ContainsFunc(append(details, a.Code), func(code string) bool { return slices.Contains(codes, code) })
}

// absent tells whether the directory itself says that there is no such object.
// A bare 404 is not enough: a wrong address answers so too.
func absent(err error) bool {
	a := answered(err)
	return a.Status == http.StatusNotFound && strings.Contains(a.Code, "NotFound")
}

func forbidden(err error) bool { return answered(err).Status == http.StatusForbidden }

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
