// Package judge turns evidence into findings: of the claims of a token, one by
// one; of a grant; of a probe. A finding says what was expected and seen and
// where that is written. What fails or warns carries the cause and the next step
// that package diagnose finds in the same evidence, so that every command says
// the same.
//
// Judgement is a pure function of the evidence and the time. What cannot be
// judged, because the evidence does not say what to expect, is a skip with the
// reason.
package judge

import (
	"slices"
	"strings"

	"hdstest/internal/check"
	"hdstest/internal/diagnose"
	"hdstest/internal/evidence"
)

// Groups of findings.
const (
	groupToken  = "token"
	groupClaims = "claims"
)

// WithCause gives a failed or warning finding the likeliest cause of the
// evidence, and its fix as hint. A finding without a match stays as it is, and so
// does a hint that is there already.
func WithCause(f check.Finding, b evidence.Bundle) check.Finding {
	return attach(f, diagnose.Diagnose(b), func(string) bool { return true })
}

// attach takes the first match that may explain the finding.
func attach(f check.Finding, matches []diagnose.Match, explains func(cause string) bool) check.Finding {
	if f.Status != check.Fail && f.Status != check.Warn {
		return f
	}
	i := slices.IndexFunc(matches, func(m diagnose.Match) bool { return explains(m.Cause) })
	if i < 0 {
		return f
	}
	f.Cause = matches[i].Cause
	if f.Hint == "" {
		f.Hint = matches[i].Fix
	}
	return f
}

// among tells whether a cause is one of those named, or of an area named with a
// point at its end.
func among(names ...string) func(string) bool {
	return func(cause string) bool {
		return slices.ContainsFunc(names, func(n string) bool {
			return cause == n || strings.HasSuffix(n, ".") && strings.HasPrefix(cause, n)
		})
	}
}
