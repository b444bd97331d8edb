package pipeline_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"hdstest/internal/check"
	"hdstest/internal/entra"
	"hdstest/internal/pipeline"
	"hdstest/internal/problem"
)

// clockwork lets time pass by sleeping alone, on both sides.
func clockwork(w *world, woken func(slept time.Duration)) {
	var slept time.Duration
	w.env.Now = w.Clock.Now
	w.env.Sleep = func(ctx context.Context, d time.Duration) error {
		slept += d
		w.Clock.Move(slept)
		if woken != nil {
			woken(slept)
		}
		return ctx.Err()
	}
}

func watch(ctx context.Context, w world, timeout time.Duration, kinds ...string) (pipeline.Report, []string) {
	var told []string
	r := pipeline.Watch(ctx, w.env, w.profile, pipeline.WatchOptions{Services: kinds, Query: pipeline.TokenQuery{Grant: pipeline.GrantClientCredentials},
		Timeout: timeout, Progress: func(text string) { told = append(told, text) }})
	return r, told
}

// finding is the first one of an id.
func finding(t *testing.T, r pipeline.Report, id string) check.Finding {
	t.Helper()
	for _, f := range r.Findings {
		if f.ID == id {
			return f
		}
	}
	t.Fatalf("no finding %s in %+v", id, r.Findings)
	return check.Finding{}
}

// TestWatchUntilTheRoleCounts: the sandbox honours a role after ten minutes of its
// clock, which only the pauses move.
func TestWatchUntilTheRoleCounts(t *testing.T) {
	for _, kind := range []string{entra.FHIR, entra.DICOM} {
		t.Run(kind, func(t *testing.T) {
			w := start(t, t.TempDir(), time.Minute, "role-pending")
			clockwork(&w, nil)
			r, told := watch(t.Context(), w, 15*time.Minute, kind)
			f := finding(t, r, "watch."+kind)
			if r.Status() != check.Pass || f.Status != check.Pass || !strings.HasPrefix(f.Seen, "3 answers in a row after 10m") {
				t.Errorf("%s: %+v\n%v", r.Status(), f, told)
			}
			if len(told) < 10 || len(told) > 40 || !strings.Contains(told[0], "still 403 at try 1") || !strings.Contains(told[len(told)-1], "allowed, 2 of 3") {
				t.Errorf("progress: %q", told)
			}
		})
	}
}

// TestWatchGivesUp: the last try comes when the time is up, not later.
func TestWatchGivesUp(t *testing.T) {
	w := start(t, t.TempDir(), time.Minute, "role-missing")
	began := w.Clock.Now()
	clockwork(&w, nil)
	r, _ := watch(t.Context(), w, 3*time.Minute, entra.FHIR)
	f := finding(t, r, "watch."+entra.FHIR)
	if f.Status != check.Fail || !strings.Contains(f.Seen, "the time of 3m0s is up") || f.Cause != "role.missing" || f.Hint == "" {
		t.Errorf("%+v", f)
	}
	if took := w.Clock.Now().Sub(began); took < 3*time.Minute || took > 3*time.Minute+30*time.Second {
		t.Errorf("it took %s", took)
	}
}

// TestWatchEndsAtOtherFailures: what waiting does not mend ends the watch.
func TestWatchEndsAtOtherFailures(t *testing.T) {
	t.Run("a token for another service", func(t *testing.T) {
		w := start(t, t.TempDir(), time.Minute, "role-pending")
		w.profile.FHIR.Audience = entra.DICOMResource
		clockwork(&w, nil)
		r, told := watch(t.Context(), w, 15*time.Minute, entra.FHIR)
		if f := finding(t, r, "watch."+entra.FHIR); f.Status != check.Fail || !strings.Contains(f.Seen, "waiting does not mend: Token accepted") || f.Cause == "" || len(told) != 0 {
			t.Errorf("%+v, told %q", f, told)
		}
	})
	t.Run("unreachable", func(t *testing.T) {
		w := start(t, t.TempDir(), time.Minute)
		w.profile.FHIR.Audience, w.profile.FHIR.URL = w.profile.FHIR.URL, "https://localhost:1"
		r, _ := watch(t.Context(), w, 15*time.Minute, entra.FHIR)
		if f := finding(t, r, "watch."+entra.FHIR); f.Cause != "network.refused" || len(r.Errors) != 1 || problem.KindOf(r.Errors[0]) != problem.Unreachable {
			t.Errorf("%+v, errors %v", f, r.Errors)
		}
	})
	t.Run("no token", func(t *testing.T) {
		w := start(t, t.TempDir(), time.Minute, "role-pending")
		w.profile.ClientID = "00000000-0000-4000-8000-00000000dead"
		r, _ := watch(t.Context(), w, 15*time.Minute, entra.FHIR)
		if f := finding(t, r, "watch."+entra.FHIR); f.Status != check.Fail || len(r.Errors) != 1 || problem.KindOf(r.Errors[0]) != problem.NoToken {
			t.Errorf("%+v, errors %v", f, r.Errors)
		}
	})
}

// TestWatchRenewsItsToken: a token that is about to end is replaced; the old one
// would be a 401, which ends the watch.
func TestWatchRenewsItsToken(t *testing.T) {
	if testing.Short() {
		t.Skip("asks hundreds of times")
	}
	w := start(t, t.TempDir(), time.Minute, "role-missing")
	clockwork(&w, nil)
	r, told := watch(t.Context(), w, 4*time.Hour, entra.FHIR)
	if f := finding(t, r, "watch."+entra.FHIR); !strings.Contains(f.Seen, "the time of 4h0m0s is up") {
		t.Errorf("%+v after %d tries", f, len(told))
	}
}

// TestWatchInterrupted: what was seen last is still told.
func TestWatchInterrupted(t *testing.T) {
	w := start(t, t.TempDir(), time.Minute, "role-missing")
	ctx, stop := context.WithCancel(t.Context())
	clockwork(&w, func(slept time.Duration) {
		if slept > 10*time.Second {
			stop()
		}
	})
	r, _ := watch(ctx, w, time.Hour, entra.FHIR)
	if got := pipeline.WatchState(r); len(got) != 1 || !strings.HasPrefix(got[0], "FHIR: still 403 at try 3, after ") {
		t.Errorf("seen last: %q", got)
	}
}
