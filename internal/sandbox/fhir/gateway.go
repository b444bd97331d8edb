package fhir

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"hdstest/internal/entra"
	"hdstest/internal/sandbox/access"
	"hdstest/internal/sandbox/querystring"
)

// serveUpstream stands before a real FHIR server: token and roles are checked as
// ever, then the server answers. Paths that the sandbox does not know go through
// as well, by the data action that their method suggests; what the server answers
// anonymously elsewhere (metadata) it does here.
func (s *Service) serveUpstream(w http.ResponseWriter, r *http.Request, in *request) {
	if refused := s.passes(w, r, in); refused != nil {
		write(w, refused.response(in.id, s.deps.Directory.Now()), contentType(in))
		return
	}
	access.Upstream{Target: s.deps.Upstream, Own: s.base, Transport: s.deps.UpstreamTransport}.Handler("").ServeHTTP(w, r)
}

// passes is the part of the checks that a gateway makes.
func (s *Service) passes(w http.ResponseWriter, r *http.Request, in *request) *refusal {
	op := s.gatewayOperation(in)
	if op.anonymous {
		return nil
	}
	caller, problem := s.gate.Authenticate(r)
	if problem != nil {
		w.Header().Set("WWW-Authenticate", s.gate.Challenge(problem))
		no := refuse(http.StatusUnauthorized, "login", "Authentication failed.")
		no.bare = true
		return no
	}
	in.caller = caller
	if !in.allowed(op.needs) {
		return forbidden()
	}
	if in.hard() && !caller.Holds(entra.ActionHardDelete) {
		return forbidden()
	}
	if refused := in.smart(op); refused != nil {
		return refused
	}
	if len(in.path) == 0 && in.method == http.MethodPost {
		return s.passesEntries(w, r, in)
	}
	return nil
}

// gatewayOperation is the sandbox's own operation for the call, or one that has
// the permissions of the method.
func (s *Service) gatewayOperation(in *request) operation {
	if op, refused := s.route(in); refused == nil {
		return op
	}
	switch in.method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return operation{needs: needsSearch()}
	case http.MethodDelete:
		return operation{needs: needsDelete(), writes: true}
	}
	return operation{needs: [][]string{one(entra.ActionWrite)}, writes: true}
}

// passesEntries checks each entry of a bundle as the call that it is. One entry
// that may not be refuses the whole bundle: it is sent on whole or not at all.
func (s *Service) passesEntries(w http.ResponseWriter, r *http.Request, in *request) *refusal {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, mostBody))
	if err != nil {
		return badRequest("Error occurred when parsing model: '%s'.", errors.Unwrap(err))
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	var p posted
	if err := json.Unmarshal(body, &p); err != nil {
		return badRequest("Error occurred when parsing model: '%s'.", err)
	}
	for _, e := range p.Entry {
		where, err := url.Parse(strings.TrimPrefix(e.Request.URL, s.base+"/"))
		if err != nil {
			return badRequest("The route for \"%s\" was not found.", e.Request.URL)
		}
		one := &request{method: e.Request.Method, path: segments(where), query: querystring.Split(where.RawQuery), header: http.Header{}, caller: in.caller}
		if len(one.path) == 0 {
			return badRequest("Requested operation '%s' is not supported using %s.", e.Request.URL, e.Request.Method)
		}
		op := s.gatewayOperation(one)
		if !op.anonymous && !one.allowed(op.needs) || one.hard() && !in.caller.Holds(entra.ActionHardDelete) {
			return forbidden()
		}
	}
	return nil
}
