package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"hdstest/internal/sandbox"
	"hdstest/internal/sandbox/sandboxtest"
)

// way is the way to a service, with what a test has put there.
type way struct {
	url  string
	ca   string   // PEM to trust; empty: none
	args []string // more flags
	look func(t *testing.T)
}

// trouble is one thing that goes wrong, and what is to be said of it.
type trouble struct {
	rule  string
	lay   func(t *testing.T, a authority) way
	code  int
	cause []string // one of these
	says  []string // in the finding
}

const tokenCanary = "eyJhbGciOi.c4nary-token.c4nary"

func troubles() []trouble {
	const unreachable, failed = 4, 1
	const either = -1 // such a server answers 400 and may or may not hang up before all of it has come
	return []trouble{
		{"name that does not resolve", at("https://no-such-host.invalid"), unreachable, []string{"network.dns", "network.dns_failed"}, []string{"no-such-host.invalid"}},
		{"port that nobody serves", func(t *testing.T, _ authority) way { return way{url: "https://" + closed(t)} },
			unreachable, []string{"network.refused"}, []string{"connection refused"}},
		{"unknown authority", func(t *testing.T, a authority) way { return way{url: a.serve(t, http.NotFound)} },
			unreachable, []string{"network.unknown_authority"}, []string{"CN=Root of the test"}},
		{"expired certificate", certificate(time.Now().Add(-time.Hour), "localhost"), unreachable, []string{"network.certificate_expired"}, []string{"expired"}},
		{"certificate of another name", certificate(tomorrow(), "other.example"), unreachable, []string{"network.certificate_name"}, []string{"other.example"}},
		{"no certificate but plain HTTP", func(t *testing.T, _ authority) way {
			s := httptest.NewServer(http.NotFoundHandler())
			t.Cleanup(s.Close)
			return way{url: strings.Replace(s.URL, "http:", "https:", 1)}
		}, unreachable, []string{"network.not_tls"}, []string{"does not speak TLS"}},
		{"plain HTTP to a TLS server", func(t *testing.T, a authority) way {
			return way{url: strings.Replace(a.serve(t, http.NotFound), "https:", "http:", 1)}
		}, either, []string{"network.tls_on_http"}, []string{"400"}},
		{"plain HTTP to a server that answers with a TLS alert", func(t *testing.T, _ authority) way {
			return way{url: "http://" + raw(t, func(c net.Conn) {
				if head(c) {
					_, _ = c.Write([]byte("\x15\x03\x01\x00\x02\x02\x46"))
				}
			})}
		}, unreachable, []string{"network.tls_on_http"}, nil},
		{"old TLS only", func(t *testing.T, a authority) way {
			return way{ca: a.pem(), url: a.serve(t, http.NotFound, func(s *httptest.Server) { s.TLS.MinVersion, s.TLS.MaxVersion = 0x0301, 0x0302 })}
		}, unreachable, []string{"network.old_tls"}, nil},
		{"TLS handshake that hangs", func(t *testing.T, _ authority) way {
			return way{url: "https://" + raw(t, silent), args: []string{"--timeout", "300ms"}}
		}, unreachable, []string{"network.timeout"}, []string{"in time"}},
		{"server that never answers", func(t *testing.T, a authority) way {
			return way{url: a.rawTLS(t, silent), ca: a.pem(), args: []string{"--timeout", "700ms"}}
		}, unreachable, []string{"network.timeout"}, []string{"in time"}},
		{"body that stalls", inside("HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\nContent-Length: 1000\r\n\r\n{\"resource", silent, "--timeout", "700ms"),
			unreachable, []string{"network.timeout"}, []string{"in time"}},
		{"body that is reset", inside("HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\nContent-Length: 1000\r\n\r\n{\"resource", nil),
			unreachable, []string{"network.cut_short"}, []string{"ended"}},
		{"chunks cut short", inside("HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n{\"resource", nil),
			unreachable, []string{"network.cut_short"}, []string{"ended"}},
		{"connection that ends in the handshake", func(t *testing.T, _ authority) way {
			return way{url: "https://" + raw(t, func(net.Conn) {})}
		}, unreachable, []string{"network.cut_short"}, []string{"ended"}},
		{"something that is no HTTP", func(t *testing.T, a authority) way {
			return way{ca: a.pem(), url: a.rawTLS(t, func(c net.Conn) { fmt.Fprint(c, "220 mail.example ESMTP\r\n"); silent(c) })}
		}, unreachable, []string{"network.not_http"}, nil},
		{"header of two megabytes", func(t *testing.T, a authority) way {
			return way{ca: a.pem(), url: a.serve(t, hugeHeader)}
		}, unreachable, []string{"network.header"}, nil},
		{"header of two megabytes over HTTP/2", func(t *testing.T, a authority) way {
			return way{ca: a.pem(), url: a.serve(t, hugeHeader, func(s *httptest.Server) { s.EnableHTTP2 = true })}
		}, unreachable, []string{"network.header"}, nil},
		{"redirect to itself", func(t *testing.T, a authority) way {
			return way{ca: a.pem(), url: a.serve(t, func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, r.URL.RequestURI(), http.StatusFound)
			})}
		}, failed, []string{"service.redirect"}, []string{"302"}},
		{"redirect elsewhere", redirectElsewhere, failed, []string{"service.redirect"}, []string{"302", "a redirect to https://localhost:"}},
		{"page of a captive portal", func(t *testing.T, a authority) way {
			return way{ca: a.pem(), url: a.serve(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				fmt.Fprint(w, "<!DOCTYPE html><html><head><title>Guest Wi-Fi sign-in</title></head><body>Welcome</body></html>")
			})}
		}, failed, []string{"service.not_fhir"}, []string{"HTML page", "Guest Wi-Fi sign-in"}},
		{"proxy that is not there", throughProxy(func(t *testing.T) string { return "http://user:c4nary@" + closed(t) }), unreachable, []string{"network.proxy_unreachable"}, nil},
		{"proxy that wants a login", throughRelay(http.StatusProxyAuthRequired), unreachable, []string{"network.proxy_login"}, []string{"407"}},
		{"proxy that forbids", throughRelay(http.StatusForbidden), unreachable, []string{"network.proxy_refused"}, []string{"403"}},
		{"proxy that opens TLS", openingProxy, unreachable, []string{"network.interception"}, []string{"CN=Example Corp Web Gateway"}},
	}
}

func at(url string) func(*testing.T, authority) way {
	return func(*testing.T, authority) way { return way{url: url} }
}

// certificate has a server with a certificate of its own.
func certificate(until time.Time, names ...string) func(*testing.T, authority) way {
	return func(t *testing.T, a authority) way {
		return way{ca: a.pem(), url: a.serve(t, http.NotFound, func(s *httptest.Server) {
			s.TLS.Certificates[0] = a.issue(t, until, names...)
		})}
	}
}

// inside has a server that sends some bytes over TLS, and then does something.
func inside(sent string, then func(net.Conn), args ...string) func(*testing.T, authority) way {
	return func(t *testing.T, a authority) way {
		return way{ca: a.pem(), args: args, url: a.rawTLS(t, func(c net.Conn) {
			fmt.Fprint(c, sent)
			if then != nil {
				then(c)
			}
		})}
	}
}

func hugeHeader(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("X-Long", strings.Repeat("x", 2<<20))
	_, _ = io.WriteString(w, "{}")
}

// redirectElsewhere has a second server, which must see nothing.
func redirectElsewhere(t *testing.T, a authority) way {
	var calls atomic.Int32
	other := a.serve(t, func(http.ResponseWriter, *http.Request) { calls.Add(1) })
	return way{ca: a.pem(), url: a.serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other+"/login", http.StatusFound)
	}), look: func(t *testing.T) {
		if n := calls.Load(); n != 0 {
			t.Errorf("%d requests followed the redirect", n)
		}
	}}
}

func throughProxy(proxy func(*testing.T) string) func(*testing.T, authority) way {
	return func(t *testing.T, a authority) way {
		return way{ca: a.pem(), url: a.serve(t, http.NotFound), args: []string{"--proxy", proxy(t)}}
	}
}

func throughRelay(status int) func(*testing.T, authority) way {
	return func(t *testing.T, a authority) way {
		r := newRelay(t, status, nil)
		w := throughProxy(func(*testing.T) string { return r.URL })(t, a)
		w.look = func(t *testing.T) {
			if r.connects(strings.TrimPrefix(w.url, "https://")) == 0 {
				t.Errorf("the proxy recorded no CONNECT but %q", r.asked)
			}
		}
		return w
	}
}

func openingProxy(t *testing.T, a authority) way {
	gateway := newAuthority(t, "Example Corp Web Gateway")
	r := newRelay(t, http.StatusOK, &gateway)
	w := throughProxy(func(*testing.T) string { return r.URL })(t, a)
	w.look = func(t *testing.T) {
		if r.connects(strings.TrimPrefix(w.url, "https://")) == 0 {
			t.Errorf("the proxy recorded no CONNECT but %q", r.asked)
		}
	}
	return w
}

// seen is how a run of the program ended.
type seen struct {
	code           int
	stdout, stderr string
	peak           int64 // kB
	Findings       []struct{ ID, Status, Seen, Cause, Hint string }
}

// execute runs the program in a process of its own.
func execute(t *testing.T, env []string, args ...string) seen {
	t.Helper()
	return executeAs(t, env, append([]string{"hdstest"}, args...)...)
}

// executeAs is [execute] with the first word as well.
func executeAs(t *testing.T, env []string, words ...string) seen {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH")}, env...)
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	code, err := exitCode(err)
	if err != nil {
		t.Fatal(err)
	}
	s := seen{code: code, stdout: stdout.String(), stderr: stderr.String(), peak: peak(cmd.ProcessState)}
	if strings.Contains(strings.Join(words, " "), "json") {
		if err := json.Unmarshal([]byte(s.stdout), &s); err != nil {
			t.Fatalf("no report: %v\n%s%s", err, s.stdout, s.stderr)
		}
	}
	return s
}

// home gives a program folders of its own.
func home(t *testing.T) []string {
	dir := t.TempDir()
	return []string{"HOME=" + dir, "XDG_CONFIG_HOME=" + filepath.Join(dir, "config"), "XDG_STATE_HOME=" + filepath.Join(dir, "state")}
}

// file writes a file and gives its name.
func file(t *testing.T, content string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestTroubleOnTheWay has the compiled program meet what goes wrong between it
// and a service, over real connections on this machine. Probe and smoke must say
// the same of it, name the cause, end in the same code, and give away nothing.
func TestTroubleOnTheWay(t *testing.T) {
	t.Parallel()
	ground := newGround(t)
	for _, tc := range troubles() {
		t.Run(tc.rule, func(t *testing.T) {
			t.Parallel()
			w := tc.lay(t, newAuthority(t, "Root of the test"))
			args := append([]string{"--fhir-url", w.url, "--output", "json", "--debug"}, w.args...)
			t.Run("probe", func(t *testing.T) {
				own := append([]string{"probe", "fhir", "--token-file", file(t, tokenCanary)}, args...)
				if w.ca != "" {
					own = append(own, "--ca-file", file(t, w.ca))
				}
				tc.compare(t, execute(t, home(t), own...))
			})
			t.Run("smoke", func(t *testing.T) {
				switch {
				case slices.Contains(args, "--timeout") && testing.Short():
					t.Skip("the time must be enough for the sign-in: in the full suite")
				case slices.Contains(args, "--timeout"):
					args = append(args, "--timeout", "5s") // the last one counts
				}
				own := append([]string{"smoke", "--profile", "sandbox", "--fhir-audience", ground.FHIRURL, "--ca-file", file(t, w.ca+ground.ca)}, args...)
				tc.compare(t, execute(t, ground.env, own...))
			})
			t.Run("token", func(t *testing.T) {
				if strings.HasPrefix(w.url, "http:") {
					t.Skip("a sign-in service at http:// is refused")
				}
				tc.compareToken(t, w)
			})
			if w.look != nil {
				w.look(t)
			}
		})
	}
}

// compareToken has the same trouble on the way to the sign-in service.
func (tc trouble) compareToken(t *testing.T, w way) {
	t.Helper()
	const tenant, client = "5a4db0c5-0000-4000-8000-000000000001", "5a4db0c5-0000-4000-8000-000000000002"
	args := append([]string{"token", "--debug", "--fresh", "--authority", w.url, "--tenant-id", tenant, "--client-id", client,
		"--client-secret-file", file(t, "c4nary~8Q.abcdefghijklmnopqrstuvwxyz01234"), "--fhir-url", "https://fhir.example"}, w.args...)
	if w.ca != "" {
		args = append(args, "--ca-file", file(t, w.ca))
	}
	s := execute(t, home(t), args...)
	code := tc.code
	if code == 1 {
		code = 3
	}
	causes := tc.cause
	if code == 3 {
		causes = []string{"authority.not_entra"}
	}
	named := slices.ContainsFunc(causes, func(cause string) bool { return strings.Contains(s.stderr, "["+cause+"]") })
	if s.code != code || !named || s.stdout != "" {
		t.Errorf("exit code %d, want %d with the cause %q\n%s%s", s.code, code, causes, s.stdout, s.stderr)
	}
	if strings.Contains(s.stderr, "c4nary") {
		t.Errorf("something secret is told:\n%s", s.stderr)
	}
}

// compare holds what was said against what is to be said.
func (tc trouble) compare(t *testing.T, s seen) {
	t.Helper()
	first := -1
	for i, f := range s.Findings {
		if f.Status == "fail" {
			first = i
			break
		}
	}
	if s.code != tc.code && (tc.code >= 0 || s.code != 1 && s.code != 4) || first < 0 {
		t.Fatalf("exit code %d, want %d\n%s%s", s.code, tc.code, s.stdout, s.stderr)
	}
	f := s.Findings[first]
	named := false
	for _, cause := range tc.cause {
		named = named || f.Cause == cause && strings.Contains(s.stderr, "["+cause+"]")
	}
	if !named || f.Hint == "" {
		t.Errorf("the first that fails is %+v; want the cause %q\n%s", f, tc.cause, s.stderr)
	}
	for _, text := range tc.says {
		if !strings.Contains(f.Seen, text) {
			t.Errorf("%+v does not say %q", f, text)
		}
	}
	if all := s.stdout + s.stderr; strings.Contains(all, "c4nary") {
		t.Errorf("something secret is told:\n%s", all)
	}
}

// ground is a sandbox inside this test, for tokens.
type ground struct {
	sandbox.Info
	env []string
	ca  string
}

func newGround(t *testing.T, scenarios ...string) ground {
	t.Helper()
	g := ground{env: home(t)}
	dir := filepath.Join(strings.TrimPrefix(g.env[2], "XDG_STATE_HOME="), "hdstest", "sandbox")
	s, err := sandboxtest.Start(context.Background(), sandbox.Options{StateDir: dir, PortBase: sandbox.AnyPort, Now: time.Now, Scenarios: scenarios})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	g.Info = s.Info
	if err := s.Info.WriteFile(filepath.Join(dir, "info.json")); err != nil {
		t.Fatal(err)
	}
	pem, err := os.ReadFile(g.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	g.ca = string(pem)
	return g
}
