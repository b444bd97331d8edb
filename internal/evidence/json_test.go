package evidence_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"hdstest/internal/evidence"
)

func TestUnknownAndUnfitGoToExtra(t *testing.T) {
	const in = `{
	  "token_request": {"client_id": 7, "scope": null, "grant_type": "password", "origin": null},
	  "token_endpoint": {"status": 401, "error_codes": [7000215], "valid_resources": ["x"]},
	  "request": {"headers": {"Authorization": null}},
	  "response": {"status": "403", "timing": {"total_ms": 2, "other": 1}},
	  "graph": "in words",
	  "comparison": {"status": 200}}`
	b, err := evidence.Read(strings.NewReader(in))
	if err != nil {
		t.Fatal(err)
	}
	if b.TokenEndpoint == nil || b.TokenEndpoint.Status != 401 || b.TokenEndpoint.ErrorCodes[0] != 7000215 {
		t.Errorf("token_endpoint = %+v", b.TokenEndpoint)
	}
	if got := b.TokenRequest.Extra; !reflect.DeepEqual(got, map[string]any{"client_id": 7.0, "scope": nil, "origin": nil}) {
		t.Errorf("token_request: Extra = %v", got)
	}
	if _, ok := b.Request.Extra["headers"]; !ok || b.Request.Headers != nil {
		t.Errorf("headers with null went to %+v", b.Request)
	}
	if b.Response.Status != 0 || b.Response.Extra["status"] != "403" || b.Response.Timing != nil {
		t.Errorf("response = %+v", b.Response)
	}
	if b.Graph != nil || b.Extra["graph"] != "in words" || b.Extra["comparison"] == nil {
		t.Errorf("graph = %v, Extra = %v", b.Graph, b.Extra)
	}
	if got, want := print(t, b), in; !equal(got, want) {
		t.Errorf("printed back: %s", cmp.Diff(want, got))
	}
}

func TestReadRefuses(t *testing.T) {
	for name, in := range map[string]string{
		"no JSON":       `{`,
		"no object":     `[1]`,
		"empty":         ``,
		"over the size": `{"a":"` + strings.Repeat("x", evidence.MaxSize) + `"}`,
	} {
		if _, err := evidence.Read(strings.NewReader(in)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestWriteFillsTheVersionAndPrefersFields(t *testing.T) {
	var out bytes.Buffer
	b := evidence.Bundle{Service: "fhir", Extra: map[string]any{"service": "other", "ci": "x<y"}}
	if err := evidence.Write(&out, b); err != nil {
		t.Fatal(err)
	}
	want := "{\n  \"schema_version\": 1,\n  \"service\": \"fhir\",\n  \"ci\": \"x<y\"\n}\n"
	if out.String() != want {
		t.Errorf("Write() = %q, want %q", out.String(), want)
	}
}

// FuzzRead holds that what parses prints back the same.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"now":"2024-01-02T03:04:05Z","service":"","tool":null}`,
		`{"claims":{"exp":1e400,"iat":12345678901234567890},"clock":{"local_minus_server_date_header_seconds":1e3}}`,
		`{"response":{"timing":{"DNS_ms":3,"total_ms":0},"headers":{}}}`,
		`{"Service":"fhir","local":[],"token":{"header":{"alg":"none"}}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := evidence.Read(bytes.NewReader(data))
		if err != nil {
			return
		}
		back := print(t, b)
		if !equal(string(data), back) {
			t.Errorf("read\n%s\nprinted\n%s", data, back)
		}
		again, err := evidence.Read(strings.NewReader(back))
		if err != nil || !cmp.Equal(b, again) {
			t.Errorf("second reading differs: %v\n%s", err, cmp.Diff(b, again))
		}
	})
}

func print(t *testing.T, b evidence.Bundle) string {
	t.Helper()
	data, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// equal compares JSON by meaning, numbers as they are written.
func equal(a, b string) bool {
	var x, y any
	for text, v := range map[*any]string{&x: a, &y: b} {
		d := json.NewDecoder(strings.NewReader(v))
		d.UseNumber()
		if d.Decode(text) != nil {
			return false
		}
	}
	return reflect.DeepEqual(x, y)
}
