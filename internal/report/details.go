package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"hdstest/internal/check"
)

// detail is one of the things to say about a finding that did not pass.
type detail struct{ label, text string }

// details lists what is to be said about a finding below its title, each as one
// line of safe text.
func details(f check.Finding) []detail {
	var out []detail
	for _, d := range []detail{{"expected", f.Expected}, {"seen", f.Seen}, {"why", why(f)}, {"do next", f.Hint}, {"source", f.Source}} {
		if d.text != "" {
			out = append(out, detail{d.label, Escape(d.text)})
		}
	}
	return out
}

// outline is the substance of a finding in one line: what was seen, and what
// was expected instead.
func outline(f check.Finding) string {
	text := cmp.Or(f.Seen, "no answer")
	if f.Expected != "" && f.Status != check.Skip {
		text += "; expected " + f.Expected
	}
	return Escape(text)
}

// by gives the findings of a status, in order.
func by(status check.Status, findings []check.Finding) []check.Finding {
	return slices.DeleteFunc(slices.Clone(findings), func(f check.Finding) bool { return f.Status != status })
}

// gathered joins, among findings, skips that many checks of a group share a reason for.
func gathered(findings []check.Finding) []check.Finding {
	var out []check.Finding
	for _, g := range groups(findings) {
		alike, said := alikeSkips(g.findings), map[string]bool{}
		for _, f := range g.findings {
			reason := reasonOf(f)
			if f.Status != check.Skip || alike[reason] < collapse {
				out = append(out, f)
			} else if !said[reason] {
				said[reason] = true
				f.Title, f.Seen = fmt.Sprintf("%s: %d checks were skipped", groupTitle(f.Group), alike[reason]), reason
				out = append(out, f)
			}
		}
	}
	return out
}

// names gives each finding a name that no other has, and that stays the same
// from run to run: its title, numbered where a run checks several of one title.
func names(findings []check.Finding) []string {
	seen := map[string]int{}
	var out []string
	for _, f := range findings {
		name := strings.TrimSpace(Escape(cmp.Or(f.Title, f.ID)))
		key := f.Group + "\n" + name
		if seen[key]++; seen[key] > 1 {
			name = fmt.Sprintf("%s (%d)", name, seen[key])
		}
		out = append(out, name)
	}
	return out
}
