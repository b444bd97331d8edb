// Package report renders findings: as a table for a person ([Table]) and as
// JSON for a program ([JSON]). Both show the same findings, in the order given,
// so they cannot disagree.
//
// It decides nothing: not what is checked, not the exit code. All text is taken
// to come from servers and is escaped ([Escape]), so that no answer can move the
// cursor, forge a line or hide one.
package report

import (
	"time"

	"hdstest/internal/check"
)

// Report is what one command found out.
type Report struct {
	Title    string // what was run, in a few words
	Facts    []Fact // about whom and what; the table shows them below the title
	Findings []check.Finding
	Elapsed  time.Duration // of the whole command; 0: not shown
	Notes    []string      // closing lines of the table: where a file was written
	Extra    []Field       // what the command adds to the JSON, in order
}

// Fact is one line below the title.
type Fact struct{ Name, Text string }

// Field is one more member of the JSON object.
type Field struct {
	Name  string
	Value any
}

// Status is the overall outcome, see [check.Overall].
func (r Report) Status() check.Status { return check.Overall(r.Findings) }
