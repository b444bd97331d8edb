package explain

import (
	"hdstest/internal/claims"
)

// jwt reads the first token of the text. Its claims are kept as package claims
// redacts them; the signature is neither kept nor verified.
func jwt(u *Understanding, in input) {
	for _, raw := range jwtForm.FindAllString(in.text, 20) {
		parsed, err := claims.Parse(raw)
		if err != nil {
			continue
		}
		token, values := parsed.Evidence()
		u.Bundle.Token, u.Bundle.Claims = &token, values
		what := "a token (JWT); its signature was not verified"
		if aud, ok := values["aud"].(string); ok {
			what += "; its audience: " + kept(aud)
		}
		u.say(what)
		return
	}
}
