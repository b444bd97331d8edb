package sandbox

import (
	"encoding/json"
	"io"
	"net/http"
	"sync"
	"time"
)

// Entry is one request that the sandbox answered. It holds no query, no header
// but the two named, and no body: a real secret sent here by mistake is not kept.
type Entry struct {
	Time      time.Time `json:"time"`
	Service   string    `json:"service"`
	Method    string    `json:"method"`
	Path      string    `json:"path"`
	Status    int       `json:"status"`
	UserAgent string    `json:"user_agent"`
	Client    string    `json:"client,omitempty"` // x-client-sku, by which MSAL names itself
}

// requestLog writes entries as JSON lines. A nil writer drops them.
type requestLog struct {
	mu  sync.Mutex
	out io.Writer
}

func (l *requestLog) add(e Entry) {
	if l.out == nil {
		return
	}
	data, err := json.Marshal(e)
	if err != nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	_, _ = l.out.Write(append(data, '\n'))
}

// wrap logs what a service answers.
func (l *requestLog) wrap(service string, now func() time.Time, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		recorded := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(recorded, r)
		l.add(Entry{Time: now().UTC(), Service: service, Method: r.Method, Path: r.URL.Path, Status: recorded.status,
			UserAgent: r.UserAgent(), Client: r.Header.Get("x-client-sku")})
	})
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
