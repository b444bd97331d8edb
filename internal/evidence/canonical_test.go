package evidence_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hdstest/internal/evidence"
)

func TestCanonical(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"own keys stay":         {`{"token_endpoint":{"status":401},"note":1}`, `{"token_endpoint":{"status":401},"note":1}`},
		"camel case":            {`{"tokenEndpoint":{"errorCodes":[50011],"own":1}}`, `{"token_endpoint":{"error_codes":[50011],"own":1}}`},
		"dashes":                {`{"service-config":{"audience":"x"}}`, `{"service_config":{"audience":"x"}}`},
		"another name":          {`{"http_response":{"status":403}}`, `{"response":{"status":403}}`},
		"both spellings":        {`{"token_endpoint":{"status":401},"tokenEndpoint":{"status":400}}`, `{"token_endpoint":{"status":401},"tokenEndpoint":{"status":400}}`},
		"an envelope":           {`{"id":"x","evidence":{"response":{"status":403}}}`, `{"response":{"status":403}}`},
		"no envelope, two":      {`{"a":{"response":{"status":403}},"b":{"response":{"status":401}}}`, `{"a":{"response":{"status":403}},"b":{"response":{"status":401}}}`},
		"no envelope, a note":   {`{"response":{"status":403},"before":{"response":{"status":200}}}`, `{"response":{"status":403},"before":{"response":{"status":200}}}`},
		"a section that is not": {`{"graph":"in words"}`, `{"graph":"in words"}`},
	} {
		b, err := evidence.Read(strings.NewReader(c.in))
		if err != nil {
			t.Fatal(err)
		}
		if got := print(t, b.Canonical()); !equal(got, c.want) {
			t.Errorf("%s: %s", name, cmp.Diff(c.want, got))
		}
	}
}
