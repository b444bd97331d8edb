package explain

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"hdstest/internal/evidence"
	"hdstest/internal/lazyregexp"
	"hdstest/internal/secret"
)

var (
	statusLine  = lazyregexp.New(`(?m)^[<\s]*HTTP/\d(?:\.\d)?\s+(\d{3})\b`)
	requestLine = lazyregexp.New(`(?m)^[>\s]*(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) (\S+) HTTP/\d`)
	headerLine  = lazyregexp.New(`(?m)^([<>]?) ?([A-Za-z][A-Za-z0-9-]{1,40})\s*:[ \t]*(.*?)\r?$`)
	typeAndID   = lazyregexp.New(`\b([A-Z][A-Za-z]+)/([A-Za-z0-9][A-Za-z0-9.-]{0,63})`)
)

// httpAnswer reads a saved answer, as curl -i or curl -v prints it: the last
// status line that is final, headers that hold no secret, and with -v the
// request. The body is left to the other kinds.
func httpAnswer(u *Understanding, in input) {
	status := 0
	for _, m := range statusLine.FindAllStringSubmatch(in.text, 20) {
		status, _ = strconv.Atoi(m[1])
	}
	if status >= 100 && status <= 599 {
		u.Bundle.Response = &evidence.Response{Status: status, Headers: answerHeaders(in.text)}
		u.say(strings.TrimSpace(fmt.Sprintf("an HTTP answer: %d %s", status, http.StatusText(status))))
	}
	if m := requestLine.FindStringSubmatch(in.text); m != nil {
		u.Bundle.Request = &evidence.Request{Method: m[1], Path: path(m[2]), Headers: requestHeaders(in.text)}
		u.say("the request: " + m[1] + " " + u.Bundle.Request.Path)
	}
}

// path hides ids, UIDs and the values of the query.
func path(target string) string {
	address, err := url.Parse(target)
	if err != nil {
		return ""
	}
	out := Clean(typeAndID.ReplaceAllString(address.EscapedPath(), "$1/{id}"))
	var names []string
	for name := range address.Query() {
		names = append(names, Clean(name)+"=")
	}
	if slices.Sort(names); names != nil {
		out += "?" + strings.Join(names, "&")
	}
	return out
}

func answerHeaders(text string) map[string]string {
	return headers(text, "<", "Content-Type", "Retry-After", "Allow", "Server")
}

// requestHeaders tells of Authorization only that it was sent.
func requestHeaders(text string) map[string]string {
	out := headers(text, ">", "Content-Type", "Accept", "Authorization", "Prefer")
	if _, ok := out["Authorization"]; ok {
		out["Authorization"] = secret.Redacted
	}
	return out
}

// headers takes the named ones of one direction; those of an answer may stand
// without the mark that curl -v writes.
func headers(text, direction string, names ...string) map[string]string {
	out := map[string]string{}
	for _, m := range headerLine.FindAllStringSubmatch(text, 200) {
		name := http.CanonicalHeaderKey(m[2])
		if (m[1] == direction || m[1] == "" && direction == "<") && slices.Contains(names, name) {
			out[name] = kept(m[3])
		}
	}
	return out
}
