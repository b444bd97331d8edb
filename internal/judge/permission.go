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

// RolesThatGive lists the built-in roles that let a caller do what p is about.
func RolesThatGive(service string, p catalogue.Permission) []string {
	var out []string
	for _, r := range entra.Roles() {
		if r.Service == service && p.Granted(held(service, []entra.Role{r})) {
			out = append(out, r.Name)
		}
	}
	return out
}

// held tells which actions the roles give together.
func held(service string, roles []entra.Role) func(string) bool {
	return func(action string) bool {
		full := entra.DataAction(service, action)
		return slices.ContainsFunc(roles, func(r entra.Role) bool {
			return covers(r.DataActions, full) && !covers(r.NotDataActions, full)
		})
	}
}

// covers tells whether one of the patterns, * as wildcard, takes in the action.
// Azure compares without regard to case.
func covers(patterns []string, action string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		before, after, wild := strings.Cut(strings.ToLower(p), "*")
		action := strings.ToLower(action)
		if !wild {
			return before == action
		}
		return strings.HasPrefix(action, before) && strings.HasSuffix(action[len(before):], after)
	})
}

// mostRoles is how many roles together are tried as an explanation.
const mostRoles = 3

// Fits finds the smallest sets of built-in roles that give exactly what was told:
// several if what was told does not tell them apart. One set of no role means
// that all that was told was denied; nil that nothing fits or nothing was told.
func Fits(service string, cells []check.Cell) [][]string {
	permissions, roles := catalogue.Permissions(service), rolesOf(service)
	if !slices.ContainsFunc(cells, func(c check.Cell) bool { return c.Verdict != check.NotTold }) {
		return nil
	}
	for size := range mostRoles + 1 {
		var fitting [][]string
		for _, set := range subsets(roles, size) {
			if fits(service, permissions, cells, set) {
				fitting = append(fitting, roleNames(set))
			}
		}
		if fitting != nil {
			return fitting
		}
	}
	return nil
}

func rolesOf(service string) []entra.Role {
	return slices.DeleteFunc(entra.Roles(), func(r entra.Role) bool { return r.Service != service })
}

func roleNames(roles []entra.Role) []string {
	out := []string{}
	for _, r := range roles {
		out = append(out, r.Name)
	}
	return out
}

func fits(service string, permissions []catalogue.Permission, cells []check.Cell, set []entra.Role) bool {
	for i, p := range permissions {
		if v := cells[i].Verdict; v != check.NotTold && (v == check.Allowed) != p.Granted(held(service, set)) {
			return false
		}
	}
	return true
}

// subsets lists the sets of a size, in the order of the table.
func subsets(roles []entra.Role, size int) [][]entra.Role {
	if size == 0 {
		return [][]entra.Role{{}}
	}
	var out [][]entra.Role
	for i, r := range roles {
		for _, rest := range subsets(roles[i+1:], size-1) {
			out = append(out, append([]entra.Role{r}, rest...))
		}
	}
	return out
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

// Identified is the finding about one identity: which roles fit what was seen,
// and whether role assignments, where they were read, say the same.
func Identified(m check.Matrix, column int) check.Finding {
	who := m.Identities[column]
	f := check.Finding{ID: "permission." + m.Service, Group: PermissionGroup(m.Service), Title: "What " + who.Name + " may do",
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
	f.Status, f.Seen = check.Pass, "fits "+FitText(who.Fits)
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

// FitText puts sets of roles into words.
func FitText(sets [][]string) string {
	var out []string
	for _, set := range sets {
		out = append(out, orSaid(strings.Join(set, " + "), "no role"))
	}
	return strings.Join(out, ", or ")
}
