package probe_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"hdstest/internal/catalogue"
	"hdstest/internal/probe"
)

func writing(t *testing.T, f *fake) probe.Options {
	t.Helper()
	o := options(t, f)
	o.Write = true
	return o
}

// failAt answers requests whose method and path begin so with a status.
func failAt(status int, entries ...string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if slices.ContainsFunc(entries, func(e string) bool { return strings.HasPrefix(r.Method+" "+r.URL.Path, e) }) {
			w.WriteHeader(status)
			return true
		}
		return false
	}
}

func TestBrokenChainIsCleanedUp(t *testing.T) {
	f := newFHIR(t)
	f.instead = failAt(500, "POST /Observation")
	outcomes, left, err := probe.Run(t.Context(), target(f, catalogue.FHIR), catalogue.Requests(), writing(t, f))
	if err != nil || left != nil || f.stored["Patient"] || !f.deleted["Patient"] {
		t.Errorf("error %v, left %v, stored %v", err, left, f.stored)
	}
	if outcome(t, outcomes, "fhir.observation.create").Passed {
		t.Error("a 500 passed")
	}
}

func TestInterruptIsCleanedUp(t *testing.T) {
	f := newFHIR(t)
	ctx, cancel := context.WithCancel(t.Context())
	o := writing(t, f)
	o.Progress = func(_, _ int, title string) {
		if title == "Create a synthetic observation" {
			cancel()
		}
	}
	outcomes, left, err := probe.Run(ctx, target(f, catalogue.FHIR), catalogue.Requests(), o)
	if !errors.Is(err, context.Canceled) || left != nil || len(f.stored) != 0 {
		t.Errorf("error %v, left %v, stored %v", err, left, f.stored)
	}
	if outcome(t, outcomes, "fhir.observation.read").Skipped != "interrupted" {
		t.Error("a request after the interrupt was sent")
	}
	if !outcome(t, outcomes, "fhir.patient.delete").Passed {
		t.Error("the removal is not among the outcomes")
	}
}

// TestInterruptWaitsForACreation cancels while the service works on a POST: the
// answer must still be read, since it holds the id.
func TestInterruptWaitsForACreation(t *testing.T) {
	f := newFHIR(t)
	ctx, cancel := context.WithCancel(t.Context())
	f.instead = func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPost {
			cancel()
		}
		return false
	}
	_, left, err := probe.Run(ctx, target(f, catalogue.FHIR), catalogue.Requests(), writing(t, f))
	if !errors.Is(err, context.Canceled) || left != nil || len(f.stored) != 0 || !f.deleted["Patient"] {
		t.Errorf("error %v, left %v, stored %v", err, left, f.stored)
	}
}

// TestLostAnswerIsLookedFor stores the patient and cuts the connection.
func TestLostAnswerIsLookedFor(t *testing.T) {
	f := newFHIR(t)
	f.instead = func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPost {
			f.mu.Lock()
			f.stored["Patient"], f.run = true, runOf(r)
			f.mu.Unlock()
			panic(http.ErrAbortHandler)
		}
		return false
	}
	outcomes, left, _ := probe.Run(t.Context(), target(f, catalogue.FHIR), catalogue.Requests(), writing(t, f))
	if left != nil || len(f.stored) != 0 || !f.saw("DELETE /Patient/"+idCanary+"-Patient") {
		t.Errorf("left %v, stored %v, log %v", left, f.stored, f.log)
	}
	if n := outcome(t, outcomes, "fhir.patient.create").Evidence.Network; n == nil || n.Kind != "closed" {
		t.Errorf("network %+v", n)
	}
}

// TestSomeoneElsesPatientIsLeftAlone has a server that loses the creation and
// passes over the search parameters.
func TestSomeoneElsesPatientIsLeftAlone(t *testing.T) {
	f := newFHIR(t)
	f.stored["Patient"], f.run = true, "someone else's"
	f.instead = func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPost {
			panic(http.ErrAbortHandler)
		}
		return false
	}
	_, left, _ := probe.Run(t.Context(), target(f, catalogue.FHIR), catalogue.Requests(), writing(t, f))
	if f.saw("DELETE /Patient/"+idCanary) || len(left) != 1 || !left[0].Find {
		t.Errorf("left %+v, log %v", left, f.log)
	}
}

func TestWhatCannotBeRemovedIsListed(t *testing.T) {
	f := newFHIR(t)
	f.instead = failAt(403, "DELETE /Patient/"+idCanary)
	_, left, err := probe.Run(t.Context(), target(f, catalogue.FHIR), catalogue.Requests(), writing(t, f))
	want := probe.Leftover{Request: "fhir.patient.create", Method: "DELETE",
		URL: f.URL + "/Patient/" + idCanary + "-Patient", Status: 403, Reason: "status 403"}
	if err != nil || len(left) != 1 || left[0] != want {
		t.Errorf("%v, %+v; want %+v", err, left, want)
	}
}

// TestNothingIsCreatedThatCannotBeRemoved has servers without DELETE, and an
// identity without the right to it.
func TestNothingIsCreatedThatCannotBeRemoved(t *testing.T) {
	for _, status := range []int{400, 403, 405, 501} {
		fhir, dicom := newFHIR(t), newDICOM(t)
		fhir.instead, dicom.instead = failAt(status, "DELETE /"), failAt(status, "DELETE /")
		for service, f := range map[string]*fake{catalogue.FHIR: fhir, catalogue.DICOM: dicom} {
			outcomes, left, err := probe.Run(t.Context(), target(f, service), catalogue.Requests(), writing(t, f))
			if err != nil || left != nil || f.saw("POST") || !f.saw("DELETE") {
				t.Errorf("%d %s: %v, left %v, log %v", status, service, err, left, f.log)
			}
			first := outcome(t, outcomes, map[string]string{catalogue.FHIR: "fhir.patient.create", catalogue.DICOM: "dicom.store"}[service])
			r := first.Evidence.Response
			if first.Passed || r == nil || r.Extra["undo_status"] != status || !strings.Contains(r.Mismatch[0], strconv.Itoa(status)) {
				t.Errorf("%d %s: %+v", status, service, r)
			}
		}
	}
}

// TestDeleteThatIsRefusedInTheEnd has servers that answer a removal of what is not
// there as it should be, and refuse the one of what is. A 404 counts only where
// nothing can be read any more.
func TestDeleteThatIsRefusedInTheEnd(t *testing.T) {
	for service, row := range map[string]struct {
		start func(*testing.T) *fake
		left  []string // what created it, the last one first
		path  string
	}{
		catalogue.FHIR:  {newFHIR, []string{"fhir.transaction", "fhir.observation.create", "fhir.patient.create"}, "/Patient/"},
		catalogue.DICOM: {newDICOM, []string{"dicom.store.single", "dicom.store"}, "/v2/studies/"},
	} {
		for _, status := range []int{404, 405, 501} {
			t.Run(fmt.Sprint(service, " ", status), func(t *testing.T) {
				f := row.start(t)
				f.instead = func(w http.ResponseWriter, r *http.Request) bool {
					if r.Method != http.MethodDelete {
						return false
					}
					f.mu.Lock()
					defer f.mu.Unlock()
					id := strings.Split(strings.TrimPrefix(r.URL.Path, "/v2"), "/")[2]
					if f.knows(id) || service == catalogue.FHIR && !strings.HasPrefix(id, "2.25.") { // a UID is of nothing
						w.WriteHeader(status)
					} else {
						w.WriteHeader(http.StatusNotFound)
					}
					return true
				}
				_, left, err := probe.Run(t.Context(), target(f, service), catalogue.Requests(), writing(t, f))
				var names []string
				for _, l := range left {
					names = append(names, l.Request)
					if l.Status != status || l.Method != http.MethodDelete || !strings.HasPrefix(l.URL, f.URL) || !strings.Contains(l.Reason, strconv.Itoa(status)) {
						t.Errorf("%+v", l)
					}
				}
				if err != nil || !slices.Equal(names, row.left) || len(f.stored) == 0 || !strings.HasPrefix(left[len(left)-1].URL, f.URL+row.path) {
					t.Errorf("%v, left %q, want %q", err, names, row.left)
				}
			})
		}
	}
}

// TestSomeoneElseRemovedIt: a 404 is true where nothing can be read.
func TestSomeoneElseRemovedIt(t *testing.T) {
	for service, start := range map[string]func(*testing.T) *fake{catalogue.FHIR: newFHIR, catalogue.DICOM: newDICOM} {
		f := start(t)
		f.instead = func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method != http.MethodDelete {
				return false
			}
			f.mu.Lock()
			defer f.mu.Unlock()
			clear(f.stored)
			w.WriteHeader(http.StatusNotFound)
			return true
		}
		if _, left, err := probe.Run(t.Context(), target(f, service), catalogue.Requests(), writing(t, f)); err != nil || left != nil {
			t.Errorf("%s: %v, left %+v", service, err, left)
		}
	}
}

func TestWhatCannotBeFoundIsListed(t *testing.T) {
	f := newFHIR(t)
	f.instead = failAt(500, "POST /Patient", "GET /Patient")
	_, left, _ := probe.Run(t.Context(), target(f, catalogue.FHIR), catalogue.Requests(), writing(t, f))
	if len(left) != 1 || !left[0].Find || left[0].Method != "GET" || !strings.Contains(left[0].URL, "identifier=") {
		t.Errorf("%+v", left)
	}
}

func TestRefusedCreationLeavesNothing(t *testing.T) {
	for _, status := range []int{403, 422, 501} {
		f := newFHIR(t)
		f.instead = failAt(status, "POST /Patient")
		_, left, _ := probe.Run(t.Context(), target(f, catalogue.FHIR), catalogue.Requests(), writing(t, f))
		if left != nil || f.saw("DELETE /Patient/"+idCanary) {
			t.Errorf("%d: left %v, log %v", status, left, f.log)
		}
	}
}

func TestStoredInstancesAreRemovedByTheirUIDs(t *testing.T) {
	f := newDICOM(t)
	f.instead = failAt(500, "GET /v2/studies/", "DELETE /v2/studies/none")
	_, left, _ := probe.Run(t.Context(), target(f, catalogue.DICOM), catalogue.Requests(), writing(t, f))
	if left != nil || len(f.stored) != 0 {
		t.Errorf("left %v, stored %v", left, f.stored)
	}
}
