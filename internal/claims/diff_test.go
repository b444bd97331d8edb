package claims_test

import (
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"hdstest/internal/claims"
)

func parsed(t *testing.T, said jwt.MapClaims) *claims.Token {
	t.Helper()
	raw, err := jwt.NewWithClaims(jwt.SigningMethodHS256, said).SignedString([]byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	token, err := claims.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// TestDiff: only what decides is a difference, the most important first; persons
// stay pseudonymous and comparable.
func TestDiff(t *testing.T) {
	for name, row := range map[string]struct {
		a, b jwt.MapClaims
		want []string
	}{
		"same":             {jwt.MapClaims{"aud": "x", "iat": 1, "uti": "a"}, jwt.MapClaims{"aud": "x", "iat": 2, "uti": "b"}, nil},
		"order of a list":  {jwt.MapClaims{"roles": []string{"a", "b"}}, jwt.MapClaims{"roles": []string{"b", "a"}}, nil},
		"order of a scope": {jwt.MapClaims{"scp": "a b"}, jwt.MapClaims{"scp": "b a"}, nil},
		"final slash":      {jwt.MapClaims{"aud": "https://x", "zz": 1}, jwt.MapClaims{"aud": "https://x/", "zz": 2}, []string{"aud", "zz"}},
		"one has it":       {jwt.MapClaims{"scp": "a"}, jwt.MapClaims{"roles": []string{"a"}}, []string{"roles", "scp"}},
		"same person":      {jwt.MapClaims{"upn": "alice@b"}, jwt.MapClaims{"upn": "Alice@B"}, nil},
		"another person":   {jwt.MapClaims{"upn": "alice@b"}, jwt.MapClaims{"upn": "bob@b"}, []string{"upn"}},
	} {
		got := claims.Diff(parsed(t, row.a), parsed(t, row.b))
		var names []string
		for _, d := range got {
			names = append(names, d.Name)
			if d.A == "alice@b" || d.B == "bob@b" {
				t.Errorf("%s: shows a person: %+v", name, d)
			}
		}
		if len(names) != len(row.want) {
			t.Errorf("%s: %v, want %v", name, names, row.want)
			continue
		}
		for i := range names {
			if names[i] != row.want[i] {
				t.Errorf("%s: %v, want %v", name, names, row.want)
			}
		}
	}
}
