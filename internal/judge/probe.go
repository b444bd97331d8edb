package judge

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"
	"time"

	"hdstest/internal/catalogue"
	"hdstest/internal/check"
	"hdstest/internal/evidence"
)

// Probe judges one request to a service by the evidence of the exchange: what
// the catalogue expects of the answer was compared when it came. Its id is
// probe.<request's id>.
func Probe(b evidence.Bundle) check.Finding {
	f := check.Finding{ID: "probe", Group: b.Service, Title: "Request", Status: check.Pass}
	if b.Request != nil {
		f.ID, f.Title = "probe."+b.Request.ID, strings.TrimSpace(b.Request.Method+" "+b.Request.Path)
		if r, ok := catalogue.ByID(b.Request.ID); ok {
			f.Title, f.Source, f.Group = r.Title, r.Source, cmp.Or(b.Service, r.Service)
		}
	}
	if r := b.Response; r != nil {
		f.Expected, f.Seen = r.Expected, answer(r)
		if r.Timing != nil {
			f.Duration = time.Duration(r.Timing.Total * float64(time.Millisecond))
		}
	}
	switch {
	case b.Network != nil:
		f.Status = check.Fail
		f.Seen = strings.TrimPrefix(f.Seen+"; ", "; ") + b.Network.Words()
	case b.Response == nil:
		f.Status, f.Seen = check.Skip, "it was not sent"
	case len(b.Response.Mismatch) > 0:
		f.Status = check.Fail
	case b.Response.Status == http.StatusConflict && b.Service == catalogue.DICOM:
		f.Seen += ": the instance is there already (45070), so storing works"
	case b.Response.Status == http.StatusNoContent && b.Service == catalogue.DICOM && b.Request != nil && b.Request.Method == http.MethodGet:
		f.Seen += ": nothing matches, which is a success"
	}
	if f.Status == check.Fail {
		return open(WithCause(f, b), b)
	}
	return f
}

// openCause is the cause of an answer to a request that had no token.
const openCause = "service.open"

// open words the finding that a server lets anybody in. It is no more than a
// warning to a person who has said that the server asks for no token.
func open(f check.Finding, b evidence.Bundle) check.Finding {
	if f.Cause != openCause {
		return f
	}
	f.Seen += "; no challenge: this server lets anybody in"
	if b.Request.Anonymous {
		f.Status, f.Hint = check.Warn, "nothing, if this is a test server that is meant to be open"
	}
	return f
}

// answer is the status and what else did not fit. That the status itself did
// not fit is seen from the two beside each other.
func answer(r *evidence.Response) string {
	var parts []string
	if r.Status != 0 {
		parts = append(parts, strings.TrimSpace(fmt.Sprintf("%d %s", r.Status, http.StatusText(r.Status))))
	}
	for _, m := range r.Mismatch {
		if r.Status != 0 && strings.HasPrefix(m, fmt.Sprintf("status %d,", r.Status)) {
			_, m, _ = strings.Cut(m, ": ") // where a redirect leads
		}
		if m != "" {
			parts = append(parts, m)
		}
	}
	if words := said(r.Body); words != "" && len(r.Mismatch) > 0 {
		parts = append(parts, fmt.Sprintf("it says %q", words)+issues(r.Body))
	}
	if id := requestID(r.Headers); id != "" && len(r.Mismatch) > 0 {
		parts = append(parts, "request id "+id)
	}
	return strings.Join(parts, "; ")
}

// issues is what of an OperationOutcome stands beside the words: the code, the
// element that is meant, and how many more issues there are.
//
// Source: hl7.org/fhir/R4/operationoutcome.html.
func issues(body any) string {
	list, ok := catalogue.Path("issue").Lookup(body)
	all, _ := list.([]any)
	if !ok || len(all) == 0 {
		return ""
	}
	var parts []string
	for _, path := range []catalogue.Path{"severity", "code"} {
		if v, ok := path.Lookup(all[0]); ok {
			parts = append(parts, catalogue.Text(v))
		}
	}
	out := strings.Join(parts, " ")
	if where, ok := catalogue.Path("expression[0]").Lookup(all[0]); ok {
		out += " at " + catalogue.Text(where)
	}
	if more := len(all) - 1; more > 0 {
		out += fmt.Sprintf(", and %d more", more)
	}
	if out == "" {
		return ""
	}
	return " (" + out + ")"
}

// requestID is the server's own id of the exchange, which its support asks for.
func requestID(headers map[string]string) string {
	return cmp.Or(headers["X-Request-Id"], headers["X-Ms-Request-Id"], headers["X-Azure-Ref"])
}

// mostWords is how much of a server's own words a finding repeats, in bytes; the
// evidence has more.
const mostWords = 200

// said is what the server said of its refusal: the most telling of the texts that
// the probe kept of the body.
func said(body any) string {
	text, _ := body.(string)
	for _, path := range []catalogue.Path{"issue[0].diagnostics", "issue[0].details.text", "error.message", "message", "detail", "Details",
		"Message", "title", "error.code", "error", "issue[0].code"} {
		if found, ok := path.Lookup(body); ok && text == "" {
			text, _ = found.(string)
		}
		if kept, ok := body.(map[string]any); ok && text == "" { // a probe keeps them by their path
			text, _ = kept[string(path)].(string)
		}
	}
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > mostWords {
		text = strings.ToValidUTF8(text[:mostWords], "") + "…"
	}
	return text
}
