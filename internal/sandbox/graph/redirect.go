package graph

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"hdstest/internal/sandbox/directory"
)

// Limits of redirect URIs.
// Source: learn.microsoft.com/entra/identity-platform/reply-url.
const (
	maxRedirectLength   = 256
	maxRedirects        = 256
	maxRedirectsPersons = 100 // with personal accounts
)

// checkRedirects applies the rules to the three platforms. Texts are the
// sandbox's own: those of the real service are unverified.
func checkRedirects(_, next *directory.Application) error {
	platforms := []struct {
		name string
		uris []string
	}{{"web", next.Web.RedirectURIs}, {"spa", next.SPA.RedirectURIs}, {"publicClient", next.PublicClient.RedirectURIs}}
	limit := maxRedirects
	if personal(next.SignInAudience) {
		limit = maxRedirectsPersons
	}
	var all []string
	for _, p := range platforms {
		for _, uri := range p.uris {
			why := redirectFault(p.name, uri, personal(next.SignInAudience))
			if why == "" && slices.Contains(all, uri) {
				why = "The URI stands more than once, on one platform or on several."
			}
			if why != "" {
				f := invalidValue(p.name, "Application", why)
				f.details[0].Target = p.name + ".redirectUris"
				return f
			}
			all = append(all, uri)
		}
	}
	if len(all) > limit {
		return quota("The object has %d redirect URIs; its limit is %d.", len(all), limit)
	}
	return nil
}

// redirectFault says what is wrong with a redirect URI, or nothing.
// Source: learn.microsoft.com/entra/identity-platform/reply-url, restrictions
// and limitations. That 127.0.0.1 can be registered through Graph although the
// portal's field refuses it stands there too.
func redirectFault(platform, uri string, persons bool) string {
	if uri == "" || len(uri) > maxRedirectLength {
		return fmt.Sprintf("A redirect URI has 1 to %d characters.", maxRedirectLength)
	}
	if i := strings.IndexAny(uri, "!$'(),; \t\r\n"); i >= 0 {
		return fmt.Sprintf("The character '%c' is not allowed in a redirect URI.", uri[i])
	}
	u, err := url.Parse(uri)
	if err != nil || u.Scheme == "" {
		return "A redirect URI is absolute."
	}
	if u.Fragment != "" || strings.Contains(uri, "#") {
		return "A redirect URI has no fragment."
	}
	if strings.Contains(uri, "*") && (persons || platform != "web") {
		return "A wildcard is allowed for work and school accounts and the web platform only."
	}
	if u.RawQuery != "" && persons {
		return "A query is allowed for work and school accounts only."
	}
	return schemeFault(platform, u)
}

func schemeFault(platform string, u *url.URL) string {
	switch u.Scheme {
	case "https":
		if u.Hostname() == "" {
			return "A redirect URI has a host."
		}
		return ""
	case "http":
		if host := u.Hostname(); host != "localhost" && host != "127.0.0.1" {
			return "A redirect URI begins with https, or with http://localhost."
		}
		return ""
	case "javascript", "data", "file", "vbscript":
		return "The scheme is not allowed."
	case "urn":
		if platform == "spa" {
			return "A redirect URI begins with https, or with http://localhost."
		}
		return ""
	}
	if platform != "publicClient" {
		return "A redirect URI begins with https, or with http://localhost."
	}
	return ""
}

// checkIdentifiers applies the rules to the URIs by which the application is
// named as a resource.
// Source: learn.microsoft.com/entra/identity-platform/reference-breaking-changes,
// identifierUris; the message as quoted in public code.
func (c *call) checkIdentifiers(old, next *directory.Application) error {
	for i, uri := range next.IdentifierURIs {
		if slices.Contains(next.IdentifierURIs[:i], uri) {
			return invalidValue("identifierUris", "Application", "The URI stands more than once.")
		}
		if slices.Contains(old.IdentifierURIs, uri) {
			continue
		}
		if err := c.checkIdentifier(uri, next.ID); err != nil {
			return err
		}
	}
	return nil
}

func (c *call) checkIdentifier(uri, id string) error {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme == "" || u.Fragment != "" || u.Scheme != "urn" && u.Host == "" {
		return invalidValue("identifierUris", "Application", "An identifier URI is absolute and has no fragment.")
	}
	if u.Scheme == "http" || u.Scheme == "https" {
		host, domain := strings.ToLower(u.Hostname()), strings.ToLower(c.state.Tenant.Domain)
		if host != domain && !strings.HasSuffix(host, "."+domain) {
			f := badRequest("Values of identifierUris property must use a verified domain of the organization or its subdomain: '%s'", uri)
			f.code = codeUnverifiedHost
			return f
		}
	}
	for _, other := range c.state.Applications {
		if other.ID != id && slices.Contains(other.IdentifierURIs, uri) {
			f := badRequest("Another object with the same value for property identifierUris already exists.")
			f.details = []detail{{Code: codeObjectConflict, Message: f.message, Target: "identifierUris"}}
			return f
		}
	}
	return nil
}
