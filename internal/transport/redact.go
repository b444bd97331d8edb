package transport

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"hdstest/internal/lazyregexp"
	"hdstest/internal/secret"
)

var (
	// uidSegment is a DICOM UID (PS3.5 section 9.1), which identifies a study,
	// series or instance of a person.
	uidSegment = lazyregexp.New(`^[0-9]+(\.[0-9]+){2,}$`)
	// typeSegment is the name of a FHIR resource type; an id follows it.
	typeSegment = lazyregexp.New(`^[A-Z][A-Za-z]+$`)
)

// openParameters are the query parameters and form fields of OAuth, Graph and
// ARM whose values are harmless and needed to see what went wrong. Everything
// else is shown by its name alone.
func openParameters() []string {
	return []string{
		"api-version", "client_id", "scope", "resource", "redirect_uri", "response_type", "response_mode", "grant_type",
		"prompt", "code_challenge_method", "client_assertion_type", "requested_token_use", "error", "error_codes",
		"appid", "client_info", "authorization_endpoint",
		"$select", "$top", "$count",
	}
}

// RedactURL writes u without user, password and fragment, with the values of
// its query hidden but for a few harmless ones of OAuth, and with FHIR ids and
// DICOM UIDs in its path hidden.
func RedactURL(u *url.URL) string {
	if u == nil {
		return ""
	}
	var b strings.Builder
	if u.Host != "" {
		b.WriteString(u.Scheme + "://" + u.Host)
	}
	b.WriteString(RedactPath(u.EscapedPath()))
	if u.RawQuery != "" {
		b.WriteString("?" + redactForm(u.RawQuery, "&"))
	}
	return printable(b.String())
}

// RedactPath hides in a URL's path what identifies a resource of a person: the
// segment after a FHIR resource type ("Patient/{id}") and DICOM UIDs. Segments
// that begin with $ or _ are operations and stay.
func RedactPath(path string) string {
	segments := strings.Split(path, "/")
	for i, s := range segments {
		switch {
		case uidSegment.MatchString(s):
			segments[i] = "{uid}"
		case i > 0 && s != "" && typeSegment.MatchString(segments[i-1]) && !strings.ContainsAny(s[:1], "$_"):
			segments[i] = "{id}"
		}
	}
	return strings.Join(segments, "/")
}

// redactForm lists the fields of a query or form, in the order in which they
// were sent, with the values of openParameters only.
func redactForm(encoded, separator string) string {
	open := openParameters()
	var out []string
	for field := range strings.SplitSeq(encoded, "&") {
		name, value, _ := strings.Cut(field, "=")
		plainName, nameErr := url.QueryUnescape(name)
		plain, valueErr := url.QueryUnescape(value)
		switch {
		case field == "":
		case nameErr != nil || valueErr != nil:
			out = append(out, "(unreadable field)")
		case plain == "":
			out = append(out, plainName+"=")
		case slices.Contains(open, strings.ToLower(plainName)):
			out = append(out, plainName+"="+plain)
		default:
			out = append(out, plainName+"="+secret.Redacted)
		}
	}
	return printable(strings.Join(out, separator))
}

// openHeaders are the request headers whose values can be shown.
func openHeaders() []string {
	return []string{
		"Accept", "Accept-Encoding", "Client-Request-Id", "Consistencylevel", "Content-Encoding", "Content-Length",
		"Content-Type", "Date", "If-Match", "If-None-Match", "Origin", "Prefer", "Return-Client-Request-Id", "Retry-Attempt",
		"Sdkversion", "User-Agent", "X-Client-Cpu", "X-Client-Os", "X-Client-Sku", "X-Client-Ver", "X-Ms-Client-Request-Id",
		"X-Requested-With", "X-Ms-Useragent", "X-Ms-Profile",
	}
}

// answerHeaders are the headers of an answer that are of use.
func answerHeaders() []string {
	return []string{
		"Content-Type", "Content-Length", "Www-Authenticate", "Proxy-Authenticate", "Location", "Content-Location", "Date", "Age",
		"Retry-After", "X-Ms-Request-Id", "Request-Id", "Client-Request-Id", "X-Request-Id", "X-Correlation-Id",
		"X-Ms-Correlation-Request-Id", "X-Ms-Ests-Server", "X-Ms-Session-Consistency-Token-Valid", "Allow", "Api-Supported-Versions", "Server", "Warning",
	}
}

// redactHeader gives the values of a request's header: of Authorization the
// scheme alone, and nothing of a header that is not known to be harmless.
func redactHeader(name string, values []string) string {
	if name == "Authorization" || name == "Proxy-Authorization" {
		scheme, _, ok := strings.Cut(strings.Join(values, ", "), " ")
		if ok && len(scheme) <= 12 {
			return printable(scheme) + " " + secret.Redacted
		}
		return secret.Redacted
	}
	if !slices.Contains(openHeaders(), name) {
		return secret.Redacted
	}
	return printable(strings.Join(values, ", "))
}

// redactAnswerHeader shortens addresses; the rest of answerHeaders holds no secrets.
func redactAnswerHeader(h http.Header, name string) string {
	value := strings.Join(h.Values(name), ", ")
	if name == "Location" || name == "Content-Location" {
		u, err := url.Parse(value)
		if err != nil {
			return secret.Redacted
		}
		u.RawQuery, u.Fragment = "", ""
		return RedactURL(u)
	}
	return printable(value)
}

// printable replaces what a terminal could act on: others wrote this text.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '\uFFFD'
	}, s)
}
