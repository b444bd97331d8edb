package access

import (
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
)

// Upstream forwards requests to a real server: HAPI FHIR, Orthanc. It checks
// nothing itself; what reaches it has passed the gate.
//
// The caller's token stays here, since it was made for this
// service and no other. Links of the answer that begin with the server's address
// are made to begin with own; links in bodies are not rewritten, the server
// learns its outer address from the X-Forwarded headers.
type Upstream struct {
	Target    *url.URL
	Own       string            // base address of the service here, no final slash
	Transport http.RoundTripper // nil: http.DefaultTransport
}

// Handler gives the handler that forwards. strip is the part of the path that the
// sandbox has and the server has not, for example /v2; it is taken off.
func (u Upstream) Handler(strip string) http.Handler {
	proxy := &httputil.ReverseProxy{
		Transport: u.Transport,
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Path = strings.TrimPrefix(r.In.URL.Path, strip)
			r.Out.URL.RawPath = strings.TrimPrefix(r.In.URL.RawPath, strip)
			r.SetURL(u.Target)
			r.Out.Host = ""
			r.Out.Header.Del("Authorization")
			r.SetXForwarded()
		},
		ModifyResponse: func(answer *http.Response) error {
			for _, name := range []string{"Location", "Content-Location"} {
				if link := answer.Header.Get(name); link != "" {
					answer.Header.Set(name, u.outer(link, strip))
				}
			}
			return nil
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			http.Error(w, "hdstest sandbox: the upstream server does not answer: "+err.Error(), http.StatusBadGateway)
		},
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// A path that climbs would reach what lies outside the target.
		if slices.Contains(strings.Split(r.URL.Path, "/"), "..") {
			http.NotFound(w, r)
			return
		}
		proxy.ServeHTTP(w, r)
	})
}

// outer rewrites a link of the upstream server to one of this service.
func (u Upstream) outer(link, strip string) string {
	base := strings.TrimSuffix(u.Target.String(), "/")
	rest, ok := strings.CutPrefix(link, base)
	if !ok || rest != "" && !strings.HasPrefix(rest, "/") {
		return link
	}
	return u.Own + strip + rest
}
