package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"hdstest/internal/check"
)

// Widths of the waterfall in the terminal.
const (
	barsWide   = 48 // where lines may have any length
	barsNarrow = 16
)

// bar draws a phase in the waterfall: each has a character of its own, so that it
// reads without colour.
type bar struct {
	sign  string
	paint paint
}

func bars() map[string]bar {
	return map[string]bar{
		check.PhaseDNS: {"n", yellow}, check.PhaseConnect: {"c", yellow}, check.PhaseTLS: {"t", yellow},
		check.PhaseOther: {"·", dim}, check.PhaseWait: {"█", green}, check.PhaseTransfer: {"▒", green},
	}
}

// waterfall writes a line for each exchange: its title, how long it took, and
// where in the run it stood, cut into its phases.
func (t *table) waterfall(timings []check.Timing) {
	if len(timings) == 0 {
		return
	}
	title, end := 0, 0.0
	for _, one := range timings {
		title, end = max(title, utf8.RuneCountInString(timingTitle(one))), max(end, one.Start+one.Total)
	}
	room := barsWide
	if t.look.Width > 0 {
		title = min(title, max(t.look.Width-barsNarrow-16, 12))
		room = max(t.look.Width-title-16, barsNarrow)
	}
	t.line("")
	t.line(t.look.paint(bold, "Time of each request"))
	t.line("  " + pad("", title) + padLeft("ms", 10) + "  " + t.legend())
	for _, one := range timings {
		name := []rune(timingTitle(one))
		if len(name) > title {
			name = append(name[:title-1], '…')
		}
		t.line("  " + pad(string(name), title) + fmt.Sprintf("%10.1f", one.Total) + "  " + t.bar(one, end, room))
	}
}

// legend says what the characters mean.
func (t *table) legend() string {
	var out []string
	for _, name := range check.PhaseNames() {
		b := bars()[name]
		out = append(out, t.look.paint(b.paint, b.sign)+" "+name)
	}
	return strings.Join(out, "  ")
}

// bar draws one exchange to scale; one that is too short for it is a single
// character of its longest phase.
func (t *table) bar(one check.Timing, end float64, room int) string {
	phases := one.Phases()
	if end <= 0 || phases == nil {
		return ""
	}
	column := func(at float64) int { return min(int(at*float64(room)/end+0.5), room) }
	start := min(column(one.Start), room-1)
	out, at := strings.Repeat(" ", start), start
	for _, p := range phases {
		until := column(p.Offset + p.Length)
		out += t.stretch(p, max(until-at, 0))
		at = max(at, until)
	}
	if at == start {
		out += t.stretch(slices.MaxFunc(phases, func(a, b check.Phase) int { return cmp.Compare(a.Length, b.Length) }), 1)
	}
	return out
}

func (t *table) stretch(p check.Phase, length int) string {
	b := bars()[p.Name]
	return t.look.paint(b.paint, strings.Repeat(b.sign, length))
}

// timingTitle names an exchange among those of all services.
func timingTitle(t check.Timing) string {
	if t.Group == "token" {
		return Escape(t.Title)
	}
	return groupTitle(t.Group) + ": " + Escape(t.Title)
}
