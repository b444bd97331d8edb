package acquire

import (
	"strings"
	"unicode"

	"hdstest/internal/secret"
)

// longestText bounds what is copied from a server.
const longestText = 1000

// clean makes a server's text fit for a terminal and for evidence: without the
// secrets of this call in any usual encoding, without control characters, of a
// bounded length.
func (r *recorder) clean(text string) string {
	r.mu.Lock()
	secrets := r.secrets
	r.mu.Unlock()
	for _, s := range secrets {
		text = secret.ScrubForms(text, secret.New(s))
	}
	text = strings.Map(func(c rune) rune {
		if unicode.IsPrint(c) {
			return c
		}
		return ' '
	}, text)
	if runes := []rune(text); len(runes) > longestText {
		text = string(runes[:longestText]) + "…"
	}
	return text
}
