package probe

import (
	"net"
	"net/http"
	"net/url"
	"strings"

	"hdstest/internal/catalogue"
	"hdstest/internal/problem"
)

// unredirected is the client without redirects and cookies, should the caller's
// have them: a token must not follow where an answer points.
func unredirected(c *http.Client) *http.Client {
	own := *c
	own.Jar = nil
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &own
}

// baseURL checks the address. A bearer token in clear text is for anyone on the
// way to read, so plain http is for loopback addresses only.
func baseURL(t Target) (*url.URL, error) {
	if t.Service != catalogue.FHIR && t.Service != catalogue.DICOM {
		return nil, problem.Usagef("the service is %q; expected %s or %s", t.Service, catalogue.FHIR, catalogue.DICOM)
	}
	u, err := url.Parse(strings.TrimRight(t.BaseURL, "/"))
	switch {
	case err != nil || u.Host == "" || u.Opaque != "":
		return nil, problem.Usagef("the address of the %s service is not a URL; expected a form like https://workspace-name.%s.azurehealthcareapis.com", t.Service, t.Service)
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, problem.Usagef("the address of the %s service at %s holds a user, a query or a fragment; expected host and path only", t.Service, u.Host)
	case u.Scheme == "http" && !loopback(u.Hostname()), u.Scheme != "http" && u.Scheme != "https":
		return nil, problem.Usagef("the address of the %s service is %s://%s; expected https, so that no one reads the token on the way", t.Service, u.Scheme, u.Host)
	}
	return u, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
