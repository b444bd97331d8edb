package register

import (
	"context"
	"slices"
	"strings"

	"hdstest/internal/problem"
)

// Roster is who holds roles that count at a scope.
type Roster struct {
	Scope   string `json:"scope"`
	Service string `json:"service,omitempty"`
	Held    []Held `json:"assignments"`
}

// RolesAt lists the roles that count at a scope, with the names of their holders
// as far as Graph may be read. With a principal these are its own and those of
// its groups, else everybody's.
func RolesAt(ctx context.Context, c Clients, scope string, who *Who) (Roster, error) {
	if who != nil {
		a, err := CheckAccess(ctx, c, *who, scope)
		for i := range a.Held {
			if a.Held[i].Through == nil {
				a.Held[i].Holder = who
			} else {
				a.Held[i].Holder = a.Held[i].Through
			}
		}
		return Roster{Scope: armScope(scope), Service: a.Service, Held: a.Held}, err
	}
	if err := checkScope(scope); err != nil {
		return Roster{}, err
	}
	s, r := session{c}, Roster{Scope: armScope(scope), Service: serviceOf(armScope(scope)), Held: []Held{}}
	all, err := s.listRoles(ctx, r.Scope, "atScope()")
	if err == nil {
		err = s.definitionsOf(ctx, r.Scope, all)
	}
	if err != nil {
		return r, err
	}
	var ids []string
	for _, a := range all {
		if !slices.Contains(ids, a.PrincipalID) {
			ids = append(ids, a.PrincipalID)
		}
	}
	var known map[string]Who
	if len(ids) > 0 {
		known, _ = s.names(ctx, ids) // without it they show by their ids
	}
	for _, a := range all {
		h := Held{Assignment: a, Level: level(a.Scope), Management: !a.onHealthData()}
		if w, ok := known[strings.ToLower(a.PrincipalID)]; ok {
			h.Holder = &w
		}
		r.Held = append(r.Held, h)
	}
	sortHeld(r.Held)
	return r, ctx.Err()
}

// CheckScope refuses what is no scope for a role, naming the flag it came by.
func CheckScope(flag, id string) error {
	if err := checkScope(id); err != nil {
		return problem.Usagef("%s: %w", flag, err)
	}
	return nil
}

// ServiceOf tells which kind of service a resource id names: entra.FHIR,
// entra.DICOM, or empty for anything else.
func ServiceOf(id string) string { return serviceOf(armScope(id)) }
