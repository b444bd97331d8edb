package explain

import (
	"strings"
	"unicode"

	"hdstest/internal/lazyregexp"
	"hdstest/internal/secret"
)

// textLimit is how much of a server's text is kept, in bytes.
const textLimit = 500

var (
	jwtForm    = lazyregexp.New(`eyJ[\w-]{5,}(?:\.[\w-]*){0,4}`)
	personForm = lazyregexp.New(`[^\s"'<>()\[\]{},;:=/]+@[\w-]+(?:\.[\w-]+)+`)
	userInfo   = lazyregexp.New(`(://)[^/\s"']*@`)
	labelled   = lazyregexp.New(`(?i)([\w-]*(?:secret|password|passwd|pwd|passphrase|token|assertion|api[-_]?key|accountkey|signature|cookie|verifier))("?\s*[=:]\s*)("[^"]*"|'[^']*'|[^\s"'&,;]+)`)
	assigned   = lazyregexp.New(`(?i)([\w-]*(?:secret|password|token|assertion|signature))=[^\s"'&,;]+`)
	parameter  = lazyregexp.New(`(?i)([?&#\s]|^)(code|state|nonce|session_state|sig|login_hint|username|id_token_hint)=[^\s&"'<>]+`)
	scheme     = lazyregexp.New(`(?i)\b(bearer|basic|negotiate)\s+([\w.~+/=-]{6,})`)
	opaque     = lazyregexp.New(`[A-Za-z0-9~_+=-][A-Za-z0-9~_.+=-]{11,}`)
	uidForm    = lazyregexp.New(`\b\d+(?:\.\d+){4,}\b`)
)

// Clean takes out of a text what looks like a secret, a token, a person's
// address or a DICOM UID of an instance. It knows the forms and labels of
// secrets, not the secrets: a password in plain words without a label stays, so
// texts that may hold one are not kept at all.
func Clean(text string) string {
	text = jwtForm.ReplaceAllString(text, secret.Redacted)
	text = userInfo.ReplaceAllString(text, "$1")
	text = personForm.ReplaceAllString(text, "(person)")
	text = labelled.ReplaceAllString(text, "$1$2"+secret.Redacted)
	text = parameter.ReplaceAllString(text, "$1$2="+secret.Redacted)
	text = scheme.ReplaceAllStringFunc(text, func(s string) string {
		word, value, _ := strings.Cut(s, " ")
		if mixed(value) || strings.ContainsAny(value, "0123456789") {
			return word + " " + secret.Redacted
		}
		return s
	})
	text = opaque.ReplaceAllStringFunc(text, func(s string) string {
		if mixed(s) || strings.Contains(s, "~") {
			return secret.Redacted
		}
		return s
	})
	return uidForm.ReplaceAllStringFunc(text, func(uid string) string {
		if strings.HasPrefix(uid, "1.2.840.10008.") { // DICOM's own: classes and transfer syntaxes
			return uid
		}
		return "{uid}"
	})
}

// Printed takes secrets and persons out of a line that was made from evidence,
// such as one of a bundle that somebody else wrote. It is milder than [Clean],
// since our own words and the keys of the evidence are among it.
func Printed(line string) string {
	line = userInfo.ReplaceAllString(jwtForm.ReplaceAllString(line, secret.Redacted), "$1")
	line = personForm.ReplaceAllString(line, "(person)")
	line = assigned.ReplaceAllString(line, "$1="+secret.Redacted)
	return opaque.ReplaceAllStringFunc(line, func(s string) string {
		if strings.Contains(s, "~") || mixed(s) && !strings.Contains(s, ".") {
			return secret.Redacted
		}
		return s
	})
}

// Nameless takes out of a text of our own evidence what has the form of a token or
// of a person's address, whatever a server or an error put there. It is the mildest
// of the three: ids, thumbprints and addresses of services stay.
func Nameless(text string) string {
	text = userInfo.ReplaceAllString(jwtForm.ReplaceAllString(text, secret.Redacted), "$1")
	return personForm.ReplaceAllString(text, "(person)")
}

// kept is a server's text as it goes into the evidence: cleaned, on one line, cut.
func kept(text string) string {
	text = Clean(strings.Join(strings.Fields(text), " "))
	if len(text) > textLimit {
		text = strings.ToValidUTF8(text[:textLimit], "") + "…"
	}
	return text
}

// mixed tells whether a word has small and capital letters and digits, as random
// texts have and words, GUIDs and thumbprints have not.
func mixed(word string) bool {
	return strings.ContainsFunc(word, unicode.IsLower) && strings.ContainsFunc(word, unicode.IsUpper) && strings.ContainsFunc(word, unicode.IsDigit)
}

var identifier = lazyregexp.New(`^[\w$.-]{1,80}$`)

// word is a text that is one identifier, such as a code; else nothing.
func word(text string) string {
	if text = strings.TrimSpace(text); identifier.MatchString(text) {
		return Clean(text)
	}
	return ""
}
