package transport

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"

	"hdstest/internal/evidence"
)

// connection is the way of an exchange, as far as one was made.
func connection(c *http.Client, req *http.Request, w *stopwatch) evidence.Connection {
	out := evidence.Connection{Host: req.URL.Hostname(), Port: portOf(req.URL), Proxy: ProxyFor(c, req.URL)}
	w.mu.Lock()
	defer w.mu.Unlock()
	out.Addresses, out.Remote, out.Reused = w.addresses, w.remote, w.reused
	return out
}

// described adds what is known of the TLS connection.
func described(out evidence.Connection, state *tls.ConnectionState) evidence.Connection {
	if state == nil {
		return out
	}
	out.TLS = tls.VersionName(state.Version)
	for _, one := range state.PeerCertificates {
		out.Certificates = append(out.Certificates, certificate(one))
	}
	if chains := state.VerifiedChains; len(chains) > 0 {
		out.Root = chains[0][len(chains[0])-1].Subject.String()
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
