package report

import (
	"fmt"
	"strings"

	"hdstest/internal/check"
)

// summary writes the last line: the overall sign, how many of each, how long.
func (t *table) summary(r Report) {
	t.line("")
	text := Summary(r)
	switch r.Status() {
	case check.Fail:
		text = t.look.paint(red, text)
	case check.Warn:
		text = t.look.paint(yellow, text)
	default:
		text = t.look.paint(green, text)
	}
	t.line(t.look.sign(r.Status()) + " " + text)
}

// counts tells how many checks, or of many services how many of these, have each
// status.
func (r Report) counts() map[check.Status]int {
	if r.Services == nil {
		return check.Count(r.Findings)
	}
	n := map[check.Status]int{}
	for _, s := range r.Services {
		n[s.Status]++
	}
	return n
}

// leftovers counts what was left behind.
func (r Report) leftovers() int {
	n := 0
	for _, s := range r.Services {
		n += len(s.Leftovers)
	}
	return n
}

// Summary says in one phrase how a run ended: "1 failed, 30 passed, 2 skipped in 412 ms".
func Summary(r Report) string {
	n := r.counts()
	var parts []string
	for _, p := range []struct {
		status check.Status
		one    string
		many   string
	}{
		{check.Fail, "1 failed", "%d failed"}, {check.Warn, "1 warning", "%d warnings"},
		{check.Pass, "1 passed", "%d passed"}, {check.Skip, "1 skipped", "%d skipped"},
	} {
		switch count := n[p.status]; count {
		case 0:
		case 1:
			parts = append(parts, p.one)
		default:
			parts = append(parts, fmt.Sprintf(p.many, count))
		}
	}
	if left := r.leftovers(); left > 0 {
		parts = append(parts, fmt.Sprintf("%d not removed", left))
	}
	text := "nothing was checked"
	if parts != nil {
		text = strings.Join(parts, ", ")
	}
	if took := millis(r.Elapsed); took != "" {
		text += " in " + took
	}
	return text
}
