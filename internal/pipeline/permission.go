package pipeline

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"hdstest/internal/catalogue"
	"hdstest/internal/check"
	"hdstest/internal/claims"
	"hdstest/internal/entra"
	"hdstest/internal/evidence"
	"hdstest/internal/judge"
	"hdstest/internal/probe"
	"hdstest/internal/secret"
)

// Identity is one of those whose permissions are set side by side.
type Identity struct {
	Name    string
	Profile Profile // its authority, client and credential; the services are another's
	Query   TokenQuery
}

// identity is what was found out about one identity on one service.
type identity struct {
	check.Identity
	cells    []check.Cell
	findings []check.Finding // besides: role assignments that could not be read
}

// identityName is what a column of the matrix is called.
func (p Profile) identityName() string { return cmp.Or(p.Name, p.ClientID, "this identity") }

// isPermission tells the requests whose answers are no findings of their own.
func isPermission(o probe.Outcome) bool {
	return o.Request.Group == catalogue.GroupFHIRPermission || o.Request.Group == catalogue.GroupDICOMPermission
}

// Permissions sets several identities side by side: what each may do on the
// services of p. Only the harmless requests that tell of permissions are sent,
// where they may be (see package probe), and nothing else.
func Permissions(ctx context.Context, env Env, p Profile, identities []Identity, o ProbeOptions) Report {
	var all log
	var wait sync.WaitGroup
	for i, kind := range o.Services {
		wait.Go(func() { all.add(i, env.compare(ctx, p, kind, identities, o)) })
	}
	wait.Wait()
	return all.report()
}

// compare asks one service as each identity, all at the same time.
func (e Env) compare(ctx context.Context, p Profile, kind string, identities []Identity, o ProbeOptions) Report {
	s, ok := p.Service(kind)
	if !ok {
		return notConfigured("permission."+kind, kind)
	}
	columns := make([]identity, len(identities))
	var reports log
	var wait sync.WaitGroup
	for i, who := range identities {
		wait.Go(func() {
			column, report := e.askAs(ctx, p, s, who, o)
			columns[i] = column
			reports.add(i, report)
		})
	}
	wait.Wait()
	return join(reports.report(), matrixReport(s, columns))
}

// askAs gets a token of an identity for the service and sends the requests.
func (e Env) askAs(ctx context.Context, p Profile, s Service, who Identity, o ProbeOptions) (identity, Report) {
	own := who.Profile
	own.FHIR, own.DICOM = p.FHIR, p.DICOM
	o.Token, o.Query = secret.Value{}, who.Query
	token, report := e.tokenFor(ctx, own, s.Kind, o)
	for i := range report.Findings {
		report.Findings[i].ID += "." + who.Name
		report.Findings[i].Title += " as " + who.Name
	}
	requests := catalogue.PermissionRequests(s.Kind)
	only, skip := o.forProbe(requests)
	outcomes, left, err := probe.Run(ctx, s.target(token), requests, probe.Options{HTTP: e.HTTP, Now: e.Now, Rand: e.Rand,
		Vars: own.Vars(), AssumeAHDS: o.AssumeAHDS, Only: only, Skip: skip, Concurrency: o.Concurrency, Progress: o.Progress, Sleep: e.Sleep})
	for _, l := range left {
		report.Findings = append(report.Findings, maker{kind: s.Kind, profile: own.Name, caFile: own.CAFile}.leftover(l))
	}
	for _, outcome := range outcomes {
		report.Evidence = append(report.Evidence, outcome.Evidence)
	}
	if err != nil {
		report = join(report, failure("probe."+s.Kind+"."+who.Name, s.Kind, "Probe the "+s.Kind+" service as "+who.Name, err, evidence.Bundle{}))
	}
	column, _ := e.identity(ctx, s, who.Name, token, outcomes, o)
	column.ClientID = own.ClientID
	return column, report
}

// identity judges the permissions of one identity by the outcomes of a run; false
// if that had no such requests.
func (e Env) identity(ctx context.Context, s Service, name string, token secret.Value, outcomes []probe.Outcome, o ProbeOptions) (identity, bool) {
	var steps []evidence.Bundle
	skipped := map[string]string{}
	for _, one := range outcomes {
		if !isPermission(one) {
			continue
		}
		steps = append(steps, one.Evidence)
		if one.Skipped != "" {
			skipped[one.Request.ID] = one.Skipped
		}
	}
	if steps == nil {
		return identity{Identity: check.Identity{Name: name}, cells: judge.Permissions(s.Kind, nil, nil)}, false
	}
	out := identity{Identity: check.Identity{Name: name}, cells: judge.Permissions(s.Kind, steps, skipped)}
	out.Fits = judge.Fits(s.Kind, out.cells)
	if o.Assignments != nil && !token.IsZero() {
		out.expect(ctx, s, token, o)
	}
	return out, true
}

// assignedID is the id of the finding that role assignments could not be read.
func assignedID(kind string) string { return judge.IdentifiedID(kind) + ".assigned" }

// expect reads the role assignments of the token's principal.
func (i *identity) expect(ctx context.Context, s Service, token secret.Value, o ProbeOptions) {
	unread := func(why, how string) {
		i.findings = append(i.findings, check.Finding{ID: assignedID(s.Kind), Group: judge.PermissionGroup(s.Kind),
			Title: "Role assignments of " + i.Name, Status: check.Skip, Seen: why, Hint: how})
	}
	parsed, err := claims.Parse(token.Reveal())
	if err != nil {
		unread("the token says nothing of its principal: "+err.Error(), "")
		return
	}
	_, held := parsed.Evidence()
	oid, _ := held["oid"].(string)
	if s.ResourceID == "" {
		unread("the service's resource id is not known", "set "+s.Kind+".resource_id in the profile")
		return
	}
	assigned, err := o.Assignments(ctx, s, oid)
	if err != nil {
		unread("they could not be read: "+err.Error(), "name a credential that may read them with --admin-credential")
		return
	}
	i.Assigned = []string{}
	for _, a := range assigned {
		i.Assigned = append(i.Assigned, a.Role)
	}
	judge.Expect(s.Kind, i.cells, assigned)
}

// matrixReport makes the matrix of one service and a finding about each identity.
func matrixReport(s Service, columns []identity) Report {
	m := check.Matrix{Service: s.Kind, URL: s.URL}
	for _, c := range columns {
		m.Identities = append(m.Identities, c.Identity)
	}
	for row, p := range catalogue.Permissions(s.Kind) {
		a := check.Action{Action: entra.DataAction(s.Kind, p.Action), Title: p.Title, Roles: judge.RolesThatGive(s.Kind, p)}
		for _, c := range columns {
			a.Cells = append(a.Cells, c.cells[row])
		}
		m.Actions = append(m.Actions, a)
	}
	var report Report
	if toldAny(m) { // else the findings say why, and a table of question marks says no more
		report.Matrices = []check.Matrix{m}
	}
	for i, c := range columns {
		f := judge.Identified(m, i)
		if len(columns) > 1 {
			f.ID += "." + idPart(c.Name)
		}
		report.Findings = append(append(report.Findings, f), c.findings...)
	}
	return report
}

func toldAny(m check.Matrix) bool {
	return slices.ContainsFunc(m.Actions, func(a check.Action) bool {
		return slices.ContainsFunc(a.Cells, func(c check.Cell) bool { return c.Verdict != check.NotTold })
	})
}
