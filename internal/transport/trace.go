package transport

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"hdstest/internal/lazyregexp"
	"hdstest/internal/secret"
)

// tracer writes one block per exchange when its headers have come, or when it
// failed. It shows what [RedactURL] leaves, headers and form fields that are
// known to be harmless, and of a body only the codes of an OAuth or Graph error.
// A nil tracer writes nothing.
type tracer struct {
	mu  sync.Mutex
	out io.Writer
	n   int
}

// errorCode is the form of an OAuth error (RFC 6749 section 5.2), a Graph code
// or a GUID. Other text is not copied from bodies.
var errorCode = lazyregexp.New(`^[A-Za-z0-9_.\-]{1,80}$`)

func (t *tracer) answered(req *http.Request, resp *http.Response, w *stopwatch, secrets []secret.Value) {
	if t == nil {
		return
	}
	var b strings.Builder
	fmt.Fprintf(&b, "  < %s%s\n", printable(resp.Status), durations(w))
	for _, name := range answerHeaders() {
		if resp.Header.Get(name) != "" {
			fmt.Fprintf(&b, "  < %s: %s\n", name, redactAnswerHeader(resp.Header, name))
		}
	}
	if codes := errorCodes(resp); codes != "" {
		fmt.Fprintf(&b, "  < %s\n", codes)
	}
	t.write(req, w, secret.ScrubForms(b.String(), secrets...))
}

func (t *tracer) failed(req *http.Request, err error, w *stopwatch, secrets []secret.Value) {
	if t == nil {
		return
	}
	seen := "failed"
	if n := Network(err, req.URL, ""); n != nil {
		seen = strings.TrimSpace("no answer, stage " + n.Stage + ": " + cmp.Or(n.TLSError, n.Error))
	} else if req.Context().Err() != nil {
		seen = "cancelled"
	}
	t.write(req, w, secret.ScrubForms("  ! "+printable(seen)+durations(w)+"\n", secrets...))
}

// write puts out the block in one piece, so that exchanges side by side do not mix.
func (t *tracer) write(req *http.Request, w *stopwatch, answer string) {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(req.Header)) {
		fmt.Fprintf(&b, "  > %s: %s\n", name, redactHeader(name, req.Header[name]))
	}
	if form := formFields(req); form != "" {
		fmt.Fprintf(&b, "  > form: %s\n", form)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.n++
	_, _ = fmt.Fprintf(t.out, "--- %d %s %s%s\n%s%s", // a trace that cannot be written must not end the exchange
		t.n, req.Method, RedactURL(req.URL), w.where(), b.String(), answer)
}

// formFields lists a form's fields. It takes a copy of the body where the
// request can give one, and else says nothing.
func formFields(req *http.Request) string {
	kind, _, _ := mime.ParseMediaType(req.Header.Get("Content-Type"))
	if kind != "application/x-www-form-urlencoded" || req.GetBody == nil {
		return ""
	}
	body, err := req.GetBody()
	if err != nil {
		return ""
	}
	defer func() { _ = body.Close() }() // a copy in memory
	data, err := io.ReadAll(io.LimitReader(body, 64<<10))
	if err != nil {
		return ""
	}
	return redactForm(string(data), " ")
}

// errorCodes reads the codes of a JSON error and puts the body back.
func errorCodes(resp *http.Response) string {
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if resp.StatusCode < 400 || kind != "application/json" || resp.Body == nil {
		return ""
	}
	const limit = 64 << 10
	data, err := io.ReadAll(io.LimitReader(resp.Body, limit))
	resp.Body = &prefixBody{Reader: io.MultiReader(bytes.NewReader(data), &failing{err}, resp.Body), Closer: resp.Body}
	var body struct {
		Error      json.RawMessage `json:"error"`
		Suberror   string          `json:"suberror"`
		ErrorCodes []int           `json:"error_codes"`
		TraceID    string          `json:"trace_id"`
	}
	if json.Unmarshal(data, &body) != nil {
		return ""
	}
	var oauth string
	var graph struct {
		Code string `json:"code"`
	}
	if json.Unmarshal(body.Error, &oauth) != nil {
		_ = json.Unmarshal(body.Error, &graph) // neither form: nothing is shown
	}
	return codeLine(cmp.Or(oauth, graph.Code), body.Suberror, body.TraceID, body.ErrorCodes)
}

func codeLine(code, suberror, trace string, numbers []int) string {
	var parts []string
	for _, p := range []struct{ name, value string }{{"error", code}, {"suberror", suberror}, {"trace_id", trace}} {
		if errorCode.MatchString(p.value) {
			parts = append(parts, p.name+"="+p.value)
		}
	}
	if len(numbers) > 0 {
		parts = append(parts, fmt.Sprintf("error_codes=%v", numbers))
	}
	return strings.Join(parts, " ")
}

type prefixBody struct {
	io.Reader
	io.Closer
}

// failing gives an error that was met while the body was read ahead, or none.
type failing struct{ err error }

func (f *failing) Read([]byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	return 0, io.EOF
}

func durations(w *stopwatch) string {
	t := w.timing(time.Now())
	var parts []string
	for _, p := range []struct {
		name string
		ms   float64
	}{{"dns", t.DNS}, {"connect", t.Connect}, {"tls", t.TLS}, {"wait", t.Wait}, {"total", t.Total}} {
		if p.ms > 0 {
			parts = append(parts, fmt.Sprintf("%s %.1f ms", p.name, p.ms))
		}
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

// where tells the address that was reached, which is the proxy's if there is one.
func (w *stopwatch) where() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.remote == "":
		return ""
	case w.reused:
		return " [" + w.remote + ", connection reused]"
	}
	return " [" + w.remote + "]"
}
