package pipeline

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

	"hdstest/internal/catalogue"
	"hdstest/internal/check"
	"hdstest/internal/entra"
	"hdstest/internal/evidence"
	"hdstest/internal/probe"
	"hdstest/internal/register"
	"hdstest/internal/secret"
)

// roleCheck is what a client is expected to meet before or after it has a role.
type roleCheck struct {
	id, title string // behind role. and the service; %s is the service
	status    []int
}

func refusedWithoutRole() roleCheck {
	return roleCheck{"before", "Without a role the %s service refuses the token's holder", []int{http.StatusForbidden}}
}

// allowedWithRole takes an empty answer (204) as well: DICOM's way to say that
// there is nothing yet.
func allowedWithRole() roleCheck {
	return roleCheck{"after", "With the role the %s service answers", []int{http.StatusOK, http.StatusNoContent}}
}

// byRole asks both services, side by side, with a new token for each.
func (e Env) byRole(ctx context.Context, c client, want roleCheck, o Selection) Report {
	var all log
	var wait sync.WaitGroup
	for i, kind := range c.profile.kinds() {
		if why := o.leftOut("role."+kind, kind); why != "" {
			all.add(i, Report{Findings: []check.Finding{skipped("role."+kind+"."+want.id, "role", fmt.Sprintf(want.title, serviceTitle(kind)), why, "")}})
			continue
		}
		wait.Go(func() { all.add(i, e.askByRole(ctx, c, kind, want)) })
	}
	wait.Wait()
	return all.report()
}

// readRequest names the cheapest request of a service that needs the right to read.
func readRequest(kind string) string {
	if kind == entra.DICOM {
		return "dicom.changefeed.latest"
	}
	return "fhir.patient.count"
}

func (e Env) askByRole(ctx context.Context, c client, kind string, want roleCheck) Report {
	id, title := "role."+kind+"."+want.id, fmt.Sprintf(want.title, serviceTitle(kind))
	result, b, err := Token(ctx, e, c.profile, TokenQuery{Service: kind, Grant: GrantClientCredentials})
	if err != nil {
		return failure(id, "role", title, err, b)
	}
	outcome, err := e.one(ctx, c.profile, kind, result.Token)
	if err != nil {
		return failure(id, "role", title, err, b)
	}
	f := check.Finding{ID: id, Group: "role", Title: title, Status: check.Fail, Duration: outcome.Duration, Seen: "no answer",
		Expected: strings.Trim(fmt.Sprint(want.status), "[]"), Source: "learn.microsoft.com/azure/healthcare-apis/configure-azure-rbac"}
	if r := outcome.Evidence.Response; r != nil {
		f.Seen = fmt.Sprint(r.Status)
		if slices.Contains(want.status, r.Status) {
			f.Status = check.Pass
		}
	}
	return Report{Findings: []check.Finding{judged(f, outcome.Evidence)}, Evidence: []evidence.Bundle{outcome.Evidence}}
}

// one sends the one request of a service that tells whether reading is allowed.
func (e Env) one(ctx context.Context, p Profile, kind string, token secret.Value) (probe.Outcome, error) {
	s, _ := p.Service(kind)
	r, ok := catalogue.ByID(readRequest(kind))
	if !ok {
		return probe.Outcome{}, fmt.Errorf("no request %q in the catalogue", readRequest(kind))
	}
	outcomes, _, err := probe.Run(ctx, s.target(token), []catalogue.Request{r},
		probe.Options{HTTP: e.HTTP, Now: e.Now, Rand: e.Rand, Vars: p.Vars(), Sleep: e.Sleep})
	if err != nil || len(outcomes) == 0 {
		return probe.Outcome{}, err
	}
	return outcomes[0], nil
}

// giveRoles gives the client the roles for both services and sees that they work.
func (e Env) giveRoles(ctx context.Context, c client, lab Lab) Report {
	spec := register.Spec{AppID: c.profile.ClientID, TenantID: c.profile.TenantID, Authority: c.profile.Authority}
	for _, s := range c.profile.services() {
		spec.Roles = append(spec.Roles, register.RoleGrant{Role: writerRole(s.Kind), Scope: s.ResourceID})
	}
	const id, title = "role.assign", "Give the service principal its data roles"
	start := e.Now()
	plan, err := register.MakePlan(ctx, lab.Admin, spec)
	if err != nil {
		return failure(id, "role", title, err, evidence.Bundle{})
	}
	result, err := register.Apply(ctx, lab.Admin, plan, register.Progress{})
	if err != nil {
		return failure(id, "role", title, err, evidence.Bundle{})
	}
	f := check.Finding{ID: id, Group: "role", Title: title, Status: check.Pass, Duration: e.Now().Sub(start),
		Expected: fmt.Sprintf("%d assignments", len(spec.Roles)), Seen: fmt.Sprintf("%d assignments", len(result.Roles)),
		Source: "learn.microsoft.com/azure/healthcare-apis/configure-azure-rbac-using-scripts"}
	if len(result.Roles) != len(spec.Roles) {
		f.Status = check.Fail
	}
	return Report{Findings: []check.Finding{f}}
}

// writerRole names the role with which a round trip works.
func writerRole(kind string) string {
	if kind == entra.DICOM {
		return "DICOM Data Owner"
	}
	return "FHIR Data Contributor"
}
