package graph

import (
	"net/http/httptest"
	"strings"
	"testing"
)

// FuzzFilter: whatever comes, the filter is refused or can be checked and
// evaluated; what parses evaluates the same twice.
func FuzzFilter(f *testing.F) {
	for _, seed := range []string{"appId eq 'x'", "startswith(displayName,'D')", "tags/any(t:t eq 'a') or not (displayName ne 'b')",
		"displayName in ('a','it''s')", "createdDateTime ge 2026-01-01T00:00:00Z", "tags/any()", "((((", "a/any(b:b/any(c:c eq 1))"} {
		f.Add(seed)
	}
	k := applicationKind()
	doc := k.blank()
	doc["displayName"], doc["tags"], doc["createdDateTime"] = "a", []any{"a", 1.0, nil, map[string]any{}}, "2026-01-01T00:00:00Z"
	f.Fuzz(func(t *testing.T, text string) {
		e, err := parseFilter(text)
		if err != nil {
			return
		}
		_ = e.check(k, lambda{}, true)
		if first, again := e.holds(doc, ""), e.holds(doc, ""); first != again {
			t.Error("a filter has one answer")
		}
	})
}

// FuzzPath: a path is refused or becomes steps that are not empty.
func FuzzPath(f *testing.F) {
	for _, seed := range []string{"/v1.0/applications(appId='x')/owners/$ref", "/v1.0/applications('it''s')", "/v1.0/%2f", "/v1.0/a(b", "/"} {
		f.Add(seed)
	}
	s := &service{routes: routes()}
	f.Fuzz(func(t *testing.T, text string) {
		path, err := parsePath(text)
		if err != nil {
			return
		}
		for _, step := range path {
			if step.text == "" {
				t.Errorf("%q: an empty step", text)
			}
		}
		_, _ = s.route("GET", path)
	})
}

// FuzzBody: a body is refused or laid over an application without a panic.
func FuzzBody(f *testing.F) {
	for _, seed := range []string{`{"displayName":"x"}`, `{"web":{"redirectUris":["a"],"@odata.type":"x"}}`, `{"api":null}`,
		`{"info":{"marketingUrl":null},"tags":[],"keyCredentials":[{}]}`, `[]`, `{"requiredResourceAccess":[{"resourceAccess":[{}]}]}`} {
		f.Add(seed)
	}
	k := applicationKind()
	f.Fuzz(func(t *testing.T, text string) {
		body, err := parseBody([]byte(text))
		if err != nil || k.accept(body) != nil {
			return
		}
		doc := k.blank()
		merge(doc, body, k.properties)
		k.fill(doc)
		for _, p := range k.properties {
			if doc[p.name] == nil && (p.shape == isTexts || p.shape == isObjects) {
				t.Errorf("%q: collection %s is null", text, p.name)
			}
		}
	})
}

// FuzzQuery: options are refused or read.
func FuzzQuery(f *testing.F) {
	for _, seed := range []string{"$top=5&$select=id,appId", "$filter=appId%20eq%20'x'&$count=true", "$skiptoken=YQ", "%zz"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r := httptest.NewRequest("GET", "/v1.0/applications", nil)
		r.URL.RawQuery = text
		q, err := parseQuery(r)
		if err == nil && (q.top < 0 || q.top > maxPage || strings.Contains(strings.Join(q.selected, ""), ",")) {
			t.Errorf("%q: %+v", text, q)
		}
	})
}
