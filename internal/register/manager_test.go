package register_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"hdstest/internal/problem"
	"hdstest/internal/register"
)

// manager is an Azure Resource Manager that answers each page by a function of
// its own address and the page's number.
func manager(t *testing.T, answer func(self, page string) string) register.Clients {
	t.Helper()
	var s *httptest.Server
	s = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer arm-token" {
			t.Errorf("%s came with %q", r.URL, r.Header.Get("Authorization"))
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprint(w, answer(s.URL, r.URL.Query().Get("page")))
	}))
	t.Cleanup(s.Close)
	c, err := register.NewClients(register.Options{HTTP: s.Client(), ARMURL: s.URL, Credential: credential{}, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func listOf(c register.Clients) (int, error) {
	all, err := c.ListARM(context.Background(), "/subscriptions", url.Values{"api-version": {"2022-12-01"}}, "the subscriptions", "Reader")
	return len(all), err
}

func TestListReadsEveryPage(t *testing.T) {
	n, err := listOf(manager(t, func(self, page string) string {
		if page == "3" {
			return `{"value":[{"id":"3"}]}`
		}
		next := map[string]string{"": "2", "2": "3"}[page]
		return `{"value":[{"id":"1"},{"id":"2"}],"nextLink":"` + self + `/subscriptions?api-version=2022-12-01&page=` + next + `"}`
	}))
	if n != 5 || err != nil {
		t.Errorf("%d entries, %v", n, err)
	}
}

// TestListKeepsToItsHost: a link to elsewhere is neither followed nor given the token.
func TestListKeepsToItsHost(t *testing.T) {
	asked := false
	other := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	defer other.Close()
	for name, link := range map[string]func(self string) string{
		"another host": func(string) string { return other.URL + "/subscriptions?page=2" },
		"plain http":   func(self string) string { return strings.Replace(self, "https:", "http:", 1) + "/subscriptions?page=2" },
		"no address":   func(string) string { return "subscriptions?page=2" },
		"itself":       func(self string) string { return self + "/subscriptions?api-version=2022-12-01" },
	} {
		_, err := listOf(manager(t, func(self, _ string) string { return `{"value":[],"nextLink":"` + link(self) + `"}` }))
		if err == nil || asked || problem.KindOf(err) != problem.Failed {
			t.Errorf("%s: asked %v, got %v", name, asked, err)
		} else {
			t.Log(err)
		}
	}
}

func TestReadARMTellsWhatIsMissing(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("x-ms-request-id", "4711")
		w.WriteHeader(http.StatusForbidden)
		_, _ = fmt.Fprint(w, `{"error":{"code":"AuthorizationFailed","message":"The client 'x' with object id 'y' does not have authorization to perform `+
			`action 'Microsoft.HealthcareApis/workspaces/read' over scope '/subscriptions/s' or the scope is invalid."}}`)
	}))
	defer s.Close()
	c, err := register.NewClients(register.Options{HTTP: s.Client(), ARMURL: s.URL, Credential: credential{}, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.ReadARM(context.Background(), "/x", nil, "the workspace x", "Reader")
	for _, want := range []string{"could not read the workspace x", "Microsoft.HealthcareApis/workspaces/read over /subscriptions/s", "needed: Reader", "4711"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v lacks %q", err, want)
		}
	}
}
