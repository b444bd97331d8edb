// Package requestlog writes down which requests the sandbox answered, so that a
// test can prove that a client was there. An entry holds no query, no header but
// two that are named, and no body: a real secret sent here by mistake is not kept.
package requestlog

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"sync"
	"time"

	"hdstest/internal/lazyregexp"
)

// Entry is one request.
type Entry struct {
	Time      time.Time `json:"time"`
	Service   string    `json:"service"`
	Method    string    `json:"method"`
	Path      string    `json:"path"`
	Status    int       `json:"status"`
	UserAgent string    `json:"user_agent"`
	Client    string    `json:"client,omitempty"` // x-client-SKU, by which MSAL names itself
}

// Log writes entries as JSON lines. The zero Log drops them.
type Log struct {
	mu  sync.Mutex
	out io.Writer
}

// New makes a log. A nil writer drops all entries.
func New(out io.Writer) *Log { return &Log{out: out} }

func (l *Log) add(e Entry) {
	data, err := json.Marshal(e)
	if err != nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	_, _ = l.out.Write(append(data, '\n'))
}

// Wrap logs what a service answers. now is the sandbox's clock.
func (l *Log) Wrap(service string, now func() time.Time, next http.Handler) http.Handler {
	if l.out == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		recorded := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		note := &note{client: plain(r.Header.Get("x-client-sku"))}
		next.ServeHTTP(recorded, r.WithContext(context.WithValue(r.Context(), noteKey{}, note)))
		l.add(Entry{Time: now().UTC(), Service: service, Method: r.Method, Path: r.URL.Path, Status: recorded.status,
			UserAgent: r.UserAgent(), Client: note.client})
	})
}

// note is what a service adds to the entry of the request that it answers.
type note struct{ client string }

type noteKey struct{}

// Client names the program that sent the request of a context, as far as a
// service finds that in the body: MSAL Node writes x-client-SKU into the form,
// other MSALs into a header. What does not look like a name is not kept.
func Client(ctx context.Context, name string) {
	if n, ok := ctx.Value(noteKey{}).(*note); ok && plain(name) != "" {
		n.client = name
	}
}

var nameShape = lazyregexp.New(`^[A-Za-z][A-Za-z0-9._-]{0,31}$`)

func plain(name string) string {
	if !nameShape.MatchString(name) {
		return ""
	}
	return name
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader remembers the status.
func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the writer below.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
