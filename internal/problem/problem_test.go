package problem_test

import (
	"errors"
	"fmt"
	"testing"

	"hdstest/internal/problem"
)

func TestError(t *testing.T) {
	for name, tc := range map[string]struct {
		err  problem.Error
		want string
	}{
		"all parts": {problem.Error{Tried: "get a token", Seen: "401", Expected: "200", Code: "AADSTS7000215", TraceID: "t"},
			"could not get a token: 401; expected 200 (AADSTS7000215, trace id t)"},
		"the error below speaks":   {problem.Error{Tried: "read it", Err: errors.New("gone")}, "could not read it: gone"},
		"what was seen goes first": {problem.Error{Tried: "read it", Seen: "nothing", Err: errors.New("gone")}, "could not read it: nothing"},
		"a code is named once":     {problem.Error{Tried: "x", Seen: "AADSTS1: no", Code: "AADSTS1"}, "could not x: AADSTS1: no"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := tc.err.Error(); got != tc.want {
				t.Errorf("Error() = %q, want %q", got, tc.want)
			}
		})
	}
}

// TestKindOf shows the order in which joined failures count: 2, 3, 4, 1.
func TestKindOf(t *testing.T) {
	usage := problem.Usagef("bad flag")
	noToken := &problem.Error{Kind: problem.NoToken}
	unreachable := &problem.Error{Kind: problem.Unreachable}
	failed := &problem.Error{Kind: problem.Failed}
	for name, tc := range map[string]struct {
		err  error
		want problem.Kind
	}{
		"usage":                        {usage, problem.Usage},
		"wrapped":                      {fmt.Errorf("smoke: %w", noToken), problem.NoToken},
		"somebody else's":              {errors.New("x"), problem.Failed},
		"usage before no token":        {errors.Join(noToken, usage), problem.Usage},
		"no token before unreachable":  {errors.Join(unreachable, noToken), problem.NoToken},
		"unreachable before failed":    {errors.Join(failed, unreachable), problem.Unreachable},
		"joined inside of joined":      {errors.Join(failed, fmt.Errorf("x: %w", errors.Join(failed, noToken))), problem.NoToken},
		"an error that holds an error": {&problem.Error{Kind: problem.NoToken, Err: usage}, problem.NoToken},
	} {
		t.Run(name, func(t *testing.T) {
			if got := problem.KindOf(tc.err); got != tc.want {
				t.Errorf("KindOf() = %d, want %d", got, tc.want)
			}
		})
	}
}
