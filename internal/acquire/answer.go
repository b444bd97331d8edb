package acquire

import (
	"cmp"
	"encoding/json"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"hdstest/internal/evidence"
	"hdstest/internal/lazyregexp"
)

var (
	aadstsCode = lazyregexp.New(`AADSTS(\d+)`)
	// trailer is what Entra appends to a description; the same stands in fields.
	// Source: issue logs 2016 to 2025: line breaks in older answers, spaces in newer.
	trailer = lazyregexp.New(`(?s)\s*(Trace ID|Correlation ID|Timestamp): .*$`)
	// account is an address of a person, as user errors quote it.
	account = lazyregexp.New(`[^\s'"<>():;,]+@[^\s'"<>():;,]+\.[^\s'"<>():;,.]+`)
)

// fields is a JSON object read leniently.
type fields map[string]any

// readAnswer reads the body of an answer; of what is no JSON object it gives none.
func readAnswer(body []byte) fields {
	var f fields
	if json.Unmarshal(body, &f) != nil {
		return nil
	}
	return f
}

func (f fields) text(name string) string {
	s, _ := f[name].(string)
	return s
}

// number reads a number, also one in a string as v1 endpoints write it.
func (f fields) number(name string) (int, bool) {
	switch v := f[name].(type) {
	case float64:
		return int(v), true
	case string:
		n, err := strconv.Atoi(v)
		return n, err == nil
	}
	return 0, false
}

// oauthAnswer makes evidence of an exchange with an OAuth endpoint. Tokens are
// not read; the description goes through clean.
func oauthAnswer(x *exchange, clean func(string) string) *evidence.OAuthAnswer {
	f := readAnswer(x.body)
	a := &evidence.OAuthAnswer{
		Status:          x.status,
		Error:           clean(f.text("error")),
		ErrorCodes:      errorCodes(f["error_codes"], f.text("error_description")),
		Suberror:        clean(f.text("suberror")),
		MessageContains: description(f.text("error_description"), clean),
		TraceID:         clean(cmp.Or(f.text("trace_id"), x.header.Get("X-Ms-Request-Id"))),
		CorrelationID:   clean(f.text("correlation_id")),
		Extra:           answerExtra(x, f, clean),
	}
	return a
}

// answerExtra holds what helps to explain and has no field of its own.
func answerExtra(x *exchange, f fields, clean func(string) string) map[string]any {
	extra := map[string]any{}
	if x.step != stepToken {
		extra["endpoint"] = map[step]string{stepDevice: "devicecode", stepMetadata: "openid-configuration", stepDiscovery: "instance discovery"}[x.step]
	}
	if after := x.header.Get("Retry-After"); after != "" {
		extra["retry_after"] = clean(after)
	}
	if f == nil {
		kind, _, _ := mime.ParseMediaType(x.header.Get("Content-Type"))
		extra["content_type"] = clean(kind)
	}
	if f.text("claims") != "" {
		extra["claims_challenge"] = true
	}
	if scope := f.text("scope"); scope != "" {
		extra["granted_scope"] = clean(scope)
	}
	if len(extra) == 0 {
		return nil
	}
	return extra
}

// errorCodes takes the numbers of error_codes, and those in the text only if
// there are none.
func errorCodes(list any, text string) []int {
	var codes []int
	values, _ := list.([]any)
	for _, v := range values {
		if n, ok := v.(float64); ok {
			codes = append(codes, int(n))
		}
	}
	if codes != nil {
		return codes
	}
	if m := aadstsCode.FindStringSubmatch(text); m != nil {
		if n, err := strconv.Atoi(m[1]); err == nil {
			return []int{n}
		}
	}
	return nil
}

// description shortens an error_description to what a person needs, without
// names of accounts.
func description(text string, clean func(string) string) string {
	text = clean(trailer.ReplaceAllString(text, "")) // first the secrets: one could hold an @
	return strings.TrimSpace(account.ReplaceAllString(text, "{account}"))
}

// trailerField reads one of the fields that Entra appends to a description.
func trailerField(text, name string) string {
	_, after, ok := strings.Cut(text, name+": ")
	if !ok {
		return ""
	}
	value, _, _ := strings.Cut(strings.TrimSpace(after), " ")
	return strings.TrimSpace(strings.SplitN(value, "\n", 2)[0])
}

// statusText is for answers without an OAuth error.
func statusText(status int) string {
	return strings.TrimSpace("status " + strconv.Itoa(status) + " " + http.StatusText(status))
}
