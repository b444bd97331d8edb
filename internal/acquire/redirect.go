package acquire

import (
	"mime"
	"net/http"
	"net/url"

	"hdstest/internal/problem"
)

// answerForm is the largest form_post body that is read, in bytes.
const answerForm = 64 << 10

// redirect is where the authority sends the browser: on this machine, on a port
// of ours (RFC 8252 section 7.3).
type redirect struct {
	host string // localhost, 127.0.0.1 or [::1], as registered
	path string // as registered, may be empty
	port string // fixed by the registration; empty: free
}

// parseRedirect refuses what cannot be received here.
func parseRedirect(s string) (redirect, error) {
	const form = "expected http://localhost or http://localhost:<port>/<path>"
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Scheme != "http" || u.User != nil || u.Opaque != "":
		return redirect{}, problem.Usagef("the redirect URI %q cannot be received on this machine; %s", s, form)
	case u.Hostname() != "localhost" && u.Hostname() != "127.0.0.1" && u.Hostname() != "::1":
		return redirect{}, problem.Usagef("the redirect URI %q is not on this machine; %s", s, form)
	case u.RawQuery != "" || u.Fragment != "" || u.ForceQuery:
		return redirect{}, problem.Usagef("the redirect URI %q has a query or fragment; %s", s, form)
	}
	host := u.Hostname()
	if host == "::1" {
		host = "[::1]"
	}
	return redirect{host: host, path: u.EscapedPath(), port: u.Port()}, nil
}

// answerValues reads the parameters. None of those that matter may occur twice
// (RFC 6749 section 3.1).
func answerValues(w http.ResponseWriter, r *http.Request) (url.Values, bool) {
	values := r.URL.Query()
	if r.Method == http.MethodPost {
		kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
		r.Body = http.MaxBytesReader(w, r.Body, answerForm)
		if kind != "application/x-www-form-urlencoded" || r.ParseForm() != nil {
			return nil, false
		}
		values = r.PostForm
	}
	for _, name := range []string{"state", "code", "error"} {
		if len(values[name]) > 1 {
			return nil, false
		}
	}
	return values, true
}
