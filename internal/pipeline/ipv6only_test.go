package pipeline_test

import (
	"context"
	"crypto/rand"
	"encoding/pem"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"hdstest/internal/check"
	"hdstest/internal/entra"
	"hdstest/internal/pipeline"
	"hdstest/internal/secret"
	"hdstest/internal/transport"
)

// sixOnlyNames is a name server that has an AAAA record for every name and no
// other record for any. It counts the questions for A records.
func sixOnlyNames(t *testing.T, address string) (names *net.Resolver, askedForA *atomic.Int32) {
	t.Helper()
	server, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	askedForA = new(atomic.Int32)
	go func() {
		for packet := make([]byte, 512); ; {
			n, from, err := server.ReadFrom(packet)
			if err != nil {
				return
			}
			if answer := sixOnlyAnswer(packet[:n], netip.MustParseAddr(address), askedForA); answer != nil {
				_, _ = server.WriteTo(answer, from)
			}
		}
	}()
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp4", server.LocalAddr().String())
	}
	return &net.Resolver{PreferGo: true, Dial: dial}, askedForA
}

// sixOnlyAnswer is nil for what is no question.
func sixOnlyAnswer(packet []byte, address netip.Addr, askedForA *atomic.Int32) []byte {
	var m dnsmessage.Message
	if m.Unpack(packet) != nil || len(m.Questions) != 1 {
		return nil
	}
	m.Response, m.Authoritative, m.Additionals = true, true, nil
	switch q := m.Questions[0]; q.Type {
	case dnsmessage.TypeAAAA:
		m.Answers = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 1},
			Body: &dnsmessage.AAAAResource{AAAA: address.As16()}}}
	case dnsmessage.TypeA:
		askedForA.Add(1)
	}
	answer, err := m.Pack()
	if err != nil {
		return nil
	}
	return answer
}

// climbByName climbs to https://name:port, with names from a resolver.
func climbByName(t *testing.T, names *net.Resolver, ca, address string) pipeline.Report {
	t.Helper()
	client, err := transport.New(transport.Options{CAFile: ca, Resolver: names})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	env := pipeline.Env{HTTP: client, Now: time.Now, Rand: rand.Reader, Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }}
	return pipeline.Ladder(t.Context(), env, pipeline.Profile{FHIR: pipeline.Service{Kind: entra.FHIR, URL: address}}, entra.FHIR, secret.Value{}, "none is needed")
}

// TestNameOfIPv6Only climbs to a server on ::1 by a name that has no IPv4 address.
func TestNameOfIPv6Only(t *testing.T) {
	l, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		t.Skipf("this machine has no ::1: %v", err)
	}
	server := &httptest.Server{Listener: l, Config: &http.Server{Handler: http.NotFoundHandler(), ErrorLog: log.New(io.Discard, "", 0)}}
	server.StartTLS()
	t.Cleanup(server.Close)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	names, askedForA := sixOnlyNames(t, "::1")
	r := climbByName(t, names, ca, "https://example.com:"+u.Port()) // which httptest's certificate names
	dns, tcp, name := finding(t, r, "ladder.fhir.dns"), finding(t, r, "ladder.fhir.tcp"), finding(t, r, "ladder.fhir.certificate.name")
	if dns.Status != check.Pass || dns.Seen != "example.com is ::1: it resolves to IPv6 only" || askedForA.Load() == 0 {
		t.Errorf("%d questions for A records, %+v", askedForA.Load(), dns)
	}
	if tcp.Status != check.Pass || !strings.Contains(tcp.Seen, "[::1]:"+u.Port()) || name.Status != check.Pass {
		t.Errorf("%+v\n%+v", tcp, name)
	}
}

// TestNameOfIPv6OnlyWithoutARoute has a name whose one address no system makes a
// connection to: a multicast address, for which there is no route but for packets.
func TestNameOfIPv6OnlyWithoutARoute(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("that a connection to a multicast address is refused with ENETUNREACH is how Linux does it")
	}
	names, _ := sixOnlyNames(t, "ff0e::1")
	r := climbByName(t, names, "", "https://six.example:443")
	dns, tcp := finding(t, r, "ladder.fhir.dns"), finding(t, r, "ladder.fhir.tcp")
	for _, f := range []check.Finding{dns, tcp} {
		if f.Cause != "network.ipv6_only" || !strings.Contains(f.Hint, "six.example") {
			t.Errorf("%+v", f)
		}
	}
	if dns.Status != check.Warn || !strings.Contains(dns.Seen, "six.example is ff0e::1: it resolves to IPv6 only, and that is why") || tcp.Status != check.Fail {
		t.Errorf("%+v\n%+v", dns, tcp)
	}
	if len(r.Errors) != 1 {
		t.Errorf("errors %v", r.Errors)
	}
}
