package fhir_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// TestGateway puts the checks before a server that answers anything.
func TestGateway(t *testing.T) {
	var seen []string
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		seen = append(seen, r.Method+" "+r.URL.RequestURI()+" "+string(body))
		if r.Header.Get("Authorization") != "" {
			t.Errorf("the caller's token must not reach the upstream server")
		}
		if r.Header.Get("X-Forwarded-Host") == "" {
			t.Errorf("want X-Forwarded-Host")
		}
		w.Header().Set("Location", "http://"+r.Host+"/fhir/Patient/1/_history/1")
		w.WriteHeader(http.StatusCreated)
	}))
	defer upstream.Close()
	target, _ := url.Parse(upstream.URL + "/fhir")
	r := newRig(t, target)
	bundle := func(method, path string) string {
		return `{"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":"` + method + `","url":"` + path + `"}}]}`
	}
	for name, row := range map[string]struct {
		got  answer
		want int
	}{
		"metadata needs no token":          {r.do("", "GET", "/metadata", ""), 201},
		"no token":                         {r.do("", "GET", "/Patient", ""), 401},
		"no role":                          {r.do(nobody, "GET", "/Patient", ""), 403},
		"a reader reads":                   {r.do(reader, "GET", "/Patient?name=x", ""), 201},
		"a reader creates":                 {r.do(reader, "POST", "/Patient", kirk), 403},
		"a writer creates":                 {r.do(writer, "POST", "/Patient", kirk), 201},
		"a writer deletes for good":        {r.do(writer, "DELETE", "/Patient/1?hardDelete=true", ""), 403},
		"an unknown operation, read":       {r.do(reader, "GET", "/Patient/1/$summary", ""), 201},
		"an unknown operation, written":    {r.do(reader, "POST", "/Patient/1/$summary", "{}"), 403},
		"a bundle of what is allowed":      {r.do(reader, "POST", "/", bundle("GET", "Patient")), 201},
		"a bundle with what is not":        {r.do(reader, "POST", "/", bundle("DELETE", "Patient/1")), 403},
		"a bundle in a bundle":             {r.do(reader, "POST", "/", bundle("POST", "")), 400},
		"a path that climbs":               {r.do(reader, "GET", "/Patient/%2e%2e/%2e%2e/secret", ""), 404},
		"a token in the URL is stopped":    {r.do(reader, "GET", "/Patient?x=eyJhbGciOiJub25lIn0.eyJh.x", ""), 400},
		"a patient scope without its data": {r.do(smartUser, "GET", "/Patient", ""), 403},
	} {
		if row.got.status != row.want {
			t.Errorf("%s: want %d, got %d %s", name, row.want, row.got.status, row.got.body)
		}
	}
	all := strings.Join(seen, "\n")
	for _, want := range []string{"GET /fhir/metadata ", "GET /fhir/Patient?name=x ", "POST /fhir/Patient " + kirk, "POST /fhir/ " + bundle("GET", "Patient")} {
		if !strings.Contains(all, want) {
			t.Errorf("want %q to reach the server, which saw\n%s", want, all)
		}
	}
	if len(seen) != 5 {
		t.Errorf("want 5 calls to reach the server, got\n%s", all)
	}
	if got, want := r.do(writer, "POST", "/Patient", kirk).header.Get("Location"), r.server.URL+"/Patient/1/_history/1"; got != want {
		t.Errorf("Location: want %s, got %s", want, got)
	}
}

func TestGatewayWithoutServer(t *testing.T) {
	target, _ := url.Parse("http://127.0.0.1:1")
	r := newRig(t, target)
	if a := r.want(r.do(reader, "GET", "/Patient", ""), 502); !strings.Contains(a.body, "the upstream server does not answer") {
		t.Errorf("want to be told, got %s", a.body)
	}
}
