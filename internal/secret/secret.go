// Package secret holds values that must never be printed: client secrets,
// tokens, passwords, private keys in text form.
//
// A [Value] is a struct around a pointer, so that no verb of package fmt, no
// encoder and no logger reaches the text, also when the value is an unexported
// field of a printed struct. [Value.Reveal] is the only way to the text; a
// search for its callers lists every place where a secret leaves the program.
package secret

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/url"
	"slices"
	"strings"
)

// Redacted is what stands in the place of a secret wherever it is printed.
const Redacted = "[redacted]"

// Value is a secret. Its zero value is "no secret".
type Value struct{ p *string }

// New wraps s. An empty s gives the zero Value.
func New(s string) Value {
	if s == "" {
		return Value{}
	}
	return Value{p: &s}
}

// Reveal returns the text itself.
func (v Value) Reveal() string {
	if v.p == nil {
		return ""
	}
	return *v.p
}

// IsZero tells whether there is no secret.
func (v Value) IsZero() bool { return v.p == nil }

// String returns [Redacted], or nothing for the zero Value.
func (v Value) String() string {
	if v.p == nil {
		return ""
	}
	return Redacted
}

// GoString returns the same as String, for %#v.
func (v Value) GoString() string { return `secret.Value{` + v.String() + `}` }

// Format answers every verb of package fmt with String.
func (v Value) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, v.String()) }

// MarshalText answers encoding/json, YAML and XML with String.
func (v Value) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// LogValue answers log/slog with String.
func (v Value) LogValue() slog.Value { return slog.StringValue(v.String()) }

// Scrub replaces every occurrence of the given secrets in text by [Redacted].
// It is the last line of defence for text that others wrote (error messages of
// libraries, answers of servers); it does not find encoded forms, see [ScrubForms].
func Scrub(text string, values ...Value) string {
	for _, v := range values {
		if s := v.Reveal(); s != "" {
			text = strings.ReplaceAll(text, s, Redacted)
		}
	}
	return text
}

// ScrubForms is Scrub for every encoding in which a secret could come back:
// percent, HTML, JSON, hexadecimal and base64. Secrets of fewer than four bytes
// are left alone: they would blank out ordinary text, and nobody issues them.
func ScrubForms(text string, values ...Value) string {
	for _, v := range values {
		for _, form := range forms(v.Reveal()) {
			text = strings.ReplaceAll(text, form, Redacted)
		}
	}
	return text
}

// shortest is the shortest secret that is looked for in text.
const shortest = 4

func forms(s string) []string {
	if len(s) < shortest {
		return nil
	}
	raw := []byte(s)
	out := []string{
		s, strings.TrimSpace(s), url.QueryEscape(s), url.PathEscape(s), html.EscapeString(s), hex.EncodeToString(raw),
		base64.StdEncoding.EncodeToString(raw), base64.URLEncoding.EncodeToString(raw),
	}
	if quoted, err := json.Marshal(s); err == nil {
		out = append(out, strings.Trim(string(quoted), `"`))
	}
	for before := range 3 {
		out = append(out, within(base64.RawStdEncoding, before, raw), within(base64.RawURLEncoding, before, raw))
	}
	return slices.DeleteFunc(out, func(form string) bool { return len(form) < shortest })
}

// within gives those characters of a base64 text that are the secret's alone
// when it begins after so many bytes of a group of three: how it stands in the
// header of HTTP Basic (RFC 7617), behind the client's id.
func within(e *base64.Encoding, before int, raw []byte) string {
	text := e.EncodeToString(append(make([]byte, before), raw...))
	return text[(before*8+5)/6 : (before+len(raw))*8/6]
}
