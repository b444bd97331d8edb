package postman

import (
	"slices"
	"strings"

	"hdstest/internal/catalogue"
	"hdstest/internal/export"
)

// marks tells which requests leave a mark when they succeed, since others ask
// for it, and which marks a deletion takes away.
type marks struct {
	asked  []string            // ids named in an After
	undoes map[string][]string // id of a deletion to the ids of the creations it undoes
	runs   map[string]bool     // ids of creations that begin a chain that uses run_id
}

func marksOf(folders []export.Folder) marks {
	m := marks{undoes: map[string][]string{}, runs: map[string]bool{}}
	for _, folder := range folders {
		usesRun := slices.ContainsFunc(folder.Requests, func(r catalogue.Request) bool {
			return slices.Contains(r.Variables(), catalogue.VarRun)
		})
		for _, r := range folder.Requests {
			m.asked = append(m.asked, r.After...)
			if r.Undo != "" {
				m.undoes[r.Undo] = append(m.undoes[r.Undo], r.ID)
			}
			m.runs[r.ID] = usesRun && r.Effect == catalogue.EffectCreates && r.After == nil
		}
	}
	return m
}

// markOf names the collection variable that is yes once a request has succeeded
// in this run.
func markOf(id string) string { return "done_" + strings.NewReplacer(".", "_", "-", "_").Replace(id) }

func (m marks) leavesMark(id string) bool { return slices.Contains(m.asked, id) }
