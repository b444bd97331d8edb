package report

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Escape makes text safe to print on one line of a terminal: control characters
// (C0, C1, DEL), direction marks, line separators and broken UTF-8 come out as
// visible escapes, line ends and tabs as blanks.
func Escape(text string) string {
	if !strings.ContainsFunc(text, unsafe) && utf8.ValidString(text) {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, text[i])
		case r == '\n' || r == '\t':
			b.WriteByte(' ')
		case r == '\r' && strings.HasPrefix(text[i+size:], "\n"):
			// the line end follows
		case unsafe(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
		i += size
	}
	return b.String()
}

// unsafe tells whether a character may act on a terminal or deceive its reader.
func unsafe(r rune) bool {
	switch {
	case r < 0x20, r >= 0x7f && r <= 0x9f: // C0, DEL, C1
		return true
	case r == 0x061c, r >= 0x200b && r <= 0x200f, r >= 0x2028 && r <= 0x202e, r >= 0x2060 && r <= 0x206f, r == 0xfeff:
		return true // zero width, direction, separators
	case r >= 0xe0000 && r <= 0xe007f:
		return true // tags
	}
	return false
}
