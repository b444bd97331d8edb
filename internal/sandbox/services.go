package sandbox

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"hdstest/internal/entra"
	"hdstest/internal/sandbox/arm"
	"hdstest/internal/sandbox/bearer"
	"hdstest/internal/sandbox/dicom"
	"hdstest/internal/sandbox/fhir"
	"hdstest/internal/sandbox/graph"
	"hdstest/internal/sandbox/login"
	"hdstest/internal/sandbox/scenario"
)

// part is one of the five services.
type part struct {
	name    string // as scenarios call it
	handler http.Handler
	close   func() error // nil: there is nothing to close
	server  *http.Server // nil until it serves
	*connections
}

// services makes the five handlers, in the order of their ports.
func (s *Sandbox) services(at urls, o Options) ([]part, error) {
	upstreams, err := upstreamURLs(o)
	if err != nil {
		return nil, err
	}
	id := s.id
	outside, err := s.outsideIssuer(id, at)
	if err != nil {
		return nil, err
	}
	signIn, err := s.withControl(login.New(login.Deps{Directory: s.Directory, Scenarios: s.Scenarios, Keys: s.Keys, URL: at.login,
		GraphURL: at.graph, NewID: newID, HTTP: loopbackClient(id), Outside: outside}), o)
	if err != nil {
		return nil, err
	}
	directory := graph.New(graph.Deps{Directory: s.Directory, Scenarios: s.Scenarios, URL: at.graph, LoginURL: at.login,
		NewID: newID, Tokens: s.checker(id, at, entra.GraphAppID)})
	manager := arm.New(arm.Deps{Directory: s.Directory, Scenarios: s.Scenarios, URL: at.arm, LoginURL: at.login, GraphURL: at.graph,
		NewID: newID, Tokens: s.checker(id, at, entra.ARMAppID)})
	records, err := fhir.New(fhir.Deps{Directory: s.Directory, Scenarios: s.Scenarios, Keys: s.Keys, NewID: newID,
		Dir: s.files.resources, Upstream: upstreams[0]})
	if err != nil {
		return nil, err
	}
	images, err := dicom.New(dicom.Deps{Directory: s.Directory, Scenarios: s.Scenarios, Keys: s.Keys, NewID: newID,
		Dir: s.files.instances, Upstream: upstreams[1]})
	if err != nil {
		return nil, errors.Join(err, records.Close())
	}
	return []part{{name: scenario.Login, handler: signIn}, {name: scenario.Graph, handler: directory}, {name: scenario.ARM, handler: manager},
		{name: scenario.FHIR, handler: records, close: records.Close}, {name: scenario.DICOM, handler: images, close: images.Close}}, nil
}

// checker checks tokens for one of the control planes: both issuer forms of the
// sandbox, and every name under which a token for the resource can be asked.
func (s *Sandbox) checker(id *identity, at urls, appID string) bearer.Checker {
	base := at.login + "/" + id.TenantID
	c := bearer.Checker{Keys: s.Keys, Now: s.Clock.Now, Issuers: []string{base + "/", base + "/v2.0"}, Audiences: extraNames(appID, at)}
	app := managementApp()
	if known, ok := entra.ResourceAppByID(appID); ok {
		app = known
	}
	c.Audiences = append(append(c.Audiences, appID), app.Names...)
	return c
}

// loopbackClient asks outside OIDC issuers on this machine. It trusts the
// system's roots and the sandbox's own CA.
func loopbackClient(id *identity) *http.Client {
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	roots.AppendCertsFromPEM([]byte(id.Authority))
	return &http.Client{Timeout: 10 * time.Second,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}}
}

func upstreamURLs(o Options) (out [2]*url.URL, err error) {
	for i, address := range []string{o.FHIRUpstream, o.DICOMUpstream} {
		if address == "" {
			continue
		}
		u, err := url.Parse(address)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return out, errors.Join(fmt.Errorf("--%s-upstream %q is no http address", []string{"fhir", "dicom"}[i], address), err)
		}
		out[i] = u
	}
	return out, nil
}
