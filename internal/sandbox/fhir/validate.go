package fhir

import (
	"net/http"
	"strings"
)

// checkValidateType checks the Content-Type of $validate; what is wrong with the
// body is the operation's answer.
func checkValidateType(in *request) *refusal { return resourceBody.checkType(in) }

// validate answers 200 with what it found, good or bad.
// Source: microsoft/fhir-server ValidateController.cs and the Validate branch of
// OperationOutcomeExceptionFilterAttribute.cs.
func (s *Service) validate(in *request) (*response, *refusal) {
	body := in.body
	if _, profile := in.value("profile"); profile {
		return nil, absent("$validate against a profile")
	}
	if p, ok := in.sent(); ok && in.path[0] != "Parameters" {
		for _, one := range p.Parameter {
			switch one.Name {
			case "resource":
				body = one.Resource
			case "profile":
				return nil, absent("$validate against a profile")
			}
		}
	}
	return s.validated(in, body)
}

func (s *Service) validateStored(in *request) (*response, *refusal) {
	r := s.store.find(in.path[0], in.path[1])
	if r == nil {
		return nil, resourceNotFound(in.path[0], in.path[1])
	}
	if r.current().deleted {
		return nil, gone(r.current().version)
	}
	body, err := s.store.body(r.current())
	if err != nil {
		return nil, failed(err)
	}
	return s.validated(in, body)
}

// validated says All OK only of what the sandbox can judge: types whose elements
// it knows, without a profile.
func (s *Service) validated(in *request, body []byte) (*response, *refusal) {
	d, refused := parseDocument(body)
	switch {
	case refused != nil:
		return s.verdict(in, refused.issues), nil
	case d.typ != in.path[0]:
		return s.verdict(in, notValid(d.typ, "Resource type in the URL must match resourceType in the resource.").issues), nil
	case elements(d.typ) == nil:
		return nil, absent("$validate of the type " + d.typ + ", whose elements it does not know")
	case strings.Contains(string(encode(d.tree["meta"])), `"profile"`):
		return nil, absent("$validate against a profile")
	}
	return s.verdict(in, []issue{{Severity: "information", Code: "informational", Diagnostics: "All OK"}}), nil
}

func (s *Service) verdict(in *request, issues []issue) *response {
	return &response{status: http.StatusOK, body: encode(outcome{ResourceType: "OperationOutcome", ID: in.id, Issues: issues})}
}
