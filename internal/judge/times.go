package judge

import (
	"encoding/json"
	"fmt"
	"math"
	"time"

	"hdstest/internal/check"
	"hdstest/internal/when"
)

// soon is how long before its end a token is warned about: a probe of all
// requests takes less.
const soon = 2 * time.Minute

// at reads a NumericDate (RFC 7519 section 2), which may have a fraction.
func (t *token) at(name string) (when time.Time, ok bool) {
	var seconds float64
	switch v := t.b.Claims[name].(type) {
	case float64:
		seconds = v
	case int:
		seconds = float64(v)
	case int64:
		seconds = float64(v)
	case json.Number:
		f, err := v.Float64()
		if err != nil {
			return time.Time{}, false
		}
		seconds = f
	default:
		return time.Time{}, false
	}
	if math.IsNaN(seconds) || math.Abs(seconds) > 1e12 {
		return time.Time{}, false
	}
	return time.Unix(int64(seconds), 0).UTC(), true
}

func expiry(t *token) outcome {
	want := fmt.Sprintf("after now, %s (leeway %s)", when.Stamp(t.now, t.now), when.Span(t.leeway))
	end, ok := t.at("exp")
	switch {
	case !ok:
		return outcome{status: check.Fail, expected: want, seen: fmt.Sprint(orAbsent(t.b.Claims["exp"])), cause: "token.no_expiry"}
	case !end.Add(t.leeway).After(t.now):
		return fail(want, when.Until(end, t.now))
	case !end.After(t.now):
		return warn(want, when.Until(end, t.now)+", within the leeway")
	case end.Sub(t.now) < soon:
		return warn(want, when.Until(end, t.now)+" only")
	}
	return pass(want, when.Until(end, t.now))
}

func notBefore(t *token) outcome { return begun(t, "nbf") }

func issuedAt(t *token) outcome { return begun(t, "iat") }

// begun judges nbf and iat: both must not lie in the future. They are optional.
func begun(t *token, claim string) outcome {
	want := fmt.Sprintf("not after now, %s (leeway %s)", when.Stamp(t.now, t.now), when.Span(t.leeway))
	from, ok := t.at(claim)
	switch {
	case !t.has(claim):
		return skip(claim+" is not in the token; it is optional", "")
	case !ok:
		return fail(want, fmt.Sprintf("%v", t.b.Claims[claim]))
	case from.After(t.now.Add(t.leeway)):
		return fail(want, when.Stamp(from, t.now)+", in "+when.Span(from.Sub(t.now)))
	}
	return pass(want, when.Stamp(from, t.now))
}

func orAbsent(v any) any {
	if v == nil {
		return "none"
	}
	return v
}
