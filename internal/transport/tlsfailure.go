package transport

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"strings"
	"time"

	"hdstest/internal/evidence"
)

// certificateFailure recognises a certificate that the verification refused.
func certificateFailure(err error, n *evidence.Network) bool {
	var verification *tls.CertificateVerificationError
	if !errors.As(err, &verification) {
		return false
	}
	n.Stage, n.TLSError = stageTLS, verification.Err.Error()
	n.Error = "the server's certificate is refused"
	describeChain(n, verification.UnverifiedCertificates)
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &authority):
		n.Kind, n.TLSError = evidence.NetworkUnknownAuthority, "x509: certificate signed by unknown authority"
	case errors.As(err, &host):
		n.Kind = evidence.NetworkWrongHost
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		n.Kind = evidence.NetworkExpired
	default:
		n.Kind = evidence.NetworkBadCertificate
	}
	return true
}

// describeChain records who issued what was presented. The topmost issuer is
// the root that a CA file would have to hold.
func describeChain(n *evidence.Network, chain []*x509.Certificate) {
	if len(chain) == 0 {
		return
	}
	leaf, top := chain[0], chain[len(chain)-1]
	n.Issuer = leaf.Issuer.String()
	n.Extra = map[string]any{
		"not_before":   leaf.NotBefore.UTC().Format(time.RFC3339),
		"not_after":    leaf.NotAfter.UTC().Format(time.RFC3339),
		"chain_length": len(chain),
	}
	if names := leaf.DNSNames; len(names) > 0 {
		n.Extra["names"] = names
	}
	if top.Issuer.String() != n.Issuer {
		n.Extra["chain_issuer"] = top.Issuer.String()
	}
}

// handshakeFailure recognises a server that speaks no TLS or refused ours.
func handshakeFailure(err error, n *evidence.Network) bool {
	var record tls.RecordHeaderError
	var alert tls.AlertError
	switch {
	case errors.Is(err, http.ErrSchemeMismatch), errors.As(err, &record):
		n.Kind, n.TLSError = evidence.NetworkNotTLS, "the server does not speak TLS (an http:// server at an https:// address?)"
	case errors.As(err, &alert):
		n.Kind, n.TLSError = evidence.NetworkAlert, "the server refused the TLS connection: "+alert.Error()
	case strings.Contains(err.Error(), "tls: "):
		n.Kind, n.TLSError = evidence.NetworkAlert, tlsText(err)
	default:
		return false
	}
	n.Stage, n.Error = stageTLS, "no TLS connection"
	return true
}

// tlsText is the part of an error's text that package tls wrote.
func tlsText(err error) string {
	s := err.Error()
	return s[strings.Index(s, "tls: "):]
}
