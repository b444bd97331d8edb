package report

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// fit cuts text that does not fit behind used columns.
func (t *table) fit(text string, used int) string {
	room := t.look.Width - used
	if t.look.Width == 0 || utf8.RuneCountInString(text) <= room {
		return text
	}
	if room < 8 {
		return ""
	}
	return string([]rune(text)[:room-1]) + "…"
}

// Wrap breaks text at blanks into lines of at most width columns, where words are
// not longer. Control characters are not escaped, see [Escape].
func Wrap(text string, width int) []string { return wrap(text, width) }

// wrap breaks text at blanks; a word that is too long has a line of its own.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}

func pad(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(text)))
}

func padLeft(text string, width int) string {
	return strings.Repeat(" ", max(0, width-utf8.RuneCountInString(text))) + text
}

// millis gives a duration as a person reads it; nothing for none.
func millis(d time.Duration) string {
	switch {
	case d <= 0:
		return ""
	case d < time.Millisecond:
		return "<1 ms"
	case d < 10*time.Second:
		return fmt.Sprintf("%d ms", d.Round(time.Millisecond).Milliseconds())
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}
