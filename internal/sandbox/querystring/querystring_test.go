package querystring_test

import (
	"slices"
	"testing"

	"hdstest/internal/sandbox/querystring"
)

func TestSplit(t *testing.T) {
	for raw, want := range map[string][]querystring.Pair{
		"":                     nil,
		"&&":                   nil,
		"b=2&a=1&b=3":          {{Name: "b", Value: "2"}, {Name: "a", Value: "1"}, {Name: "b", Value: "3"}},
		"name=a+b%20c%26d":     {{Name: "name", Value: "a b c&d"}},
		"_has%3Ax=y":           {{Name: "_has:x", Value: "y"}},
		"alone":                {{Name: "alone"}},
		"a==b":                 {{Name: "a", Value: "=b"}},
		"bad=%zz&good=%41":     {{Name: "bad", Value: "%zz"}, {Name: "good", Value: "A"}},
		"semicolon=a;b&c=100%": {{Name: "semicolon", Value: "a;b"}, {Name: "c", Value: "100%"}},
	} {
		if got := querystring.Split(raw); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", raw, got, want)
		}
	}
}
