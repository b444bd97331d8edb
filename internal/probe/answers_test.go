package probe_test

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"hdstest/internal/catalogue"
	"hdstest/internal/probe"
	"hdstest/internal/problem"
)

// answered runs the catalogue with one request answered otherwise.
func answered(t *testing.T, answer func(w http.ResponseWriter, r *http.Request), change ...func(*probe.Options)) probe.Outcome {
	t.Helper()
	f := newFHIR(t)
	f.instead = func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.RawQuery == "_count=1" && r.URL.Path == "/Patient" {
			answer(w, r)
			return true
		}
		return false
	}
	o := options(t, f)
	for _, c := range change {
		c(&o)
	}
	outcomes, _, err := probe.Run(t.Context(), target(f, catalogue.FHIR), catalogue.Requests(), o)
	if err != nil {
		t.Fatal(err)
	}
	return outcome(t, outcomes, "fhir.patient.list")
}

func TestStrangeAnswers(t *testing.T) {
	const good = `{"resourceType":"Bundle","type":"searchset"}`
	for name, c := range map[string]struct {
		answer func(w http.ResponseWriter, r *http.Request)
		want   string // in a mismatch; empty: passes
	}{
		"HTML in place of JSON": {func(w http.ResponseWriter, _ *http.Request) {
			answerJSON(w, 200, "text/html", "<!DOCTYPE html><title>Sign in</title>")
		}, "HTML page"},
		"cut short": {func(w http.ResponseWriter, _ *http.Request) {
			answerJSON(w, 200, "application/fhir+json", good[:20])
		}, "cut short"},
		"broken off": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "9999")
			answerJSON(w, 200, "application/fhir+json", good[:20])
		}, "broke off"},
		"empty": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(200) }, "empty"},
		"two documents": {func(w http.ResponseWriter, _ *http.Request) {
			answerJSON(w, 200, "application/fhir+json", good+good)
		}, "more follows"},
		"another resource": {func(w http.ResponseWriter, _ *http.Request) {
			answerJSON(w, 200, "application/fhir+json", `{"resourceType":"OperationOutcome","type":"searchset"}`)
		}, `resourceType is "OperationOutcome", expected Bundle`},
		"too large": {func(w http.ResponseWriter, _ *http.Request) {
			answerJSON(w, 200, "application/fhir+json", `{"x":"`+strings.Repeat("x", 9<<20))
		}, "larger than 8 MB"},
		"tiny objects": {func(w http.ResponseWriter, _ *http.Request) {
			answerJSON(w, 200, "application/fhir+json", `{"x":[{"":0}`+strings.Repeat(`,{"":0}`, 150_000)+`]}`)
		}, "too many parts"},
		"large": {func(w http.ResponseWriter, _ *http.Request) {
			answerJSON(w, 200, "application/fhir+json", good[:len(good)-1]+`,"x":"`+strings.Repeat("x", 2<<20)+`"}`)
		}, ""},
		"gzip bomb": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			_, _ = io.CopyN(z, zeros{}, 64<<20)
			_ = z.Close()
		}, "larger than 8 MB"},
		"gzip": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			_, _ = io.WriteString(z, good)
			_ = z.Close()
		}, ""},
		"byte order mark": {func(w http.ResponseWriter, _ *http.Request) {
			answerJSON(w, 200, "application/fhir+json", "\ufeff"+good)
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			o := answered(t, c.answer)
			mismatch := strings.Join(o.Evidence.Response.Mismatch, "; ")
			if o.Passed != (c.want == "") || !strings.Contains(mismatch, c.want) {
				t.Errorf("passed %v, mismatch %q; want %q", o.Passed, mismatch, c.want)
			}
		})
	}
}

func sprint(v any) string { return fmt.Sprint(v) }

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestKeptErrorTexts(t *testing.T) {
	long := strings.Repeat("x", 5000)
	for name, c := range map[string]struct {
		media, body, want string
	}{
		"plain text of DICOM":   {"text/plain; charset=utf-8", "Authorization failed.", "Authorization failed."},
		"long text":             {"text/plain", long, strings.Repeat("x", 500) + "…"},
		"title of a page":       {"text/html", "<html><title>\nBlocked</title>secret</html>", "HTML page: Blocked"},
		"page without title":    {"text/html", "<html>x", "HTML page"},
		"error of Azure":        {"application/json", `{"error":{"code":"X","message":"m","details":"d"}}`, "map[error.code:X error.message:m]"},
		"error of a gateway":    {"application/json", `{"statusCode":401,"message":"no"}`, "map[message:no statusCode:401]"},
		"failure reason":        {"application/dicom+json", `{"00081198":{"vr":"SQ","Value":[{"00081155":{"Value":["1.2"]},"00081197":{"vr":"US","Value":[43264]}}]}}`, "map[00081198:map[Value:[map[00081197:map[Value:[43264] vr:US]]] vr:SQ]]"},
		"any other JSON":        {"application/json", `{"patient":"x"}`, "<nil>"},
		"a resource in a 400":   {"application/fhir+json", `{"resourceType":"Patient","id":"x"}`, "<nil>"},
		"outcome, no narrative": {"application/fhir+json", `{"resourceType":"OperationOutcome","text":{"div":"x"},"issue":[{"code":"a","expression":["Patient.name"]}]}`, "map[issue:[map[code:a expression:[Patient.name]]] resourceType:OperationOutcome]"},
		"outcome that quotes":   {"application/fhir+json", `{"resourceType":"OperationOutcome","issue":[{"code":"a","details":{"text":"t"},"expression":["Patient.name.where(family='x')"]}]}`, "map[issue:[map[code:a details:map[text:t]]] resourceType:OperationOutcome]"},
	} {
		t.Run(name, func(t *testing.T) {
			o := answered(t, func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, 400, c.media, c.body) })
			if got := strings.TrimSpace(sprint(o.Evidence.Response.Body)); got != c.want {
				t.Errorf("kept %s, want %s", got, c.want)
			}
		})
	}
}

func TestThrottlingIsHonoured(t *testing.T) {
	var waits []time.Duration
	now := time.Now()
	count := 0
	o := answered(t, func(w http.ResponseWriter, _ *http.Request) {
		if count++; count <= 2 {
			w.Header().Set("Retry-After", "3")
			if count == 2 {
				w.Header().Set("X-Ms-Retry-After-Ms", "1500")
			}
			w.WriteHeader(429)
			return
		}
		answerJSON(w, 200, "application/fhir+json", `{"resourceType":"Bundle","type":"searchset"}`)
	}, func(o *probe.Options) {
		o.Concurrency = 1
		o.Now = func() time.Time { return now }
		o.Sleep = func(_ context.Context, d time.Duration) error {
			waits, now = append(waits, d), now.Add(d)
			return nil
		}
	})
	early := len(waits) != 2 || waits[0] < 3*time.Second || waits[0] >= 3300*time.Millisecond || waits[1] < 1500*time.Millisecond || waits[1] >= 1650*time.Millisecond
	if !o.Passed || early || o.Evidence.Response.Extra["retries"] != 2 {
		t.Errorf("passed %v after %v, %v", o.Passed, waits, o.Evidence.Response.Extra)
	}
}

func TestThrottlingIsGivenUp(t *testing.T) {
	for name, c := range map[string]struct {
		after string
		calls int
	}{"twice is enough": {"1", 3}, "too long a wait": {"3600", 1}, "no hint": {"", 3}} {
		t.Run(name, func(t *testing.T) {
			count := 0
			o := answered(t, func(w http.ResponseWriter, _ *http.Request) {
				count++
				w.Header().Set("Retry-After", c.after)
				w.WriteHeader(429)
			})
			if o.Passed || count != c.calls || o.Evidence.Response.Status != 429 {
				t.Errorf("passed %v after %d calls, want %d", o.Passed, count, c.calls)
			}
		})
	}
}

func TestUnavailableIsNotRepeatedForAPost(t *testing.T) {
	f := newFHIR(t)
	posts := 0
	f.instead = func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPost {
			posts++
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(503)
		}
		return r.Method == http.MethodPost
	}
	_, _, _ = probe.Run(t.Context(), target(f, catalogue.FHIR), catalogue.Requests(), writing(t, f))
	if posts != 1 {
		t.Errorf("%d POSTs, want 1", posts)
	}
}

func TestUsageErrors(t *testing.T) {
	f := newFHIR(t)
	for name, change := range map[string]func(*probe.Target, *probe.Options){
		"unknown service":      func(t *probe.Target, _ *probe.Options) { t.Service = "hl7v2" },
		"no URL":               func(t *probe.Target, _ *probe.Options) { t.BaseURL = "ws-fhir" },
		"clear text":           func(t *probe.Target, _ *probe.Options) { t.BaseURL = "http://fhir.example" },
		"another scheme":       func(t *probe.Target, _ *probe.Options) { t.BaseURL = "ftp://localhost" },
		"a password":           func(t *probe.Target, _ *probe.Options) { t.BaseURL = "https://u:pass-canary@fhir.example" },
		"a query":              func(t *probe.Target, _ *probe.Options) { t.BaseURL += "?sig=pass-canary" },
		"unknown id":           func(_ *probe.Target, o *probe.Options) { o.Only = []string{"fhir.patients"} },
		"unknown group":        func(_ *probe.Target, o *probe.Options) { o.Skip = []string{"fhir-reading"} },
		"empty pattern":        func(_ *probe.Target, o *probe.Options) { o.Only = []string{""} },
		"part of a word is no": func(_ *probe.Target, o *probe.Options) { o.Only = []string{"fhir.pat"} },
	} {
		t.Run(name, func(t *testing.T) {
			tg, o := target(f, catalogue.FHIR), options(t, f)
			change(&tg, &o)
			_, _, err := probe.Run(t.Context(), tg, catalogue.Requests(), o)
			if problem.KindOf(err) != problem.Usage || err == nil || strings.Contains(err.Error(), "pass-canary") {
				t.Errorf("%v", err)
			}
		})
	}
	if len(f.log) != 0 {
		t.Errorf("sent %v", f.log)
	}
}

func TestOnlyAndSkip(t *testing.T) {
	f := newFHIR(t)
	o := options(t, f)
	o.Only, o.Skip = []string{"fhir-read", "fhir.versions"}, []string{"fhir.patient.count"}
	outcomes, _, err := probe.Run(t.Context(), target(f, catalogue.FHIR), catalogue.Requests(), o)
	var ids []string
	for _, o := range outcomes {
		ids = append(ids, o.Request.ID)
	}
	if err != nil || strings.Join(ids, " ") != "fhir.versions fhir.patient.list fhir.observation.list" || !outcomes[0].Passed {
		t.Errorf("%v %v", ids, err)
	}
}

func TestOnlyTheOtherServiceSendsNothing(t *testing.T) {
	f := newFHIR(t)
	o := options(t, f)
	o.Only = []string{"dicom.store"}
	outcomes, _, err := probe.Run(t.Context(), target(f, catalogue.FHIR), catalogue.For(catalogue.FHIR), o)
	if err != nil || len(outcomes) != 0 || len(f.log) != 0 {
		t.Errorf("%v, %d outcomes, sent %v", err, len(outcomes), f.log)
	}
}
