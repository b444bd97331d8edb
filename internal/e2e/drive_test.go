//go:build e2e

package e2e_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"hdstest/internal/signin"
)

// line is what a driver says: the outcome of a step, or that a person is wanted
// at a page.
type line struct {
	Step  string          `json:"step"`
	Value json.RawMessage `json:"value"`
	Error *failure        `json:"error"`

	Open   string `json:"open"`
	Device *struct {
		URL, Code string
		Decline   bool
	} `json:"device"`
}

// failure is an error as the client under test gave it to its caller.
type failure struct {
	Class, Message string
	Code           any // a word or a number, as the client has it
	Status         int
	Body           json.RawMessage
	Headers        map[string]string
}

// e2eDir is where the drivers and the installed clients are.
func e2eDir(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../../testdata/e2e")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// python is the interpreter that has the clients for Python.
func python(t *testing.T) string { return filepath.Join(e2eDir(t), ".venv/bin/python") }

// drive runs a driver and sends a person to the pages it names. The driver must
// end well; what its client refused is in the steps.
func (s sandbox) drive(t *testing.T, env []string, name string, args ...string) map[string]line {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = e2eDir(t), append(s.clientEnvironment(), env...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("%s did not start (is it installed? see .ci/install): %v", name, err)
	}
	steps := map[string]line{}
	var people sync.WaitGroup
	var other strings.Builder
	lines := bufio.NewScanner(stdout)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var l line
		switch err := json.Unmarshal(lines.Bytes(), &l); {
		case err != nil:
			fmt.Fprintln(&other, lines.Text())
		case l.Step != "":
			steps[l.Step] = l
		default:
			people.Go(func() { s.send(ctx, t, l) })
		}
	}
	people.Wait()
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%s %v: %v\n%s%s", name, args, err, &other, &stderr)
	}
	return steps
}

// send lets a person do what a driver asked for.
func (s sandbox) send(ctx context.Context, t *testing.T, l line) {
	p := s.person(t)
	address := l.Open
	if l.Device != nil {
		address = l.Device.URL
		p.Fields["user_code"] = l.Device.Code
		if l.Device.Decline {
			p.Press = []string{"signin", "cancel"}
		}
	}
	_, page, err := p.Open(ctx, address)
	var failed *url.Error
	if errors.As(err, &failed) && strings.HasPrefix(failed.URL, "http://localhost:") {
		return // a client's listener that hung up on its second request: MSAL Node redirects to a clean address and closes
	}
	if err != nil {
		t.Errorf("the person at %s: %v\n%s", address, err, page)
	}
}

// clientEnvironment leads clients in other languages to the sandbox: whom to
// trust, and where its description is.
func (s sandbox) clientEnvironment() []string {
	return environment(s.home, "HDSTEST_INFO="+filepath.Join(s.home, "info.json"),
		"NODE_EXTRA_CA_CERTS="+s.CAFile, "REQUESTS_CA_BUNDLE="+s.CAFile, "SSL_CERT_FILE="+s.CAFile, "NO_COLOR=1")
}

// personAgent is the User-Agent of the scripted person, whose requests are not
// the clients'.
const personAgent = "hdstest-e2e person"

// person knows the sandbox's user and presses on.
func (s sandbox) person(t *testing.T) signin.Person {
	return signin.Person{HTTP: s.httpClient(t, personAgent), Press: []string{"signin", "accept"},
		Fields: map[string]string{"username": s.Username, "password": s.Password}}
}

// httpClient trusts the sandbox's CA and names itself.
func (s sandbox) httpClient(t *testing.T, agent string) *http.Client {
	t.Helper()
	pem, err := os.ReadFile(s.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	return &http.Client{
		Transport: named{agent, &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}},
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		},
	}
}

// named sets the User-Agent of requests that have none.
type named struct {
	agent string
	next  http.RoundTripper
}

func (n named) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Header.Get("User-Agent") == "" {
		r = r.Clone(r.Context())
		r.Header.Set("User-Agent", n.agent)
	}
	return n.next.RoundTrip(r)
}

// entry is a line of the sandbox's log.
type entry struct {
	Service, Method, Path string
	Status                int
	UserAgent             string `json:"user_agent"`
	Client                string `json:"client"`
}

// entries reads the sandbox's log, without the person's requests.
func (s sandbox) entries(t *testing.T) []entry {
	t.Helper()
	data, err := os.ReadFile(s.log)
	if err != nil {
		t.Fatal(err)
	}
	var all []entry
	for text := range strings.Lines(string(data)) {
		var e entry
		if err := json.Unmarshal([]byte(text), &e); err != nil {
			t.Fatalf("the sandbox's log: %v in %q", err, text)
		}
		if e.UserAgent != personAgent {
			all = append(all, e)
		}
	}
	return all
}

func readFile(path string) (string, error) {
	data, err := os.ReadFile(path)
	return string(data), err
}
