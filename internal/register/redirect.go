package register

import (
	"errors"
	"net"
	"net/url"
	"strings"

	"hdstest/internal/problem"
)

// Limits of redirect URIs. Source: ED:reply-url.md.
const (
	maxRedirects         = 256
	maxRedirectsPersonal = 100
	maxRedirectLength    = 256
	refusedInRedirect    = "!$'(),;"
)

// checkRedirects holds the rules of learn.microsoft.com/entra/identity-platform/reply-url.
func checkRedirects(all []Redirect, audience string) error {
	var errs []error
	seen := map[string]Redirect{}
	for _, r := range all {
		key, err := checkRedirect(r, audience)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if before, twice := seen[key]; twice && before != r {
			errs = append(errs, problem.Usagef("the redirect URIs %s (%s) and %s (%s) count as one: "+
				"the port of localhost is ignored, and a URI belongs to one platform", before.URI, before.Platform, r.URI, r.Platform))
		}
		seen[key] = r
	}
	most := maxRedirects
	if personal(audience) {
		most = maxRedirectsPersonal
	}
	if len(all) > most {
		errs = append(errs, problem.Usagef("an app takes %d redirect URIs, not %d", most, len(all)))
	}
	return errors.Join(errs...)
}

// checkRedirect gives the form by which two URIs count as the same.
func checkRedirect(r Redirect, audience string) (string, error) {
	refuse := func(why string) (string, error) {
		return "", problem.Usagef("the redirect URI %q is not allowed: %s", r.URI, why)
	}
	if r.Platform != Web && r.Platform != Public && r.Platform != SPA {
		return "", problem.Usagef("unknown platform %q of the redirect URI %s; known are web, public, spa", r.Platform, r.URI)
	}
	u, err := url.Parse(r.URI)
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "":
		return refuse("a full address with scheme and host is expected")
	case strings.ContainsAny(r.URI, refusedInRedirect):
		return refuse("none of the characters ! $ ' ( ) , ; may occur")
	case strings.Contains(r.URI, "*"):
		return refuse("wildcards are not matched safely")
	case strings.Contains(r.URI, "#"):
		return refuse("it has a fragment")
	case u.User != nil:
		return refuse("it has a user name")
	case len(r.URI) > maxRedirectLength:
		return refuse("it is longer than 256 characters")
	case u.Hostname() == "::1":
		return refuse("the IPv6 loopback address is not supported; http://localhost is")
	case u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())):
		return refuse("https is required, http only for localhost and 127.0.0.1")
	case u.RawQuery != "" && personal(audience):
		return refuse("personal accounts allow no query")
	}
	if loopback(u.Hostname()) {
		u.Host = u.Hostname() // the port is ignored when a sign-in is matched
	}
	u.Scheme, u.Host = strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	return u.String(), nil
}

// loopback: the port is documented as ignored for localhost; for 127.0.0.1 the
// page says so for loopback in general (unverified).
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.Equal(net.IPv4(127, 0, 0, 1))
}

// implies says what a platform means for the redemption of a code.
// Source: ED:v2-oauth2-auth-code-flow.md, ED:reply-url.md.
func (p Platform) implies() string {
	switch p {
	case Web:
		return "web: the code is redeemed with a secret or certificate (AADSTS7000218 without)"
	case Public:
		return "mobile and desktop: the code is redeemed with PKCE and without a secret (AADSTS700025 with one)"
	case SPA:
		return "single-page: the code is redeemed by a browser, with PKCE and an Origin header (AADSTS9002327 without)"
	}
	return ""
}
