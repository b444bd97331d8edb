package evidence

import (
	"strings"
	"unicode/utf8"

	"hdstest/internal/lazyregexp"
)

// Shapes of a client secret, as [SecretShape] tells them. Several may hold.
const (
	ShapeEmpty       = "empty"
	ShapeGUID        = "guid"        // the secret's ID (keyId) has this form, a value never has
	ShapeNewline     = "newline"     // CR or LF at an end
	ShapeSpace       = "blank"       // another white space at an end
	ShapePlaceholder = "placeholder" // text of a template, such as <your-secret>
	ShapeVariable    = "variable"    // ${X}, $(X), {{X}}, %X%: not expanded
	ShapeQuoted      = "quoted"      // quotation marks around it
	ShapeEncoded     = "encoded"     // holds %XX: percent-encoded already
	ShapeReserved    = "reserved"    // holds + & = % / or #, which a form must encode
	ShapeMasked      = "masked"      // asterisks, as logs print secrets
	ShapeBOM         = "bom"         // begins with a byte order mark
	ShapeToken       = "jwt"         // a token in the place of a secret
	ShapeShort       = "short"       // under 16 characters, Entra's least
	ShapeNotText     = "not_text"    // control characters within, or no UTF-8
	ShapeUsual       = "usual"       // none of these
)

var (
	guidForm        = lazyregexp.New(`(?i)^\{?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\}?$`)
	placeholderForm = lazyregexp.New(`(?i)^<.*>$|^\[.*\]$|your[-_ ]|^(enter|insert|replace|paste|put|add)[-_ ]|change[-_ ]?me|client[-_ ]?secret|xxxx`)
	variableForm    = lazyregexp.New(`^\$\{.*\}$|^\$\(.*\)$|^\{\{.*\}\}$|^%[A-Za-z_]\w*%$|^\$[A-Za-z_]\w*$|^@Microsoft\.KeyVault\(`)
	encodedForm     = lazyregexp.New(`%[0-9A-Fa-f]{2}`)
	maskedForm      = lazyregexp.New(`\*{3,}|•{3,}`)
	jwtForm         = lazyregexp.New(`^eyJ[\w-]+\.[\w-]+\.[\w-]*$`)
)

// SecretShape describes a client secret without telling any of it: the shapes
// that hold, joined by commas. What a template, a shell or a careless copy does
// to a secret shows in its form; that it is the right one does not.
//
// Source: GD:resources/passwordcredential.md (16 to 64 characters; keyId is a
// GUID); the form of real values is not documented, so nothing is concluded from
// an unusual one.
func SecretShape(secret string) string {
	if secret == "" {
		return ShapeEmpty
	}
	core := strings.TrimSpace(strings.TrimPrefix(secret, "\ufeff"))
	var shapes []string
	for _, s := range []struct {
		name string
		is   bool
	}{
		{ShapeBOM, strings.HasPrefix(secret, "\ufeff")},
		{ShapeNewline, endsWith(secret, "\r\n")},
		{ShapeSpace, endsWith(secret, " \t\u00a0")},
		{ShapeGUID, guidForm.MatchString(core)},
		{ShapeVariable, variableForm.MatchString(core)},
		{ShapePlaceholder, placeholderForm.MatchString(core)},
		{ShapeQuoted, quoted(core)},
		{ShapeMasked, maskedForm.MatchString(core)},
		{ShapeToken, jwtForm.MatchString(core)},
		{ShapeEncoded, encodedForm.MatchString(core)},
		{ShapeReserved, strings.ContainsAny(core, "+&=%/#")},
		{ShapeNotText, !utf8.ValidString(core) || strings.ContainsFunc(core, func(r rune) bool { return r < ' ' })},
		{ShapeShort, utf8.RuneCountInString(core) < 16},
	} {
		if s.is {
			shapes = append(shapes, s.name)
		}
	}
	if shapes == nil {
		return ShapeUsual
	}
	return strings.Join(shapes, ",")
}

// endsWith tells whether the text begins or ends with one of the characters.
func endsWith(text, set string) bool {
	return strings.Trim(text, set) != text
}

func quoted(s string) bool {
	if len(s) < 2 {
		return false
	}
	first, last := s[0], s[len(s)-1]
	return first == last && (first == '"' || first == '\'' || first == '`')
}
