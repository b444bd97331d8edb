// Package problem is the error that a person reads: what was tried, what was
// expected and seen, the server's own code and trace id. It says what kind of
// failure it is, from which main makes the exit code, and carries the evidence
// from which the cause and the next step are found.
package problem

import (
	"fmt"
	"strings"

	"hdstest/internal/evidence"
)

// Kind is the kind of a failure.
type Kind int

// The kinds. Several failures in one run count as the first of Usage, NoToken,
// Unreachable, Failed.
const (
	Failed      Kind = iota // a check failed
	Usage                   // bad input: a flag, a variable, a key, a file
	NoToken                 // the authority gave no token
	Unreachable             // no connection, or no HTTP answer
)

// Error is a failure with its facts. Tried is a phrase that follows "could
// not", for example "get a token from https://login.example/t". None of its
// texts holds a secret, and it gives no advice: that is the cause's part.
type Error struct {
	Kind     Kind
	Tried    string
	Expected string // may be empty
	Seen     string // may be empty; then Err speaks
	Code     string // the server's own code: AADSTS7000215, Request_BadRequest
	TraceID  string // the server's trace or request id
	Cause    string // id in the table of causes, where the failing step knows it
	Evidence *evidence.Bundle
	Err      error
}

// Error gives one line: could not <tried>: <seen>; expected <expected> (code, trace id).
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "could not %s", e.Tried)
	switch {
	case e.Seen != "":
		fmt.Fprintf(&b, ": %s", e.Seen)
	case e.Err != nil:
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	if e.Expected != "" {
		fmt.Fprintf(&b, "; expected %s", e.Expected)
	}
	var marks []string
	if e.Code != "" && !strings.Contains(b.String(), e.Code) {
		marks = append(marks, e.Code)
	}
	if e.TraceID != "" {
		marks = append(marks, "trace id "+e.TraceID)
	}
	if marks != nil {
		fmt.Fprintf(&b, " (%s)", strings.Join(marks, ", "))
	}
	return b.String()
}

// Unwrap gives the error below.
func (e *Error) Unwrap() error { return e.Err }

// Usagef makes a Usage error: what was wrong with the input, naming the flag,
// variable or key. It is printed as it is, without "could not".
func Usagef(format string, args ...any) error {
	return usageError{fmt.Errorf(format, args...)}
}

type usageError struct{ error }

func (u usageError) Unwrap() error { return u.error }

// KindOf tells the kind of an error, or of the worst of joined errors. An error
// that is none of ours counts as Failed.
func KindOf(err error) Kind {
	kinds := map[Kind]bool{}
	collect(err, kinds)
	for _, k := range []Kind{Usage, NoToken, Unreachable} {
		if kinds[k] {
			return k
		}
	}
	return Failed
}

// collect walks the tree of errors. An error of ours speaks for what is below it.
func collect(err error, kinds map[Kind]bool) {
	switch e := err.(type) {
	case *Error:
		kinds[e.Kind] = true
	case usageError:
		kinds[Usage] = true
	case interface{ Unwrap() []error }:
		for _, one := range e.Unwrap() {
			collect(one, kinds)
		}
	case interface{ Unwrap() error }:
		collect(e.Unwrap(), kinds)
	}
}
