package pipeline

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"hdstest/internal/check"
	"hdstest/internal/diagnose"
	"hdstest/internal/entra"
	"hdstest/internal/evidence"
	"hdstest/internal/register"
)

// rehearsed is how long the secret of a rehearsal is asked to live: what people ask
// for, and what policies shorten.
const rehearsed = 365 * register.Day

// rehearse tries out what an administrator must be able to do, by an app of its own
// that is removed again: make an app with service principal, secret and roles.
func (x *examination) rehearse(ctx context.Context) Report {
	const id, title = "registration.rehearsal", "Rehearsal: make an app with a secret and roles, and remove it"
	mark := make([]byte, 6)
	if _, err := x.Rand.Read(mark); err != nil {
		return failure(id, "registration", title, err, evidence.Bundle{})
	}
	spec := register.Spec{Name: "hdstest rehearsal " + hex.EncodeToString(mark), TenantID: x.p.TenantID, Authority: x.p.Authority,
		Secret: &register.SecretSpec{Lifetime: rehearsed}}
	for _, s := range x.p.services() {
		if s.ResourceID != "" {
			spec.Roles = append(spec.Roles, register.RoleGrant{Role: readerRole(s.Kind), Scope: s.ResourceID})
		}
	}
	var waits []string
	progress := register.Progress{Notify: func(text string) { waits = append(waits, text) }}
	began := x.Now()
	plan, err := register.MakePlan(ctx, *x.o.Admin, spec)
	if err != nil {
		return failure(id, "registration", title, err, bundleOf(err))
	}
	made, err := register.Apply(ctx, *x.o.Admin, plan, progress)
	report := x.rehearsal(id, title, err, waits, x.Now().Sub(began))
	// What was begun is taken back also after an interrupt.
	_, removal := register.Remove(context.WithoutCancel(ctx), *x.o.Admin, register.Removal{Ledger: made.Ledger, Purge: true}, register.Progress{})
	if removal != nil {
		f := judged(check.Finding{ID: id + ".removal", Group: "registration", Title: "Rehearsal: what was made is removed", Status: check.Fail,
			Expected: "nothing left", Seen: fmt.Sprintf("the app %s, or a part of it, is left: %v", made.AppID, removal)}, bundleOf(removal))
		report.Findings = append(report.Findings, f)
	}
	return report
}

func (x *examination) rehearsal(id, title string, err error, waits []string, took time.Duration) Report {
	if err != nil {
		return failure(id, "registration", title, err, bundleOf(err))
	}
	f := check.Finding{ID: id, Group: "registration", Title: title, Status: check.Pass, Expected: "all of it, at once", Seen: "all of it", Duration: took,
		Source: "learn.microsoft.com/graph/api/application-post-applications"}
	for _, text := range waits {
		if strings.Contains(text, "wait") {
			f.Status, f.Seen, f.Cause = check.Warn, "all of it, after waits: "+text, "graph.replication"
			f.Hint = diagnose.Fix(evidence.Bundle{}, f.Cause)
			break
		}
	}
	return Report{Findings: []check.Finding{f}}
}

// readerRole names the smallest role with which a service can be read.
func readerRole(kind string) string {
	if kind == entra.DICOM {
		return "DICOM Data Reader"
	}
	return "FHIR Data Reader"
}
