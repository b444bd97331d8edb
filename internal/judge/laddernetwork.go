package judge

import (
	"cmp"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"hdstest/internal/check"
	"hdstest/internal/diagnose"
	"hdstest/internal/evidence"
)

// ending is how long before its end a certificate is worth a warning. Azure's own
// certificates are renewed well before; what is a custom domain's is the owner's.
const ending = 14 * 24 * time.Hour

const notTried = "no exchange with the service was made"

// ok is a pass that says what was seen.
func ok(expected, seen string) verdict { return verdict{outcome: pass(expected, seen)} }

// broken is the failure of the connection.
func (c *climber) broken(expected string) verdict {
	n := c.first.Network
	return verdict{fail(expected, cmp.Or(n.TLSError, n.Error, n.Kind, "no connection")), c.first}
}

func resolves(c *climber) verdict {
	const want = "an address"
	switch {
	case c.failed("dns"):
		return c.broken(want)
	case c.way == nil:
		return nothing(notTried)
	case c.way.Proxy != "":
		return nothing("the proxy resolves " + c.way.Host)
	case net.ParseIP(c.way.Host) != nil:
		return ok(want, c.way.Host+" is an address")
	case len(c.way.Addresses) > 0:
		return c.resolved(want)
	case c.way.Remote == "":
		return nothing(notTried)
	}
	return ok(want, "the connection was open already, to "+c.way.Remote)
}

// resolved shows the addresses. That all are IPv6 is said, since it is what a
// network without it stumbles over: there it is a warning with the cause of the
// failure that comes next.
func (c *climber) resolved(want string) verdict {
	const noWay = "network.ipv6_only"
	all := c.way.Addresses
	seen := c.way.Host + " is " + strings.Join(all[:min(len(all), 4)], ", ")
	switch {
	case !diagnose.SixOnly(all):
		return ok(want, seen)
	case !c.failed("connect") || !diagnose.Fits(c.first, noWay):
		return ok(want, seen+": it resolves to IPv6 only")
	}
	v := verdict{warn(want, seen+": it resolves to IPv6 only, and that is why no connection comes about: this machine finds no way there by IPv6"), c.first}
	v.cause = noWay
	return v
}

func connects(c *climber) verdict {
	const want = "a connection"
	switch {
	case c.failed("connect"):
		return c.broken(want)
	case c.failed("proxy") && c.first.Network.Kind == evidence.NetworkProxyUnreachable:
		return nothing("the connection would be the proxy's")
	case c.way == nil || c.way.Remote == "":
		return nothing(notTried)
	case c.way.Proxy != "":
		return ok(want, "to the proxy, "+c.way.Remote)
	}
	return ok(want, "to "+c.way.Remote)
}

func throughProxy(c *climber) verdict {
	const want = "the proxy lets the connection through, or none is used"
	switch {
	case c.failed("proxy"):
		return c.broken(want)
	case c.way == nil:
		return nothing(notTried)
	case c.way.Proxy == "":
		return ok(want, "none is used")
	}
	return ok(want, "through "+c.way.Proxy)
}

// agrees is about TLS itself; what is wrong with a certificate has its own rungs.
func agrees(c *climber) verdict {
	const want = "TLS 1.2 or later"
	n := c.first.Network
	switch {
	case c.failed("tls") && !certificateKind(n.Kind):
		return c.broken(want)
	case c.failed("tls"):
		return ok(want, "the server answered with a certificate")
	case c.way == nil || c.way.Protocol == "":
		return nothing("no answer came over the connection")
	case c.way.TLS == "":
		return verdict{outcome: warn(want, "none: plain HTTP, which anyone on the way can read")}
	}
	return ok(want, c.way.TLS)
}

func certificateKind(kind string) bool {
	switch kind {
	case evidence.NetworkUnknownAuthority, evidence.NetworkWrongHost, evidence.NetworkExpired, evidence.NetworkBadCertificate:
		return true
	}
	return false
}

// refusedFor tells whether the certificate was refused for a reason, and the
// verdict on the others: what verification did not come to is not known.
func (c *climber) refusedFor(want string, kinds ...string) (verdict, bool) {
	n := c.first.Network
	if n == nil || !certificateKind(n.Kind) {
		return c.certified()
	}
	for _, kind := range kinds {
		if n.Kind == kind {
			v := c.broken(want)
			if n.Issuer != "" {
				v.seen += "; issued by " + n.Issuer
			}
			return v, true
		}
	}
	return nothing("the certificate is refused for another reason"), true
}

// certified gives the skip where no certificate was seen.
func (c *climber) certified() (verdict, bool) {
	switch {
	case c.way == nil || c.way.Protocol == "":
		return nothing("no answer came over the connection"), true
	case c.way.TLS == "":
		return nothing("there is no TLS"), true
	case len(c.way.Certificates) == 0:
		return nothing("the certificates were not noted"), true
	}
	return verdict{}, false
}

func chained(c *climber) verdict {
	const want = "a chain to an authority trusted here"
	if v, done := c.refusedFor(want, evidence.NetworkUnknownAuthority, evidence.NetworkBadCertificate); done {
		return v
	}
	return ok(want, fmt.Sprintf("%d sent, up to %s", len(c.way.Certificates), cmp.Or(c.way.Root, "an authority trusted here")))
}

func named(c *climber) verdict {
	want := "a certificate for the host"
	if v, done := c.refusedFor(want, evidence.NetworkWrongHost); done {
		return v
	}
	names := c.way.Certificates[0].Names
	return ok(want, strings.Join(names[:min(len(names), 3)], ", "))
}

func dated(c *climber) verdict {
	const want = "today within its dates, two weeks left"
	if v, done := c.refusedFor(want, evidence.NetworkExpired); done {
		return v
	}
	end := c.way.Certificates[0].NotAfter
	if end == nil {
		return nothing("the dates were not noted")
	}
	seen := "until " + end.UTC().Format("2006-01-02 15:04 UTC")
	// Certificates that live for less than twice that time would always be late.
	if start := c.way.Certificates[0].NotBefore; start != nil && end.Sub(*start) < 2*ending || end.Sub(c.Now) > ending {
		return ok(want, seen)
	}
	return verdict{outcome: outcome{status: check.Warn, expected: want, seen: seen, hint: "have the certificate renewed"}}
}

// issued shows who issued the certificate. An authority on Azure's own hosts that
// is none of Microsoft's means that someone opens the connection on the way: a
// company's proxy whose authority this machine trusts.
func issued(c *climber) verdict {
	const want = "an authority, seen by name"
	if v, done := c.certified(); done {
		return v
	}
	issuer := c.way.Certificates[0].Issuer
	asked := evidence.Bundle{Network: &evidence.Network{Host: c.way.Host, Issuer: issuer}}
	const intercepted = "network.interception"
	if diagnose.Fits(asked, intercepted) {
		v := verdict{warn("one of the authorities that Microsoft uses", issuer), asked}
		v.cause = intercepted
		return v
	}
	return ok(want, issuer)
}

// speaksHTTP is about the first answer, whatever its status.
func speaksHTTP(c *climber) verdict {
	const want = "an HTTP answer of the service"
	r := c.first.Response
	switch {
	case c.first.Network != nil:
		return c.broken(want)
	case r == nil:
		return nothing(notTried)
	case r.Status == http.StatusProxyAuthRequired || r.Status == http.StatusBadGateway || r.Status == http.StatusGatewayTimeout || isPage(r):
		return verdict{fail(want, answer(r)), c.first}
	}
	seen := fmt.Sprintf("%s, %d %s", cmp.Or(c.protocol(), "HTTP"), r.Status, http.StatusText(r.Status))
	if r.Timing != nil {
		seen += fmt.Sprintf(" in %.0f ms", r.Timing.Total)
	}
	return ok(want, seen)
}

func (c *climber) protocol() string {
	if c.way == nil {
		return ""
	}
	return c.way.Protocol
}

// isPage tells whether the answer is a page for people: no service answers so.
func isPage(r *evidence.Response) bool {
	if text, ok := r.Body.(string); ok && strings.HasPrefix(text, "HTML page") {
		return true
	}
	for _, m := range r.Mismatch {
		if strings.Contains(m, "HTML page") {
			return true
		}
	}
	return false
}
