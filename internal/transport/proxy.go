package transport

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/net/http/httpproxy"

	"hdstest/internal/problem"
)

// proxyFunc gives the proxy for a URL. A proxy that is named applies to every
// host, but not to plain http on this machine: what is meant to stay here, a token
// perhaps, would travel to the proxy in the clear. The environment's applies as in net/http, which leaves loopback
// addresses and localhost alone.
func proxyFunc(o Options) (func(*url.URL) (*url.URL, error), error) {
	if o.Proxy != "" {
		u, err := parseProxy(o.Proxy)
		if err != nil {
			return nil, err
		}
		return func(target *url.URL) (*url.URL, error) {
			if target.Scheme == "http" && loopback(target.Hostname()) {
				return nil, nil
			}
			return u, nil
		}, nil
	}
	if o.Environ == nil {
		return func(*url.URL) (*url.URL, error) { return nil, nil }, nil
	}
	config := httpproxy.Config{
		HTTPProxy:  firstOf(o.Environ, "HTTP_PROXY", "http_proxy"),
		HTTPSProxy: firstOf(o.Environ, "HTTPS_PROXY", "https_proxy"),
		NoProxy:    firstOf(o.Environ, "NO_PROXY", "no_proxy"),
	}
	// httpproxy passes over an address that it cannot read and connects directly.
	for name, address := range map[string]string{"HTTP_PROXY": config.HTTPProxy, "HTTPS_PROXY": config.HTTPSProxy} {
		if address != "" && !strings.Contains(address, "://") {
			address = "http://" + address
		}
		if _, err := parseProxy(address); err != nil && address != "" {
			return nil, problem.Usagef("the variable %s: %w", name, err)
		}
	}
	return config.ProxyFunc(), nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func firstOf(environ func(string) string, names ...string) string {
	for _, name := range names {
		if v := environ(name); v != "" {
			return v
		}
	}
	return ""
}

// parseProxy reads a proxy's URL. Errors quote neither user nor password.
func parseProxy(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return nil, problem.Usagef("the proxy address is not a URL; expected a form like http://proxy.example:8080")
	case u.Host == "":
		return nil, problem.Usagef("the proxy address has no host; expected a form like http://proxy.example:8080")
	}
	switch u.Scheme {
	case "http", "https", "socks5", "socks5h":
		return u, nil
	}
	return nil, problem.Usagef("the proxy address has the scheme %q; expected http, https or socks5", u.Scheme)
}

// ProxyFor tells the proxy that a client of [New] uses for u, as host:port
// without credentials; empty for none and for other clients.
func ProxyFor(c *http.Client, u *url.URL) string {
	if c == nil || u == nil {
		return ""
	}
	t, ok := c.Transport.(*roundTripper)
	if !ok {
		return ""
	}
	p, err := t.proxy(u)
	if err != nil || p == nil {
		return ""
	}
	return p.Host
}

// connectError is a proxy's refusal of the CONNECT method (RFC 9110 section 9.3.6).
type connectError struct {
	proxy  string // host:port
	status int
}

func (e *connectError) Error() string {
	return fmt.Sprintf("proxy %s refused the connection with status %d (%s)", e.proxy, e.status, http.StatusText(e.status))
}

func checkConnect(_ context.Context, proxy *url.URL, _ *http.Request, resp *http.Response) error {
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	return &connectError{proxy: proxy.Host, status: resp.StatusCode}
}
