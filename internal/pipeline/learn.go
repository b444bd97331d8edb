package pipeline

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"hdstest/internal/catalogue"
	"hdstest/internal/entra"
	"hdstest/internal/evidence"
	"hdstest/internal/issuer"
	"hdstest/internal/problem"
	"hdstest/internal/transport"
)

// challengeLimit bounds the answer to the request without a token, in bytes.
const challengeLimit = 64 << 10

// Learn asks a service, without a token, what it says of itself: tenant, authority
// and audience stand in the challenge of its 401 (RFC 6750 section 3). Nothing of it
// is checked and nothing is sent there; whoever is to believe it must be asked.
//
// An answer without a challenge is an error of kind Failed with the answer as
// evidence, no answer one of kind Unreachable.
func Learn(ctx context.Context, e Env, s Service) (evidence.ServiceConfig, error) {
	request, tried, err := challengeRequest(ctx, s)
	if err != nil {
		return evidence.ServiceConfig{}, err
	}
	answer, err := transport.Send(ctx, e.HTTP, request, challengeLimit)
	if err != nil {
		return evidence.ServiceConfig{}, ofService(transport.Failure(err, e.HTTP, request.URL, tried), e, s)
	}
	header := answer.Header.Get("WWW-Authenticate")
	if said := issuer.Challenge(header); answer.Status == http.StatusUnauthorized && (said.Audience != "" || said.TenantID != "") {
		return said, nil
	}
	now := e.Now().UTC()
	return evidence.ServiceConfig{}, &problem.Error{Kind: problem.Failed, Tried: tried, Seen: fmt.Sprintf("status %d", answer.Status),
		Expected: "401 with a challenge that names tenant and audience", Evidence: &evidence.Bundle{Now: &now, Service: s.Kind, ServiceURL: s.URL,
			Request:  &evidence.Request{ID: challengeID(s), Method: request.Method, Path: request.URL.Path},
			Response: &evidence.Response{Status: answer.Status, WWWAuthenticate: header, Headers: map[string]string{"Content-Type": answer.Header.Get("Content-Type")}}}}
}

func challengeID(s Service) string {
	if s.Kind == entra.DICOM {
		return "dicom.challenge"
	}
	return "fhir.challenge"
}

func challengeRequest(ctx context.Context, s Service) (*http.Request, string, error) {
	r, ok := catalogue.ByID(challengeID(s))
	if !ok {
		return nil, "", fmt.Errorf("the catalogue has no request %s", challengeID(s))
	}
	address, err := r.Address(nil)
	if err != nil {
		return nil, "", err
	}
	tried := "ask " + s.URL + " without a token what it expects"
	request, err := http.NewRequestWithContext(ctx, r.Method, s.base()+address, nil)
	if err != nil {
		return nil, tried, problem.Usagef("the address %s: %w", s.URL, err)
	}
	for _, h := range r.Headers {
		request.Header.Set(h.Name, h.Value)
	}
	return request, tried, nil
}

// ofService adds to a failed connection which service it was for: some causes show
// in the address.
func ofService(err error, e Env, s Service) error {
	own, ok := err.(*problem.Error)
	if !ok || own.Evidence == nil {
		return err
	}
	now, out, b := e.Now().UTC(), *own, *own.Evidence
	b.Now, b.Service, b.ServiceURL = &now, s.Kind, s.URL
	out.Evidence = &b
	if u, parsed := url.Parse(s.URL); parsed == nil && b.Network != nil && b.Network.Host == "" {
		b.Network.Host = u.Hostname()
	}
	return &out
}
