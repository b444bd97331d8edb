package explain

import (
	"net/url"
	"strconv"
	"strings"

	"hdstest/internal/evidence"
	"hdstest/internal/lazyregexp"
)

var addressForm = lazyregexp.New(`[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s"'<>\\]+`)

// redirectAddress reads the address to which a sign-in was sent back with an
// error, in its query or fragment.
//
// Source: RFC 6749 section 4.1.2.1 and 4.2.2.1; Entra adds error_subcode.
func redirectAddress(u *Understanding, in input) {
	candidates := addressForm.FindAllString(in.text, 20)
	if strings.HasPrefix(in.text, "?") || strings.HasPrefix(in.text, "#") || strings.HasPrefix(in.text, "error=") {
		candidates = append(candidates, "http://localhost/?"+strings.TrimLeft(in.text, "?#"))
	}
	for _, raw := range candidates {
		address, err := url.Parse(raw)
		if err != nil || u.Bundle.AuthorizeEndpoint != nil {
			continue
		}
		q := address.Query()
		if fragment, err := url.ParseQuery(address.EscapedFragment()); err == nil && q.Get("error") == "" {
			q = fragment
		}
		name := word(q.Get("error"))
		if name == "" {
			continue
		}
		sentence := q.Get("error_description")
		u.Bundle.AuthorizeEndpoint = &evidence.OAuthAnswer{Error: name, Suberror: word(q.Get("error_subcode")),
			MessageContains: kept(withoutIDs(sentence))}
		u.say("a redirect back from the sign-in with the error " + name)
		u.addRedirectCode(sentence)
	}
}

func (u *Understanding) addRedirectCode(sentence string) {
	for _, m := range codeForm.FindAllStringSubmatch(sentence, 5) {
		if n, err := strconv.Atoi(m[1]); err == nil {
			answer := u.Bundle.AuthorizeEndpoint
			answer.ErrorCodes = append(answer.ErrorCodes, n)
			u.say(aboutCode(n))
		}
	}
}
