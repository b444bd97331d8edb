package export

import (
	"slices"
	"strings"

	"hdstest/internal/catalogue"
)

// AllowWrites is the variable that lets the folders send which change data; its
// value is "true" or "false".
const AllowWrites = "allow_writes"

// Chain tells which requests leave a mark when they succeed, since others ask
// for it, and which marks a deletion takes away. A mark is a variable of the run
// whose value is "yes"; it keeps a request, a DELETE above all, from being sent
// for what this run did not create.
type Chain struct {
	asked  []string            // ids named in an After
	undoes map[string][]string // id of a deletion to the ids of the creations it undoes
	runs   map[string]bool     // ids of creations that begin a chain that uses run_id
}

// Chain gives the chain of the requests to export.
func (in Input) Chain() Chain {
	c := Chain{undoes: map[string][]string{}, runs: map[string]bool{}}
	for _, folder := range in.Folders() {
		usesRun := slices.ContainsFunc(folder.Requests, func(r catalogue.Request) bool {
			return slices.Contains(r.Variables(), catalogue.VarRun)
		})
		for _, r := range folder.Requests {
			c.asked = append(c.asked, r.After...)
			if r.Undo != "" {
				c.undoes[r.Undo] = append(c.undoes[r.Undo], r.ID)
			}
			c.runs[r.ID] = usesRun && r.Effect == catalogue.EffectCreates && r.After == nil
		}
	}
	return c
}

// LeavesMark tells whether another request asks if this one has succeeded.
func (c Chain) LeavesMark(id string) bool { return slices.Contains(c.asked, id) }

// Unmarks lists the ids whose marks a successful request takes away.
func (c Chain) Unmarks(id string) []string {
	return slices.DeleteFunc(slices.Clone(c.undoes[id]), func(id string) bool { return !c.LeavesMark(id) })
}

// BeginsRun tells whether a new run_id is to be made before the request.
func (c Chain) BeginsRun(id string) bool { return c.runs[id] }

// MarkOf names the variable with the mark of a request.
func MarkOf(id string) string { return "done_" + strings.NewReplacer(".", "_", "-", "_").Replace(id) }

// Captures lists what is to be kept of the answer to a request. An id is taken
// from the answer to a creation only: what a search found may be someone else's,
// and a deletion follows. What stands in a header people copy by hand, as the
// articles say.
func Captures(r catalogue.Request) []catalogue.Capture {
	if r.Service != catalogue.Entra && r.Effect != catalogue.EffectCreates {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(r.Captures), func(c catalogue.Capture) bool { return c.Header != "" })
}
