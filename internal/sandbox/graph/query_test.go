package graph_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
)

func TestFilters(t *testing.T) {
	w := newWorld(t)
	for i, name := range []string{"Alpha", "alpine", "Beta's"} {
		w.ok(201, "POST", "/v1.0/applications", fmt.Sprintf(`{"displayName":%q,"tags":["t%d","all"],"identifierUris":["api://%d"],"uniqueName":"u-%d"}`, name, i, i, i))
	}
	for filter, want := range map[string]string{
		"displayName eq 'ALPHA'":                                                      "Alpha",
		"displayName eq 'Beta''s'":                                                    "Beta's",
		"startswith(displayName,'alp')":                                               "Alpha alpine",
		"startsWith(displayName, 'alp') and tags/any(t:t eq 't1')":                    "alpine",
		"tags/any(t:t eq 't0') or tags/any(t:t eq 't2')":                              "Alpha Beta's",
		"tags/any(x:startswith(x,'al'))":                                              "Alpha Beta's alpine",
		"identifierUris/any(u:u eq 'api://2')":                                        "Beta's",
		"(displayName eq 'Alpha' or displayName eq 'alpine') and uniqueName eq 'u-1'": "alpine",
		"displayName in ('Alpha','Beta''s')":                                          "Alpha Beta's",
		"createdDateTime ge 2026-01-01T00:00:00Z":                                     "Alpha Beta's alpine",
		"createdDateTime le 2026-01-01T00:00:00Z":                                     "",
		"displayName ge 'b'":                                                          "Beta's",
		"tags/any()":                                                                  "Alpha Beta's alpine",
		"appId eq '11111111-1111-4111-8111-111111111111'":                             "",
	} {
		r := w.ok(200, "GET", "/v1.0/applications?$select=displayName&$filter="+url.QueryEscape(filter), "")
		if got := names(r); got != want {
			t.Errorf("%s: want %q, got %q", filter, want, got)
		}
	}
	for filter, want := range map[string]string{
		"displayName ne 'Alpha'":           "Beta's alpine",
		"not(startswith(displayName,'a'))": "Beta's",
		"not startswith(displayName,'a')":  "Beta's",
		"endswith(displayName,'a')":        "Alpha",
		"not not displayName eq 'Alpha'":   "Alpha",
	} {
		path := "/v1.0/applications?$count=true&$filter=" + url.QueryEscape(filter)
		r := w.ok(200, "GET", path, "", "ConsistencyLevel", "eventual")
		if got := names(r); got != want || r.body["@odata.count"] != float64(len(r.values())) {
			t.Errorf("%s: want %q, got %s", filter, want, r.raw)
		}
		if strings.HasPrefix(filter, "not not") {
			continue
		}
		w.send(w.admin(), "GET", "/v1.0/applications?$filter="+url.QueryEscape(filter), "").
			refused(t, 400, "Request_UnsupportedQuery", "nsupported")
	}
}

func names(r reply) string {
	var out []string
	for _, v := range r.values() {
		s, _ := v["displayName"].(string)
		out = append(out, s)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

func TestFilterRefused(t *testing.T) {
	w := newWorld(t)
	for filter, row := range map[string]struct{ code, message string }{
		"":                                 {"BadRequest", "Syntax error"},
		"displayName eq":                   {"BadRequest", "Syntax error at position 14 in 'displayName eq'"},
		"displayName eq 'a":                {"BadRequest", "unterminated string literal"},
		"displayName eq %27a%27":           {"BadRequest", "character '%' is not valid"},
		"substringof('x',displayName)":     {"BadRequest", "An unknown function with name 'substringof' was found."},
		"(displayName eq 'a'":              {"BadRequest", "Syntax error"},
		"displayName eq 'a')":              {"BadRequest", "Syntax error"},
		"tags/any(t:t eq 'a'":              {"BadRequest", "Syntax error"},
		"displayName in ()":                {"BadRequest", "Syntax error"},
		"startswith(displayName,5)":        {"BadRequest", "Syntax error"},
		"foo eq 'a'":                       {"Request_UnsupportedQuery", "property 'foo' of resource 'Application'"},
		"notes eq 'a'":                     {"Request_UnsupportedQuery", "property 'notes'"},
		"contains(displayName,'a')":        {"Request_UnsupportedQuery", "property 'displayName'"},
		"tags eq 'a'":                      {"Request_UnsupportedQuery", "property 'tags'"},
		"tags/all(t:t eq 'a')":             {"Request_UnsupportedQuery", "property 'tags'"},
		"tags/any(t:displayName eq 'a')":   {"Request_UnsupportedQuery", "property 'tags'"},
		"web/redirectUris/any(u:u eq 'a')": {"Request_UnsupportedQuery", "property 'web'"},
		"appId eq ''":                      {"Request_UnsupportedQuery", "property 'appId'"},
		"startswith(appId,'a')":            {"Request_UnsupportedQuery", "property 'appId'"},
		strings.Repeat("(", 60) + "x eq 1": {"Request_UnsupportedQuery", "nested"},
		"displayName eq 'a'" + strings.Repeat(" or displayName eq 'a'", 300): {"Request_UnsupportedQuery", "Too many"},
	} {
		w.send(w.admin(), "GET", "/v1.0/applications?$filter="+url.QueryEscape(filter), "").refused(t, 400, row.code, row.message)
	}
}

// TestPaging follows nextLink to the end, while the collection changes.
func TestPaging(t *testing.T) {
	w := newWorld(t)
	for i := range 5 {
		w.ok(201, "POST", "/v1.0/applications", fmt.Sprintf(`{"displayName":"p%d"}`, i))
	}
	w.ok(201, "POST", "/v1.0/applications", `{"displayName":"other"}`)
	for _, query := range []string{"$filter=startswith(displayName,'p')&$top=2&$select=id,displayName",
		"$filter=startswith(displayName,'p')&$top=2&$orderby=displayName desc&$count=true"} {
		next, pages, seen := "/v1.0/applications?"+query, 0, ""
		for next != "" {
			r := w.ok(200, "GET", next, "", "ConsistencyLevel", "eventual")
			seen += names(r) + " "
			next = r.text("@odata.nextLink")
			pages++
			if next != "" && !strings.HasPrefix(next, w.server.URL+"/v1.0/applications?") {
				t.Fatalf("nextLink is not this Graph's: %s", next)
			}
		}
		if pages != 3 || len(strings.Fields(seen)) != 5 {
			t.Errorf("%s: want 5 objects on 3 pages, got %q on %d", query, seen, pages)
		}
	}
	for _, top := range []string{"0", "1000", "-1", "x"} {
		w.send(w.admin(), "GET", "/v1.0/applications?$top="+top, "").
			refused(t, 400, "Request_UnsupportedQuery", "Invalid page size specified: '"+top+"'. Must be between 1 and 999 inclusive.")
	}
	w.send(w.admin(), "GET", "/v1.0/applications?$count=true", "").refused(t, 400, "Request_UnsupportedQuery", "ConsistencyLevel")
	if r := w.ok(200, "GET", "/v1.0/applications/$count", "", "ConsistencyLevel", "eventual"); r.raw != "6" {
		t.Errorf("want 6, got %s", r.raw)
	}
	w.send(w.admin(), "GET", "/v1.0/servicePrincipals/$count", "").refused(t, 400, "Request_UnsupportedQuery", "ConsistencyLevel")
}
