package pipeline_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"hdstest/internal/check"
	"hdstest/internal/entra"
	"hdstest/internal/judge"
	"hdstest/internal/pipeline"
	"hdstest/internal/secret"
)

// token gets a token of the example app.
func (w world) token(t *testing.T, service string) secret.Value {
	t.Helper()
	r, _, err := pipeline.Token(context.Background(), w.env, w.profile, pipeline.TokenQuery{Service: service, Grant: pipeline.GrantClientCredentials})
	if err != nil {
		t.Fatal(err)
	}
	return r.Token
}

// TestLadderFindsTheFirstBrokenRung climbs with what goes wrong in the sandbox.
func TestLadderFindsTheFirstBrokenRung(t *testing.T) {
	state := t.TempDir()
	for scenario, rung := range map[string]string{"": "", "private-link": "open", "role-missing": "allowed"} {
		var on []string
		if scenario != "" {
			on = []string{scenario}
		}
		w := start(t, state, time.Minute, on...)
		for _, kind := range []string{entra.FHIR, entra.DICOM} {
			want := rung
			if kind == entra.DICOM && rung == "open" {
				want = "challenge" // which is the first that DICOM is asked for
			}
			r := pipeline.Ladder(context.Background(), w.env, w.profile, kind, w.token(t, kind), "")
			f, broken := judge.FirstBroken(r.Findings)
			if broken != (want != "") || broken && f.ID != "ladder."+kind+"."+want {
				t.Errorf("%s with %q: %+v", kind, scenario, r.Findings)
			}
		}
	}
}

func TestLadderWithoutServiceOrToken(t *testing.T) {
	w := start(t, t.TempDir(), time.Minute)
	r := pipeline.Ladder(context.Background(), w.env, w.profile, entra.FHIR, secret.Value{}, "nobody asked")
	if r.Status() != check.Pass || len(r.Findings) < 10 {
		t.Errorf("%+v", r.Findings)
	}
	w.profile.FHIR.URL = "https://localhost:1"
	r = pipeline.Ladder(context.Background(), w.env, w.profile, entra.FHIR, secret.Value{}, "nobody asked")
	if f, _ := judge.FirstBroken(r.Findings); f.ID != "ladder.fhir.tcp" || len(r.Errors) != 1 {
		t.Errorf("%+v, errors %v", f, r.Errors)
	}
	w.profile.FHIR.URL = ""
	if r = pipeline.Ladder(context.Background(), w.env, w.profile, entra.FHIR, secret.Value{}, ""); r.Status() != check.Warn {
		t.Errorf("no service: %+v", r.Findings)
	}
}

// TestAClosedServiceTellsNothingOfRoles: behind a private link everybody gets 403.
func TestAClosedServiceTellsNothingOfRoles(t *testing.T) {
	w := start(t, t.TempDir(), time.Minute, "private-link")
	r := pipeline.Probe(context.Background(), w.env, w.profile, pipeline.ProbeOptions{Services: []string{entra.FHIR, entra.DICOM},
		Query: pipeline.TokenQuery{Grant: pipeline.GrantClientCredentials}, AssumeAHDS: true})
	if r.Matrices != nil {
		t.Errorf("%+v", r.Matrices)
	}
	for _, f := range r.Findings {
		if f.ID == "permission.fhir" && (f.Status != check.Skip || !strings.Contains(f.Seen, "refuses everybody")) {
			t.Errorf("%+v", f)
		}
	}
}
