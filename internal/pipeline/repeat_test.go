package pipeline_test

import (
	"context"
	"crypto/rand"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"hdstest/internal/catalogue"
	"hdstest/internal/check"
	"hdstest/internal/entra"
	"hdstest/internal/pipeline"
	"hdstest/internal/secret"
)

// service answers without a network.
type service func(r *http.Request) (status int, retryAfter string)

func (s service) RoundTrip(r *http.Request) (*http.Response, error) {
	status, after := s(r)
	header := http.Header{"Content-Type": {"application/fhir+json"}}
	if after != "" {
		header.Set("Retry-After", after)
	}
	return &http.Response{StatusCode: status, Header: header, Request: r, Proto: "HTTP/1.1",
		Body: io.NopCloser(strings.NewReader(`{"resourceType":"Bundle","type":"searchset","total":0}`))}, nil
}

// repeat counts patients n times, with a clock that only sleeping moves.
func repeat(s service, n int) (pipeline.Report, []time.Duration) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var slept []time.Duration
	env := pipeline.Env{HTTP: &http.Client{Transport: s}, Now: func() time.Time { return now }, Rand: rand.Reader,
		Sleep: func(ctx context.Context, d time.Duration) error {
			slept = append(slept, d)
			now = now.Add(d)
			return ctx.Err()
		}}
	p := pipeline.Profile{Name: "x", FHIR: pipeline.Service{Kind: entra.FHIR, URL: "https://fhir.example"}}
	r := pipeline.Repeat(context.Background(), env, p, pipeline.ProbeOptions{Services: []string{entra.FHIR}, Token: secret.New("t"),
		Selection: pipeline.Selection{Only: []string{"fhir.patient.count"}}, Concurrency: 1}, n)
	return r, slept
}

// counts answers the n-th count of patients in its own way, and all else well.
func counts(answer func(n int) (int, string)) service {
	q, _ := catalogue.ByID("fhir.patient.count")
	n := 0
	return func(r *http.Request) (int, string) {
		if !strings.HasPrefix(r.URL.RequestURI(), strings.SplitN(q.Template(), "{", 2)[0]) {
			return 200, ""
		}
		n++
		return answer(n)
	}
}

func TestRepeatCounts(t *testing.T) {
	r, _ := repeat(counts(func(n int) (int, string) {
		if n == 3 || n == 7 {
			return 500, ""
		}
		return 200, ""
	}), 10)
	if len(r.Percentiles) != 1 || r.Percentiles[0].Count != 10 || r.Percentiles[0].Failures["500"] != 2 || r.Percentiles[0].Failed() != 2 {
		t.Fatalf("%+v", r.Percentiles)
	}
	if f := r.Findings[0]; f.Status != check.Fail || !strings.HasSuffix(f.Seen, "(the first of 2 failures in 10)") {
		t.Errorf("%+v", f)
	}
}

// TestRepeatHonoursLongWaits: a wish that is too long for one request is honoured
// before the next run, and one that is longer than anybody waits ends the repeats.
func TestRepeatHonoursLongWaits(t *testing.T) {
	once := func(after string) service {
		return counts(func(n int) (int, string) {
			if n == 2 {
				return 429, after
			}
			return 200, ""
		})
	}
	r, slept := repeat(once("60"), 4)
	if len(slept) != 1 || slept[0] < time.Minute || r.Percentiles[0].Count != 4 || r.Percentiles[0].Failures["429"] != 1 {
		t.Errorf("slept %v, %+v", slept, r.Percentiles)
	}
	r, slept = repeat(once("3600"), 4)
	if len(slept) != 0 || r.Percentiles[0].Count != 2 || r.Findings[0].ID != "repeat.fhir" || r.Findings[0].Status != check.Warn {
		t.Errorf("slept %v, %+v, %+v", slept, r.Percentiles, r.Findings)
	}
}

// TestRepeatKeepsMemoryFlat: in the ten thousandth run no more is held than in the
// hundredth.
func TestRepeatKeepsMemoryFlat(t *testing.T) {
	if testing.Short() {
		t.Skip("sends twenty thousand requests")
	}
	held := map[int]int64{}
	repeat(counts(func(n int) (int, string) {
		if n == 100 || n == 10_000 {
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			held[n] = int64(m.HeapAlloc)
		}
		return 200, ""
	}), 10_000)
	const spare = 512 << 10 // 50 bytes a run would show
	if held[100] == 0 || held[10_000] > held[100]+spare {
		t.Errorf("%d bytes in run 100, %d in run 10,000", held[100], held[10_000])
	}
}
