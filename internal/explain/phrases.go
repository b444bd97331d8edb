package explain

import "hdstest/internal/evidence"

// phrase is a wire text of a program about a connection.
type phrase struct{ text, program, kind, stage string }

// phrases are the texts by which connections fail. The first that is found says
// of which kind the failure is, so what is special stands before what is general.
//
// Source: the texts in Go's net, net/http, crypto/tls and crypto/x509, curl's
// lib/strerror.c, OpenSSL's x509_txt.c, Node's documented error codes, Python's
// ssl, socket and urllib3, .NET's System.Net.
func phrases() []phrase {
	var out []phrase
	add := func(kind, stage, program string, texts ...string) {
		for _, t := range texts {
			out = append(out, phrase{t, program, kind, stage})
		}
	}
	add(evidence.NetworkProxyLogin, "proxy", "Go", "Proxy Authentication Required")
	add(evidence.NetworkProxyLogin, "proxy", "curl", "CONNECT tunnel failed, response 407", "Received HTTP code 407 from proxy")
	add(evidence.NetworkProxyRefused, "proxy", "curl", "CONNECT tunnel failed", "Received HTTP code 403 from proxy")
	add(evidence.NetworkProxyRefused, "proxy", "Node", "tunneling socket could not be established")
	add(evidence.NetworkProxyRefused, "proxy", "Python", "Tunnel connection failed")
	add(evidence.NetworkProxyUnreachable, "proxy", "hdstest", "the proxy cannot be reached")
	add(evidence.NetworkProxyUnreachable, "proxy", "Go", "proxyconnect tcp", "socks connect tcp")
	add(evidence.NetworkProxyUnreachable, "proxy", "curl", "Could not resolve proxy", "curl: (5)")
	add(evidence.NetworkProxyUnreachable, "proxy", "Python", "Cannot connect to proxy", "Unable to connect to proxy")
	add(evidence.NetworkProxyUnreachable, "proxy", "curl", "connection to proxy closed", "curl: (97)")
	add(evidence.NetworkProxyRefused, "proxy", "hdstest", "refused the connection with status")
	certificatePhrases(add)
	ownPhrases(add)
	add(evidence.NetworkNotTLS, "tls", "Go", "first record does not look like a TLS handshake", "server gave HTTP response to HTTPS client")
	add(evidence.NetworkNotTLS, "tls", "OpenSSL", "wrong version number", "packet length too long")
	add(evidence.NetworkAlert, "tls", "OpenSSL", "unsafe legacy renegotiation", "legacy renegotiation disabled")
	add(evidence.NetworkAlert, "tls", ".NET", "Could not create SSL/TLS secure channel")
	add("", "tls", "Windows", "CRYPT_E_NO_REVOCATION_CHECK", "CRYPT_E_REVOCATION_OFFLINE", "revocation function was unable")
	add(evidence.NetworkAlert, "tls", "Go", "tls: handshake failure", "remote error: tls", "protocol version not supported")
	add(evidence.NetworkAlert, "tls", "OpenSSL", "handshake failure", "alert protocol version", "unsupported protocol")
	add(evidence.NetworkDNS, "dns", "Go", "server misbehaving")
	add(evidence.NetworkDNS, "dns", "Node", "EAI_AGAIN")
	add(evidence.NetworkDNS, "dns", "Python", "Temporary failure in name resolution")
	add(evidence.NetworkNoSuchHost, "dns", ".NET", "No such host is known")
	add(evidence.NetworkNoSuchHost, "dns", "Go", "no such host")
	add(evidence.NetworkNoSuchHost, "dns", "curl", "Could not resolve host", "curl: (6)")
	add(evidence.NetworkNoSuchHost, "dns", "Node", "ENOTFOUND")
	add(evidence.NetworkNoSuchHost, "dns", "Python", "Name or service not known", "nodename nor servname", "getaddrinfo failed")
	add(evidence.NetworkNoSuchHost, "dns", "Java", "UnknownHostException")
	add(evidence.NetworkNoSuchHost, "dns", ".NET", "The remote name could not be resolved")
	add(evidence.NetworkRefused, "connect", ".NET", "actively refused")
	add(evidence.NetworkRefused, "connect", "Node", "ECONNREFUSED")
	add(evidence.NetworkRefused, "connect", "Python", "[Errno 111]")
	add(evidence.NetworkRefused, "connect", "Go", "connect: connection refused")
	add(evidence.NetworkRefused, "connect", "curl", "Connection refused", "curl: (7)")
	add(evidence.NetworkUnreachable, "connect", "Go", "no route to host", "network is unreachable")
	add(evidence.NetworkUnreachable, "connect", "Node", "EHOSTUNREACH", "ENETUNREACH")
	add(evidence.NetworkTimeout, "timeout", "Go", "context deadline exceeded", "i/o timeout", "Client.Timeout exceeded", "TLS handshake timeout")
	add(evidence.NetworkTimeout, "timeout", "curl", "curl: (28)", "Operation timed out", "Connection timed out")
	add(evidence.NetworkTimeout, "timeout", "Node", "ETIMEDOUT", "ESOCKETTIMEDOUT", "UND_ERR_CONNECT_TIMEOUT")
	add(evidence.NetworkTimeout, "timeout", "Python", "ConnectTimeoutError", "Read timed out", "connect timeout=")
	add(evidence.NetworkTimeout, "timeout", "Java", "connect timed out", "Read timed out")
	add(evidence.NetworkTimeout, "timeout", ".NET", "configured HttpClient.Timeout", "did not properly respond after a period of time")
	add(evidence.NetworkClosed, "http", ".NET", "forcibly closed by the remote host")
	add(evidence.NetworkClosed, "http", "Go", "connection reset by peer", "unexpected EOF")
	add(evidence.NetworkClosed, "http", "curl", "Empty reply from server", "curl: (52)", "curl: (56)", "SSL_ERROR_SYSCALL")
	add(evidence.NetworkClosed, "http", "Node", "ECONNRESET", "socket hang up")
	add(evidence.NetworkClosed, "http", "Java", "SocketException: Connection reset")
	add(evidence.NetworkClosed, "http", "Python", "RemoteDisconnected", "Remote end closed connection")
	add(evidence.NetworkNotHTTP, "http", "Go", "malformed HTTP response")
	add(evidence.NetworkNotHTTP, "http", "Node", "Parse Error: Expected HTTP")
	return out
}

// ownPhrases are hdstest's words for what other programs write as the system or the
// library gave it, see package transport.
func ownPhrases(add func(kind, stage, program string, texts ...string)) {
	const program = "hdstest"
	add(evidence.NetworkNotTLS, "tls", program, "the server does not speak TLS")
	add(evidence.NetworkAlert, "tls", program, "the server refused the TLS connection")
	add(evidence.NetworkWantsTLS, "http", program, "the server speaks TLS, and the address begins with http://")
	add(evidence.NetworkDNS, "dns", program, "the name does not resolve")
	add(evidence.NetworkTimeout, "timeout", program, "no connection in time", "the TLS handshake did not end in time", "no answer in time", "did not end in time")
	add(evidence.NetworkHeader, "http", program, "the headers of the answer are larger")
	add(evidence.NetworkClosed, "http", program, "the connection ended before the answer", "the connection ended in the middle of the answer")
	add(evidence.NetworkNotHTTP, "http", program, "no HTTP answer")
}

// localPhrases are about files with keys and certificates: no connection failed.
func localPhrases() []phrase {
	var out []phrase
	add := func(program string, texts ...string) {
		for _, t := range texts {
			out = append(out, phrase{t, program, "", "local"})
		}
	}
	add("OpenSSL", "RC2-40-CBC", "unknown digest algorithm", "inner_evp_generic_fetch", "mac verify failure", "mac verify error", "key values mismatch", "no start line")
	add("Go", "pkcs12: decryption password incorrect", "private key does not match public key", "failed to find any PEM data")
	add(".NET", "The specified network password is not correct", "Cannot find the requested object")
	return out
}

// certificatePhrases are about certificates that were refused.
func certificatePhrases(add func(kind, stage, program string, texts ...string)) {
	add(evidence.NetworkBadCertificate, "tls", "Go", "relies on legacy Common Name")
	add(evidence.NetworkExpired, "tls", "Go", "certificate has expired or is not yet valid")
	add(evidence.NetworkExpired, "tls", "Node", "CERT_HAS_EXPIRED")
	add(evidence.NetworkExpired, "tls", "OpenSSL", "certificate has expired", "certificate is not yet valid")
	add(evidence.NetworkExpired, "tls", ".NET", "NotTimeValid")
	add(evidence.NetworkWrongHost, "tls", "Go", "x509: certificate is valid for", "cannot validate certificate for")
	add(evidence.NetworkWrongHost, "tls", "Node", "ERR_TLS_CERT_ALTNAME_INVALID")
	add(evidence.NetworkWrongHost, "tls", "Python", "Hostname mismatch")
	add(evidence.NetworkWrongHost, "tls", ".NET", "RemoteCertificateNameMismatch")
	add(evidence.NetworkWrongHost, "tls", "curl", "no alternative certificate subject name matches", "SSL: certificate subject name")
	add(evidence.NetworkUnknownAuthority, "tls", "Go", "certificate signed by unknown authority")
	add(evidence.NetworkUnknownAuthority, "tls", "Node", "SELF_SIGNED_CERT_IN_CHAIN", "DEPTH_ZERO_SELF_SIGNED_CERT", "UNABLE_TO_VERIFY_LEAF_SIGNATURE", "UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "unable to verify the first certificate")
	add(evidence.NetworkUnknownAuthority, "tls", "OpenSSL", "self signed certificate in certificate chain", "self-signed certificate in certificate chain", "self signed certificate", "self-signed certificate", "unable to get local issuer certificate")
	add(evidence.NetworkUnknownAuthority, "tls", "Java", "PKIX path building failed")
	add(evidence.NetworkUnknownAuthority, "tls", "Python", "CERTIFICATE_VERIFY_FAILED")
	add(evidence.NetworkUnknownAuthority, "tls", "OpenSSL", "certificate verify failed")
	add(evidence.NetworkUnknownAuthority, "tls", ".NET", "UntrustedRoot", "PartialChain", "RemoteCertificateChainErrors", "remote certificate is invalid")
	add(evidence.NetworkUnknownAuthority, "tls", "curl", "SEC_E_UNTRUSTED_ROOT", "curl: (60)")
}
