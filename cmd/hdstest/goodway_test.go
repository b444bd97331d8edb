package main

import (
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
)

// TestGoodWays has ways to a service that are unusual and must work.
func TestGoodWays(t *testing.T) {
	t.Parallel()
	g := newGround(t)
	args := []string{"probe", "fhir", "--profile", "sandbox", "--only", "fhir-open", "--only", "fhir-read", "--output", "json", "--debug"}
	u, err := url.Parse(g.FHIRURL)
	if err != nil {
		t.Fatal(err)
	}
	green := func(t *testing.T, more ...string) seen {
		t.Helper()
		s := execute(t, g.env, slices.Concat(args, more)...)
		if s.code != 0 || strings.Contains(s.stdout+s.stderr, "c4nary") {
			t.Fatalf("exit code %d\n%s%s", s.code, s.stdout, s.stderr)
		}
		return s
	}
	t.Run("a proxy", func(t *testing.T) {
		r := newRelay(t, http.StatusOK, nil)
		green(t, "--proxy", r.URL)
		if r.connects(u.Host) == 0 {
			t.Errorf("the proxy recorded no CONNECT to %s but %q", u.Host, r.asked)
		}
	})
	t.Run("a proxy with a login", func(t *testing.T) {
		r := newRelay(t, http.StatusOK, nil)
		green(t, "--proxy", strings.Replace(r.URL, "http://", "http://person:c4nary@", 1))
		want := "Basic " + base64.StdEncoding.EncodeToString([]byte("person:c4nary"))
		if len(r.logins) == 0 || slices.ContainsFunc(r.logins, func(login string) bool { return login != want }) {
			t.Errorf("the proxy was given %q", r.logins)
		}
	})
	t.Run("IPv6 only", func(t *testing.T) {
		s := green(t, "--fhir-url", "https://"+sixOnly(t, u.Host), "--fhir-audience", g.FHIRURL)
		if !strings.Contains(s.stdout, "::1 is an address") {
			t.Errorf("the ladder does not name ::1\n%s", s.stdout)
		}
	})
}

// TestAnonymous probes a server that asks for no token: that is worth a warning to
// who said so, and a failure to who did not. No token goes to it with the flag.
func TestAnonymous(t *testing.T) {
	t.Parallel()
	a := newAuthority(t, "Root of the test")
	var tokens atomic.Int32
	address := a.serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			tokens.Add(1)
		}
		w.Header().Set("Content-Type", "application/fhir+json")
		switch r.URL.Path {
		case "/fhir/metadata":
			fmt.Fprint(w, `{"resourceType":"CapabilityStatement","status":"active","kind":"instance","fhirVersion":"4.0.1","format":["json"],"rest":[{"mode":"server"}]}`)
		default:
			fmt.Fprint(w, `{"resourceType":"Bundle","type":"searchset","total":0}`)
		}
	}) + "/fhir"
	args := []string{"probe", "fhir", "--fhir-url", address, "--ca-file", file(t, a.pem()), "--output", "json"}
	open := func(s seen) string {
		for _, f := range s.Findings {
			if f.ID == "probe.fhir.challenge" && f.Cause == "service.open" && strings.Contains(f.Seen, "no challenge: this server lets anybody in") {
				return f.Status
			}
		}
		return ""
	}
	if s := execute(t, home(t), append(args, "--anonymous")...); s.code != 0 || open(s) != "warn" || tokens.Load() != 0 {
		t.Errorf("exit code %d, %d tokens\n%s%s", s.code, tokens.Load(), s.stdout, s.stderr)
	}
	if s := execute(t, home(t), append(args, "--token-file", file(t, tokenCanary))...); s.code != 1 || open(s) != "fail" || tokens.Load() == 0 {
		t.Errorf("exit code %d, %d tokens\n%s%s", s.code, tokens.Load(), s.stdout, s.stderr)
	}
}

// TestPlainHTTPStaysHere has a proxy named, and a server on this machine without
// TLS: what goes there must not be shown to the proxy.
func TestPlainHTTPStaysHere(t *testing.T) {
	t.Parallel()
	r := newRelay(t, http.StatusOK, nil)
	s := execute(t, home(t), "probe", "fhir", "--token-file", file(t, tokenCanary), "--fhir-url", "http://"+closed(t), "--proxy", r.URL, "--output", "json")
	if s.code != 4 || len(r.asked) != 0 {
		t.Errorf("exit code %d, the proxy saw %q\n%s", s.code, r.asked, s.stderr)
	}
}

// sixOnly listens on ::1 alone and carries what comes to another address.
func sixOnly(t *testing.T, to string) (address string) {
	t.Helper()
	l, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		t.Skipf("this machine has no ::1: %v", err)
	}
	accept(t, l, func(conn net.Conn) {
		if up, err := net.Dial("tcp", to); err == nil {
			defer up.Close()
			carry(conn, up)
		}
	})
	return l.Addr().String()
}

// TestLargeBodiesAreBounded measures the memory of a run against a server that
// sends too much, beside one against a server that sends next to nothing.
func TestLargeBodiesAreBounded(t *testing.T) {
	t.Parallel()
	a := newAuthority(t, "Root of the test")
	packed := bomb(t, 512<<20)
	run := func(handler http.HandlerFunc) seen {
		return execute(t, home(t), "probe", "fhir", "--token-file", file(t, tokenCanary), "--ca-file", file(t, a.pem()),
			"--fhir-url", a.serve(t, handler), "--output", "json")
	}
	fhir := func(w http.ResponseWriter) { w.Header().Set("Content-Type", "application/fhir+json") }
	bare := run(func(w http.ResponseWriter, _ *http.Request) { fhir(w); fmt.Fprint(w, "{}") })
	for name, handler := range map[string]http.HandlerFunc{
		"a body of 100 MB": func(w http.ResponseWriter, _ *http.Request) {
			fhir(w)
			part := []byte(strings.Repeat(" ", 1<<20))
			for range 100 {
				if _, err := w.Write(part); err != nil {
					return // nobody reads on
				}
			}
		},
		"gzip that unpacks to 512 MB": func(w http.ResponseWriter, _ *http.Request) {
			fhir(w)
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(packed)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := run(handler)
			if s.code != 1 || !strings.Contains(s.stdout, "larger than 8 MB and was not read to its end") || !strings.Contains(s.stderr, "[service.too_much]") {
				t.Errorf("exit code %d\n%s%s", s.code, s.stdout, s.stderr)
			}
			t.Logf("peak %d kB, bare %d kB", s.peak, bare.peak)
			if more := s.peak - bare.peak; runtime.GOOS == "linux" && (bare.peak == 0 || more > 100<<10) {
				t.Errorf("%d kB at most, %d kB in the bare run", s.peak, bare.peak)
			}
		})
	}
}
