// Package diagnose names causes: it reads evidence and tells which of the causes
// in package causes fit, how surely, and what supports each.
//
// The knowledge is a list of rules ([Rules]). A rule names a cause, conditions
// on the meaning of the evidence (codes, statuses, claims, shapes, the wire texts
// that servers and libraries are documented to send) and a confidence. Rules
// combine sections: a code says what failed, and what else was seen says why.
// Evidence may come from other programs and from people, with keys missing or
// placed elsewhere, so conditions read through [facts], which looks for meaning
// rather than for one spelling.
//
// A diagnosis is a pure function of the evidence. "Not known" is an empty
// result, not a guess.
//
// To add a cause, write it down in package causes, its rules in the file of its
// area here, and for each rule evidence on which it speaks and on which it must be
// silent in testdata/rules.jsonl; the tests say what is missing. A rule never
// follows the wording of a report, only what programs say and do.
package diagnose

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"sync"

	"hdstest/internal/causes"
	"hdstest/internal/evidence"
)

// Match is a cause that fits the evidence.
type Match struct {
	Cause      string   `json:"cause"`
	Confidence float64  `json:"confidence"`        // 0 to 1: the share of such evidence that has this cause
	Evidence   []string `json:"evidence"`          // what supports it
	Confirm    string   `json:"confirm,omitempty"` // what would tell it from others; empty if nothing needs to
	Fix        string   `json:"fix"`               // the cause's fix with its gaps filled from the evidence
}

// table is the rules, made at the first diagnosis: each keeps its expressions
// compiled.
var table = sync.OnceValue(Rules)

// Diagnose finds the causes that fit, the likeliest first. Of several rules for
// one cause the surest counts, with the evidence of all of them. An answer that a
// probe did not expect always has one.
func Diagnose(b evidence.Bundle) []Match {
	f := read(b)
	byCause := map[string]*Match{}
	for _, r := range table() {
		seen, confidence := r.ask(f)
		if confidence == 0 {
			continue
		}
		m := byCause[r.Cause]
		if m == nil {
			m = &Match{Cause: r.Cause}
			byCause[r.Cause] = m
		}
		if confidence > m.Confidence {
			m.Confidence, m.Confirm = confidence, f.fill(r.Confirm)
		}
		m.Evidence = append(m.Evidence, seen...)
	}
	if r := b.Response; len(byCause) == 0 && r != nil && len(r.Mismatch) > 0 { // a status that no rule knows, such as 425
		byCause[unexpected] = &Match{Cause: unexpected, Confidence: 0.2, Confirm: "expected and seen, side by side",
			Evidence: []string{"response.mismatch: " + strings.Join(r.Mismatch, "; ")}}
	}
	return order(byCause, f)
}

// unexpected is the cause of an answer of which nothing is known but that a request
// should give another.
const unexpected = "service.unexpected"

// Fits tells whether one cause is among those that [Diagnose] finds, by its own
// rules alone.
func Fits(b evidence.Bundle, cause string) bool {
	f := read(b)
	for _, r := range table() {
		if r.Cause != cause {
			continue
		}
		if _, confidence := r.ask(f); confidence > 0 {
			return true
		}
	}
	return false
}

// unsure is what is left of a rule's confidence when one of its conditions is
// about something that the evidence is silent on.
const unsure = 0.6

// ask gives the rule's confidence on the evidence, 0 if it is silent. Evidence
// that lacks one thing which nearly all evidence has still counts, for less, if
// it shows something else that the rule asks for.
func (r Rule) ask(f *facts) (seen []string, confidence float64) {
	if seen, ok := r.when(f); ok {
		return seen, r.Confidence
	}
	f.guess, f.guessed = true, 0
	defer func() { f.guess = false }()
	seen, ok := r.when(f)
	if !ok || f.guessed != 1 || len(seen) == 0 {
		return nil, 0
	}
	return seen, math.Round(r.Confidence*unsure*100) / 100
}

// Fix is the fix of a cause with its gaps filled from the evidence; empty for an
// unknown cause.
func Fix(b evidence.Bundle, cause string) string {
	c, _ := causes.ByID(cause)
	return read(b).fill(c.Fix)
}

// Why is why a cause happens, with its gaps filled from the evidence; empty for an
// unknown cause.
func Why(b evidence.Bundle, cause string) string {
	c, _ := causes.ByID(cause)
	return read(b).fill(c.Why)
}

// order sorts the matches; equal ones keep the order of the table of causes.
func order(byCause map[string]*Match, f *facts) []Match {
	var matches []Match
	for _, c := range causes.All() {
		m := byCause[c.ID]
		if m == nil {
			continue
		}
		slices.Sort(m.Evidence)
		m.Evidence = slices.Compact(m.Evidence)
		m.Fix = f.fill(c.Fix)
		matches = append(matches, *m)
	}
	slices.SortStableFunc(matches, func(a, b Match) int { return cmp.Compare(b.Confidence, a.Confidence) })
	return matches
}

// Rule leads from evidence to a cause.
type Rule struct {
	ID         string // stable; tests name their cases by it
	Cause      string
	Confidence float64
	Confirm    string // what would confirm it, where the rule alone does not
	when       condition
}

// Rules lists the rules by what they are about.
func Rules() []Rule {
	return slices.Concat(
		codeRules(), secretRules(), certificateRules(), federationRules(), registrationRules(), requestRules(),
		redirectRules(), graphRules(), roleRules(), tokenRules(), audienceRules(), serviceRules(), fhirRules(),
		fhirOperationRules(), dicomRules(), dicomStoreRules(), networkRules(), tlsRules(), localRules(), toolRules(), ciRules(),
	)
}
