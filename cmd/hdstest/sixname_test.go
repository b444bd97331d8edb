//go:build unix

package main

import (
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// sixName is how the program is run so that a name leads to an IPv6 address and to
// no other.
type sixName struct {
	name string
	run  []string // before the program's own words
}

// sixByHosts gives a name of the machine's own that leads to ::1 alone. Debian and
// others write such names into /etc/hosts.
func sixByHosts(t *testing.T) (sixName, bool) {
	t.Helper()
	for _, name := range []string{"ip6-localhost", "ip6-loopback", "localhost6"} {
		found, err := net.DefaultResolver.LookupNetIP(t.Context(), "ip", name)
		if err == nil && !slices.ContainsFunc(found, func(a netip.Addr) bool { return a != netip.IPv6Loopback() }) {
			return sixName{name: name}, true
		}
	}
	return sixName{}, false
}

// sixByMount gives the program an /etc/hosts of its own, in a mount namespace; of
// a user namespace as well where the person is not root.
func sixByMount(t *testing.T, address string) (sixName, bool) {
	t.Helper()
	if runtime.GOOS != "linux" {
		return sixName{}, false
	}
	const name = "six.hdstest.example"
	for _, how := range []string{"-m", "-rm"} {
		run := []string{"unshare", how, "sh", "-c", `mount --bind "$0" /etc/hosts && exec "$@"`, file(t, "127.0.0.1 localhost\n"+address+" "+name+"\n")}
		if exec.CommandContext(t.Context(), run[0], append(slices.Clone(run[1:]), "true")...).Run() == nil {
			return sixName{name, run}, true
		}
	}
	return sixName{}, false
}

// probe climbs to a port of the name.
func (s sixName) probe(t *testing.T, port, ca string) seen {
	t.Helper()
	words := append(slices.Clone(s.run), "hdstest", "probe", "fhir", "--only", "fhir-open", "--token-file", file(t, tokenCanary),
		"--fhir-url", "https://"+net.JoinHostPort(s.name, port), "--ca-file", file(t, ca), "--output", "json")
	return executeAs(t, home(t), words...)
}

func (s seen) rung(t *testing.T, id string) (status, text, cause string) {
	t.Helper()
	for _, f := range s.Findings {
		if f.ID == "ladder.fhir."+id {
			return f.Status, f.Seen, f.Cause
		}
	}
	t.Fatalf("no rung %s\n%s%s", id, s.stdout, s.stderr)
	return "", "", ""
}

// TestNameOfIPv6Only has the program climb by a name that has no IPv4 address.
func TestNameOfIPv6Only(t *testing.T) {
	t.Parallel()
	s, ok := sixByHosts(t)
	if !ok {
		s, ok = sixByMount(t, "::1")
	}
	if !ok {
		t.Skip("no name of this machine leads to ::1 alone (ip6-localhost), and it lets nobody have an /etc/hosts of one's own")
	}
	a := newAuthority(t, "Root of the test")
	behind := a.serve(t, http.NotFound, func(h *httptest.Server) {
		h.TLS.Certificates[0] = a.issue(t, tomorrow(), s.name)
	})
	_, port, _ := net.SplitHostPort(sixOnly(t, strings.TrimPrefix(behind, "https://")))
	r := s.probe(t, port, a.pem())
	if status, text, _ := r.rung(t, "dns"); status != "pass" || text != s.name+" is ::1: it resolves to IPv6 only" {
		t.Errorf("%s: %s", status, text)
	}
	if status, text, _ := r.rung(t, "tcp"); status != "pass" || text != "to [::1]:"+port {
		t.Errorf("%s: %s", status, text)
	}
	if status, text, _ := r.rung(t, "certificate.name"); status != "pass" || text != s.name {
		t.Errorf("%s: %s", status, text)
	}
}

// TestNameOfIPv6OnlyWithoutARoute has a name whose one address is of a kind for
// which Linux has no route but for packets: the same as on a machine without IPv6.
func TestNameOfIPv6OnlyWithoutARoute(t *testing.T) {
	t.Parallel()
	s, ok := sixByMount(t, "ff0e::1")
	if !ok {
		t.Skip("this machine lets nobody have an /etc/hosts of one's own; internal/pipeline has the same with a name server")
	}
	r := s.probe(t, "443", newAuthority(t, "Root of the test").pem())
	if status, text, cause := r.rung(t, "dns"); status != "warn" || cause != "network.ipv6_only" ||
		!strings.Contains(text, "it resolves to IPv6 only, and that is why no connection comes about") {
		t.Errorf("%s (%s): %s", status, cause, text)
	}
	if status, text, cause := r.rung(t, "tcp"); status != "fail" || cause != "network.ipv6_only" {
		t.Errorf("%s (%s): %s", status, cause, text)
	}
	if r.code != 4 || !strings.Contains(r.stderr, "[network.ipv6_only]") {
		t.Errorf("exit code %d\n%s", r.code, r.stderr)
	}
}
