// Package plaintext reads text as the editors and shells of people write it: with
// byte order marks, in UTF-16 (">" of Windows PowerShell, Notepad), with line ends
// of either kind.
package plaintext

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	utf "golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// Decode gives a text without its byte order mark, in UTF-8 if the mark is one of
// UTF-16. What has no mark is given as it is, text or not.
//
// Source: The Unicode Standard, section 23.8, Byte Order Mark.
func Decode(data []byte) []byte {
	out, _, err := transform.Bytes(utf.BOMOverride(transform.Nop), data)
	if err != nil {
		return data
	}
	return out
}

// Line gives the one line of a text, without white space around it; it may be
// empty. Several lines, control characters and bytes that are no text are errors,
// which follow the name of the source and tell nothing of what it holds.
func Line(data []byte) (string, error) {
	line := strings.TrimSpace(string(Decode(data)))
	switch {
	case !utf8.ValidString(line) || strings.ContainsRune(line, utf8.RuneError):
		return "", errors.New("holds bytes that are no text in UTF-8")
	case strings.Contains(line, "\n"):
		return "", fmt.Errorf("holds %d lines, and one is expected", strings.Count(line, "\n")+1)
	case strings.ContainsFunc(line, unicode.IsControl):
		return "", errors.New("holds control characters")
	}
	return line, nil
}
