package bearer_test

import (
	"maps"
	"strings"
	"testing"
	"time"

	"hdstest/internal/sandbox/bearer"
	"hdstest/internal/sandbox/keys"
)

var now = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

func ring(t *testing.T) *keys.Ring {
	t.Helper()
	k, err := keys.Generate(now)
	if err != nil {
		t.Fatal(err)
	}
	return keys.NewRing(k)
}

// TestCheck has a row for each thing that can be wrong with a token, with the
// words that the challenge must carry.
func TestCheck(t *testing.T) {
	ours, theirs := ring(t), ring(t)
	checker := bearer.Checker{Keys: ours, Now: func() time.Time { return now },
		Issuers: []string{"https://login/t/"}, Audiences: []string{"https://fhir"}}
	good := map[string]any{"iss": "https://login/t/", "aud": "https://fhir", "oid": "o", "appid": "a", "roles": []string{"r"},
		"nbf": now.Unix(), "exp": now.Add(time.Hour).Unix()}
	with := func(name string, value any) map[string]any {
		c := maps.Clone(good)
		if c[name] = value; value == nil {
			delete(c, name)
		}
		return c
	}
	for name, tc := range map[string]struct {
		claims map[string]any
		by     *keys.Ring
		want   string // empty: accepted
	}{
		"good":                     {good, ours, ""},
		"times within the leeway":  {with("exp", now.Add(-4*time.Minute).Unix()), ours, ""},
		"audience with a slash":    {with("aud", "https://fhir/"), ours, "The audience 'https://fhir/' is invalid"},
		"issuer of another tenant": {with("iss", "https://login/u/"), ours, "The issuer 'https://login/u/' is invalid"},
		"expired":                  {with("exp", now.Add(-6*time.Minute).Unix()), ours, "The token expired at '11/01/2026 11:54:00'"},
		"not yet valid":            {with("nbf", now.Add(6*time.Minute).Unix()), ours, "The token is not valid before '11/01/2026 12:06:00'"},
		"no expiry":                {with("exp", nil), ours, "The token has no expiration"},
		"signed by an unknown key": {good, theirs, "The signature key was not found"},
	} {
		t.Run(name, func(t *testing.T) {
			raw, err := tc.by.Sign(tc.claims, 1)
			if err != nil {
				t.Fatal(err)
			}
			claims, problem := checker.Check("Bearer " + raw)
			if tc.want == "" {
				if problem != nil || claims.ObjectID != "o" || claims.AppID != "a" || len(claims.Roles) != 1 {
					t.Errorf("Check() = %+v, %v", claims, problem)
				}
				return
			}
			if problem == nil || problem.Description != tc.want {
				t.Errorf("Check() = %v, want %q", problem, tc.want)
			}
		})
	}
}

func TestCheckSignature(t *testing.T) {
	ours := ring(t)
	checker := bearer.Checker{Keys: ours, Now: func() time.Time { return now }}
	raw, err := ours.Sign(map[string]any{"exp": now.Add(time.Hour).Unix()}, 2)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(raw, ".")
	forged := parts[0] + "." + parts[1] + "." + strings.Repeat("A", len(parts[2]))
	for name, tc := range map[string]struct {
		header  string
		missing bool
		want    string
	}{
		"no header":      {"", true, ""},
		"another scheme": {"Basic abc", true, ""},
		"no JWT":         {"Bearer abc", false, ""},
		"forged":         {"Bearer " + forged, false, "The signature is invalid"},
		"alg none":       {"Bearer eyJhbGciOiJub25lIn0.e30.", false, "The signature is invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			_, problem := checker.Check(tc.header)
			if problem == nil || problem.Missing != tc.missing || problem.Description != tc.want {
				t.Errorf("Check() = %+v, want missing %v, %q", problem, tc.missing, tc.want)
			}
		})
	}
}
