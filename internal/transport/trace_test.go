package transport_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"hdstest/internal/transport"
)

const canary = "c4nary~value"

func TestTraceShowsFactsAndNoSecret(t *testing.T) {
	body := `{"error":"invalid_client","error_description":"` + canary + `","error_codes":[7000215],"trace_id":"11111111-2222-3333-4444-555555555555"}`
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.Header().Set("X-Ms-Request-Id", "req-1\u009b2J")
		w.Header().Set("Location", "https://login.example/Patient/"+canary+"?code="+canary)
		w.Header().Set("Set-Cookie", "a="+canary)
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, body)
	}))
	defer server.Close()
	var trace locked
	c := trusting(t, server, transport.Options{Trace: &trace, UserAgent: "hdstest/1"})
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {"app"}, "client_secret": {canary}, "username": {""}}
	req, _ := http.NewRequest(http.MethodPost, server.URL+"/t/token?api-version=1.1&name="+canary, strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Authorization", "Bearer "+canary)
	req.Header.Set("Cookie", canary)
	req.Header.Set("X-Whatever", canary)
	a, err := transport.Send(t.Context(), c, req, 1<<20)
	if err != nil || string(a.Body) != body {
		t.Fatalf("body %q, error %v", a.Body, err)
	}
	got := trace.String()
	for _, want := range []string{
		"--- 1 POST " + server.URL + "/t/token?api-version=1.1&name=[redacted]", "> Authorization: Bearer [redacted]", "> User-Agent: hdstest/1",
		"form: client_id=app client_secret=[redacted] grant_type=client_credentials username=", "< 401 Unauthorized (",
		"< Location: https://login.example/Patient/{id}", "error=invalid_client", "error_codes=[7000215]", "trace_id=11111111",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the trace lacks %q:\n%s", want, got)
		}
	}
	for _, never := range []string{canary, url.QueryEscape(canary), "c4nary", "\u009b"} {
		if strings.Contains(got, never) {
			t.Errorf("the trace holds %q:\n%s", never, got)
		}
	}
}

func TestTraceNeverShowsClinicalBodies(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/fhir+json")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"error":"c4nary"}`)
	}))
	defer server.Close()
	var trace locked
	c := trusting(t, server, transport.Options{Trace: &trace})
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() { _, _ = get(t, c, server.URL+"/Patient/c4nary/_history/2?name=c4nary") })
	}
	wait.Wait()
	got := trace.String()
	if strings.Contains(got, "c4nary") || strings.Count(got, "/Patient/{id}/_history/2?name=[redacted]") != 8 {
		t.Errorf("trace:\n%s", got)
	}
}

func TestTraceOfAFailure(t *testing.T) {
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	var trace locked
	if _, err := get(t, client(t, transport.Options{Trace: &trace}), server.URL+"/?q=c4nary"); err == nil {
		t.Fatal("an unknown authority was trusted")
	} else if strings.Contains(err.Error(), "c4nary") {
		t.Errorf("the error holds the query: %v", err)
	}
	if got := trace.String(); !strings.Contains(got, "! no answer, stage tls: x509: certificate signed by unknown authority") {
		t.Errorf("trace:\n%s", got)
	}
}

func TestRedactPath(t *testing.T) {
	for in, want := range map[string]string{
		"/Patient/example":                     "/Patient/{id}",
		"/Patient/$validate":                   "/Patient/$validate",
		"/Patient/_search":                     "/Patient/_search",
		"/v2/studies/1.2.840.1/series/1.2.3.4": "/v2/studies/{uid}/series/{uid}",
		"/v2/changefeed/latest":                "/v2/changefeed/latest",
		"/tenant/oauth2/v2.0/authorize":        "/tenant/oauth2/v2.0/authorize",
		"":                                     "",
	} {
		if got := transport.RedactPath(in); got != want {
			t.Errorf("RedactPath(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzRedactURLHidesQueryValues(f *testing.F) {
	f.Add("name", "Smith")
	f.Add("%zz", "a&b=c;d")
	f.Fuzz(func(t *testing.T, name, value string) {
		u := &url.URL{Scheme: "https", Host: "h", Path: "/", RawQuery: "x" + url.QueryEscape(name) + "=" + url.QueryEscape("c4nary"+value)}
		if got := transport.RedactURL(u); strings.Contains(got, "c4nary") && !strings.Contains(name, "c4nary") {
			t.Errorf("RedactURL shows the value: %s", got)
		}
	})
}
