package register

import (
	"strings"

	"hdstest/internal/entra"
)

// Verdict is whether a data action is allowed, and by what.
type Verdict struct {
	Action  string   // full name
	Allowed bool     //
	By      []Held   // the assignments that give it
	Denied  []Denial // deny assignments that take it, whatever gives it
	// Conditional is set if it is given, and only under conditions, which are not
	// evaluated.
	Conditional bool
	// Instead names narrower actions that are held in place of it.
	Instead []string
}

// May decides over a data action, named without its prefix: some assignment has
// it among its data actions and not among those that it leaves out, and no deny
// assignment takes it. A role with several sets of permissions is taken as one.
//
// A FHIR service also takes the narrower actions: a caller that holds all of those
// that stand for the action is allowed as well.
// Source: AD:role-based-access-control/role-definitions.md, AD:role-based-access-control/deny-assignments.md;
// microsoft/fhir-server src/Microsoft.Health.Fhir.Core/Features/Security/DataActions.cs.
func (a Access) May(action string) Verdict {
	v := a.may(action)
	if narrower := narrowerActions(a.Service, action); !v.Allowed && len(v.Denied) == 0 && narrower != nil {
		var by []Held
		for _, n := range narrower {
			one := a.may(n)
			if !one.Allowed || one.Conditional {
				return v
			}
			by = append(by, one.By...)
		}
		v.Allowed, v.By, v.Instead = true, by, narrower
	}
	return v
}

// narrowerActions are those that stand for an action together.
func narrowerActions(service, action string) []string {
	if service != entra.FHIR {
		return nil
	}
	switch action {
	case entra.ActionRead:
		return []string{entra.ActionSearch, entra.ActionReadByID}
	case entra.ActionWrite:
		return []string{entra.ActionCreate, entra.ActionUpdate}
	}
	return nil
}

func (a Access) may(action string) Verdict {
	v := Verdict{Action: entra.DataAction(a.Service, action), Conditional: true}
	for _, h := range a.Held {
		if matchesAny(h.DataActions, v.Action) && !matchesAny(h.NotActions, v.Action) {
			v.By = append(v.By, h)
			v.Conditional = v.Conditional && h.Condition != ""
		}
	}
	for _, d := range a.Denials {
		if matchesAny(d.DataActions, v.Action) && !matchesAny(d.NotDataActions, v.Action) {
			v.Denied = append(v.Denied, d)
		}
	}
	v.Conditional = v.Conditional && len(v.By) > 0
	v.Allowed = len(v.By) > 0 && len(v.Denied) == 0
	return v
}

func matchesAny(patterns []string, action string) bool {
	for _, p := range patterns {
		if matches(p, action) {
			return true
		}
	}
	return false
}

// matches compares as Azure does: case does not count, * stands for any text, the
// empty one too, wherever and as often as it occurs.
func matches(pattern, action string) bool {
	parts := strings.Split(strings.ToLower(pattern), "*")
	rest, found := strings.CutPrefix(strings.ToLower(action), parts[0])
	if !found || len(parts) == 1 {
		return found && rest == ""
	}
	for _, part := range parts[1 : len(parts)-1] {
		_, after, ok := strings.Cut(rest, part)
		if !ok {
			return false
		}
		rest = after
	}
	return strings.HasSuffix(rest, parts[len(parts)-1])
}
