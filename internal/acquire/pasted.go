package acquire

import (
	"crypto/subtle"
	"errors"
	"net/url"
	"strings"
)

// pasted reads the answer from the address to which the authority sent a browser
// on another machine: the whole address, or its query. It must have the state
// that was sent, as an answer over the wire.
//
// Errors do not repeat the text: it holds a code.
func pasted(text, state string) (url.Values, error) {
	text = strings.Trim(strings.TrimSpace(text), `"'<>`)
	if _, after, ok := strings.Cut(text, "?"); ok {
		text = after
	} else if _, after, ok := strings.Cut(text, "#"); ok { // response_mode fragment
		text = after
	}
	text, _, _ = strings.Cut(text, "#")
	values, err := url.ParseQuery(text)
	switch {
	case err != nil || !values.Has("state"):
		return nil, errors.New("that is not the address of the answer; it begins with http://localhost and holds state= and code=")
	case len(values["state"]) > 1 || len(values["code"]) > 1 || len(values["error"]) > 1:
		return nil, errors.New("that address holds a parameter twice")
	case subtle.ConstantTimeCompare([]byte(values.Get("state")), []byte(state)) != 1:
		return nil, errors.New("that address belongs to another sign-in; open the address above once more")
	case values.Get("code") == "" && values.Get("error") == "":
		return nil, errors.New("that address holds neither a code nor an error")
	}
	return values, nil
}

// takePasted reads what a person pasted; nil: it was refused, the wait goes on.
func takePasted(o CodeOptions, text, state string) url.Values {
	if strings.TrimSpace(text) == "" {
		return nil
	}
	values, err := pasted(text, state)
	if err != nil && o.Refused != nil {
		o.Refused(err.Error())
	}
	return values
}
