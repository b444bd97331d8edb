package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Escape makes text safe to print on one line of a terminal: control characters
// (C0, C1, DEL), direction marks, line separators and broken UTF-8 come out as
// visible escapes, line ends and tabs as blanks. So does what a CI system takes for
// a command: ##[ and ##vso[ wherever they stand, :: at the beginning.
//
// Source: actions/runner, ActionCommand.cs (blanks before :: do not count);
// azure-pipelines-agent, Command.cs.
func Escape(text string) string {
	if !strings.ContainsFunc(text, unsafe) && utf8.ValidString(text) && !strings.Contains(text, "##") && !strings.Contains(text, "::") {
		return text
	}
	start := len(text) - len(strings.TrimLeftFunc(text, unicode.IsSpace))
	var b strings.Builder
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, text[i])
		case r == '\n' || r == '\t':
			b.WriteByte(' ')
		case i == start && strings.HasPrefix(text[i:], "::"):
			b.WriteString(escapedColon)
		case r == '#' && i > 0 && text[i-1] == '#' && opensCommand(text[i+1:]):
			b.WriteString(escapedHash)
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

// What stands for the second # and the first : of a command.
const (
	escapedHash  = `\u0023`
	escapedColon = `\u003a`
)

// opensCommand tells whether text behind ## makes a command of it.
func opensCommand[T string | []byte](rest T) bool {
	const azure = "vso["
	return len(rest) > 0 && rest[0] == '[' || len(rest) >= len(azure) && strings.EqualFold(string(rest[:len(azure)]), azure)
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
