package acquire

import (
	"context"
	"crypto/subtle"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"hdstest/internal/problem"
)

// pageGrace is how long the listener stays for the browser to fetch the page at
// the end, once the flow is over.
const pageGrace = 2 * time.Second

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
