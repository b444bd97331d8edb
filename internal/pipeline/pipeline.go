// Package pipeline puts the steps together: a token for a service, a token
// inspected against a service, endpoints probed, and the smoke run that is all
// of them in a row. It decides the order, what is skipped and why, and joins the
// findings. It knows neither flags nor terminals nor the layout of reports.
//
// Whatever comes from the outside (network, clock, randomness, the browser) is
// a field of [Env].
package pipeline

import (
	"context"
	"io"
	"net/http"
	"strings"
	"time"

	"hdstest/internal/acquire"
	"hdstest/internal/catalogue"
	"hdstest/internal/entra"
	"hdstest/internal/evidence"
	"hdstest/internal/secret"
)

// Env is the outside world.
type Env struct {
	HTTP   *http.Client                               // from transport.New
	Now    func() time.Time                           //
	Rand   io.Reader                                  //
	Open   func(url string) error                     // opens a browser; nil: there is none
	Notify func(format string, args ...any)           // tells the person what is going on; nil: nobody listens
	Sleep  func(context.Context, time.Duration) error // waits, or ends with the context
	Secret func(secret.Value)                         // told of each token that was got; nil: nobody listens
	Saw    func(evidence.Bundle)                      // told of everything that was seen; nil: nobody listens
}

// saw tells of evidence.
func (e Env) saw(all ...evidence.Bundle) {
	if e.Saw == nil {
		return
	}
	for _, b := range all {
		e.Saw(b)
	}
}

func (e Env) notify(format string, args ...any) {
	if e.Notify != nil {
		e.Notify(format, args...)
	}
}

// Grants, by the names of RFC 6749 and RFC 8628.
const (
	GrantClientCredentials = "client_credentials"
	GrantAuthorizationCode = "authorization_code"
	GrantDeviceCode        = "device_code"
)

// Profile is whom and what a run is about: one set of values that belong
// together.
type Profile struct {
	Name             string
	Authority        string // https://host/tenant
	CustomAuthority  bool   // the host is none of Microsoft's
	TenantID         string
	ClientID         string
	Credential       acquire.Credential // zero: a public client
	RedirectURI      string             // http://localhost if empty
	RedirectPlatform string             // web, public or spa; decides whether a code is redeemed with the credential
	Grants           []string           // those that a smoke run uses; empty: client_credentials
	FHIR             Service            // URL empty: not configured
	DICOM            Service
	Portal           string // https://portal.azure.com
	GraphURL         string // https://graph.microsoft.com
	SecretEnds       Ends
	CAFile           string // trusted besides the system's authorities; for commands to copy
}

// Service is one endpoint with what its tokens need.
type Service struct {
	Kind       string // entra.FHIR or entra.DICOM
	URL        string // no final slash, DICOM without its version
	Audience   string // empty: the rule of the service's kind
	Scope      string // empty: the audience and /.default
	ResourceID string // Azure Resource Manager id, empty if not known
}

// services lists what is configured.
func (p Profile) services() []Service {
	var out []Service
	for _, s := range []Service{p.FHIR, p.DICOM} {
		if s.URL != "" {
			out = append(out, s)
		}
	}
	return out
}

// Service finds a configured service by its kind.
func (p Profile) Service(kind string) (Service, bool) {
	for _, s := range p.services() {
		if s.Kind == kind {
			return s, true
		}
	}
	return Service{}, false
}

// TokenScope is the scope that a token for the service is asked with.
//
// Source: learn.microsoft.com/azure/healthcare-apis/get-access-token. A FHIR
// token is tied to one service by its URL, a DICOM token is good for all. An
// audience that ends in a slash keeps it: the scope then has two.
func (s Service) TokenScope() string {
	switch {
	case s.Scope != "":
		return s.Scope
	case s.Audience != "":
		return s.Audience + entra.DefaultScope
	case s.Kind == entra.DICOM:
		return entra.DICOMResource + entra.DefaultScope
	}
	return s.URL + entra.DefaultScope
}

// base is the address before the paths of the catalogue. Azure's DICOM service
// has no routes without a version, and v2 is the current one. An address with a
// path is taken as it is: it has its version, or is another DICOMweb server's.
func (s Service) base() string {
	if s.Kind == entra.DICOM && s.URL == catalogue.RootOf(s.URL) {
		return s.URL + "/v2"
	}
	return s.URL
}

// Vars are the variables of the catalogue that the profile knows. What is not
// configured is not among them.
func (p Profile) Vars() catalogue.Vars {
	vars := catalogue.Vars{}
	set := func(name, value string) {
		if value != "" {
			vars[name] = value
		}
	}
	set(catalogue.VarTenantID, p.TenantID)
	set(catalogue.VarClientID, p.ClientID)
	if authority, _, _ := strings.Cut(strings.TrimPrefix(p.Authority, "https://"), "/"); authority != "" {
		set(catalogue.VarAuthority, "https://"+authority)
	}
	if p.FHIR.URL != "" {
		set(catalogue.VarFHIRURL, p.FHIR.URL)
		set(catalogue.VarFHIRScope, p.FHIR.TokenScope())
	}
	if p.DICOM.URL != "" {
		set(catalogue.VarDICOMURL, p.DICOM.base())
		set(catalogue.VarDICOMRoot, catalogue.RootOf(p.DICOM.URL))
		set(catalogue.VarDICOMScope, p.DICOM.TokenScope())
	}
	return vars
}
