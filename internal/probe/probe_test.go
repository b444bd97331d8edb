package probe_test

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hdstest/internal/catalogue"
	"hdstest/internal/probe"
	"hdstest/internal/problem"
	"hdstest/internal/secret"
)

func target(f *fake, service string) probe.Target {
	base := f.URL
	if service == catalogue.DICOM {
		base += "/v2"
	}
	return probe.Target{Service: service, BaseURL: base,
		Token: func(context.Context) (secret.Value, error) { return secret.New(tokenCanary), nil }}
}

func options(t *testing.T, f *fake) probe.Options {
	t.Helper()
	return probe.Options{HTTP: f.client(t), Now: time.Now, Rand: rand.NewChaCha8([32]byte{7}),
		Sleep: func(context.Context, time.Duration) error { return nil }}
}

// tally counts outcomes and names those that failed or were skipped.
func tally(outcomes []probe.Outcome) (passed int, failed, skipped []string) {
	for _, o := range outcomes {
		switch {
		case o.Passed:
			passed++
		case o.Skipped != "":
			skipped = append(skipped, o.Request.ID)
		default:
			failed = append(failed, o.Request.ID)
		}
	}
	return passed, failed, skipped
}

func outcome(t *testing.T, outcomes []probe.Outcome, id string) probe.Outcome {
	t.Helper()
	i := slices.IndexFunc(outcomes, func(o probe.Outcome) bool { return o.Request.ID == id })
	if i < 0 {
		t.Fatalf("no outcome of %s", id)
	}
	return outcomes[i]
}

func TestWholeCatalogueIsGreenWithWrites(t *testing.T) {
	for service, start := range map[string]func(*testing.T) *fake{catalogue.FHIR: newFHIR, catalogue.DICOM: newDICOM} {
		t.Run(service, func(t *testing.T) {
			f := start(t)
			o := options(t, f)
			o.Write = true
			outcomes, left, err := probe.Run(t.Context(), target(f, service), catalogue.Requests(), o)
			passed, failed, skipped := tally(outcomes)
			if err != nil || left != nil || failed != nil || skipped != nil || passed != len(catalogue.For(service)) {
				t.Errorf("error %v, left %v, failed %v, skipped %v", err, left, failed, skipped)
				for _, o := range outcomes {
					if r := o.Evidence.Response; r != nil && r.Mismatch != nil {
						t.Log(o.Request.ID, r.Mismatch)
					}
				}
			}
			if len(f.stored) != 0 {
				t.Errorf("still stored: %v", f.stored)
			}
		})
	}
}

func TestReadOnlyUnlessAskedToWrite(t *testing.T) {
	f := newFHIR(t)
	outcomes, _, err := probe.Run(t.Context(), target(f, catalogue.FHIR), catalogue.Requests(), options(t, f))
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range f.log {
		if !strings.HasPrefix(entry, "GET ") {
			t.Errorf("sent %s", entry)
		}
	}
	if why := outcome(t, outcomes, "fhir.patient.create").Skipped; !strings.Contains(why, "changes data") {
		t.Errorf("skipped because %q", why)
	}
	if why := outcome(t, outcomes, "fhir.patient.read").Skipped; !strings.Contains(why, "fhir.patient.create") {
		t.Errorf("skipped because %q", why)
	}
}

func TestAnonymousRequestsCarryNoToken(t *testing.T) {
	f := newFHIR(t)
	if _, _, err := probe.Run(t.Context(), target(f, catalogue.FHIR), catalogue.Requests(), options(t, f)); err != nil {
		t.Fatal(err)
	}
	for i, entry := range f.log {
		open := !strings.HasPrefix(entry, "GET /Patient?") && !strings.HasPrefix(entry, "GET /Observation?")
		if sent := f.auth[i] != ""; sent == open {
			t.Errorf("%s: token sent: %v", entry, sent)
		}
	}
}

func TestOtherServersAreSpared(t *testing.T) {
	f := newFHIR(t)
	f.publisher = "Someone else"
	outcomes, _, err := probe.Run(t.Context(), target(f, catalogue.FHIR), catalogue.Requests(), options(t, f))
	if err != nil || !strings.Contains(outcome(t, outcomes, "fhir.versions").Skipped, "Azure Health Data Services") || f.saw("GET /$versions") {
		t.Errorf("%v; log %v", err, f.log)
	}
	o := options(t, f)
	o.AssumeAHDS = true
	outcomes, _, _ = probe.Run(t.Context(), target(f, catalogue.FHIR), catalogue.Requests(), o)
	if !outcome(t, outcomes, "fhir.versions").Passed {
		t.Error("not sent although the person said that it is Azure Health Data Services")
	}
}

func TestEvidenceHoldsNoTokenBodyOrID(t *testing.T) {
	f := newFHIR(t)
	f.instead = func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.RawQuery != "_count=1" || r.URL.Path != "/Patient" {
			return false
		}
		w.Header().Set("X-Request-Id", r.Header.Get("Authorization")) // a server that sends the token back
		answerJSON(w, 400, "text/plain", "you sent "+r.Header.Get("Authorization"))
		return true
	}
	o := options(t, f)
	o.Write = true
	outcomes, _, err := probe.Run(t.Context(), target(f, catalogue.FHIR), catalogue.Requests(), o)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range outcomes {
		data, err := json.Marshal(o.Evidence)
		if err != nil {
			t.Fatal(err)
		}
		for _, canary := range []string{tokenCanary, nameCanary, idCanary} {
			if strings.Contains(string(data), canary) {
				t.Errorf("%s: evidence holds %s: %s", o.Request.ID, canary, data)
			}
		}
	}
}

func TestEvidenceOfARefusedToken(t *testing.T) {
	f := newFHIR(t)
	tg := target(f, catalogue.FHIR)
	tg.Token = func(context.Context) (secret.Value, error) { return secret.New("another"), nil }
	outcomes, _, err := probe.Run(t.Context(), tg, catalogue.Requests(), options(t, f))
	if err != nil {
		t.Fatal(err)
	}
	b := outcome(t, outcomes, "fhir.patient.list").Evidence
	if b.Response.Status != 401 || !strings.Contains(b.Response.WWWAuthenticate, "resource_id") {
		t.Errorf("response %+v", b.Response)
	}
	if b.ServiceConfig == nil || b.ServiceConfig.Audience != f.URL || b.ServiceConfig.TenantID != "tenant-1" || b.ServiceConfig.Publisher != "Microsoft" {
		t.Errorf("service config %+v", b.ServiceConfig)
	}
	if b.Request.Headers["Authorization"] != "Bearer "+secret.Redacted {
		t.Errorf("request headers %v", b.Request.Headers)
	}
	if b.Request.Path != "/Patient?_count=1" || b.Clock == nil {
		t.Errorf("path %s, clock %v", b.Request.Path, b.Clock)
	}
	data, _ := json.Marshal(b.Response.Body)
	if want := `{"issue":[{"code":"login","diagnostics":"Authentication failed.","severity":"error"}],"resourceType":"OperationOutcome"}`; string(data) != want {
		t.Errorf("body %s", data)
	}
}

func TestNoTokenLeavesTheOpenEndpoints(t *testing.T) {
	f := newFHIR(t)
	tg := target(f, catalogue.FHIR)
	calls := 0
	refused := &problem.Error{Kind: problem.NoToken, Tried: "get a token", Seen: "AADSTS7000215"}
	tg.Token = func(context.Context) (secret.Value, error) { calls++; return secret.Value{}, refused }
	outcomes, _, err := probe.Run(t.Context(), tg, catalogue.Requests(), options(t, f))
	if !errors.Is(err, refused) || calls != 1 {
		t.Errorf("error %v after %d calls", err, calls)
	}
	if !outcome(t, outcomes, "fhir.metadata").Passed || outcome(t, outcomes, "fhir.patient.count").Skipped == "" {
		t.Error("open endpoints must be tried, the others skipped")
	}
}

func TestUnreachableIsSaidOnce(t *testing.T) {
	f := newFHIR(t)
	tg, o := target(f, catalogue.FHIR), options(t, f)
	f.Close()
	outcomes, _, err := probe.Run(t.Context(), tg, catalogue.Requests(), o)
	var own *problem.Error
	if problem.KindOf(err) != problem.Unreachable || !errors.As(err, &own) || own.Evidence == nil || own.Evidence.Network.Stage != "connect" {
		t.Fatalf("%v", err)
	}
	_, failed, skipped := tally(outcomes)
	if !slices.Equal(failed, []string{"fhir.metadata"}) || len(skipped) != len(outcomes)-1 {
		t.Errorf("failed %v, skipped %d of %d", failed, len(skipped), len(outcomes))
	}
}

// TestConcurrencyIsBounded lets the requests after the first meet in pairs: with
// two at once each finds its partner, and never is there a third.
func TestConcurrencyIsBounded(t *testing.T) {
	f := newFHIR(t)
	var busy, most atomic.Int32
	var arrived sync.WaitGroup
	arrived.Add(2)
	var order atomic.Int32
	f.instead = func(http.ResponseWriter, *http.Request) bool {
		n := busy.Add(1)
		defer busy.Add(-1)
		for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
		}
		if turn := order.Add(1); turn == 2 || turn == 3 {
			arrived.Done()
			arrived.Wait()
		}
		return false
	}
	o := options(t, f)
	o.Concurrency = 2
	if _, _, err := probe.Run(t.Context(), target(f, catalogue.FHIR), catalogue.Requests(), o); err != nil {
		t.Fatal(err)
	}
	if most.Load() != 2 {
		t.Errorf("%d at once, want 2", most.Load())
	}
}

func TestProgressCountsEveryOutcome(t *testing.T) {
	f := newFHIR(t)
	o := options(t, f)
	var seen []int
	o.Progress = func(done, total int, _ string) { seen = append(seen, done); _ = total }
	outcomes, _, _ := probe.Run(t.Context(), target(f, catalogue.FHIR), catalogue.Requests(), o)
	if len(seen) != len(outcomes) || !slices.IsSorted(seen) || seen[len(seen)-1] != len(outcomes) {
		t.Errorf("%v for %d outcomes", seen, len(outcomes))
	}
}

func TestRedirectIsAFindingNotARequest(t *testing.T) {
	reached := false
	other := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	t.Cleanup(other.Close)
	f := newFHIR(t)
	f.instead = func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.RawQuery == "_count=1" && r.URL.Path == "/Patient" {
			http.Redirect(w, r, other.URL+"/Patient?id="+idCanary, http.StatusFound)
			return true
		}
		return false
	}
	o := options(t, f)
	o.HTTP.CheckRedirect = nil // a client that would follow
	outcomes, _, _ := probe.Run(t.Context(), target(f, catalogue.FHIR), catalogue.Requests(), o)
	r := outcome(t, outcomes, "fhir.patient.list").Evidence.Response
	if reached || !slices.Equal(r.Elsewhere, []string{other.URL}) || !strings.Contains(r.Mismatch[0], "redirect to "+other.URL) {
		t.Errorf("reached %v, %+v", reached, r)
	}
}

func TestLinkElsewhereIsNoted(t *testing.T) {
	f := newFHIR(t)
	f.instead = func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.RawQuery == "_count=1" && r.URL.Path == "/Patient" {
			answerJSON(w, 200, "application/fhir+json", `{"resourceType":"Bundle","type":"searchset","link":[
				{"relation":"self","url":"`+f.URL+`/Patient"},{"relation":"next","url":"https://inner.example:8443/Patient?ct=x"}]}`)
			return true
		}
		return false
	}
	outcomes, _, _ := probe.Run(t.Context(), target(f, catalogue.FHIR), catalogue.Requests(), options(t, f))
	o := outcome(t, outcomes, "fhir.patient.list")
	if !o.Passed || !slices.Equal(o.Evidence.Response.Elsewhere, []string{"https://inner.example:8443"}) {
		t.Errorf("%+v", o.Evidence.Response)
	}
}
