package acquire

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"log"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"syscall"
	"time"

	"hdstest/internal/evidence"
	"hdstest/internal/problem"
)

// answerForm is the largest form_post body that is read, in bytes.
const answerForm = 64 << 10

// pageGrace is how long the listener stays for the browser to fetch the page at
// the end, once the flow is over.
const pageGrace = 2 * time.Second

// redirect is where the authority sends the browser: on this machine, on a port
// of ours (RFC 8252 section 7.3).
type redirect struct {
	host string // localhost, 127.0.0.1 or [::1], as registered
	path string // as registered, may be empty
	port string // fixed by the registration; empty: free
}

// parseRedirect refuses what cannot be received here.
func parseRedirect(s string) (redirect, error) {
	const form = "expected http://localhost or http://localhost:<port>/<path>"
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Scheme != "http" || u.User != nil || u.Opaque != "":
		return redirect{}, problem.Usagef("the redirect URI %q cannot be received on this machine; %s", s, form)
	case u.Hostname() != "localhost" && u.Hostname() != "127.0.0.1" && u.Hostname() != "::1":
		return redirect{}, problem.Usagef("the redirect URI %q is not on this machine; %s", s, form)
	case u.RawQuery != "" || u.Fragment != "" || u.ForceQuery:
		return redirect{}, problem.Usagef("the redirect URI %q has a query or fragment; %s", s, form)
	}
	host := u.Hostname()
	if host == "::1" {
		host = "[::1]"
	}
	return redirect{host: host, path: u.EscapedPath(), port: u.Port()}, nil
}

// listener receives one answer of the authority. It serves the loopback
// addresses only, answers to its exact host and path only, and takes an answer
// only with the state that was sent.
type listener struct {
	uri    string // the redirect URI with the port
	note   string // what is out of the ordinary
	host   string
	path   string
	state  string
	server *http.Server
	socks  []net.Listener
	answer chan url.Values // gets the one answer

	mu    sync.Mutex
	taken url.Values // the answer, once it came

	servedOnce sync.Once
	served     chan struct{} // closed when the page at the end was fetched
}

// listen binds 127.0.0.1 and ::1 on one of the ports, the first that is free on
// both, and serves. Both: the name localhost may lead to either, and what we do
// not hold, another account's program could.
func listen(r redirect, ports []int, state string) (*listener, error) {
	if r.port != "" {
		n, err := strconv.Atoi(r.port)
		if err != nil {
			return nil, problem.Usagef("the redirect URI's port %q is no number", r.port)
		}
		ports = []int{n}
	}
	if len(ports) == 0 {
		ports = []int{0}
	}
	socks, note, err := bindFirst(ports)
	if err != nil {
		return nil, err
	}
	l := &listener{note: note, path: r.path, state: state, socks: socks, answer: make(chan url.Values, 1), served: make(chan struct{})}
	_, port, _ := net.SplitHostPort(socks[0].Addr().String()) // an address of ours
	l.host = r.host + ":" + port
	if port == "80" { // browsers leave the default port out
		l.host = r.host
	}
	l.uri = "http://" + l.host + r.path
	if l.path == "" {
		l.path = "/"
	}
	l.serve()
	return l, nil
}

func bindFirst(ports []int) (socks []net.Listener, note string, err error) {
	var faults []error
	for _, port := range ports {
		socks, note, err := bindBoth(port)
		if err == nil {
			return socks, note, nil
		}
		faults = append(faults, err)
	}
	seen := fmt.Sprintf("no port is free on this machine, tried %s", join(ports))
	return nil, "", &problem.Error{
		Kind: problem.Usage, Tried: "listen for the sign-in's answer", Seen: seen, Expected: "a port that is free on 127.0.0.1 and ::1", Err: errors.Join(faults...),
		Evidence: &evidence.Bundle{Local: &evidence.Local{Problem: evidence.ProblemPortInUse, Detail: seen, Extra: map[string]any{"ports": ports}}},
	}
}

func join(ports []int) string {
	var s string
	for i, p := range ports {
		if i > 0 {
			s += ", "
		}
		s += strconv.Itoa(p)
	}
	return s
}

// bindBoth binds one port on both loopback addresses. Port 0 is any that is free
// on both, for which some tries are needed.
func bindBoth(port int) ([]net.Listener, string, error) {
	const tries = 16
	for try := 1; ; try++ {
		four, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			return nil, "", err
		}
		got := four.Addr().(*net.TCPAddr).Port
		six, err := net.Listen("tcp6", net.JoinHostPort("::1", strconv.Itoa(got)))
		if err == nil {
			return []net.Listener{four, six}, "", nil
		}
		if noIPv6(err) {
			return []net.Listener{four}, "listening on 127.0.0.1 only: this machine has no ::1", nil
		}
		_ = four.Close() // it has served nobody
		if port != 0 || try == tries {
			return nil, "", err
		}
	}
}

// noIPv6 recognises a machine without the address ::1.
func noIPv6(err error) bool {
	for _, no := range []error{syscall.EADDRNOTAVAIL, syscall.EAFNOSUPPORT, syscall.EPROTONOSUPPORT} {
		if errors.Is(err, no) {
			return true
		}
	}
	return false
}

func (l *listener) serve() {
	l.server = &http.Server{
		Handler:           http.HandlerFunc(l.handle),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       20 * time.Second,
		WriteTimeout:      20 * time.Second,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          log.New(io.Discard, "", 0), // its lines would land between ours
	}
	for _, s := range l.socks {
		go func() { _ = l.server.Serve(s) }() // ends with close
	}
}

// close ends the listener. If an answer came, the browser first gets a moment
// to fetch the page, unless ctx has ended.
func (l *listener) close(ctx context.Context) {
	l.mu.Lock()
	wait := l.taken != nil
	l.mu.Unlock()
	if wait {
		select {
		case <-l.served:
		case <-ctx.Done():
		case <-time.After(pageGrace):
		}
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 200*time.Millisecond)
	defer cancel()
	_ = l.server.Shutdown(stop) // idle connections of browsers may outlast it:
	_ = l.server.Close()        // then they are cut
}

func (l *listener) handle(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Connection", "close")
	switch {
	case r.Host != l.host:
		show(w, http.StatusMisdirectedRequest, page{Title: "Wrong address", Text: "This page is not here."})
	case r.URL.EscapedPath() == l.donePath() && r.Method == http.MethodGet:
		l.showDone(w)
	case r.URL.EscapedPath() != l.path:
		show(w, http.StatusNotFound, page{Title: "Not found", Text: "There is nothing at this address."})
	case r.Method != http.MethodGet && r.Method != http.MethodPost:
		w.Header().Set("Allow", "GET, POST")
		show(w, http.StatusMethodNotAllowed, page{Title: "Not allowed", Text: "This address takes the answer of a sign-in only."})
	default:
		l.receive(w, r)
	}
}

// receive takes the answer: from the query or, with response_mode form_post,
// from the body.
func (l *listener) receive(w http.ResponseWriter, r *http.Request) {
	values, ok := answerValues(w, r)
	if !ok || subtle.ConstantTimeCompare([]byte(values.Get("state")), []byte(l.state)) != 1 {
		show(w, http.StatusBadRequest, page{Title: "Not the sign-in we started", Text: "This answer does not belong to the sign-in that hdstest is waiting for. The wait goes on."})
		return
	}
	if values.Get("code") == "" && values.Get("error") == "" {
		show(w, http.StatusBadRequest, page{Title: "Incomplete answer", Text: "The answer holds neither a code nor an error. The wait goes on."})
		return
	}
	if !l.take(values) {
		show(w, http.StatusConflict, page{Title: "Already received", Text: "The answer to this sign-in has come before."})
		return
	}
	harden(w.Header())
	w.Header().Set("Location", l.donePath())
	w.WriteHeader(http.StatusSeeOther)
}

// take keeps the first answer only.
func (l *listener) take(values url.Values) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.taken != nil {
		return false
	}
	l.taken = values
	l.answer <- values
	return true
}

// answerValues reads the parameters. None of those that matter may occur twice
// (RFC 6749 section 3.1).
func answerValues(w http.ResponseWriter, r *http.Request) (url.Values, bool) {
	values := r.URL.Query()
	if r.Method == http.MethodPost {
		kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
		r.Body = http.MaxBytesReader(w, r.Body, answerForm)
		if kind != "application/x-www-form-urlencoded" || r.ParseForm() != nil {
			return nil, false
		}
		values = r.PostForm
	}
	for _, name := range []string{"state", "code", "error"} {
		if len(values[name]) > 1 {
			return nil, false
		}
	}
	return values, true
}

// donePath is the clean address of the page at the end, so that the code stays
// neither in the address bar nor in the history.
func (l *listener) donePath() string {
	if l.path[len(l.path)-1] == '/' {
		return l.path + "done"
	}
	return l.path + "/done"
}

func (l *listener) showDone(w http.ResponseWriter) {
	l.mu.Lock()
	taken := l.taken
	l.mu.Unlock()
	if taken == nil {
		show(w, http.StatusNotFound, page{Title: "Not found", Text: "There is nothing at this address."})
		return
	}
	show(w, http.StatusOK, donePage(taken))
	l.servedOnce.Do(func() { close(l.served) })
}
