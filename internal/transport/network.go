package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
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
	return &problem.Error{Kind: problem.Unreachable, Tried: tried, Seen: n.Words(), Err: err,
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
		n.Error = "the proxy cannot be reached: " + reason(op.Err)
		return true
	}
	return false
}

// reason says of a connection that did not come about what [Network] would say of
// it, whatever it was to.
func reason(err error) string {
	var n evidence.Network
	for _, classify := range []func(error, *evidence.Network) bool{certificateFailure, handshakeFailure, dnsFailure, timeoutFailure, connectFailure} {
		if classify(err, &n) {
			return n.Words()
		}
	}
	return inner(err).Error()
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
	var body *bodyError
	if errors.As(err, &body) {
		n.Error = fmt.Sprintf("the answer stalled after %d bytes and did not end in time", body.bytes)
	}
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
	n.Stage, n.Kind, n.Error = stageConnect, evidence.NetworkUnreachable, "no connection: "+systemWords(op.Err)
	if errors.Is(err, syscall.ECONNREFUSED) {
		n.Kind, n.Error = evidence.NetworkRefused, "connection refused"
	}
	return true
}

// systemWords is what the system says, without the name of the call that failed.
func systemWords(err error) string {
	if number := syscall.Errno(0); errors.As(err, &number) {
		return number.Error()
	}
	return err.Error()
}

// brokenAnswer recognises a connection that ended, or an answer that is no HTTP.
func brokenAnswer(err error, n *evidence.Network) bool {
	var at *stageError
	if !errors.As(err, &at) {
		return false
	}
	n.Stage, n.Kind, n.Error = at.stage, evidence.NetworkNotHTTP, "no HTTP answer: "+shortened(inner(at.err).Error())
	var op *net.OpError
	var body *bodyError
	switch text := err.Error(); {
	case errors.As(err, &body):
		n.Kind, n.Error = evidence.NetworkClosed, "the connection ended in the middle of the answer: "+body.Error()
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &op) || closedIdle(err):
		n.Kind, n.Error = evidence.NetworkClosed, "the connection ended before the answer: "+shortened(inner(at.err).Error())
	case strings.Contains(text, tlsAlert):
		n.Kind, n.Error = evidence.NetworkWantsTLS, "the server speaks TLS, and the address begins with http://"
	case headerFault(text):
		n.Kind, n.Error = evidence.NetworkHeader, "the headers of the answer are larger than 1 MB, or cannot be unpacked: "+shortened(inner(at.err).Error())
	}
	return true
}

// shortened cuts what net/http quotes of an answer, which may be as long as the
// server likes.
func shortened(text string) string {
	const most = 240
	if r := []rune(text); len(r) > most {
		return string(r[:most]) + "…"
	}
	return text
}

// tlsAlert is net/http's text for an answer that begins like a TLS alert: with its
// content type 21 and the version 3 (RFC 8446 section 5.1).
const tlsAlert = `malformed HTTP response "\x15\x03`

// headerFault knows the texts of net/http for headers that it does not take; it
// exports no error for them.
func headerFault(text string) bool {
	return slices.ContainsFunc([]string{"response headers exceeded", "header list larger", "COMPRESSION_ERROR"},
		func(known string) bool { return strings.Contains(text, known) })
}

// closedIdle tells the error of a connection that the server closed between
// being opened and being used. net/http does not export it.
func closedIdle(err error) bool {
	return strings.HasSuffix(err.Error(), "http: server closed idle connection")
}
