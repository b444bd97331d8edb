package diagnose

import (
	"cmp"
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
)

// redirectURI is the one of the request.
func (f *facts) redirectURI() string {
	return cmp.Or(f.first("authorize_request", "redirect_uri"), f.first("token_request", "redirect_uri"))
}

// registered lists the redirect URIs of the app; platform is web, publicclient,
// spa or empty for all.
func (f *facts) registered(platform string) (uris []string, known bool) {
	for _, n := range f.nodes {
		if n.section() != "graph" || n.last() != "redirecturis" || platform != "" && !slices.Contains(n.path, platform) {
			continue
		}
		if list, ok := n.value.([]any); ok {
			known = true
			for _, v := range list {
				uris = append(uris, node{value: v}.text())
			}
		}
	}
	return uris, known
}

// nearlyRegistered is a registered redirect URI that differs from the request's
// only in final slash, case, scheme or the name of the loopback.
func (f *facts) nearlyRegistered() string {
	asked := f.redirectURI()
	uris, _ := f.registered("")
	if asked == "" || slices.Contains(uris, asked) {
		return ""
	}
	for _, u := range uris {
		if looseURI(u) == looseURI(asked) {
			return u
		}
	}
	return ""
}

func looseURI(text string) string {
	u, err := url.Parse(strings.ToLower(strings.TrimSpace(text)))
	if err != nil {
		return text
	}
	host := u.Hostname()
	if host == "127.0.0.1" || host == "::1" {
		host = "localhost"
	}
	if host == "localhost" {
		return "loopback" + strings.TrimRight(u.Path, "/")
	}
	return host + ":" + u.Port() + strings.TrimRight(u.Path, "/")
}

// under tells whether the request's redirect URI is registered on the platform.
func under(platform string) condition {
	return func(f *facts) ([]string, bool) {
		uris, _ := f.registered(platform)
		asked := f.redirectURI()
		here := slices.Contains(uris, asked) || asked == "" && len(uris) > 0
		return []string{"graph: the redirect URI is registered under " + platform}, here
	}
}

// smartCallback is what the SMART proxy needs registered for a redirect URI.
func smartCallback(redirect string) string {
	return "/AadSmartOnFhirProxy/callback/" + base64.RawURLEncoding.EncodeToString([]byte(redirect))
}
