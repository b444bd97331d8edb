// Package causes is the table of what can be wrong: for each cause what it is,
// why it happens, how to mend it and where that is written. It is the one place
// for hints; a finding carries a cause's id.
//
// The rules that lead from evidence to a cause are in package diagnose.
package causes

import "slices"

// Cause is a reason for a red call.
type Cause struct {
	ID    string   `json:"id"`    // stable, dotted: secret.wrong
	Title string   `json:"title"` // in a few words
	Why   string   `json:"why"`   // why it happens
	Fix   string   `json:"fix"`   // what to do, the next command first; {{name}} is filled in from the evidence
	Docs  []string `json:"docs"`  // addresses that say so
}

// ByID finds a cause in the table.
func ByID(id string) (Cause, bool) {
	all := All()
	i := slices.IndexFunc(all, func(c Cause) bool { return c.ID == id })
	if i < 0 {
		return Cause{}, false
	}
	return all[i], true
}
