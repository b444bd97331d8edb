package report

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"hdstest/internal/causes"
	"hdstest/internal/check"
)

// services writes a line for each service of a run over many, and below them,
// once for each cause, what to do next.
func (t *table) services(all []check.Service) {
	head := []string{"profile", "service", "answer", "cause", "ok", "warn", "fail", "skip", "time"}
	rows := [][]string{}
	widths := make([]int, len(head))
	for i, h := range head {
		widths[i] = len(h)
	}
	for _, s := range all {
		row := []string{Escape(s.Profile), Escape(s.Service), Escape(s.Answer), Escape(s.Cause), fmt.Sprint(s.Passed), fmt.Sprint(s.Warnings),
			fmt.Sprint(s.Failed), fmt.Sprint(s.Skipped), millis(s.Took)}
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
		rows = append(rows, row)
	}
	t.line("")
	t.line("    " + t.look.paint(dim, columns(head, widths)))
	for i, row := range rows {
		t.line("  " + t.look.sign(all[i].Status) + " " + columns(row, widths))
	}
	t.nextSteps(all)
}

// columns sets words side by side, the figures at the right of theirs.
func columns(cells []string, widths []int) string {
	const words = 4
	var out []string
	for i, cell := range cells {
		if i < words {
			out = append(out, pad(cell, widths[i]))
		} else {
			out = append(out, padLeft(cell, widths[i]))
		}
	}
	return strings.Join(out, "  ")
}

// nextSteps tells of the first service of each cause in full.
func (t *table) nextSteps(all []check.Service) {
	count := map[string]int{}
	key := func(s check.Service) string { return s.Cause + "\x00" + s.Answer }
	for _, s := range all {
		count[key(s)]++
	}
	for _, s := range all {
		n := count[key(s)]
		if s.Status != check.Fail && s.Status != check.Warn || n == 0 {
			continue
		}
		count[key(s)] = 0
		title := s.Answer
		if c, ok := causes.ByID(s.Cause); ok {
			title = c.Title + " [" + c.ID + "]"
		}
		t.line("")
		t.line("  " + t.look.sign(s.Status) + " " + t.look.paint(bold, Escape(title)))
		where := s.Profile + " " + s.Service
		if n > 1 {
			where += fmt.Sprintf(" and %d more", n-1)
		}
		t.detail("where", where)
		t.detail("seen", s.Seen)
		t.detail("do next", s.Hint)
	}
}
