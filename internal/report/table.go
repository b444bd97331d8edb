package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"hdstest/internal/causes"
	"hdstest/internal/check"
	"hdstest/internal/lazyregexp"
)

// Widths of the table's columns.
const (
	titleMax   = 72 // a longer title pushes its own line to the right
	indent     = "      "
	labelWidth = 10
)

// Table writes the report for a person: groups with one line per finding, what
// was expected, seen and is to be done below those that did not pass, and a
// summary at the end.
func Table(w io.Writer, r Report, look Look) error {
	t := table{look: look, whole: r.Whole, said: map[string]bool{}}
	t.head(r)
	if r.Services != nil {
		t.services(r)
	} else {
		t.groups(r)
	}
	if r.Waterfall {
		t.waterfall(r.Timings)
	}
	t.percentiles(r.Percentiles)
	t.summary(r)
	for _, n := range append(slices.Clone(r.Closing), r.Notes...) {
		t.note(n)
	}
	_, err := io.WriteString(w, t.out.String())
	return err
}

func (t *table) groups(r Report) {
	for _, g := range groups(r.Findings) {
		t.group(g)
		for _, m := range r.Matrices {
			if g.name == matrixGroup(m) {
				t.matrix(m)
			}
		}
	}
}

type table struct {
	out   strings.Builder
	look  Look
	whole bool            // see Report
	said  map[string]bool // hints that stand above
}

func (t *table) line(text string) {
	t.out.WriteString(strings.TrimRight(text, " "))
	t.out.WriteByte('\n')
}

func (t *table) head(r Report) {
	if r.Title != "" {
		t.line(t.look.paint(bold, Escape(r.Title)))
	}
	width := 0
	for _, f := range r.Facts {
		width = max(width, utf8.RuneCountInString(f.Name))
	}
	for _, f := range r.Facts {
		t.line("  " + t.look.paint(dim, pad(Escape(f.Name), width)) + "  " + Escape(f.Text))
	}
}

// group is the findings of one kind, in order.
type group struct {
	name     string
	findings []check.Finding
}

// groups sorts findings by group, in the order in which groups appear first.
func groups(findings []check.Finding) []*group {
	var out []*group
	byName := map[string]*group{}
	for _, f := range findings {
		g := byName[f.Group]
		if g == nil {
			g = &group{name: f.Group}
			byName[f.Group] = g
			out = append(out, g)
		}
		g.findings = append(g.findings, f)
	}
	return out
}

func (t *table) group(g *group) {
	t.line("")
	t.line(t.look.paint(bold, groupTitle(g.name)))
	title, timed := 0, 0
	for _, f := range g.findings {
		if n := utf8.RuneCountInString(Escape(f.Title)); n <= t.titleMax() {
			title = max(title, n)
		}
		timed = max(timed, utf8.RuneCountInString(millis(f.Duration)))
	}
	alike := alikeSkips(g.findings)
	for _, f := range g.findings {
		reason := reasonOf(f)
		switch n := alike[reason]; {
		case f.Status != check.Skip || n < collapse:
			t.finding(f, title, timed)
		case !t.said[g.name+reason]:
			t.said[g.name+reason] = true
			f.Title, f.Seen = fmt.Sprintf("%d checks were skipped", n), reason
			t.finding(f, title, timed)
		}
	}
}

// titleMax is how wide the column of titles may be.
func (t *table) titleMax() int {
	if t.look.Width == 0 {
		return titleMax
	}
	return min(titleMax, max(t.look.Width-18, 24))
}

// collapse is from how many skips of one reason on they are told as one line.
const collapse = 4

var requestID = lazyregexp.New(`\b[a-z]+(\.[a-z_]+)+\b`)

// reasonOf is why something was skipped, without the ids of other requests.
func reasonOf(f check.Finding) string {
	return strings.Replace(requestID.ReplaceAllString(f.Seen, "…"), "it needs …, which has", "what it needs has", 1)
}

// alikeSkips counts the skips of a group by their reason.
func alikeSkips(findings []check.Finding) map[string]int {
	n := map[string]int{}
	for _, f := range findings {
		if f.Status == check.Skip {
			n[reasonOf(f)]++
		}
	}
	return n
}

// finding writes one line, and the details below it if it did not pass.
func (t *table) finding(f check.Finding, title, timed int) {
	name := pad(Escape(f.Title), title)
	if f.Status == check.Fail {
		name = t.look.paint(bold, name)
	}
	text := "  " + t.look.sign(f.Status) + " " + name
	used := 4 + max(title, utf8.RuneCountInString(Escape(f.Title)))
	if timed > 0 {
		text += "  " + t.look.paint(dim, padLeft(millis(f.Duration), timed))
		used += 2 + timed
	}
	below := ""
	if f.Status == check.Pass || f.Status == check.Skip {
		beside := t.fit(Escape(f.Seen), used+2)
		if beside != Escape(f.Seen) && (t.whole || f.Status == check.Skip) {
			beside, below = "", f.Seen
		}
		text += "  " + t.look.paint(dim, beside)
	}
	t.line(text)
	if f.Status == check.Skip {
		t.detail("because", below)
	} else {
		t.detail("seen", below)
	}
	if f.Status == check.Pass {
		return
	}
	if f.Status != check.Skip {
		t.detail("expected", f.Expected)
		t.detail("seen", f.Seen)
		t.detail("why", why(f))
	}
	t.hint(f)
	if f.Status == check.Fail {
		t.detail("source", f.Source)
	}
}

// hint writes what to do once in full; twenty probes that fail for one reason
// do not repeat it.
func (t *table) hint(f check.Finding) {
	switch {
	case !t.said[f.Hint]:
		t.detail("do next", f.Hint)
	case f.Status != check.Skip:
		t.detail("do next", "as above")
	}
	t.said[f.Hint] = f.Hint != ""
}

// why gives the title of the cause, with its id, by which it can be looked up.
func why(f check.Finding) string {
	if f.Cause == "" {
		return ""
	}
	if c, ok := causes.ByID(f.Cause); ok {
		return c.Title + " [" + f.Cause + "]"
	}
	return "[" + f.Cause + "]"
}

// toBeTyped tells whether a text begins with a command, or with a word about one and
// a colon: the terminal itself breaks that, so that it can be copied in one piece.
func toBeTyped(text string) bool {
	_, behind, _ := strings.Cut(text, ": ")
	for _, name := range []string{"az ", "hdstest ", "curl "} {
		if strings.HasPrefix(text, name) || strings.HasPrefix(behind, name) {
			return true
		}
	}
	return false
}

func (t *table) detail(label, text string) {
	if text != "" {
		t.labelled(indent, label, text)
	}
}

// note writes a closing line; what belongs to it is indented.
func (t *table) note(n Note) {
	if n.Label == "" {
		t.labelled("  ", "", n.Text)
		return
	}
	t.labelled("    ", Escape(n.Label), n.Text)
}

// labelled writes text behind a label, in as many lines as it takes.
func (t *table) labelled(indent, label, text string) {
	width := labelWidth
	if label == "" {
		width = 0
	}
	lines := []string{Escape(text)}
	if t.look.Width > 0 && !toBeTyped(lines[0]) {
		lines = wrap(lines[0], max(t.look.Width-len(indent)-width, 24))
	}
	for _, l := range lines {
		t.line(indent + t.look.paint(dim, pad(label, width)) + l)
		label = ""
	}
}
