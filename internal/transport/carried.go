package transport

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// secretFields are form fields of OAuth (RFC 6749, 7521, 7636, 8628) and of
// sign-in pages whose values let others act in somebody's place.
func secretFields() []string {
	return []string{"client_secret", "client_assertion", "assertion", "code", "code_verifier", "device_code", "refresh_token",
		"password", "passwd"}
}

// carried lists the secrets that a request carries: the credentials of its
// Authorization header and secret fields of its form. The form is read from the
// body itself and put back: what azcore gives for a copy is the body again.
func carried(req *http.Request) ([]string, error) {
	var out []string
	if _, credentials, ok := strings.Cut(req.Header.Get("Authorization"), " "); ok {
		out = append(out, strings.TrimSpace(credentials))
	}
	kind, _, _ := mime.ParseMediaType(req.Header.Get("Content-Type"))
	if kind != "application/x-www-form-urlencoded" || req.Body == nil {
		return out, nil
	}
	data, err := io.ReadAll(req.Body)
	if err = errors.Join(err, req.Body.Close()); err != nil {
		return nil, err
	}
	req.Body = io.NopCloser(bytes.NewReader(data))
	form, err := url.ParseQuery(string(data))
	if err != nil {
		return out, nil // no form after all
	}
	for _, name := range secretFields() {
		out = append(out, form[name]...)
	}
	return slices.DeleteFunc(out, func(s string) bool { return s == "" }), nil
}
