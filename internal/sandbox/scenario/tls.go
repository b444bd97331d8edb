package scenario

// tlsScenarios break connections to the health services, so that a client has a
// token when it meets them.
func tlsScenarios() []Scenario {
	const goTLS = "pkg.go.dev/crypto/x509"
	broken := func(name string, how TLS, wrong, seen, cause, source string) Scenario {
		return Scenario{Name: name, Wrong: wrong, Where: []string{FHIR, DICOM}, Seen: seen, Cause: cause, Source: source, TLS: how}
	}
	return []Scenario{
		broken("tls-expired", TLSExpired, "the certificate of the health services has ended",
			"no connection: certificate has expired (curl 60)", "network.certificate_expired", "RFC 5280 section 4.1.2.5"),
		broken("tls-other-name", TLSOtherName, "the certificate of the health services is for another host",
			"no connection: the certificate does not match localhost (curl 60)", "network.certificate_name", "RFC 9525 section 6"),
		broken("tls-unknown-ca", TLSUnknownCA, "the certificate of the health services is of an authority that nobody knows",
			"no connection: unknown authority or self-signed certificate (curl 60)", "network.unknown_authority", goTLS),
		broken("tls-old", TLSOld, "the health services know TLS 1.1 at most",
			"no connection: no common TLS version (curl 35)", "network.old_tls", "RFC 8446 section 6.2"),
		broken("tls-plain-http", TLSPlain, "the health services speak plain HTTP on their TLS port",
			"no connection: wrong version number (curl 35); http:// works", "network.not_tls", "RFC 8446 section 5.1"),
		broken("tls-cut", TLSCut, "the connection to the health services ends in the middle of the TLS handshake",
			"no connection: it is closed (curl 35)", "network.cut_short", "RFC 8446 section 6.1"),
	}
}
