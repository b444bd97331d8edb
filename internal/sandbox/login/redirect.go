package login

import (
	"net"
	"net/url"
	"slices"
	"strings"

	"hdstest/internal/lazyregexp"
	"hdstest/internal/sandbox/scenario"
)

// platform is the kind of client that a redirect URI is registered for.
type platform string

// The platforms, by their Graph properties web, spa and publicClient.
const (
	webPlatform    platform = "web"
	spaPlatform    platform = "spa"
	publicPlatform platform = "publicClient"
)

// redirect is a registered redirect URI.
type redirect struct {
	URI      string
	Platform platform
}

// matchRedirect is [client.matchRedirect] as the scenarios have it.
func (c *call) matchRedirect(app *client, uri string) (platform, *refusal) {
	found, refused := app.matchRedirect(uri, c.Scenarios.On(scenario.StrictLoopbackPort))
	if refused == nil && c.Scenarios.On(scenario.RedirectUnknown) {
		return "", refuse(50011, uri, app.AppID)
	}
	return found, refused
}

// matchRedirect finds the platform under which the app registered a redirect URI.
// The text must be the same, but for the port of a loopback address, for a
// missing path, which counts as "/", and for the case of scheme and host.
// Wildcards of older manifests are not honoured. Whether the port is ignored
// for 127.0.0.1 as it is for localhost is unverified; strictPort says no.
// Source: learn.microsoft.com/entra/identity-platform/reply-url.
func (c *client) matchRedirect(uri string, strictPort bool) (platform, *refusal) {
	if uri == "" {
		return "", refuse(900971)
	}
	asked, err := url.Parse(uri)
	if err != nil || !asked.IsAbs() || asked.Fragment != "" {
		return "", refuse(90102)
	}
	if len(c.Redirects) == 0 {
		return "", refuse(500113)
	}
	for _, r := range c.Redirects {
		known, err := url.Parse(r.URI)
		if err == nil && sameRedirect(known, asked, strictPort) {
			return r.Platform, nil
		}
	}
	return "", refuse(50011, uri, c.AppID)
}

func sameRedirect(known, asked *url.URL, strictPort bool) bool {
	if !strings.EqualFold(known.Scheme, asked.Scheme) || known.Opaque != asked.Opaque || asked.User != nil ||
		pathOf(known) != pathOf(asked) || known.RawQuery != asked.RawQuery {
		return false
	}
	if portIgnored(known, strictPort) {
		return strings.EqualFold(known.Hostname(), asked.Hostname())
	}
	return strings.EqualFold(known.Host, asked.Host)
}

// portIgnored holds for plain http on localhost and 127.0.0.1. http://[::1] is
// not supported by Entra, so it has no exception.
func portIgnored(u *url.URL, strictPort bool) bool {
	if !strings.EqualFold(u.Scheme, "http") {
		return false
	}
	if strings.EqualFold(u.Hostname(), "localhost") {
		return true
	}
	ip := net.ParseIP(u.Hostname())
	return !strictPort && ip != nil && ip.To4() != nil && ip.IsLoopback()
}

func pathOf(u *url.URL) string {
	if u.EscapedPath() == "" && u.Host != "" {
		return "/"
	}
	return u.EscapedPath()
}

// The ways in which an answer travels to the redirect URI.
const (
	modeQuery    = "query"
	modeFragment = "fragment"
	modeFormPost = "form_post"
)

func responseModes() []string { return []string{modeQuery, modeFragment, modeFormPost} }

// answerURL adds an answer to a redirect URI. A URI without a path gets a "/".
// Source: learn.microsoft.com/entra/identity-platform/reply-url.
func answerURL(uri, mode string, answer url.Values) string {
	u, err := url.Parse(uri)
	if err != nil {
		return uri // was parsed before
	}
	if u.Opaque == "" {
		u.Path = pathOf(u)
		u.RawPath = ""
		if decoded, err := url.PathUnescape(u.Path); err == nil {
			u.Path, u.RawPath = decoded, u.Path
		}
	}
	if mode == modeFragment {
		return u.String() + "#" + answer.Encode()
	}
	parts := slices.DeleteFunc([]string{u.RawQuery, answer.Encode()}, func(s string) bool { return s == "" })
	u.RawQuery = strings.Join(parts, "&")
	return u.String()
}

// plainHost keeps what could end a source expression out of the policy.
var plainHost = lazyregexp.New(`^[A-Za-z0-9.:\[\]-]*$`)

// formTarget is the source expression that lets a page's form be led to a
// redirect URI: browsers apply form-action to the redirects that follow a form.
// Source: Content Security Policy Level 3, section 6.5.1.
func formTarget(uri string) string {
	u, err := url.Parse(uri)
	switch {
	case err != nil || u.Scheme == "":
		return ""
	case !plainHost.MatchString(u.Host):
		return ""
	case u.Scheme == "http", u.Scheme == "https":
		return u.Scheme + "://" + u.Host
	}
	return u.Scheme + ":"
}
