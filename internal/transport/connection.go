package transport

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"

	"hdstest/internal/evidence"
)

// connection describes the way of an exchange; resp is nil where no answer came.
func connection(c *http.Client, req *http.Request, w *stopwatch, resp *http.Response) evidence.Connection {
	out := evidence.Connection{Host: req.URL.Hostname(), Port: portOf(req.URL), Proxy: ProxyFor(c, req.URL)}
	w.mu.Lock()
	out.Addresses, out.Remote, out.Reused = w.addresses, w.remote, w.reused
	w.mu.Unlock()
	if resp == nil {
		return out
	}
	out.Protocol = resp.Proto
	if state := resp.TLS; state != nil {
		out.TLS = tls.VersionName(state.Version)
		for _, one := range state.PeerCertificates {
			out.Certificates = append(out.Certificates, certificate(one))
		}
		if chains := state.VerifiedChains; len(chains) > 0 {
			out.Root = chains[0][len(chains[0])-1].Subject.String()
		}
	}
	return out
}

func certificate(c *x509.Certificate) evidence.Certificate {
	from, to := c.NotBefore.UTC(), c.NotAfter.UTC()
	out := evidence.Certificate{Subject: c.Subject.String(), Issuer: c.Issuer.String(), Names: c.DNSNames, NotBefore: &from, NotAfter: &to}
	for _, ip := range c.IPAddresses {
		out.Names = append(out.Names, ip.String())
	}
	return out
}
