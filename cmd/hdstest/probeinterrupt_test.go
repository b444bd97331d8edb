//go:build unix

package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// interrupted is the program that probes a sandbox through a proxy, which can hold
// one request while the program is interrupted.
type interrupted struct {
	t     *testing.T
	g     ground
	proxy *holdProxy
	token map[string]string // by service, for a look at what is left
}

func newInterrupted(t *testing.T, scenarios ...string) *interrupted {
	t.Helper()
	w := &interrupted{t: t, g: newGround(t, scenarios...), token: map[string]string{}}
	w.proxy = newHoldProxy(t, w.g.CAFile)
	return w
}

// ended is how a run ended.
type ended struct {
	cut            string // METHOD path of the request during which it was interrupted
	code           int
	stdout, stderr string
	sent           []string // METHOD path, through the proxy
}

// run runs the program. Each line of stderr is told to heard while it runs.
func (w *interrupted) run(args []string, heard func(line string, c *exec.Cmd)) ended {
	w.t.Helper()
	self, err := os.Executable()
	if err != nil {
		w.t.Fatal(err)
	}
	c := exec.Command(self)
	c.Args = append([]string{"hdstest"}, args...) // see TestMain
	c.Args = append(c.Args, "--profile", "sandbox", "--proxy", w.proxy.server.URL, "--ca-file", w.proxy.caFile)
	c.Env = append([]string{"PATH=" + os.Getenv("PATH")}, w.g.env...)
	var stdout, stderr strings.Builder
	c.Stdout = &stdout
	pipe, err := c.StderrPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	w.proxy.mu.Lock()
	held := w.proxy.held
	started := make(chan struct{})
	w.proxy.held = func() { <-started; w.signal(c); held() }
	w.proxy.mu.Unlock()
	if err := c.Start(); err != nil {
		w.t.Fatal(err)
	}
	close(started)
	for lines := bufio.NewScanner(pipe); lines.Scan(); {
		stderr.WriteString(lines.Text() + "\n")
		if heard != nil {
			heard(lines.Text(), c)
		}
	}
	code, err := exitCode(c.Wait()) // -1 for who was ended by a signal
	if err != nil {
		w.t.Fatal(err)
	}
	return ended{code: code, stdout: stdout.String(), stderr: stderr.String(), sent: w.proxy.requests()}
}

func (w *interrupted) signal(c *exec.Cmd) {
	if err := c.Process.Signal(os.Interrupt); err != nil && !errors.Is(err, os.ErrProcessDone) {
		w.t.Error(err)
	}
}

// held is what becomes of the request during which the program is interrupted.
type held struct {
	reaches  bool // the server
	answered bool // the program gets the answer
}

func ways() map[string]held {
	return map[string]held{"lost on the way there": {}, "lost on the way back": {reaches: true}, "answered": {reaches: true, answered: true}}
}

const cleaning = "hdstest: interrupted: what was created is being removed; another interrupt leaves it there"

// cut interrupts a round trip during its n-th request. What becomes of that request
// happens when the program has said that it knows of the interrupt: no sooner, or
// it could be done before it knows, and no later, or it would wait for the answer.
// It gives no requests if there were fewer than n.
func (w *interrupted) cut(service string, n int, how held) (e ended, ok bool) {
	w.t.Helper()
	known, sent, cut := make(chan struct{}), atomic.Int32{}, ""
	w.proxy.hold(0, false, func() {})
	w.proxy.mu.Lock()
	w.proxy.answer = func(rw http.ResponseWriter, r *http.Request) bool {
		if int(sent.Add(1)) != n {
			return false
		}
		cut = r.Method + " " + r.URL.Path
		var answer *httptest.ResponseRecorder
		if how.reaches {
			answer = httptest.NewRecorder()
			w.proxy.onwards.ServeHTTP(answer, r)
		}
		w.proxy.held()
		select {
		case <-known:
		case <-r.Context().Done(): // what only reads is given up at once
		}
		if !how.answered {
			panic(http.ErrAbortHandler)
		}
		for name, values := range answer.Header() {
			rw.Header()[name] = values
		}
		rw.WriteHeader(answer.Code)
		_, _ = rw.Write(answer.Body.Bytes())
		return true
	}
	w.proxy.mu.Unlock()
	e = w.run([]string{"probe", service, "--write", "--concurrency", "1"}, func(line string, _ *exec.Cmd) {
		if line == cleaning {
			close(known)
		}
	})
	w.proxy.mu.Lock()
	w.proxy.answer = nil
	w.proxy.mu.Unlock()
	e.cut = cut
	return e, int(sent.Load()) >= n
}

// left counts what the sandbox holds, by asking it without the program.
func (w *interrupted) left(service string) string {
	w.t.Helper()
	if service == "all" {
		return w.left("fhir") + w.left("dicom")
	}
	if w.token[service] == "" {
		s := execute(w.t, w.g.env, "token", "--profile", "sandbox", "--service", service)
		w.token[service] = strings.TrimSpace(s.stdout)
	}
	if service == "dicom" {
		return w.ask(service, w.g.DICOMURL+"/v2/studies")
	}
	for _, kind := range []string{"Patient", "Observation"} {
		var bundle struct{ Total int }
		body := w.ask(service, w.g.FHIRURL+"/"+kind+"?_summary=count")
		if err := json.Unmarshal([]byte(body), &bundle); err != nil || bundle.Total != 0 {
			return body
		}
	}
	return ""
}

func (w *interrupted) ask(service, address string) string {
	w.t.Helper()
	request, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, address, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+w.token[service])
	request.Header.Set("Accept", "application/json")
	response, err := (&http.Client{Transport: w.proxy.onwards.Transport}).Do(request)
	if err != nil {
		w.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode > 299 {
		w.t.Fatalf("%s: %s %v\n%s", address, response.Status, err, body)
	}
	return string(body)
}

// TestRoundTripCutAtEveryRequest interrupts the round trips at each of their
// requests: the program ends with 130, says that nothing is left, and nothing is.
// The short suite looks at a few requests only.
func TestRoundTripCutAtEveryRequest(t *testing.T) {
	for _, service := range []string{"fhir", "dicom", "all"} { // all: side by side
		for name, how := range ways() {
			t.Run(service+" "+name, func(t *testing.T) {
				t.Parallel()
				w := newInterrupted(t)
				w.proxy.hold(0, false, func() {})
				whole := w.run([]string{"probe", service, "--write", "--concurrency", "1"}, nil)
				if whole.code != 0 || len(whole.sent) < 20 || w.left(service) != "" {
					t.Fatalf("not interrupted: exit code %d, %d requests, left %s\n%s", whole.code, len(whole.sent), w.left(service), whole.stderr)
				}
				for _, n := range points(len(whole.sent)) {
					if service == "all" && n%6 != 0 {
						continue // each by itself is cut everywhere
					}
					w.cutAt(service, n, how)
				}
			})
		}
	}
}

func (w *interrupted) cutAt(service string, n int, how held) {
	t := w.t
	t.Helper()
	e, ok := w.cut(service, n, how)
	when := fmt.Sprintf("interrupted at request %d", n)
	if !ok {
		t.Fatalf("%s: it came to its end", when)
	}
	when += " (" + e.cut + ")"
	lines := strings.Split(strings.TrimSpace(e.stderr), "\n")
	reads := strings.HasPrefix(e.cut, "GET ") // which is given up at once: there may be no time to tell of the removal
	if e.code != 130 || lines[0] != cleaning && !reads || lines[len(lines)-1] != "hdstest: interrupted" || e.stdout != "" {
		t.Errorf("%s: exit code %d\n%s%s", when, e.code, e.stdout, e.stderr)
	}
	if !slices.Contains(lines, "hdstest: nothing that was created is left") {
		t.Errorf("%s: it does not say what is left\n%s", when, e.stderr)
	}
	if left := w.left(service); left != "" {
		t.Errorf("%s: there is left %s\n%q\n%s", when, left, e.sent, e.stderr)
	}
}

// TestInterruptedAndNotRemovable: what cannot be removed after an interrupt is listed
// with a command that removes it, word for word.
func TestInterruptedAndNotRemovable(t *testing.T) {
	t.Parallel()
	for service, made := range map[string]string{"fhir": "/Patient/", "dicom": "/v2/studies/"} {
		t.Run(service, func(t *testing.T) {
			t.Parallel()
			w := newInterrupted(t)
			var stored atomic.Bool
			var once sync.Once
			known := make(chan struct{})
			w.proxy.hold(0, false, func() {})
			w.proxy.mu.Lock()
			w.proxy.answer = func(rw http.ResponseWriter, r *http.Request) bool {
				switch {
				case r.Method == http.MethodPost && (r.URL.Path == "/Patient" || r.URL.Path == "/v2/studies"):
					stored.Store(true)
				case stored.Load() && r.Method == http.MethodGet:
					once.Do(w.proxy.held)
					select {
					case <-known:
					case <-r.Context().Done():
					}
				case stored.Load() && r.Method == http.MethodDelete && strings.HasPrefix(r.URL.Path, made):
					rw.WriteHeader(http.StatusForbidden)
					return true
				}
				return false
			}
			w.proxy.mu.Unlock()
			e := w.run([]string{"probe", service, "--write", "--concurrency", "1", "--skip", "permission"}, func(line string, _ *exec.Cmd) {
				if line == cleaning {
					close(known)
				}
			})
			if e.code != 130 || !strings.Contains(e.stderr, "not removed: ") || strings.Contains(e.stderr, "nothing that was created is left") {
				t.Fatalf("exit code %d\n%s", e.code, e.stderr)
			}
			if w.left(service) == "" {
				t.Fatalf("nothing is left, and it says\n%s", e.stderr)
			}
			w.obey(e.stderr)
			if left := w.left(service); left != "" {
				t.Errorf("left after the command that was told: %s\n%s", left, e.stderr)
			}
		})
	}
}

// obey runs the command that is told after "do next  remove it: ".
func (w *interrupted) obey(said string) {
	w.t.Helper()
	if _, err := exec.LookPath("curl"); err != nil {
		w.t.Skip("the command that is told needs curl, which is not here")
	}
	for line := range strings.Lines(said) {
		_, command, ok := strings.Cut(strings.TrimSpace(line), "remove it: ")
		if !ok {
			continue
		}
		c := exec.CommandContext(w.t.Context(), "sh", "-c", command)
		c.Env = append([]string{"PATH=" + os.Getenv("PATH")}, w.g.env...)
		if output, err := c.CombinedOutput(); err != nil {
			w.t.Errorf("%s: %v\n%s", command, err, output)
		}
		return
	}
	w.t.Errorf("no command is told\n%s", said)
}

// TestWatchInterrupted interrupts a watch between two tries, and in one: it says
// what it saw last.
func TestWatchInterrupted(t *testing.T) {
	t.Parallel()
	t.Run("between two tries", func(t *testing.T) {
		t.Parallel()
		w := newInterrupted(t, "role-missing")
		w.proxy.hold(0, false, func() {})
		e := w.run([]string{"probe", "fhir", "--watch"}, func(line string, c *exec.Cmd) {
			if strings.Contains(line, "FHIR: still 403 at try 1") && strings.Contains(line, "again in") {
				w.signal(c)
			}
		})
		if e.code != 130 || e.stdout != "" || !strings.Contains(e.stderr, "\nhdstest: seen last: FHIR: still 403 at try 1, after ") ||
			!strings.HasSuffix(e.stderr, "\nhdstest: interrupted\n") {
			t.Errorf("exit code %d\n%s%s", e.code, e.stdout, e.stderr)
		}
	})
	t.Run("in a try", func(t *testing.T) {
		t.Parallel()
		w := newInterrupted(t)
		w.proxy.hold(3, true, func() {})
		e := w.run([]string{"probe", "fhir", "--watch"}, nil)
		if e.code != 130 || e.stdout != "" || e.stderr != "hdstest: seen last: FHIR: nothing was seen yet\nhdstest: interrupted\n" {
			t.Errorf("exit code %d\n%s%s", e.code, e.stdout, e.stderr)
		}
	})
}

// TestRepeatInterrupted interrupts the third of many runs: it says how many were made.
func TestRepeatInterrupted(t *testing.T) {
	t.Parallel()
	w := newInterrupted(t)
	args := []string{"probe", "fhir", "--only", "fhir.metadata", "--repeat", "1000"}
	w.proxy.hold(0, false, func() {})
	var runs atomic.Int32
	w.proxy.mu.Lock()
	w.proxy.answer = func(_ http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/metadata" && runs.Add(1) == 3 {
			w.proxy.held()
			<-r.Context().Done() // the client is gone
		}
		return false
	}
	w.proxy.mu.Unlock()
	e := w.run(args, nil)
	if e.code != 130 || e.stdout != "" || e.stderr != "hdstest: 2 of 1000 runs were made; they only read\nhdstest: interrupted\n" {
		t.Errorf("exit code %d\n%s%s", e.code, e.stdout, e.stderr)
	}
	if n := runs.Load(); n != 3 {
		t.Errorf("%d runs were begun", n)
	}
}

// TestSecondInterruptEndsAtOnce: whoever does not want to wait for the removal need
// not, and was told that something stays.
func TestSecondInterruptEndsAtOnce(t *testing.T) {
	t.Parallel()
	w := newInterrupted(t)
	w.proxy.hold(0, false, func() {})
	var stored atomic.Bool
	w.proxy.mu.Lock()
	w.proxy.answer = func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPost && r.URL.Path == "/Patient" && !stored.Swap(true) {
			w.proxy.onwards.ServeHTTP(httptest.NewRecorder(), r)
			w.proxy.held()
			<-r.Context().Done()
			panic(http.ErrAbortHandler)
		}
		return false
	}
	w.proxy.mu.Unlock()
	self, told, over := (*exec.Cmd)(nil), false, make(chan struct{})
	defer close(over)
	e := w.run([]string{"probe", "fhir", "--write", "--concurrency", "1"}, func(line string, c *exec.Cmd) {
		if line == cleaning {
			self, told = c, true
			go func() { // as who presses the keys until it ends
				for {
					select {
					case <-over:
						return
					case <-time.After(10 * time.Millisecond):
						w.signal(c)
					}
				}
			}()
		}
	})
	status, _ := self.ProcessState.Sys().(syscall.WaitStatus)
	if !told || status.Signal() != syscall.SIGINT {
		t.Errorf("it ended with %v\n%s", self.ProcessState, e.stderr)
	}
	if w.left("fhir") == "" {
		t.Error("nothing is left: it did not end at once")
	}
}
