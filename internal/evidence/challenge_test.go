package evidence_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"hdstest/internal/evidence"
)

func TestChallenges(t *testing.T) {
	type params = map[string]string
	for name, c := range map[string]struct {
		header string
		want   []evidence.Challenge
	}{
		"of the FHIR service": {
			`Bearer authorization_uri="https://login.microsoftonline.com/t", resource_id="https://w-f.fhir.azurehealthcareapis.com", realm="r", error="invalid_token", error_description="The audience 'a, b' is invalid"`,
			[]evidence.Challenge{{Scheme: "Bearer", Params: params{
				"authorization_uri": "https://login.microsoftonline.com/t", "resource_id": "https://w-f.fhir.azurehealthcareapis.com",
				"realm": "r", "error": "invalid_token", "error_description": "The audience 'a, b' is invalid"}}}},
		"other order, case and blanks": {
			`bearer  REALM = "r" ,error=invalid_token`,
			[]evidence.Challenge{{Scheme: "bearer", Params: params{"realm": "r", "error": "invalid_token"}}}},
		"escapes": {
			`Bearer realm="a \"b\" \\ c"`,
			[]evidence.Challenge{{Scheme: "Bearer", Params: params{"realm": `a "b" \ c`}}}},
		"several challenges": {
			`Negotiate abc==, Basic realm="b", Bearer realm="c", error="e", NTLM`,
			[]evidence.Challenge{{Scheme: "Negotiate", Data: "abc==", Params: params{}}, {Scheme: "Basic", Params: params{"realm": "b"}},
				{Scheme: "Bearer", Params: params{"realm": "c", "error": "e"}}, {Scheme: "NTLM", Params: params{}}}},
		"a scheme alone":            {`Bearer`, []evidence.Challenge{{Scheme: "Bearer", Params: params{}}}},
		"no scheme":                 {`error="invalid_token"`, []evidence.Challenge{{Params: params{"error": "invalid_token"}}}},
		"the first of two counts":   {`Bearer realm="a", realm="b"`, []evidence.Challenge{{Scheme: "Bearer", Params: params{"realm": "a"}}}},
		"no closing quotation mark": {`Bearer realm="a, b`, []evidence.Challenge{{Scheme: "Bearer", Params: params{"realm": "a, b"}}}},
		"nothing":                   {` , ,`, nil},
	} {
		if got := evidence.Challenges(c.header); !cmp.Equal(got, c.want) {
			t.Errorf("%s: %s", name, cmp.Diff(c.want, got))
		}
	}
}

func TestBearerIsFoundBehindOthers(t *testing.T) {
	c, ok := evidence.Bearer(`Basic realm="b", Bearer realm="c"`)
	if !ok || c.Params["realm"] != "c" {
		t.Errorf("Bearer() = %v, %v", c, ok)
	}
	if c, ok := evidence.Bearer(`Basic realm="b"`); ok {
		t.Errorf("Bearer() found %v in a Basic challenge", c)
	}
}

// FuzzChallenges holds that reading ends and that names are in lower case.
func FuzzChallenges(f *testing.F) {
	for _, seed := range []string{`Bearer realm="x", error=y`, `a b==, c d="\"`, `="`, `é=1`, `Bearer =,"`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		for i, c := range evidence.Challenges(header) {
			if c.Params == nil || (c.Scheme == "" && i > 0) {
				t.Errorf("%q gave %+v", header, c)
			}
			if _, ok := c.Params[""]; ok {
				t.Errorf("%q gave a parameter without a name", header)
			}
		}
	})
}
