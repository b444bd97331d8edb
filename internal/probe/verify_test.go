package probe_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"hdstest/internal/catalogue"
	"hdstest/internal/probe"
)

// obliging is a server that says it is Azure's and creates on every PUT: the
// request that must have no effect has one.
func obliging(t *testing.T, mayDelete bool) (*fake, *bool) {
	f := newFHIR(t)
	there := false
	f.instead = func(w http.ResponseWriter, r *http.Request) bool {
		switch {
		case r.Method == http.MethodPut:
			there = true
			answerJSON(w, 201, "application/fhir+json", `{"resourceType":"Patient"}`)
		case r.Method == http.MethodDelete && !mayDelete:
			w.WriteHeader(500)
		case r.Method == http.MethodDelete:
			there = there && r.URL.RawQuery == "hardDelete=true" // some other request's doing
			w.WriteHeader(204)
		case r.Method == http.MethodGet && strings.HasPrefix(r.URL.Path, "/Patient/") && there:
			answerJSON(w, 200, "application/fhir+json", `{"resourceType":"Patient"}`)
		case r.Method == http.MethodGet && strings.HasPrefix(r.URL.Path, "/Patient/"):
			w.WriteHeader(404)
		default:
			return false
		}
		return true
	}
	return f, &there
}

func TestWhatAHarmlessRequestMadeIsRemoved(t *testing.T) {
	for _, mayDelete := range []bool{true, false} {
		f, there := obliging(t, mayDelete)
		o := options(t, f)
		o.Only = []string{"permission.fhir.update"}
		_, left, err := probe.Run(context.Background(), target(f, catalogue.FHIR), catalogue.PermissionRequests(catalogue.FHIR), o)
		if err != nil || len(left) != 1 || !left[0].Unmeant || left[0].Removed != mayDelete || *there == mayDelete {
			t.Errorf("may delete: %v; left %+v, there %v, %v", mayDelete, left, *there, err)
		}
		if len(left) == 1 && (left[0].Method != http.MethodDelete || !strings.HasPrefix(left[0].URL, f.URL+"/Patient/")) {
			t.Errorf("the way to remove it: %+v", left[0])
		}
	}
}

// TestPermissionRequestsAreForAzureOnly: elsewhere nobody knows what they do.
func TestPermissionRequestsAreForAzureOnly(t *testing.T) {
	f := newFHIR(t)
	f.publisher = "Somebody else"
	outcomes, _, err := probe.Run(context.Background(), target(f, catalogue.FHIR), catalogue.PermissionRequests(catalogue.FHIR), options(t, f))
	if _, _, skipped := tally(outcomes); err != nil || len(skipped) != len(outcomes) || f.saw("PUT") || f.saw("DELETE") || f.saw("POST") {
		t.Errorf("sent: %v, %v", f.log, err)
	}
	f.instead = func(w http.ResponseWriter, r *http.Request) bool { // the fake's POST creates, whatever its path
		if r.Method == http.MethodPost {
			w.WriteHeader(200)
		}
		return r.Method == http.MethodPost
	}
	o := options(t, f)
	o.AssumeAHDS = true
	if _, left, err := probe.Run(context.Background(), target(f, catalogue.FHIR), catalogue.PermissionRequests(catalogue.FHIR), o); err != nil || !f.saw("DELETE /Patient/") || left != nil {
		t.Errorf("with --assume-ahds: %v, %v, %v", f.log, left, err)
	}
}
