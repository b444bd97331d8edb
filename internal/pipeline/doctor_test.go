package pipeline_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"hdstest/internal/check"
	"hdstest/internal/diagnose"
	"hdstest/internal/entra"
	"hdstest/internal/evidence"
	"hdstest/internal/pipeline"
)

func (w world) doctor(o pipeline.DoctorOptions) pipeline.Report {
	o.NoAdmin, o.Query.Grant = "none was named", pipeline.GrantClientCredentials
	return pipeline.Doctor(context.Background(), w.env, w.profile, o)
}

// firstCause is the cause of the first finding that is not well, failures before
// warnings.
func firstCause(findings []check.Finding) string {
	for _, status := range []check.Status{check.Fail, check.Warn} {
		for _, f := range findings {
			if f.Status == status && f.Cause != "" {
				return f.Cause
			}
		}
	}
	return ""
}

func TestDoctorFindsNothing(t *testing.T) {
	w := start(t, t.TempDir(), time.Minute)
	r := w.doctor(pipeline.DoctorOptions{Configuration: []check.Finding{{ID: "x", Title: "x", Status: check.Pass}}})
	if r.Status() != check.Pass || len(r.Errors) > 0 {
		t.Errorf("%s: %+v", r.Status(), r.Findings)
	}
	links := pipeline.Links()
	for i, f := range r.Findings {
		if i > 0 && slices.Index(links, f.Group) < slices.Index(links, r.Findings[i-1].Group) || !slices.Contains(links, f.Group) {
			t.Errorf("%s of the link %q stands behind %s", f.ID, f.Group, r.Findings[max(i-1, 0)].Group)
		}
	}
	for _, link := range links {
		if !slices.ContainsFunc(r.Findings, func(f check.Finding) bool { return f.Group == link }) {
			t.Errorf("nothing is said of the link %s", link)
		}
	}
}

// TestDoctorGoesOn: what is broken stops only what stands on it.
func TestDoctorGoesOn(t *testing.T) {
	w := start(t, t.TempDir(), time.Minute, "no-dicom-principal")
	r := w.doctor(pipeline.DoctorOptions{})
	status := map[string]check.Status{}
	for _, f := range r.Findings {
		status[f.ID] = f.Status
	}
	for id, want := range map[string]check.Status{"token.fhir.client_credentials": check.Pass, "token.dicom.client_credentials": check.Fail, "ladder.fhir.data": check.Pass,
		"ladder.dicom.challenge": check.Pass, "ladder.dicom.token": check.Skip, "ladder.dicom.data": check.Skip} {
		if status[id] != want {
			t.Errorf("%s is %q, want %q", id, status[id], want)
		}
	}
	w.profile.ClientID, w.profile.Authority = "", ""
	r = w.doctor(pipeline.DoctorOptions{NoToken: context.Canceled})
	if !slices.ContainsFunc(r.Findings, func(f check.Finding) bool { return f.ID == "ladder.fhir.challenge" && f.Status == check.Pass }) {
		t.Errorf("without tenant and app: %+v", r.Findings)
	}
}

// TestCommandsAgree puts the same fault through doctor, smoke, probe, token and
// inspect: where several of them see it, they name the same cause, and so does
// diagnosis of the evidence that each left.
func TestCommandsAgree(t *testing.T) {
	state := t.TempDir()
	start(t, state, time.Minute) // makes the keys
	for scenario, cause := range map[string]string{"secret-expired": "secret.expired", "secret-id": "secret.id_used", "app-disabled": "app.disabled",
		"wrong-audience": "audience.legacy", "token-expired": "token.expired", "role-missing": "role.missing", "private-link": "network.private_link",
		"unavailable": "service.unavailable", "html-answer": "service.not_fhir", "tls-expired": "network.certificate_expired"} {
		t.Run(scenario, func(t *testing.T) {
			t.Parallel()
			w := start(t, state, time.Minute, scenario)
			ctx, q := context.Background(), pipeline.TokenQuery{Service: entra.FHIR, Grant: pipeline.GrantClientCredentials}
			said := map[string]string{
				"doctor": firstCause(w.doctor(pipeline.DoctorOptions{}).Findings),
				"smoke":  firstCause(pipeline.Smoke(ctx, w.env, w.profile, pipeline.SmokeOptions{}).Findings),
				"probe":  firstCause(pipeline.Probe(ctx, w.env, w.profile, pipeline.ProbeOptions{Services: []string{entra.FHIR}, Query: q}).Findings),
			}
			result, b, err := pipeline.Token(ctx, w.env, w.profile, q)
			if err != nil {
				said["token"] = likeliest(b)
			} else if i, err := pipeline.Inspect(ctx, w.env, w.profile, result.Token, entra.FHIR); err == nil && strings.HasPrefix(scenario, "token-") || scenario == "wrong-audience" {
				said["inspect"] = firstCause(i.Findings)
			}
			for command, got := range said {
				if got != cause {
					t.Errorf("%s says %q, want %q", command, got, cause)
				}
			}
		})
	}
}

func likeliest(b evidence.Bundle) string {
	if m := diagnose.Diagnose(b); len(m) > 0 {
		return m[0].Cause
	}
	return ""
}
