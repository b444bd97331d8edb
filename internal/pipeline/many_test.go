package pipeline_test

import (
	"context"
	"crypto/rand"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hdstest/internal/check"
	"hdstest/internal/entra"
	"hdstest/internal/judge"
	"hdstest/internal/pipeline"
)

// member is the FHIR service of the world's profile under another name.
func (w world) member(name string) pipeline.Member {
	m := pipeline.Member{Env: w.env, Profile: w.profile, Kind: entra.FHIR, Query: pipeline.TokenQuery{Grant: pipeline.GrantClientCredentials}}
	m.Profile.Name = name
	return m
}

// TestManyLeftovers: what one of two services keeps is in its row and among the
// findings, with the command that removes it as the profile that made it.
func TestManyLeftovers(t *testing.T) {
	w := start(t, t.TempDir(), time.Minute)
	keeps := w.member("keeps")
	keeps.Env.HTTP = &http.Client{Transport: &stubborn{next: w.env.HTTP.Transport}}
	r := pipeline.ProbeMany(context.Background(), []pipeline.Member{w.member("gives"), keeps}, pipeline.ManyOptions{ProbeOptions: pipeline.ProbeOptions{
		Write: true, Concurrency: 4, Selection: pipeline.Selection{Skip: []string{"permission"}}}})
	if len(r.Services) != 2 || r.Services[0].Status != check.Pass || r.Services[0].Leftovers != nil || r.Services[1].Status != check.Fail {
		t.Fatalf("%+v", r.Services)
	}
	left := r.Services[1].Leftovers
	if got := pipeline.Leftovers(r.Findings); len(left) != 3 || len(got) != len(left) || !strings.HasPrefix(got[0].Seen, "keeps fhir: what ") {
		t.Errorf("%d in the row, findings %+v", len(left), got)
	}
	for _, l := range left {
		if !strings.Contains(l.Hint, "--profile 'keeps'") || !strings.Contains(l.Hint, " -X DELETE '"+w.profile.FHIR.URL+"/") {
			t.Errorf("%s", l.Hint)
		}
	}
}

// TestManyRepeats: each service has the distribution of its own answers, and its
// runs are counted together.
func TestManyRepeats(t *testing.T) {
	w := start(t, t.TempDir(), time.Minute)
	absent := w.member("absent")
	absent.Profile.FHIR.Audience = w.profile.FHIR.URL
	absent.Profile.FHIR.URL += "/nowhere"
	last, total := 0, 0
	r := pipeline.ProbeMany(context.Background(), []pipeline.Member{w.member("there"), absent}, pipeline.ManyOptions{Repeat: 3, ProbeOptions: pipeline.ProbeOptions{
		Concurrency: 4, Selection: pipeline.Selection{Only: []string{"fhir.metadata"}}, Progress: func(done, of int, _ string) { last, total = max(last, done), of }}})
	there, lost := r.Services[0], r.Services[1]
	if there.Status != check.Pass || there.Percentiles.Count != 3 || there.Percentiles.Failed() != 0 || there.Percentiles.Max < there.Percentiles.P50 || there.Token == 0 {
		t.Errorf("%+v %+v", there, there.Percentiles)
	}
	if lost.Status != check.Fail || lost.Percentiles == nil || lost.Percentiles.Failed() != 3 || lost.Percentiles.ID != "probe.fhir.absent" {
		t.Errorf("%+v %+v", lost, lost.Percentiles)
	}
	if last != 6 || total != 6 {
		t.Errorf("told of %d runs of %d", last, total)
	}
}

// TestManyRoles: role assignments of each, by its own administrator, beside what is
// seen; a 403 that they do not explain is told as that.
func TestManyRoles(t *testing.T) {
	state := t.TempDir()
	w := start(t, state, time.Minute)
	refused := start(t, state, time.Minute, "role-missing")
	assigned := func(role string) func(context.Context, pipeline.Service, string) ([]judge.Assigned, error) {
		return func(context.Context, pipeline.Service, string) ([]judge.Assigned, error) {
			return []judge.Assigned{{Role: role}}, nil
		}
	}
	one, two := w.member("one"), refused.member("two")
	one.Assignments, two.Assignments = assigned("FHIR Data Contributor"), assigned("FHIR Data Reader")
	r := pipeline.ProbeMany(context.Background(), []pipeline.Member{one, two, w.member("unasked")}, pipeline.ManyOptions{ProbeOptions: pipeline.ProbeOptions{Concurrency: 4}})
	var got [][]string
	for _, s := range r.Services {
		got = append(got, []string{s.Profile, string(s.Status), s.Answer, s.Cause, strings.Join(s.Assigned, ","), check.FitText(s.Fits)})
	}
	want := [][]string{{"one", "pass", "all green", "", "FHIR Data Contributor", "FHIR Data Contributor"},
		{"two", "fail", "What two may do", "role.pending", "FHIR Data Reader", "no role"}, {"unasked", "pass", "all green", "", "", "FHIR Data Contributor"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if len(r.Matrices) != 1 || len(r.Matrices[0].Identities) != 3 || r.Matrices[0].Identities[1].Name != "two" || r.Matrices[0].Identities[1].URL != refused.profile.FHIR.URL {
		t.Fatalf("%+v", r.Matrices)
	}
	read := r.Matrices[0].Actions[0].Cells
	if verdicts := []check.Verdict{read[0].Verdict, read[1].Verdict, read[2].Verdict}; !slices.Equal(verdicts, []check.Verdict{check.Allowed, check.Denied, check.Allowed}) || !read[1].Differs() {
		t.Errorf("%+v", read)
	}
}

// TestManyKeepLittle: of a service no more is kept than its row and its finding.
func TestManyKeepLittle(t *testing.T) {
	if testing.Short() {
		t.Skip("probes three hundred services")
	}
	env := pipeline.Env{HTTP: &http.Client{Transport: counts(func(int) (int, string) { return 403, "" })}, Now: time.Now, Rand: rand.Reader,
		Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }}
	held := func(n int) int64 {
		m := pipeline.Member{Env: env, Kind: entra.FHIR, Profile: pipeline.Profile{Name: "m", FHIR: pipeline.Service{Kind: entra.FHIR, URL: "https://fhir.example"}}}
		r := pipeline.ProbeMany(context.Background(), slices.Repeat([]pipeline.Member{m}, n),
			pipeline.ManyOptions{ProbeOptions: pipeline.ProbeOptions{Concurrency: 1, Write: true, Anonymous: true, AssumeAHDS: true}})
		runtime.GC()
		var after runtime.MemStats
		runtime.ReadMemStats(&after)
		if len(r.Services) != n || r.Services[n-1].Status != check.Fail {
			t.Errorf("%d rows", len(r.Services))
		}
		runtime.KeepAlive(r)
		return int64(after.HeapAlloc)
	}
	const few, lots, each = 50, 250, 4 << 10
	if a, b := held(few), held(lots); b-a > (lots-few)*each {
		t.Errorf("%d bytes with %d services, %d with %d: %d for each", a, few, b, lots, (b-a)/(lots-few))
	}
}

// TestManyWatched: a role that comes and one that does not, side by side, one try at
// a time; an interrupt tells what was seen last.
func TestManyWatched(t *testing.T) {
	state := t.TempDir()
	comes, never := start(t, state, time.Minute, "role-pending"), start(t, state, time.Minute, "role-missing")
	clockwork(&comes, nil)
	clockwork(&never, nil)
	told := 0
	r := pipeline.WatchMany(t.Context(), []pipeline.Member{comes.member("comes"), never.member("never")},
		pipeline.WatchOptions{Timeout: 15 * time.Minute, Progress: func(string) { told++ }}, 1, nil)
	if s := r.Services[0]; s.Status != check.Pass || s.Answer != check.AllGreen {
		t.Errorf("%+v", s)
	}
	if s := r.Services[1]; s.Status != check.Fail || s.Answer != "Allowed (no 403)" || s.Cause != "role.missing" ||
		!strings.HasPrefix(s.Seen, "still 403 at try ") || !strings.Contains(s.Hint, "--watch-timeout") {
		t.Errorf("%+v", s)
	}
	if told < 40 {
		t.Errorf("told %d times", told)
	}

	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	r = pipeline.WatchMany(ctx, []pipeline.Member{never.member("never")}, pipeline.WatchOptions{Timeout: time.Hour, Progress: func(string) { interrupt() }}, 1, nil)
	if got := pipeline.WatchState(r.Report); r.Services != nil || len(got) != 1 || !strings.HasPrefix(got[0], "never fhir: still 403 at try 1") {
		t.Errorf("%+v %q", r.Services, got)
	}
}

// TestManyShareTheBrake: what a service asks of one profile holds for another one.
func TestManyShareTheBrake(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var slept []time.Duration
	busy := counts(func(n int) (int, string) { return 429, "60" })
	env := pipeline.Env{HTTP: &http.Client{Transport: busy}, Now: func() time.Time { return now }, Rand: rand.Reader,
		Sleep: func(ctx context.Context, d time.Duration) error {
			slept = append(slept, d)
			now = now.Add(d)
			return ctx.Err()
		}}
	member := func(name, url string) pipeline.Member {
		return pipeline.Member{Env: env, Kind: entra.FHIR, Profile: pipeline.Profile{Name: name, FHIR: pipeline.Service{Kind: entra.FHIR, URL: url}}}
	}
	for rule, row := range map[string]struct {
		second string
		waits  int
	}{"the same service": {"https://a.example", 1}, "another one": {"https://b.example", 0}} {
		slept = nil
		pipeline.ProbeMany(context.Background(), []pipeline.Member{member("one", "https://a.example"), member("two", row.second)}, pipeline.ManyOptions{Repeat: 1,
			ProbeOptions: pipeline.ProbeOptions{Concurrency: 1, Anonymous: true, Selection: pipeline.Selection{Only: []string{"fhir.patient.count"}}}})
		if len(slept) != row.waits {
			t.Errorf("%s: slept %v", rule, slept)
		}
	}
}
