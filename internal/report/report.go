// Package report renders findings: as a table for a person ([Table]), as JSON
// for a program ([JSON]), and as what CI systems show or collect ([Markdown],
// [GitHub], [AzurePipelines], [JUnit], [TAP], [SARIF]), and as a page for a
// browser ([HTML]). All show the same findings, so they cannot disagree.
//
// It decides nothing: not what is checked, not the exit code. All text is taken
// to come from servers and is escaped ([Escape]), so that no answer can move the
// cursor, forge a line or hide one, or give a CI system a command.
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
	Matrices []check.Matrix // what identities may do; the table shows each below its service's findings about that
	Timings  []check.Timing // how long each exchange took
	// Percentiles are the times of requests that were sent many times.
	Percentiles []check.Percentiles
	// Services are the rows of a run over many: what people read shows them in place of
	// the findings, which say the same.
	Services []check.Service
	Times    bool          // the table shows where the time of each service went
	Roles    bool          // the table shows what each identity may do on its service
	Elapsed  time.Duration // of the whole command; 0: not shown
	Notes    []Note        // closing lines: the diagnosis, where a file was written
	// Closing stands at the end of the table alone: on a screen it repeats what
	// scrolled by.
	Closing []Note
	Extra   []Field // what the command adds to the JSON, in order
	// Whole says that what was seen is the answer, passed or not: a narrow table
	// breaks it instead of cutting it.
	Whole bool

	Waterfall bool // the table shows the timings as well

	Command string // as it is typed, for names that must not change: smoke, probe
	Version string // of the program
	Began   time.Time
	// Strict makes a warning a failure where a form knows pass and fail alone.
	Strict bool
	// Places says for a group, or for a finding by its id, where in the repository its
	// settings stand; the empty group is for all others. Empty: not known.
	Places map[string]Place
}

// Place is a line of a file. File is relative to the repository, with slashes.
type Place struct {
	File string
	Line int // from 1
}

// place finds the place of a finding.
func (r Report) place(f check.Finding) (Place, bool) {
	for _, name := range []string{f.ID, f.Group, ""} {
		if p, ok := r.Places[name]; ok {
			return p, p.File != ""
		}
	}
	return Place{}, false
}

// failed tells whether a finding is a failure where there is nothing in between.
func (r Report) failed(f check.Finding) bool {
	return f.Status == check.Fail || r.Strict && f.Status == check.Warn
}

// Fact is one line below the title.
type Fact struct{ Name, Text string }

// Note is a closing line. One with a label belongs to the one without above it.
type Note struct{ Label, Text string }

// String is the note in one line.
func (n Note) String() string {
	if n.Label == "" {
		return n.Text
	}
	return "  " + pad(n.Label, labelWidth) + " " + n.Text
}

// Field is one more member of the JSON object.
type Field struct {
	Name  string
	Value any
}

// Status is the overall outcome, see [check.Overall].
func (r Report) Status() check.Status { return check.Overall(r.Findings) }
