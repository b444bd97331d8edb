package acquire

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"html"
	"net/url"
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
		for _, form := range encodings(s) {
			text = secret.Scrub(text, secret.New(form))
		}
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

// encodings lists the forms in which a secret could come back. Very short ones
// are left out: they would blank out ordinary text, and no authority issues them.
func encodings(s string) []string {
	const shortest = 4
	if len(s) < shortest {
		return nil
	}
	raw := []byte(s)
	forms := []string{
		s, strings.TrimSpace(s), url.QueryEscape(s), url.PathEscape(s), html.EscapeString(s), hex.EncodeToString(raw),
		base64.StdEncoding.EncodeToString(raw), base64.RawStdEncoding.EncodeToString(raw),
		base64.URLEncoding.EncodeToString(raw), base64.RawURLEncoding.EncodeToString(raw),
	}
	if quoted, err := json.Marshal(s); err == nil {
		forms = append(forms, strings.Trim(string(quoted), `"`))
	}
	return forms
}
