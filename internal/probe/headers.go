package probe

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"hdstest/internal/catalogue"
	"hdstest/internal/secret"
)

// shownHeaders are the headers of a request for the evidence, with the fact of a
// token in place of the token.
func shownHeaders(h http.Header) map[string]string {
	out := map[string]string{}
	for name := range h {
		out[name] = h.Get(name)
	}
	if _, ok := out["Authorization"]; ok {
		out["Authorization"] = "Bearer " + secret.Redacted
	}
	return out
}

// keptHeaders are the headers of an answer that say something about the service
// and nothing about its data. Location and ETag are not among them: they hold ids.
func keptHeaders(h http.Header, hide ...secret.Value) map[string]string {
	out := map[string]string{}
	for _, name := range []string{"Content-Type", "Content-Encoding", "Retry-After", "X-Ms-Retry-After-Ms",
		"X-Request-Id", "X-Correlation-Id", "X-Ms-Request-Id", "Api-Supported-Versions", "Server", "Via", "X-Cache",
		"X-Azure-Ref", "Allow", "Access-Control-Allow-Origin", "Warning", "Erroneous-Dicom-Attributes"} {
		if v := joined(h, name); v != "" {
			out[name] = keptText(v, hide...)
		}
	}
	return out
}

func joined(h http.Header, name string) string { return strings.Join(h.Values(name), ", ") }

// elsewhere lists the origins to which an answer points, other than the
// service's: by Location, Content-Location, or the links of a FHIR bundle.
func elsewhere(base *url.URL, h http.Header, doc any) []string {
	targets := []string{h.Get("Location"), h.Get("Content-Location")}
	links, _ := catalogue.Path("link").Lookup(doc)
	for _, link := range asList(links) {
		if address, ok := catalogue.Path("url").Lookup(link); ok {
			targets = append(targets, catalogue.Text(address))
		}
	}
	var out []string
	for _, target := range targets {
		u, err := url.Parse(target)
		if target == "" || err != nil {
			continue
		}
		if u = base.ResolveReference(u); !sameOrigin(u, base) {
			out = append(out, limited(u.Scheme+"://"+u.Host))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// sameOrigin compares scheme, host and port (RFC 6454 section 5).
func sameOrigin(a, b *url.URL) bool {
	return strings.EqualFold(a.Scheme, b.Scheme) && strings.EqualFold(a.Hostname(), b.Hostname()) && port(a) == port(b)
}

func port(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case strings.EqualFold(u.Scheme, "http"):
		return "80"
	}
	return "443"
}
