package arm_test

import (
	"net/url"
	"strings"
	"testing"

	"hdstest/internal/sandbox/arm"
)

// TestPages reads a list by its links: nothing comes twice, nothing is missing.
// Source: github.com/Azure/azure-resource-manager-rpc common-api-details.md.
func TestPages(t *testing.T) {
	w := newWorld(t)
	all := subscription + "/resources?api-version=2021-04-01&$filter=resourceGroup%20eq%20'hdstest-sandbox'"
	seen := map[string]bool{}
	pages := 0
	for at := all + "&$top=1"; at != ""; pages++ {
		r := w.ok(200, "GET", at, "")
		for _, v := range r.values() {
			id, _ := v.(map[string]any)["id"].(string)
			if seen[id] {
				t.Errorf("%s comes twice", id)
			}
			seen[id] = true
		}
		next, _ := r.body["nextLink"].(string)
		if next != "" && !strings.HasPrefix(next, w.server.URL+subscription+"/resources?") {
			t.Errorf("nextLink %s", next)
		}
		at = strings.TrimPrefix(next, w.server.URL)
	}
	if pages != 3 || len(seen) != 3 {
		t.Errorf("%d pages with %d resources, want 3 with 3", pages, len(seen))
	}
	if r := w.ok(200, "GET", all, ""); len(r.values()) != 3 || r.body["nextLink"] != nil {
		t.Errorf("one page has no link: %s", r.raw)
	}
	for _, broken := range []string{"&$top=0", "&$top=x", "&$skiptoken=x", "&$skiptoken=" + url.QueryEscape("c2FuZGJveDotMQ")} {
		if r := w.send(w.token(ownerID), "GET", all+broken, ""); r.status != 400 {
			t.Errorf("%s: %d %s", broken, r.status, r.raw)
		}
	}
	w.give(clientID, arm.RoleReader, fhirService)
	if r := w.send(w.token(clientID), "GET", all+"&$top=1", ""); len(r.values()) != 1 || r.body["nextLink"] != nil {
		t.Errorf("what cannot be read makes no page: %s", r.raw)
	}
}
