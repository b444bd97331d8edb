package judge

import (
	"slices"
	"strings"

	"hdstest/internal/catalogue"
	"hdstest/internal/check"
	"hdstest/internal/entra"
)

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
		before, after, wild := strings.Cut(p, "*")
		if !wild {
			return strings.EqualFold(before, action)
		}
		return len(action) >= len(before)+len(after) &&
			strings.EqualFold(action[:len(before)], before) && strings.EqualFold(action[len(action)-len(after):], after)
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
