package probe

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	jsonv1 "github.com/go-json-experiment/json/v1"

	"hdstest/internal/catalogue"
	"hdstest/internal/lazyregexp"
	"hdstest/internal/secret"
	"hdstest/internal/transport"
)

// textLimit is how much of a server's text is kept, in bytes.
const textLimit = 500

var titleForm = lazyregexp.New(`(?is)<title[^>]*>(.*?)</title>`)

// content is a body as far as it could be read.
type content struct {
	mediaType string
	status    int
	raw       []byte
	doc       any    // decoded JSON, else nil; of a statement, the elements of its own alone
	fault     string // why it is no JSON; empty if it is
	// statement is the answer to a request for one.
	statement *statement
}

// read decodes the body if it is JSON. It says in words why it is not.
func read(q catalogue.Request, a transport.Answer) content {
	c := content{status: a.Status, raw: a.Body}
	c.mediaType, _, _ = mime.ParseMediaType(a.Header.Get("Content-Type"))
	if a.Truncated {
		c.fault = "the body is larger than 8 MB and was not read to its end"
		return c
	}
	if strings.HasPrefix(c.mediaType, "application/dicom") && c.mediaType != "application/dicom+json" {
		c.fault = "the body is " + c.mediaType + ", not JSON"
		return c
	}
	more, err := c.decode(q.ID == metadataID && a.Status == http.StatusOK)
	switch {
	case len(bytes.TrimSpace(a.Body)) == 0:
		c.fault = "the body is empty, not JSON"
	case c.html():
		c.fault = "the body is an HTML page, not JSON"
	case errors.Is(err, errCrowded):
		c.fault = "the body is JSON of too many parts and was not read"
	case err != nil && c.looksLikeXML():
		c.fault = "the body is XML, not JSON"
	case errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF):
		c.fault = "the JSON is cut short"
	case err != nil:
		c.fault = "the body is not JSON"
	case more:
		c.fault = "more follows the JSON"
	}
	if c.fault != "" {
		c.doc, c.statement = nil, nil
	}
	return c
}

// decode reads one JSON value, as a capability statement or as whatever it is, and
// tells whether more follows. Like encoding/json it takes names that stand twice
// and broken UTF-8; of a statement, what has another type than FHIR says stays
// empty.
func (c *content) decode(asStatement bool) (more bool, err error) {
	body := bytes.TrimPrefix(c.raw, []byte("\ufeff"))
	lenient := json.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if len(body) >= large && crowded(body, lenient) {
		return false, errCrowded
	}
	if s := (statement{}); asStatement && json.Unmarshal(body, &s, lenient) == nil {
		c.statement, c.doc = &s, s.Others // a statement as it should be is read in one go
		return false, nil
	}
	decoder := jsontext.NewDecoder(bytes.NewBuffer(body), lenient)
	value, err := decoder.ReadValue()
	if err != nil {
		return false, err
	}
	lenient = json.JoinOptions(lenient, jsonv1.MergeWithLegacySemantics(true), jsonv1.ReportErrorsWithLegacySemantics(true))
	if asStatement {
		c.statement = &statement{}
		err = json.Unmarshal(value, c.statement, lenient)
		c.doc = c.statement.Others
	} else {
		err = json.Unmarshal(value, &c.doc, lenient)
	}
	if mistyped := (*jsonv1.UnmarshalTypeError)(nil); err != nil && !errors.As(err, &mistyped) {
		return false, err
	}
	_, err = decoder.ReadToken()
	return !errors.Is(err, io.EOF), nil
}

// errCrowded is a body that would take many times its size once it is read.
var errCrowded = errors.New("too many parts")

// From this size on, in bytes, JSON may have so many parts, counted as tokens. The
// longest list that any request asks for is far below that.
const (
	large     = 1 << 20
	maxTokens = 500_000
)

func crowded(body []byte, lenient json.Options) bool {
	decoder := jsontext.NewDecoder(bytes.NewBuffer(body), lenient)
	for range maxTokens {
		if _, err := decoder.ReadToken(); err != nil {
			return false
		}
	}
	return true
}

func (c content) html() bool {
	start := strings.ToLower(string(bytes.TrimSpace(c.raw[:min(len(c.raw), 200)])))
	return strings.HasPrefix(start, "<!doctype html") || strings.HasPrefix(start, "<html")
}

// kept is what of the body may stay: error texts and codes, never data. nil for
// an answer that is no error.
func (c content) kept(service string, hide ...secret.Value) any {
	text := func(v any) string { return keptText(catalogue.Text(v), hide...) }
	if resource, ok := catalogue.Path("resourceType").Lookup(c.doc); ok {
		if resource != "OperationOutcome" {
			return nil
		}
		return keptOutcome(c.doc, text)
	}
	if outcome := c.outcome(); outcome != nil {
		return keptOutcome(outcome, text)
	}
	if failed, ok := catalogue.Path("00081198.Value").Lookup(c.doc); ok {
		return keptReasons(asList(failed))
	}
	switch {
	case c.status < 400 && !c.html():
		return nil
	case c.html():
		title := titleForm.FindSubmatch(c.raw)
		if title == nil {
			return "HTML page"
		}
		return "HTML page: " + text(strings.TrimSpace(string(title[1])))
	case c.doc != nil:
		return keptError(c.doc, text)
	case c.mediaType == "text/plain" || c.mediaType == "" && utf8.Valid(c.raw) && len(c.raw) > 0:
		return text(string(c.raw))
	}
	return nil
}

// keptOutcome keeps the issues of an OperationOutcome, without its narrative and
// its references (hl7.org/fhir/R4/operationoutcome.html).
func keptOutcome(doc any, text func(any) string) any {
	issues := []any{}
	list, _ := catalogue.Path("issue").Lookup(doc)
	for _, issue := range asList(list)[:min(len(asList(list)), 5)] {
		kept := map[string]any{}
		for _, name := range []catalogue.Path{"severity", "code", "diagnostics"} {
			if v, ok := name.Lookup(issue); ok {
				kept[string(name)] = text(v)
			}
		}
		if v, ok := catalogue.Path("details.text").Lookup(issue); ok {
			kept["details"] = map[string]any{"text": text(v)}
		}
		if where, ok := catalogue.Path("expression[0]").Lookup(issue); ok && elementPath(catalogue.Text(where)) {
			kept["expression"] = []any{text(where)}
		}
		issues = append(issues, kept)
	}
	return map[string]any{"resourceType": "OperationOutcome", "issue": issues}
}

// elementPath tells a bare path of names and indices, such as Patient.name[0].use,
// from an expression that may quote a value.
func elementPath(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(".[]", r))
	})
}

// keptReasons keeps the failure reasons (0008,1197) of a Failed SOP Sequence
// (DICOM PS3.18 annex I.2.2).
func keptReasons(failed []any) any {
	items := []any{}
	for _, item := range failed[:min(len(failed), 5)] {
		if reason, ok := catalogue.Path("00081197.Value[0]").Lookup(item); ok {
			items = append(items, map[string]any{"00081197": map[string]any{"vr": "US", "Value": []any{reason}}})
		}
	}
	return map[string]any{"00081198": map[string]any{"vr": "SQ", "Value": items}}
}

// keptError keeps code and message of the error objects that gateways and Azure
// send in front of a service, of problem details (RFC 9457 section 3.1) and of
// Orthanc.
func keptError(doc any, text func(any) string) any {
	out := map[string]any{}
	for _, path := range []catalogue.Path{"error", "error.code", "error.message", "code", "message", "statusCode", "overallStatus",
		"title", "detail", "Message", "Details"} {
		v, ok := path.Lookup(doc)
		switch v.(type) {
		case string, float64:
			if ok {
				out[string(path)] = text(v)
			}
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// keptText cuts a server's text to a length and takes the token out, should the
// server have sent it back. It does not escape: whoever prints does.
func keptText(text string, hide ...secret.Value) string {
	return limited(secret.Scrub(text, hide...))
}

func limited(text string) string {
	if len(text) <= textLimit {
		return strings.ToValidUTF8(text, "�")
	}
	return strings.ToValidUTF8(text[:textLimit], "") + "…"
}
