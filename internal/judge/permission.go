package judge

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"hdstest/internal/catalogue"
	"hdstest/internal/check"
	"hdstest/internal/diagnose"
	"hdstest/internal/entra"
	"hdstest/internal/evidence"
)

// PermissionGroup is the group of findings about what identities may do.
func PermissionGroup(service string) string { return service + "-permission" }

// Permissions tells for each data action of a service, in the order of
// [catalogue.Permissions], what the answers to the harmless requests say: allowed
// if each was as a caller's who may, denied on a 403, else not told. skipped says
// why a request (by its id) was not sent.
func Permissions(service string, steps []evidence.Bundle, skipped map[string]string) []check.Cell {
	all := catalogue.Permissions(service)
	out := make([]check.Cell, len(all))
	for i, p := range all {
		out[i] = told(p, steps, skipped)
	}
	for i, p := range all {
		behind := slices.IndexFunc(all, func(q catalogue.Permission) bool { return q.Action == p.Behind })
		if behind >= 0 && out[i].Verdict == check.Denied && out[behind].Verdict != check.Allowed {
			out[i].Verdict, out[i].Why = check.NotTold, "the refusal may be for want of "+p.Behind
		}
	}
	return out
}

func told(p catalogue.Permission, steps []evidence.Bundle, skipped map[string]string) check.Cell {
	if p.Told == nil {
		return check.Cell{Verdict: check.NotTold, Why: p.Why}
	}
	cell := check.Cell{Verdict: check.Allowed}
	for _, id := range p.Told {
		one := answered(id, steps, skipped)
		if one.Verdict == check.Denied || cell.Verdict == check.Allowed {
			cell = one
		}
	}
	return cell
}

// answered is the verdict of one request.
func answered(id string, steps []evidence.Bundle, skipped map[string]string) check.Cell {
	i := slices.IndexFunc(steps, func(b evidence.Bundle) bool { return b.Request != nil && b.Request.ID == id })
	if why := skipped[id]; why != "" || i < 0 {
		return check.Cell{Verdict: check.NotTold, Why: orSaid(why, "its request was not chosen")}
	}
	b := steps[i]
	cell := check.Cell{Verdict: check.NotTold, Request: strings.TrimSpace(b.Request.Method + " " + b.Request.Path)}
	switch r := b.Response; {
	case b.Network != nil || r == nil:
		cell.Why = fault(b)
	case r.Status == http.StatusForbidden:
		cell.Verdict, cell.Status = check.Denied, r.Status
	case r.Status == http.StatusUnauthorized:
		cell.Status, cell.Why = r.Status, "the token is refused"
	case len(r.Mismatch) == 0:
		cell.Verdict, cell.Status = check.Allowed, r.Status
	default:
		cell.Status, cell.Why = r.Status, fmt.Sprintf("an answer that fits neither: %s", answer(r))
	}
	return cell
}

func orSaid(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// Assigned is a role assignment that reaches the service: a built-in role by its
// name, or what another one gives.
type Assigned struct {
	Role        string
	DataActions []string
	NotActions  []string
}

// Expect fills in what role assignments give beside what was seen.
func Expect(service string, cells []check.Cell, assigned []Assigned) {
	var roles []entra.Role
	for _, a := range assigned {
		r, known := entra.RoleByName(a.Role)
		if !known {
			r = entra.Role{Name: a.Role, Service: service, DataActions: a.DataActions, NotDataActions: a.NotActions}
		}
		roles = append(roles, r)
	}
	for i, p := range catalogue.Permissions(service) {
		cells[i].Expected = check.Denied
		if p.Granted(held(service, roles)) {
			cells[i].Expected = check.Allowed
		}
	}
}

// IdentifiedID is the id of the finding of [Identified].
func IdentifiedID(service string) string { return "permission." + service }

// Identified is the finding about one identity: which roles fit what was seen,
// and whether role assignments, where they were read, say the same.
func Identified(m check.Matrix, column int) check.Finding {
	who := m.Identities[column]
	f := check.Finding{ID: IdentifiedID(m.Service), Group: PermissionGroup(m.Service), Title: "What " + who.Name + " may do",
		Expected: "what its roles give", Source: "learn.microsoft.com/azure/role-based-access-control/permissions/integration"}
	var differs, why []string
	told := 0
	for _, a := range m.Actions {
		switch c := a.Cells[column]; {
		case c.Differs():
			differs = append(differs, fmt.Sprintf("%s is %s, %s by the role assignments", a.Title, c.Verdict, c.Expected))
		case c.Verdict == check.NotTold:
			why = append(why, c.Why)
			continue
		}
		told++
	}
	switch {
	case told == 0:
		f.Status, f.Seen = check.Skip, "nothing was told: "+why[0]
		return f
	case differs != nil:
		f.Status, f.Seen = check.Fail, strings.Join(differs, "; ")
		return disagreeing(f, m, column)
	}
	f.Status, f.Seen = check.Pass, "fits "+check.FitText(who.Fits)
	if who.Fits == nil {
		f.Seen = "fits no set of built-in roles: a custom role, or a deny assignment"
	}
	if who.Assigned != nil {
		f.Seen += "; assigned: " + orSaid(strings.Join(who.Assigned, ", "), "none")
	}
	return f
}

// disagreeing gives the cause of a difference: a role that was given counts only
// after some time, and so does one that was taken away.
func disagreeing(f check.Finding, m check.Matrix, column int) check.Finding {
	b := evidence.Bundle{Service: m.Service, ServiceURL: m.URL}
	f.Cause, f.Hint = "role.pending", diagnose.Fix(b, "role.pending")
	for _, a := range m.Actions {
		if c := a.Cells[column]; c.Differs() && c.Verdict == check.Allowed {
			f.Cause = ""
			f.Hint = "a role that was taken away counts for some minutes more; else a role comes by a group or from a scope that was not read"
		}
	}
	return f
}
