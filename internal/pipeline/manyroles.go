package pipeline

import (
	"slices"
	"strings"

	"hdstest/internal/check"
	"hdstest/internal/entra"
	"hdstest/internal/judge"
)

// few is of how many services a run over many sets side by side what may be done.
const few = 12

// roles are, of a run on one service, the sets of roles that fit what was seen, the
// role assignments, and why these are not known although they were asked for.
func roles(kind string, r Report) (fits [][]string, assigned []string, unread string) {
	if r.Matrices != nil {
		who := r.Matrices[0].Identities[0]
		fits, assigned = append([][]string{}, who.Fits...), who.Assigned
	}
	for _, f := range r.Findings {
		if f.ID == assignedID(kind) {
			unread = strings.Clone(f.Seen + "; " + f.Hint)
		}
	}
	return fits, assigned, strings.TrimSuffix(unread, "; ")
}

// orDisagreement puts in the place of a 403 that the role assignments do not explain
// the finding that says so.
func orDisagreement(kind string, broken check.Finding, all []check.Finding) check.Finding {
	i := slices.IndexFunc(all, func(f check.Finding) bool { return f.ID == judge.IdentifiedID(kind) && f.Status == check.Fail })
	if broken.ID != judge.AllowedID(kind) || i < 0 {
		return broken
	}
	return all[i]
}

// matrices set the services of each kind side by side, a column for each.
func (g *gathering) matrices() []check.Matrix {
	var out []check.Matrix
	for _, kind := range []string{entra.FHIR, entra.DICOM} {
		var all check.Matrix
		for i, row := range g.rows {
			if one, ok := g.told[i]; ok && row.Service == kind {
				all = beside(all, one, row)
			}
		}
		if all.Identities != nil {
			out = append(out, all)
		}
	}
	return out
}

// beside adds the column of one service, which takes the name of its profile.
func beside(all, one check.Matrix, row check.Service) check.Matrix {
	if all.Identities == nil {
		all = check.Matrix{Service: one.Service, Actions: slices.Clone(one.Actions)}
		for i := range all.Actions {
			all.Actions[i].Cells = nil
		}
	}
	who := one.Identities[0]
	who.Name, who.URL = row.Profile, row.URL
	all.Identities = append(all.Identities, who)
	for i, a := range one.Actions {
		all.Actions[i].Cells = append(all.Actions[i].Cells, a.Cells[0])
	}
	return all
}
