package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"

	"hdstest/internal/evidence"
	"hdstest/internal/problem"
)

// Stages of an exchange at which it can fail.
const (
	stageDNS     = "dns"
	stageConnect = "connect"
	stageTLS     = "tls"
	stageProxy   = "proxy"
	stageTimeout = "timeout"
	stageHTTP    = "http"
)

// stageError says how far an exchange came before it failed.
type stageError struct {
	stage string
	limit time.Duration // of the whole exchange
	err   error
}

func (e *stageError) Error() string { return e.err.Error() }
func (e *stageError) Unwrap() error { return e.err }

// Timeout answers net.Error's question for url.Error.
func (e *stageError) Timeout() bool { return isTimeout(e.err) }

// Network classifies a failure to connect, to agree on TLS, or to get an answer
// in time. proxy is the host of the proxy in use, if any ([ProxyFor]). The
// result has no credentials and no query values. It is nil for an error of
// another sort, and for a cancelled context: that was the person's wish.
func Network(err error, u *url.URL, proxy string) *evidence.Network {
	if err == nil || errors.Is(err, context.Canceled) {
		return nil
	}
	n := &evidence.Network{Proxy: proxy}
	if u != nil {
		n.Host, n.Port = u.Hostname(), portOf(u)
	}
	for _, classify := range []func(error, *evidence.Network) bool{
		proxyFailure, certificateFailure, handshakeFailure, dnsFailure, timeoutFailure, connectFailure, brokenAnswer,
	} {
		if classify(err, n) {
			return n
		}
	}
	return nil
}

// Failure makes the error that a step returns when it got no answer from u:
// of kind Unreachable with the network evidence, or err itself when [Network]
// knows nothing about it. tried follows "could not".
func Failure(err error, c *http.Client, u *url.URL, tried string) error {
	n := Network(err, u, ProxyFor(c, u))
	if n == nil {
		return err
	}
	seen := n.Error
	if n.TLSError != "" {
		seen = n.TLSError
	}
	if n.Issuer != "" {
		seen += fmt.Sprintf(" (its certificate was issued by %s)", n.Issuer)
	}
	if n.Proxy != "" && n.Stage != stageProxy {
		seen += fmt.Sprintf(" (through the proxy %s)", n.Proxy)
	}
	return &problem.Error{Kind: problem.Unreachable, Tried: tried, Seen: seen, Err: err,
		Evidence: &evidence.Bundle{Network: n}}
}

func portOf(u *url.URL) int {
	if p, err := strconv.Atoi(u.Port()); err == nil {
		return p
	}
	if u.Scheme == "http" {
		return 80
	}
	return 443
}

func proxyFailure(err error, n *evidence.Network) bool {
	var refused *connectError
	if errors.As(err, &refused) {
		n.Stage, n.Error, n.Proxy = stageProxy, refused.Error(), refused.proxy
		n.Kind = evidence.NetworkProxyRefused
		if refused.status == http.StatusProxyAuthRequired {
			n.Kind = evidence.NetworkProxyLogin
		}
		return true
	}
	var op *net.OpError
	if errors.As(err, &op) && (op.Op == "proxyconnect" || op.Op == "socks connect") {
		n.Stage, n.Kind = stageProxy, evidence.NetworkProxyUnreachable
		n.Error = "the proxy cannot be reached: " + op.Err.Error()
		return true
	}
	return false
}

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

func dnsFailure(err error, n *evidence.Network) bool {
	var dns *net.DNSError
	if !errors.As(err, &dns) {
		return false
	}
	n.Stage, n.Kind, n.Error = stageDNS, evidence.NetworkDNS, "the name does not resolve: "+dns.Err
	if dns.IsNotFound {
		n.Kind, n.Error = evidence.NetworkNoSuchHost, "no such host: "+dns.Name
	}
	return true
}

func timeoutFailure(err error, n *evidence.Network) bool {
	if !isTimeout(err) {
		return false
	}
	n.Stage, n.Kind, n.Error = stageTimeout, evidence.NetworkTimeout, "no answer in time"
	var at *stageError
	if !errors.As(err, &at) {
		return true
	}
	n.Extra = map[string]any{"during": at.stage}
	switch at.stage {
	case stageConnect, stageDNS:
		n.Error = "no connection in time"
	case stageTLS:
		n.Error = "the TLS handshake did not end in time"
	}
	return true
}

func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	if s := (*stageError)(nil); errors.As(err, &s) {
		err = s.err
	}
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &t) && t.Timeout()
}

func connectFailure(err error, n *evidence.Network) bool {
	var op *net.OpError
	if !errors.As(err, &op) || op.Op != "dial" {
		return false
	}
	n.Stage, n.Kind, n.Error = stageConnect, evidence.NetworkUnreachable, "no connection: "+op.Err.Error()
	if errors.Is(err, syscall.ECONNREFUSED) {
		n.Kind, n.Error = evidence.NetworkRefused, "connection refused"
	}
	return true
}

// brokenAnswer recognises a connection that ended, or an answer that is no HTTP.
func brokenAnswer(err error, n *evidence.Network) bool {
	var at *stageError
	if !errors.As(err, &at) {
		return false
	}
	n.Stage, n.Kind, n.Error = at.stage, evidence.NetworkNotHTTP, "no HTTP answer: "+inner(at.err).Error()
	var op *net.OpError
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &op) {
		n.Kind, n.Error = evidence.NetworkClosed, "the connection ended before the answer: "+inner(at.err).Error()
	}
	return true
}
