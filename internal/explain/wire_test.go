package explain_test

import (
	"testing"

	"hdstest/internal/diagnose"
	"hdstest/internal/explain"
)

// TestConnectionErrors has the texts with which programs report that no
// connection came about, whole, as they stand in terminals and logs.
func TestConnectionErrors(t *testing.T) {
	const login = "login.microsoftonline.com"
	for program, texts := range map[string]map[string]string{
		"Go": {
			`Post "https://` + login + `/x/oauth2/v2.0/token": dial tcp: lookup ` + login + ` on 127.0.0.53:53: no such host`:                                                          "network.dns",
			`Get "https://w-f.fhir.azurehealthcareapis.com/metadata": dial tcp: lookup w-f.fhir.azurehealthcareapis.com on 10.0.0.2:53: server misbehaving`:                            "network.dns_failed",
			`Get "https://localhost:8443/": dial tcp 127.0.0.1:8443: connect: connection refused`:                                                                                      "network.refused",
			`Get "https://10.1.2.3/": dial tcp 10.1.2.3:443: connect: no route to host`:                                                                                                "network.unreachable",
			`Get "https://` + login + `/": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`:                                                                 "network.timeout",
			`Get "https://` + login + `/": net/http: TLS handshake timeout`:                                                                                                            "network.timeout",
			`Get "https://` + login + `/": tls: failed to verify certificate: x509: certificate signed by unknown authority`:                                                           "network.interception",
			`Get "https://fhir.example/": tls: failed to verify certificate: x509: certificate is valid for other.example, not fhir.example`:                                           "network.certificate_name",
			`Get "https://fhir.example/": tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2026-01-02T03:04:05Z is after 2025-12-31`: "network.certificate_expired",
			`Get "https://fhir.example/": tls: failed to verify certificate: x509: certificate relies on legacy Common Name field, use SANs instead`:                                   "network.common_name",
			`Get "https://fhir.example/": remote error: tls: protocol version not supported`:                                                                                           "network.old_tls",
			`Get "https://fhir.example/": remote error: tls: handshake failure`:                                                                                                        "network.tls_alert",
			`Get "https://localhost:8080/": http: server gave HTTP response to HTTPS client`:                                                                                           "network.not_tls",
			`Get "https://` + login + `/": proxyconnect tcp: dial tcp: lookup proxy.corp: no such host`:                                                                                "network.proxy_unreachable",
			`Get "https://` + login + `/": Proxy Authentication Required`:                                                                                                              "network.proxy_login",
			`Get "https://fhir.example/": read tcp 10.0.0.1:5->10.0.0.2:443: read: connection reset by peer`:                                                                           "network.cut_short",
			`Get "https://fhir.example/": unexpected EOF`:                                                                                                                              "network.cut_short",
		},
		"hdstest": {
			"hdstest: could not get a token from https://" + login + "/x (client_credentials): the proxy cannot be reached: connection refused":       "network.proxy_unreachable",
			"hdstest: could not read the discovery document: the proxy cannot be reached: no such host: proxy.corp":                                   "network.proxy_unreachable",
			"hdstest: could not reach fhir.example: proxy proxy.corp:3128 refused the connection with status 403 (Forbidden)":                         "network.proxy_refused",
			"hdstest: could not reach fhir.example: proxy proxy.corp:3128 refused the connection with status 407 (Proxy Authentication Required)":     "network.proxy_login",
			"hdstest: could not reach fhir.example: no such host: fhir.example":                                                                       "network.dns",
			"hdstest: could not reach fhir.example: connection refused":                                                                               "network.refused",
			"hdstest: could not reach fhir.example: no connection: no route to host":                                                                  "network.unreachable",
			"hdstest: could not reach fhir.example: no connection in time":                                                                            "network.timeout",
			"hdstest: could not reach fhir.example: no answer in time":                                                                                "network.timeout",
			"hdstest: could not reach fhir.example: the TLS handshake did not end in time":                                                            "network.timeout",
			"hdstest: could not reach fhir.example: the answer stalled after 17 bytes and did not end in time":                                        "network.timeout",
			"hdstest: could not reach fhir.example: the server does not speak TLS (an http:// server at an https:// address?)":                        "network.not_tls",
			"hdstest: could not reach fhir.example: the connection ended before the answer: EOF":                                                      "network.cut_short",
			"hdstest: could not reach fhir.example: the connection ended in the middle of the answer: 10 of 20 bytes came":                            "network.cut_short",
			"hdstest: could not reach fhir.example: no HTTP answer: malformed HTTP response \"SSH-2.0-x\"":                                            "network.not_http",
			"hdstest: could not reach fhir.example: the headers of the answer are larger than 1 MB, or cannot be unpacked: response headers exceeded": "network.header",
		},
		"curl": {
			"curl: (7) Failed to connect to proxy.corp port 3128: Connection refused":                                       "network.refused",
			"curl: (97) connection to proxy closed":                                                                         "network.proxy_unreachable",
			"curl: (6) Could not resolve host: w-f.fhir.azurehealthcareapis.com":                                            "network.dns",
			"curl: (5) Could not resolve proxy: proxy.corp":                                                                 "network.proxy_unreachable",
			"curl: (7) Failed to connect to localhost port 44348 after 0 ms: Couldn't connect to server":                    "network.refused",
			"curl: (28) Operation timed out after 10001 milliseconds with 0 bytes received":                                 "network.timeout",
			"curl: (60) SSL certificate problem: unable to get local issuer certificate":                                    "network.unknown_authority",
			"curl: (60) SSL certificate problem: self-signed certificate in certificate chain":                              "network.interception",
			"curl: (60) SSL certificate problem: certificate has expired":                                                   "network.certificate_expired",
			"curl: (60) SSL: no alternative certificate subject name matches target host name 'fhir.example'":               "network.certificate_name",
			"curl: (35) OpenSSL/3.0.2: error:0A00010B:SSL routines::wrong version number":                                   "network.not_tls",
			"curl: (35) error:1409442E:SSL routines:ssl3_read_bytes:tlsv1 alert protocol version":                           "network.old_tls",
			"curl: (35) OpenSSL SSL_connect: SSL_ERROR_SYSCALL in connection to fhir.example:443":                           "network.cut_short",
			"curl: (56) CONNECT tunnel failed, response 407":                                                                "network.proxy_login",
			"curl: (56) Received HTTP code 403 from proxy after CONNECT":                                                    "network.proxy_refused",
			"curl: (52) Empty reply from server":                                                                            "network.cut_short",
			"curl: (35) schannel: next InitializeSecurityContext failed: CRYPT_E_NO_REVOCATION_CHECK (0x80092012)":          "network.revocation",
			"curl: (77) schannel: next InitializeSecurityContext failed: SEC_E_UNTRUSTED_ROOT (0x80090325) at fhir.example": "network.unknown_authority",
		},
		"OpenSSL": {
			"verify error:num=19:self-signed certificate in certificate chain":                              "network.interception",
			"verify error:num=20:unable to get local issuer certificate":                                    "network.unknown_authority",
			"error:0A000086:SSL routines:tls_post_process_server_certificate:certificate verify failed":     "network.unknown_authority",
			"error:0A000102:SSL routines:ssl_choose_client_version:unsupported protocol":                    "network.old_tls",
			"error:0A000152:SSL routines:final_renegotiate:unsafe legacy renegotiation disabled":            "network.renegotiation",
			"error:0308010C:digital envelope routines:inner_evp_generic_fetch:unsupported:RC2-40-CBC : 0":   "certificate.old_encryption",
			"error:0A000410:SSL routines:ssl3_read_bytes:sslv3 alert handshake failure:SSL alert number 40": "network.tls_alert",
			"PKCS12 routines:PKCS12_parse:mac verify failure":                                               "certificate.password",
		},
		"Node": {
			"Error: getaddrinfo ENOTFOUND " + login:                                          "network.dns",
			"Error: getaddrinfo EAI_AGAIN " + login:                                          "network.dns_failed",
			"Error: connect ECONNREFUSED 127.0.0.1:44348":                                    "network.refused",
			"Error: connect ECONNREFUSED ::1:44348":                                          "network.refused",
			"Error: connect ETIMEDOUT 20.190.160.1:443":                                      "network.timeout",
			"Error: read ECONNRESET":                                                         "network.cut_short",
			"Error: socket hang up":                                                          "network.cut_short",
			"Error: self signed certificate in certificate chain, SELF_SIGNED_CERT_IN_CHAIN": "network.interception",
			"Error: unable to verify the first certificate UNABLE_TO_VERIFY_LEAF_SIGNATURE":  "network.chain_incomplete",
			"Error: certificate has expired { code: 'CERT_HAS_EXPIRED' }":                    "network.certificate_expired",
			"Error [ERR_TLS_CERT_ALTNAME_INVALID]: Hostname/IP does not match certificate's altnames: Host: fhir.example. is not in the cert's altnames: DNS:x": "network.certificate_name",
			"Error: tunneling socket could not be established, statusCode=403":                                                                                  "network.proxy_refused",
		},
		"Python": {
			"requests.exceptions.ConnectionError: HTTPSConnectionPool(host='" + login + "', port=443): Max retries exceeded with url: / (Caused by NameResolutionError: Failed to resolve '" + login + "' ([Errno -2] Name or service not known))":                                  "network.dns",
			"requests.exceptions.SSLError: HTTPSConnectionPool(host='" + login + "', port=443): Max retries exceeded (Caused by SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate in certificate chain')))": "network.interception",
			"ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: Hostname mismatch, certificate is not valid for 'fhir.example'":                                                                                                              "network.certificate_name",
			"urllib3.exceptions.ProxyError: ('Cannot connect to proxy.', OSError('Tunnel connection failed: 407 Proxy Authentication Required'))":                                                                                                                                   "network.proxy_login",
			"requests.exceptions.ConnectTimeout: HTTPSConnectionPool(host='fhir.example', port=443): Max retries exceeded (Caused by ConnectTimeoutError(<x>, 'Connection to fhir.example timed out. (connect timeout=5)'))":                                                        "network.timeout",
			"ConnectionRefusedError: [Errno 111] Connection refused":                                                       "network.refused",
			"http.client.RemoteDisconnected: Remote end closed connection without response":                                "network.cut_short",
			"socket.gaierror: [Errno -3] Temporary failure in name resolution":                                             "network.dns_failed",
			"ssl.SSLError: [SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1006)":                                 "network.not_tls",
			"ssl.SSLError: [SSL: UNSAFE_LEGACY_RENEGOTIATION_DISABLED] unsafe legacy renegotiation disabled (_ssl.c:1006)": "network.renegotiation",
		},
		".NET": {
			"System.Net.Http.HttpRequestException: No such host is known. (" + login + ":443)":                                                                                                                            "network.dns",
			"System.Net.Http.HttpRequestException: No connection could be made because the target machine actively refused it. (localhost:44348)":                                                                         "network.refused",
			"System.Security.Authentication.AuthenticationException: The remote certificate is invalid because of errors in the certificate chain: PartialChain":                                                          "network.chain_incomplete",
			"System.Security.Authentication.AuthenticationException: The remote certificate is invalid according to the validation procedure: RemoteCertificateNameMismatch":                                              "network.certificate_name",
			"System.Security.Authentication.AuthenticationException: The remote certificate is invalid because of errors in the certificate chain: NotTimeValid":                                                          "network.certificate_expired",
			"System.Threading.Tasks.TaskCanceledException: The request was canceled due to the configured HttpClient.Timeout of 100 seconds elapsing.":                                                                    "network.timeout",
			"System.Net.WebException: The request was aborted: Could not create SSL/TLS secure channel.":                                                                                                                  "network.old_tls",
			"System.IO.IOException: Unable to read data from the transport connection: An existing connection was forcibly closed by the remote host.":                                                                    "network.cut_short",
			"System.Net.WebException: The remote server returned an error: (407) Proxy Authentication Required.":                                                                                                          "network.proxy_login",
			"A connection attempt failed because the connected party did not properly respond after a period of time, or established connection failed because connected host has failed to respond. (" + login + ":443)": "network.timeout",
		},
		"Java": {
			"java.net.UnknownHostException: " + login: "network.dns",
			"javax.net.ssl.SSLHandshakeException: PKIX path building failed: sun.security.provider.certpath.SunCertPathBuilderException: unable to find valid certification path to requested target": "network.unknown_authority",
			"java.net.ConnectException: Connection refused (Connection refused)": "network.refused",
			"java.net.SocketTimeoutException: connect timed out":                 "network.timeout",
			"java.net.SocketException: Connection reset":                         "network.cut_short",
		},
	} {
		for text, want := range texts {
			u := explain.Read(text)
			got := ""
			if found := diagnose.Diagnose(u.Bundle); len(found) > 0 {
				got = found[0].Cause
			}
			if got != want {
				t.Errorf("%s: %q: cause %q, want %q; understood %q", program, text, got, want, u.What)
			}
		}
	}
}
