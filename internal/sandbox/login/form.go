package login

import (
	"net/http"
	"net/url"
	"strings"

	"hdstest/internal/sandbox/requestlog"
)

// readForm reads the form of a request: the body of a POST, else the query. On
// the token endpoints parameters in the query of a POST do not count.
func (c *call) readForm() *refusal {
	values := c.r.URL.Query()
	if c.r.Method == http.MethodPost {
		kind, _, _ := strings.Cut(c.r.Header.Get("Content-Type"), ";")
		if !strings.EqualFold(strings.TrimSpace(kind), "application/x-www-form-urlencoded") {
			values = url.Values{} // as if nothing had been sent
		} else if err := c.r.ParseForm(); err != nil {
			return refuse(9002313)
		} else {
			values = c.r.PostForm
		}
	} else if _, err := url.ParseQuery(c.r.URL.RawQuery); err != nil {
		return refuse(9002313)
	}
	c.form = make(map[string]string, len(values))
	for name, all := range values {
		if len(all) > 1 {
			return refuse(9000411, name)
		}
		c.form[name] = all[0]
	}
	requestlog.Client(c.r.Context(), c.form["x-client-SKU"]) // MSAL Node's name for itself
	if id := c.form["client-request-id"]; guidShape.MatchString(id) {
		c.correlation = id
	}
	return nil
}

// need refuses a request that lacks one of the parameters, in their order.
func (c *call) need(names ...string) *refusal {
	for _, name := range names {
		if c.form[name] == "" {
			return refuse(900144, name)
		}
	}
	return nil
}
