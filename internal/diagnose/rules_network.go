package diagnose

import (
	"net/netip"
	"slices"
	"strings"

	"hdstest/internal/evidence"
)

// networkTexts are where errors of connections stand.
func networkTexts() []string {
	return []string{"network", "error", "message", "ci", "tool_output", "output", "log", "stderr", "local"}
}

// netKind holds when the failure is of one of our own kinds ([evidence.Network]).
func netKind(kinds ...string) condition {
	return func(f *facts) ([]string, bool) {
		got := f.text("network", "kind")
		line := "network.kind: " + got
		if e := f.text("network", "error"); e != "" {
			line += " (" + e + ")"
		}
		return []string{line}, slices.Contains(kinds, got)
	}
}

// netSays holds when an error's text has one of the phrases that Go, curl,
// OpenSSL, Node, Python, Java or .NET use.
func netSays(phrases ...string) condition { return says(networkTexts(), phrases...) }

// stage holds when the failure happened at one of the stages.
func stage(names ...string) condition {
	return func(f *facts) ([]string, bool) {
		got := strings.ToLower(f.text("network", "stage"))
		return []string{"network.stage: " + got}, slices.Contains(names, got)
	}
}

// networkRules are about connections.
func networkRules() []Rule {
	noSuchHost := either(netKind(evidence.NetworkNoSuchHost), netSays("no such host", "could not resolve host", "enotfound", "name or service not known", "nodename nor servname", "getaddrinfo failed", "nxdomain", "no such host is known", "unknownhostexception", "name could not be resolved"))
	refused := either(netKind(evidence.NetworkRefused), netSays("connection refused", "econnrefused", "actively refused", "failed to connect to localhost"))
	timeout := either(netKind(evidence.NetworkTimeout), netSays("deadline exceeded", "i/o timeout", "timed out", "etimedout", "client.timeout", "operation timed out", "connecttimeout", "esockettimedout"))
	return append(proxyRules(), []Rule{
		{ID: "network.dns.kind", Cause: "network.dns", Confidence: 0.93, when: all(noSuchHost, not(privateAccess), not(privateName), not(proxyName))},
		{ID: "network.dns.stage", Cause: "network.dns", Confidence: 0.75, Confirm: "nslookup of the host", when: all(stage("dns"), not(noSuchHost), not(privateAccess))},
		{ID: "network.dns_failed.kind", Cause: "network.dns_failed", Confidence: 0.88, when: either(netKind(evidence.NetworkDNS), netSays("temporary failure in name resolution", "eai_again", "server misbehaving", "try again later (dns)"))},
		{ID: "network.private_dns.host", Cause: "network.private_dns", Confidence: 0.91, when: all(noSuchHost, either(privateAccess, privateName))},
		{ID: "network.refused.kind", Cause: "network.refused", Confidence: 0.91, when: all(refused, not(listensOnOne), not(proxyName))},
		{ID: "network.refused.stage", Cause: "network.refused", Confidence: 0.5, Confirm: "the text of the error", when: all(stage("connect"), not(refused), not(timeout))},
		{ID: "network.ipv6.localhost", Cause: "network.ipv6", Confidence: 0.85, when: all(refused, listensOnOne)},
		{ID: "network.ipv6_only.route", Cause: "network.ipv6_only", Confidence: 0.95, when: all(sixOnly, noRoute)},
		{ID: "network.ipv6_only.timeout", Cause: "network.ipv6_only", Confidence: 0.5, Confirm: "another host by IPv6, from the same machine", when: all(sixOnly, timeout, stage("timeout", "connect"))},
		{ID: "network.unreachable.kind", Cause: "network.unreachable", Confidence: 0.91, when: all(either(netKind(evidence.NetworkUnreachable), noRoute), not(all(sixOnly, noRoute)))},
		{ID: "network.timeout.kind", Cause: "network.timeout", Confidence: 0.91, when: all(timeout, not(proxyNeeded))},
		{ID: "network.timeout.stage", Cause: "network.timeout", Confidence: 0.85, when: all(stage("timeout"), not(timeout))},
		{ID: "network.cut_short.kind", Cause: "network.cut_short", Confidence: 0.85, when: all(either(netKind(evidence.NetworkClosed), netSays("connection reset", "econnreset", "unexpected eof", "socket hang up", "remote end closed connection", "ssl_error_syscall", "unexpected end of file", "forcibly closed", "connection was closed")), not(oldClient), not(all(microsoftHost, netSays("forcibly closed by the remote host"))))},
		{ID: "network.cut_short.windows", Cause: "network.cut_short", Confidence: 0.5, Confirm: "the TLS versions that the client offers", when: all(microsoftHost, netSays("forcibly closed by the remote host"), not(oldClient))},
		{ID: "network.cut_short.mismatch", Cause: "network.cut_short", Confidence: 0.91, when: has("response", "broke off", "mismatch")},
		{ID: "network.header.kind", Cause: "network.header", Confidence: 0.93, when: either(netKind(evidence.NetworkHeader), netSays("response headers exceeded", "header list larger"))},
		{ID: "network.not_http.kind", Cause: "network.not_http", Confidence: 0.93, when: either(netKind(evidence.NetworkNotHTTP), netSays("malformed http response", "parse error: expected http"))},
	}...)
}

func proxyRules() []Rule {
	return []Rule{
		{ID: "network.proxy_login.kind", Cause: "network.proxy_login", Confidence: 0.97, when: either(netKind(evidence.NetworkProxyLogin), netSays("proxy authentication required"), status(407), has("network", "^407", "proxy_status", "status"))},
		{ID: "network.proxy_refused.kind", Cause: "network.proxy_refused", Confidence: 0.93, when: either(netKind(evidence.NetworkProxyRefused), all(netSays("received http code 403 from proxy", "tunneling socket could not be established", "connect tunnel failed", "tunnel connection failed"), not(netSays("407"))))},
		{ID: "network.proxy_unreachable.kind", Cause: "network.proxy_unreachable", Confidence: 0.95, when: either(netKind(evidence.NetworkProxyUnreachable), netSays("proxyconnect tcp", "socks connect tcp", "the proxy cannot be reached", "could not resolve proxy", "connection to proxy closed", "cannot connect to proxy", "unable to connect to proxy"))},
		{ID: "network.proxy_unreachable.name", Cause: "network.proxy_unreachable", Confidence: 0.85, when: all(proxyName, stage("dns", "connect", "proxy"))},
		{ID: "network.proxy_needed.env", Cause: "network.proxy_needed", Confidence: 0.85, Confirm: "the same request through the proxy", when: proxyNeeded},
	}
}

// proxyName holds when the host that cannot be reached is the proxy's.
func proxyName(f *facts) ([]string, bool) {
	host, proxy := f.text("network", "host"), f.first("network", "proxy", "https_proxy", "http_proxy")
	return []string{"network.host is the proxy " + host}, host != "" && strings.Contains(proxy, host)
}

// proxyNeeded holds when a direct connection got no answer where others go
// through a proxy.
func proxyNeeded(f *facts) ([]string, bool) {
	return all(either(netKind(evidence.NetworkTimeout), netSays("timed out", "timeout"), stage("timeout", "connect")),
		either(switchedOn("network", "proxy_required", "works_through_proxy", "direct_blocked"), missing("network", "https_proxy")), not(has("network", ".", "proxy")))(f)
}

// privateName holds when the host resolves, or should, by a private link zone.
func privateName(f *facts) ([]string, bool) {
	return has("network", `privatelink\.`, "cname", "host", "resolved_name", "error", "dns")(f)
}

// listensOnOne holds when localhost leads to an address on which nothing
// listens, while something listens on the other.
func listensOnOne(f *facts) ([]string, bool) {
	return all(either(netSays("[::1]", "::1:", "dial tcp [::1]"), has("network", `^::1$`, "address", "resolved_address")),
		either(has("network", `127\.0\.0\.1|ipv4`, "listening_on", "listener"), has("network", "localhost", "host")))(f)
}

// noRoute holds when the system itself knows no way to the address: it has no
// route there, or no address of its own to set out from.
func noRoute(f *facts) ([]string, bool) {
	return netSays("no route to host", "network is unreachable", "ehostunreach", "enetunreach", "cannot assign requested address", "can't assign requested address",
		"eaddrnotavail", "address family not supported", "to an unreachable network")(f)
}

// sixOnly holds when all addresses of the name are IPv6, and there is one.
func sixOnly(f *facts) ([]string, bool) {
	c := f.b.Connection
	if c == nil || !SixOnly(c.Addresses) {
		return nil, false
	}
	return []string{"connection.addresses: " + strings.Join(c.Addresses, ", ")}, true
}

// SixOnly tells whether there are addresses and all of them are IPv6.
func SixOnly(addresses []string) bool {
	return len(addresses) > 0 && !slices.ContainsFunc(addresses, func(text string) bool {
		a, err := netip.ParseAddr(text)
		return err != nil || a.Unmap().Is4()
	})
}

// oldClient holds when the client is known to offer only old versions of TLS.
func oldClient(f *facts) ([]string, bool) {
	return has("network", `^(tls ?)?v?1\.[01]$|^ssl|^tls1(\.[01])?$`, "client_max_tls", "max_tls_version", "client_tls", "tls_version", "min_tls_offered")(f)
}

// tlsRules are about TLS.
func tlsRules() []Rule {
	unknownCA := either(netKind(evidence.NetworkUnknownAuthority), netSays("certificate signed by unknown authority", "self signed certificate", "self-signed certificate", "unable to get local issuer", "unable to verify the first certificate", "certificate verify failed", "certificate_verify_failed", "sec_e_untrusted_root", "depth_zero_self_signed", "self_signed_cert_in_chain", "unable_to_verify_leaf_signature", "partialchain", "untrustedroot", "pkix path building failed", "remote certificate is invalid"))
	incomplete := netSays("unable to get local issuer certificate", "unable to verify the first certificate", "unable_to_verify_leaf_signature", "partialchain")
	return []Rule{
		{ID: "network.interception.microsoft", Cause: "network.interception", Confidence: 0.94, when: all(unknownCA, microsoftHost, not(shortChain), not(incomplete))},
		{ID: "network.interception.maybe", Cause: "network.interception", Confidence: 0.7, Confirm: "who issued the certificate that is presented, and how many are", when: all(unknownCA, microsoftHost, not(shortChain), incomplete)},
		{ID: "network.interception.issuer", Cause: "network.interception", Confidence: 0.95, when: all(microsoftHost, foreignCertificate, not(shortChain))},
		{ID: "network.interception.chain", Cause: "network.interception", Confidence: 0.8, Confirm: "who issued the certificate that is presented", when: all(netSays("self signed certificate in certificate chain", "self-signed certificate in certificate chain", "self_signed_cert_in_chain"), not(localHost))},
		{ID: "network.chain_incomplete.length", Cause: "network.chain_incomplete", Confidence: 0.95, when: all(unknownCA, shortChain, not(localHost))},
		{ID: "network.chain_incomplete.count", Cause: "network.chain_incomplete", Confidence: 0.7, Confirm: "the text of the TLS error", when: all(shortChain, microsoftHost, not(unknownCA))},
		{ID: "network.chain_incomplete.text", Cause: "network.chain_incomplete", Confidence: 0.7, Confirm: "how many certificates are presented", when: all(netSays("unable to get local issuer certificate", "unable to verify the first certificate", "unable_to_verify_leaf_signature", "partialchain"), not(shortChain), not(microsoftHost))},
		{ID: "network.chain_incomplete.leaf", Cause: "network.chain_incomplete", Confidence: 0.77, Confirm: "how many certificates are presented", when: all(netSays("unable to verify the first certificate", "unable_to_verify_leaf_signature", "partialchain"), not(shortChain), not(microsoftHost), not(localHost))},
		{ID: "network.chain_incomplete.proxy", Cause: "network.chain_incomplete", Confidence: 0.6, Confirm: "how many certificates are presented", when: all(netSays("unable to get local issuer certificate", "unable to verify the first certificate"), not(shortChain), microsoftHost)},
		{ID: "network.interception.proxy", Cause: "network.interception", Confidence: 0.94, Confirm: "whether the issuer is the proxy's or the server's own", when: all(unknownCA, behindProxy, not(sandboxCA))},
		{ID: "network.unknown_authority.local", Cause: "network.unknown_authority", Confidence: 0.94, when: all(unknownCA, localHost, either(not(behindProxy), sandboxCA))},
		{ID: "network.unknown_authority.any", Cause: "network.unknown_authority", Confidence: 0.75, Confirm: "who issued the certificate that is presented", when: all(unknownCA, not(microsoftHost), not(localHost), not(shortChain))},
		{ID: "tool.self_signed.tool", Cause: "tool.self_signed", Confidence: 0.95, when: all(unknownCA, localHost, has("", "newman|postman|httpyac|bruno|node|curl", "tool"))},
		{ID: "network.certificate_name.kind", Cause: "network.certificate_name", Confidence: 0.95, when: either(netKind(evidence.NetworkWrongHost), netSays("certificate is valid for", "hostname mismatch", "doesn't match", "err_tls_cert_altname", "altnames", "remotecertificatenamemismatch", "no alternative certificate subject name", "cannot validate certificate for", "subject name does not match"))},
		{ID: "network.common_name.text", Cause: "network.common_name", Confidence: 0.97, when: netSays("relies on legacy common name")},
		{ID: "network.certificate_expired.kind", Cause: "network.certificate_expired", Confidence: 0.93, when: all(either(netKind(evidence.NetworkExpired), netSays("certificate has expired", "cert_has_expired", "certificate is not yet valid", "notaftererror", "err_cert_date_invalid")), not(clockWrong))},
		{ID: "clock.skew.certificate", Cause: "clock.skew", Confidence: 0.94, when: all(either(netKind(evidence.NetworkExpired), netSays("certificate has expired", "certificate is not yet valid")), clockWrong)},
		{ID: "network.bad_certificate.kind", Cause: "network.bad_certificate", Confidence: 0.88, when: all(netKind(evidence.NetworkBadCertificate), not(netSays("legacy common name")))},
		{ID: "network.old_tls.client", Cause: "network.old_tls", Confidence: 0.96, when: oldClient},
		{ID: "network.old_tls.text", Cause: "network.old_tls", Confidence: 0.91, when: netSays("protocol version not supported", "unsupported protocol", "alert protocol version", "could not create ssl/tls secure channel", "tlsv1 alert protocol")},
		{ID: "network.old_tls.closed", Cause: "network.old_tls", Confidence: 0.6, Confirm: "the TLS versions that the client offers", when: all(netSays("an existing connection was forcibly closed by the remote host", "the underlying connection was closed"), microsoftHost, not(oldClient))},
		{ID: "network.renegotiation.text", Cause: "network.renegotiation", Confidence: 0.97, when: netSays("unsafe legacy renegotiation", "legacy renegotiation disabled")},
		{ID: "network.revocation.text", Cause: "network.revocation", Confidence: 0.95, when: netSays("crypt_e_no_revocation_check", "crypt_e_revocation_offline", "revocation function was unable")},
		{ID: "network.tls_alert.text", Cause: "network.tls_alert", Confidence: 0.45, Confirm: "the inner error", when: netSays("ssl connection could not be established", "sslerror", "ssl routines")},
		{ID: "network.tls_alert.kind", Cause: "network.tls_alert", Confidence: 0.75, Confirm: "openssl s_client to the host", when: all(either(netKind(evidence.NetworkAlert), netSays("handshake failure", "sslv3 alert", "no shared cipher", "dh key too small", "bad certificate", "certificate required")), not(netSays("protocol version")))},
		{ID: "network.not_tls.kind", Cause: "network.not_tls", Confidence: 0.95, when: either(netKind(evidence.NetworkNotTLS), netSays("server gave http response to https client", "first record does not look like a tls handshake", "wrong version number", "packet length too long", "unrecognized ssl message"))},
		{ID: "network.tls_on_http.text", Cause: "network.tls_on_http", Confidence: 0.93, when: either(netKind(evidence.NetworkWantsTLS), anySays("plain http request was sent to https port", "http request to an https server"), all(stage("http"), netSays("http/0.9")))},
	}
}

// shortChain holds when only the server's own certificate was presented.
func shortChain(f *facts) ([]string, bool) {
	return has("network", `^1$`, "chain_length_presented", "chain_length", "certificates_presented")(f)
}

// microsoftHost holds when the host is one of Microsoft's, whose certificates
// every system trusts.
func microsoftHost(f *facts) ([]string, bool) {
	host := strings.ToLower(f.text("network", "host"))
	for _, suffix := range []string{".microsoftonline.com", ".microsoftonline.us", ".microsoftonline.cn", ".chinacloudapi.cn", ".windows.net", ".microsoft.com", ".microsoft.us", ".azure.com", ".azure.us", ".azure.cn", ".azurehealthcareapis.com", ".azurehealthcareapis.us", ".usgovcloudapi.net"} {
		if strings.HasSuffix(host, suffix) {
			return []string{"network.host: " + host + ", whose own certificate is trusted everywhere"}, true
		}
	}
	return nil, false
}

// foreignCertificate holds when a certificate's issuer is known and none of the
// authorities that Microsoft uses.
func foreignCertificate(f *facts) ([]string, bool) {
	issuer := f.first("network", "presented_issuer", "chain_issuer", "issuer")
	lower := strings.ToLower(issuer)
	known := strings.Contains(lower, "digicert") || strings.Contains(lower, "microsoft") || strings.Contains(lower, "globalsign") || strings.Contains(lower, "entrust")
	return []string{"the certificate was issued by " + issuer}, issuer != "" && !known
}

// behindProxy holds when the connection went through a proxy.
func behindProxy(f *facts) ([]string, bool) { return has("network", ".", "proxy")(f) }

// sandboxCA holds when the certificate is one of the sandbox.
func sandboxCA(f *facts) ([]string, bool) {
	return has("network", "hdstest sandbox", "issuer", "presented_issuer", "chain_issuer")(f)
}

func localHost(f *facts) ([]string, bool) {
	host := strings.ToLower(f.text("network", "host"))
	return []string{"network.host: " + host}, host == "localhost" || strings.HasPrefix(host, "127.") || host == "::1"
}
