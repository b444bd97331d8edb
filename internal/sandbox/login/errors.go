package login

import (
	"fmt"
	"net/http"
	"slices"

	"hdstest/internal/entra"
)

// refusal is an AADSTS answer on its way out.
type refusal struct {
	code     int
	oauth    string // error of RFC 6749 section 5.2
	text     string // without code, trace and time
	suberror string
	page     bool // shown to the person, never sent to the redirect URI
}

// Error makes a refusal an error.
func (e *refusal) Error() string { return fmt.Sprintf("AADSTS%d: %s", e.code, e.text) }

// status follows the rule that invalid_client goes with 401 and the rest with
// 400. For codes without a Status in [entra.ErrorCodes] it is unverified.
func (e *refusal) status() int {
	switch e.oauth {
	case entra.ErrInvalidClient:
		return http.StatusUnauthorized
	case errServer:
		return http.StatusInternalServerError
	}
	return http.StatusBadRequest
}

// errServer is the OAuth error of a failure of the sandbox itself.
const errServer = "server_error"

// broken reports such a failure. It has no AADSTS code.
func broken(err error) *refusal {
	return &refusal{oauth: errServer, text: "the hdstest sandbox: " + err.Error()}
}

// as gives the refusal another OAuth error: a few codes have different ones at
// different endpoints.
func (e *refusal) as(oauth string) *refusal {
	e.oauth = oauth
	return e
}

// answer is the text that a code comes with.
type answer struct {
	code     int
	text     string // %s for names; the arguments of refuse fill it
	suberror string
	page     bool
}

// because gives the refusal a suberror.
func (e *refusal) because(suberror string) *refusal {
	e.suberror = suberror
	return e
}

// refuse makes the answer of a code. The OAuth error is that of the shared table
// of names; the text is this package's.
func refuse(code int, args ...any) *refusal {
	e := &refusal{code: code, oauth: entra.ErrInvalidRequest}
	if known, ok := entra.LookupError(code); ok && known.Error != "" {
		e.oauth = known.Error
	}
	for _, a := range answers() {
		if a.code == code {
			e.text, e.suberror, e.page = fmt.Sprintf(a.text, args...), a.suberror, a.page
		}
	}
	return e
}

// Codes lists the AADSTS codes that the service can answer with, ascending.
func Codes() []int {
	var codes []int
	for _, a := range answers() {
		codes = append(codes, a.code)
	}
	slices.Sort(codes)
	return codes
}

// answers is the table of texts. They are those of real answers as far as public
// issue logs and learn.microsoft.com/entra/identity-platform/reference-error-codes
// show them; Microsoft changes them at will.
func answers() []answer {
	return slices.Concat(credentialAnswers(), federationAnswers(), requestAnswers(), resourceAnswers(), consentAnswers(),
		redirectAnswers(), codeAnswers(), deviceAnswers(), userAnswers())
}
