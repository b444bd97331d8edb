package judge_test

import (
	"strings"
	"testing"
	"time"

	"hdstest/internal/check"
	"hdstest/internal/evidence"
	"hdstest/internal/judge"
)

const fhirHost = "w-f.fhir.azurehealthcareapis.com"

// climbed is the way to a FHIR service on which nothing is wrong: the capability
// statement, which made the connection, the challenge, a count with a token.
func climbed() judge.Climb {
	from, to := now.Add(-time.Hour), now.AddDate(0, 6, 0)
	way := &evidence.Connection{Host: fhirHost, Port: 443, Addresses: []string{"20.0.0.1"}, Remote: "20.0.0.1:443", TLS: "TLS 1.3", Protocol: "HTTP/2.0",
		Root: "CN=DigiCert Global Root G2", Certificates: []evidence.Certificate{{Issuer: "CN=Microsoft Azure RSA TLS Issuing CA 03,O=Microsoft Corporation",
			Names: []string{"*.fhir.azurehealthcareapis.com"}, NotBefore: &from, NotAfter: &to}}}
	step := func(id, path string, status int) evidence.Bundle {
		return evidence.Bundle{Service: "fhir", ServiceURL: fhirURL, Request: &evidence.Request{ID: id, Method: "GET", Path: path, Needs: []string{"read"}},
			Response: &evidence.Response{Status: status}}
	}
	metadata, challenge, count := step("fhir.metadata", "/metadata", 200), step("fhir.challenge", "/Patient", 401), step("fhir.patient.count", "/Patient", 200)
	metadata.Connection = way
	challenge.Response.WWWAuthenticate = `Bearer authorization_uri="https://login.microsoftonline.com/` + tid + `", resource_id="` + fhirURL + `", realm="` + fhirURL + `"`
	return judge.Climb{Service: "fhir", TenantID: tid, Audience: fhirURL, Now: now, Steps: []evidence.Bundle{metadata, challenge, count}}
}

func network(stage, kind, text string) func(*judge.Climb) {
	return func(c *judge.Climb) {
		b := &c.Steps[0]
		b.Response, b.Connection = nil, &evidence.Connection{Host: fhirHost, Port: 443, Addresses: []string{"20.0.0.1"}, Remote: "20.0.0.1:443"}
		b.Network = &evidence.Network{Host: fhirHost, Port: 443, Stage: stage, Kind: kind, Error: text}
		c.Steps = c.Steps[:1]
	}
}

// TestEachRungCanBreak breaks the rungs one by one: the broken one is the answer
// with its cause, those below hold, those above are skipped for its sake.
func TestEachRungCanBreak(t *testing.T) {
	for rung, row := range map[string]struct {
		spoil func(*judge.Climb)
		cause string
		seen  string
	}{
		"dns":   {network("dns", evidence.NetworkNoSuchHost, "no such host: "+fhirHost), "network.dns", "no such host"},
		"tcp":   {network("connect", evidence.NetworkRefused, "connection refused"), "network.refused", "refused"},
		"proxy": {network("proxy", evidence.NetworkProxyLogin, "proxy p:8080 refused the connection with status 407"), "network.proxy_login", "407"},
		"tls":   {network("tls", evidence.NetworkNotTLS, "no TLS connection"), "network.not_tls", "no TLS"},
		"certificate.chain": {func(c *judge.Climb) {
			network("tls", evidence.NetworkUnknownAuthority, "the server's certificate is refused")(c)
			c.Steps[0].Network.Issuer = "CN=Corp Inspection CA"
			c.Steps[0].Network.Extra = map[string]any{"chain_length": 2.0}
		}, "network.interception", "Corp Inspection CA"},
		"certificate.name":  {network("tls", evidence.NetworkWrongHost, "valid for others"), "network.certificate_name", "valid for others"},
		"certificate.dates": {network("tls", evidence.NetworkExpired, "expired"), "network.certificate_expired", "expired"},
		"http":              {network("http", evidence.NetworkNotHTTP, "no HTTP answer"), "network.not_http", "no HTTP"},
		"open": {func(c *judge.Climb) {
			c.Steps[0].Response = &evidence.Response{Status: 403, Mismatch: []string{"status 403, expected 200"}}
		}, "network.private_link", "403"},
		"challenge": {func(c *judge.Climb) {
			c.Steps[1].Response = &evidence.Response{Status: 429, Mismatch: []string{"status 429, expected 401"}}
		}, "service.throttled", "429"},
		"token": {func(c *judge.Climb) {
			c.Steps[2].Response = &evidence.Response{Status: 401, Mismatch: []string{"status 401, expected 200"},
				WWWAuthenticate: `Bearer realm="x", error="invalid_token", error_description="The token expired at '02/28/2025 10:00:00'"`}
		}, "token.expired", "expired at"},
		"allowed": {func(c *judge.Climb) {
			c.Steps[2].Response = &evidence.Response{Status: 403, Mismatch: []string{"status 403, expected 200"},
				Body: map[string]any{"resourceType": "OperationOutcome", "issue": []any{map[string]any{"severity": "error", "code": "forbidden", "diagnostics": "Authorization failed."}}}}
		}, "role.missing", "/Patient"},
		"data": {func(c *judge.Climb) {
			c.Steps[2].Response = &evidence.Response{Status: 503, Mismatch: []string{"status 503, expected 200"}}
		}, "service.unavailable", "503"},
	} {
		t.Run(rung, func(t *testing.T) {
			c := climbed()
			row.spoil(&c)
			below := true
			for _, f := range judge.Ladder(c) {
				switch {
				case f.ID == "ladder.fhir."+rung:
					below = false
					if f.Status != check.Fail || f.Cause != row.cause || !strings.Contains(f.Seen, row.seen) || f.Hint == "" {
						t.Errorf("the rung itself: %+v", f)
					}
				case below && f.Status == check.Fail, !below && (f.Status != check.Skip || !strings.Contains(f.Seen, "above")):
					t.Errorf("beside it: %+v", f)
				}
			}
			if below {
				t.Error("there is no such rung")
			}
		})
	}
}

func TestGoodLadderHolds(t *testing.T) {
	for _, f := range judge.Ladder(climbed()) {
		if f.Status != check.Pass || f.Seen == "" || f.Source == "" {
			t.Errorf("%+v", f)
		}
	}
	if f, broken := judge.FirstBroken(judge.Ladder(climbed())); broken {
		t.Errorf("broken: %+v", f)
	}
}

// TestLadderWarns: what explains a failure further up, or is only odd, breaks nothing.
func TestLadderWarns(t *testing.T) {
	for name, row := range map[string]struct {
		rung, cause string
		spoil       func(*judge.Climb)
	}{
		"another tenant":   {"challenge", "token.tenant", func(c *judge.Climb) { c.TenantID = other }},
		"another audience": {"challenge", "audience.wrong", func(c *judge.Climb) { c.Audience = fhirURL + "/" }},
		"open to everybody": {"challenge", "service.open", func(c *judge.Climb) {
			c.Steps[1].Response = &evidence.Response{Status: 200, Mismatch: []string{"status 200, expected 401"}}
		}},
		"a challenge that says nothing": {"challenge", "", func(c *judge.Climb) { c.Steps[1].Response.WWWAuthenticate = "Bearer" }},
		"a trusted proxy's certificate": {"certificate.issuer", "network.interception", func(c *judge.Climb) {
			c.Steps[0].Connection.Certificates[0].Issuer = "CN=Corp Inspection CA"
		}},
		"about to end": {"certificate.dates", "", func(c *judge.Climb) { c.Now = now.AddDate(0, 6, -3) }},
		"plain HTTP": {"tls", "", func(c *judge.Climb) {
			c.Steps[0].Connection.TLS, c.Steps[0].Connection.Certificates = "", nil
		}},
	} {
		t.Run(name, func(t *testing.T) {
			c := climbed()
			row.spoil(&c)
			for _, f := range judge.Ladder(c) {
				warned := f.ID == "ladder.fhir."+row.rung
				if f.Status == check.Fail || warned != (f.Status == check.Warn) || warned && f.Cause != row.cause {
					t.Errorf("%+v", f)
				}
			}
		})
	}
}

// TestLadderTellsOfIPv6Only: that a name has no IPv4 address is said, and where it
// is the cause of the failure, as such.
func TestLadderTellsOfIPv6Only(t *testing.T) {
	const noRoute = "no connection: connect: network is unreachable"
	six, both := []string{"2001:db8::1", "2001:db8::2"}, []string{"2001:db8::1", "20.0.0.1"}
	for name, row := range map[string]struct {
		addresses []string
		spoil     func(*judge.Climb)
		dns       check.Status
		tells     bool   // of IPv6 only
		cause     string // of the connection's failure
	}{
		"IPv6 only, connected":    {six, nil, check.Pass, true, ""},
		"both":                    {both, nil, check.Pass, false, ""},
		"IPv4 in IPv6's clothes":  {[]string{"::ffff:20.0.0.1"}, nil, check.Pass, false, ""},
		"IPv6 only, no route":     {six, network("connect", evidence.NetworkUnreachable, noRoute), check.Warn, true, "network.ipv6_only"},
		"both, no route":          {both, network("connect", evidence.NetworkUnreachable, noRoute), check.Pass, false, "network.unreachable"},
		"IPv6 only, refused":      {six, network("connect", evidence.NetworkRefused, "connection refused"), check.Pass, true, "network.refused"},
		"IPv6 only, TLS is wrong": {six, network("tls", evidence.NetworkNotTLS, "no TLS connection"), check.Pass, true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			c := climbed()
			if row.spoil != nil {
				row.spoil(&c)
			}
			c.Steps[0].Connection.Addresses = row.addresses
			rungs := judge.Ladder(c)
			dns, tcp := rungs[0], rungs[1]
			if dns.Status != row.dns || strings.Contains(dns.Seen, "resolves to IPv6 only") != row.tells ||
				(dns.Status == check.Warn) != (dns.Cause == "network.ipv6_only" && strings.Contains(dns.Hint, fhirHost)) {
				t.Errorf("%+v", dns)
			}
			if (tcp.Status == check.Fail) != (row.cause != "") || tcp.Cause != row.cause {
				t.Errorf("%+v", tcp)
			}
		})
	}
}

func TestLadderSaysWhyNothingWasSeen(t *testing.T) {
	c := climbed()
	c.Steps, c.NoToken = c.Steps[:2], "the authority gave none"
	for _, f := range judge.Ladder(c) {
		if strings.HasSuffix(f.ID, ".token") && (f.Status != check.Skip || !strings.Contains(f.Seen, c.NoToken)) {
			t.Errorf("%+v", f)
		}
	}
	for _, f := range judge.Ladder(judge.Climb{Service: "dicom", Now: now}) {
		if f.Status != check.Skip || f.Seen == "" {
			t.Errorf("of nothing: %+v", f)
		}
	}
}
