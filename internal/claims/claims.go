// Package claims reads a JSON Web Token: its header and claims without belief,
// its signature with the issuer's keys, and both as evidence in which persons
// have pseudonyms.
//
// It judges nothing. Whether issuer, audience and times are right is package
// judge's business, claim by claim, so that an expired token still shows its
// wrong audience. It knows no network: keys come from a [KeySet] that the caller
// chose, and nothing in the token (iss, jku, x5u, jwk) chooses one.
package claims

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/golang-jwt/jwt/v5"

	"hdstest/internal/evidence"
	"hdstest/internal/problem"
	"hdstest/internal/secret"
)

// MaxSize is the length in bytes up to which a token is read. Entra keeps its
// tokens far below; a file of this size is something else.
const MaxSize = 64 << 10

// Token is a token as it was read. Nothing in it is verified.
type Token struct {
	Header map[string]any
	Claims map[string]any // as they came: for the person's own screen only
	Notes  []string       // what Parse left out or found odd, in words
	// PseudonymKey makes the pseudonyms of [Token.Evidence]. With the same key the
	// same person has the same pseudonym in all tokens of a run or bundle. Without
	// a key they hold within this token only.
	PseudonymKey []byte

	raw secret.Value
}

// Parse reads a token in compact form (RFC 7515 section 7.1) and verifies
// nothing. It tolerates, and notes, white space around it, quotation marks and a
// leading "Bearer". A text that is no token gives a problem of kind Usage, which
// never quotes the text.
func Parse(raw string) (*Token, error) {
	text, notes := trim(raw)
	if seen := unlike(text); seen != "" {
		return nil, notToken(seen, nil)
	}
	var claims jwt.MapClaims
	parsed, _, err := jwt.NewParser().ParseUnverified(text, &claims)
	if err != nil && !errors.Is(err, jwt.ErrTokenUnverifiable) { // an unknown alg is a finding, not an error
		return nil, notToken(badPart(text), err)
	}
	return &Token{Header: parsed.Header, Claims: claims, Notes: notes, raw: secret.New(text)}, nil
}

// trim takes off what people copy along.
func trim(raw string) (text string, notes []string) {
	text = strings.TrimSpace(strings.TrimPrefix(raw, "\ufeff"))
	if bare := strings.Trim(text, `"'`); bare != text {
		text = strings.TrimSpace(bare)
		notes = append(notes, "the quotation marks around the token were left out")
	}
	if len(text) > 7 && strings.EqualFold(text[:6], "bearer") && strings.ContainsAny(text[6:7], " \t\r\n:") {
		text = strings.TrimSpace(text[7:])
		notes = append(notes, `the leading "Bearer" was left out`)
	}
	return text, notes
}

// unlike tells in what way a text has not the form of a token; empty if it has.
func unlike(text string) string {
	parts := strings.Count(text, ".") + 1
	switch {
	case text == "":
		return "nothing"
	case len(text) > MaxSize:
		return fmt.Sprintf("%d bytes, more than the %d that are read", len(text), MaxSize)
	case strings.HasPrefix(text, "{"):
		return "JSON (the token is the value of its access_token)"
	case strings.ContainsAny(text, " \t\r\n"):
		return "text with white space inside"
	case parts == 5:
		return "an encrypted token (JWE, 5 parts), which only its audience can read"
	case parts == 1:
		return "text without points (opaque tokens, secrets and ids have this form)"
	case parts != 3:
		return fmt.Sprintf("%d parts separated by points", parts)
	}
	return ""
}

// badPart tells which of the three parts cannot be decoded.
func badPart(text string) string {
	for i, part := range strings.Split(text, ".") {
		name := []string{"header", "payload", "signature"}[i]
		data, err := base64.RawURLEncoding.DecodeString(part)
		var object map[string]any
		switch {
		case err != nil:
			return "a " + name + " that is not base64url"
		case i < 2 && json.Unmarshal(data, &object) != nil:
			return "a " + name + " that is not a JSON object"
		}
	}
	return "three parts that make no token"
}

func notToken(seen string, err error) error {
	return &problem.Error{Kind: problem.Usage, Tried: "read the token", Seen: seen,
		Expected: "a JWT: three base64url parts separated by points", Err: err,
		Evidence: &evidence.Bundle{Local: &evidence.Local{Problem: evidence.ProblemNoJWT, Detail: seen}}}
}
