// Package causes is the table of what can be wrong: for each cause what it is,
// why it happens, how to mend it and where that is written. It is the one place
// for hints; a finding carries a cause's id.
//
// The rules that lead from evidence to a cause are in package diagnose.
package causes

import (
	"slices"
	"sync"
)

// Cause is a reason for a red call.
type Cause struct {
	ID    string   `json:"id"`    // stable, dotted: secret.wrong
	Title string   `json:"title"` // in a few words
	Why   string   `json:"why"`   // why it happens
	Fix   string   `json:"fix"`   // what to do, the next command first; {{name}} is filled in from the evidence
	Docs  []string `json:"docs"`  // addresses that say so
}

// byID is the table by id. It is made at the first look-up: a run asks for many
// ids, and a program that needs none pays nothing.
var byID = sync.OnceValue(func() map[string]Cause {
	table := map[string]Cause{}
	for _, c := range All() {
		table[c.ID] = c
	}
	return table
})

// ByID finds a cause in the table.
func ByID(id string) (Cause, bool) {
	c, ok := byID()[id]
	c.Docs = slices.Clone(c.Docs)
	return c, ok
}
