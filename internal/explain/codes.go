package explain

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"hdstest/internal/entra"
	"hdstest/internal/evidence"
	"hdstest/internal/lazyregexp"
)

var (
	codeForm = lazyregexp.New(`(?i)\bAADSTS\s*:?\s*(\d{5,8})\b`)
	// description is Entra's sentence behind a code, up to the ids that follow it.
	description = lazyregexp.New(`(?is)\bAADSTS\s*:?\s*\d{5,8}\b[^\r\n"]*`)
	idsBehind   = lazyregexp.New(`(?i)\s*(?:\\r|\\n)*\s*(?:Trace ID|Correlation ID|Timestamp):.*`)
)

// codes finds AADSTS codes in any text.
//
// Source: reference-error-codes of the Microsoft identity platform.
func codes(u *Understanding, in input) {
	var found []int
	for _, m := range codeForm.FindAllStringSubmatch(in.text, 20) {
		if n, err := strconv.Atoi(m[1]); err == nil && !slices.Contains(found, n) {
			found = append(found, n)
		}
	}
	u.addCodes(found, description.FindString(in.text))
}

// addCodes puts codes where the bundle has an answer of Entra already, else
// into one of the token endpoint.
func (u *Understanding) addCodes(found []int, sentence string) {
	if len(found) == 0 {
		return
	}
	b := &u.Bundle
	answer := b.TokenEndpoint
	if answer == nil {
		answer = b.AuthorizeEndpoint
	}
	if answer == nil {
		answer = &evidence.OAuthAnswer{}
		b.TokenEndpoint = answer
	}
	for _, n := range found {
		if !slices.Contains(answer.ErrorCodes, n) {
			answer.ErrorCodes = append(answer.ErrorCodes, n)
		}
		u.say(aboutCode(n))
	}
	if answer.MessageContains == "" {
		answer.MessageContains = kept(withoutIDs(sentence))
	}
}

func withoutIDs(sentence string) string { return idsBehind.ReplaceAllString(sentence, "") }

// aboutCode says what a code means, also where our table does not have it.
func aboutCode(n int) string {
	known, ok := entra.LookupError(n)
	if !ok {
		return fmt.Sprintf("error AADSTS%d of Microsoft Entra ID, which the table here does not have; Microsoft explains it at %s", n, entra.ErrorPage(n))
	}
	return fmt.Sprintf("error AADSTS%d of Microsoft Entra ID: %s", n, strings.TrimSuffix(known.Meaning, "."))
}
