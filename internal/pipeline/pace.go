package pipeline

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"hdstest/internal/check"
	"hdstest/internal/diagnose"
	"hdstest/internal/evidence"
)

// Pace notes which servers asked to be called less often, also where a later try
// went well and no other finding shows it. Its zero value is ready.
type Pace struct {
	mu   sync.Mutex
	asks []ask
}

// ask is a server's wish to be left alone for a while.
type ask struct {
	host   string
	status int
	after  string // Retry-After
}

// Note looks at an answer.
func (p *Pace) Note(r *http.Response) {
	if r == nil || r.Request == nil || r.StatusCode != http.StatusTooManyRequests && r.StatusCode != http.StatusServiceUnavailable {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asks = append(p.asks, ask{r.Request.URL.Host, r.StatusCode, r.Header.Get("Retry-After")})
}

// findings tell of each server once, with the cause that its part of the way has.
func (p *Pace) findings(profile Profile) []check.Finding {
	p.mu.Lock()
	defer p.mu.Unlock()
	byHost := map[string][]ask{}
	var hosts []string
	for _, a := range p.asks {
		if byHost[a.host] == nil {
			hosts = append(hosts, a.host)
		}
		byHost[a.host] = append(byHost[a.host], a)
	}
	slices.Sort(hosts)
	var out []check.Finding
	for _, host := range hosts {
		out = append(out, paced(profile, host, byHost[host]))
	}
	return out
}

func paced(p Profile, host string, asks []ask) check.Finding {
	first := asks[0]
	link, cause := "data", "service.throttled"
	switch host {
	case hostOf(p.Authority):
		link, cause = "authority", "entra.busy"
	case hostOf(p.GraphURL):
		link, cause = "registration", "graph.throttled"
	}
	if first.status == http.StatusServiceUnavailable && cause == "service.throttled" {
		cause = "service.unavailable"
	}
	seen := fmt.Sprintf("%d times %d", len(asks), first.status)
	if first.after != "" {
		seen += ", Retry-After " + first.after
	}
	return check.Finding{ID: "pace." + strings.ReplaceAll(host, ":", "."), Group: link, Title: "No wish of " + host + " to be called less often", Status: check.Warn,
		Expected: "neither 429 nor 503", Seen: seen, Cause: cause, Hint: diagnose.Fix(evidence.Bundle{}, cause), Source: "RFC 9110 section 10.2.3"}
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}
