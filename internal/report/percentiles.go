package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"hdstest/internal/check"
)

// percentileHead are the columns of a table of percentiles, behind the request.
func percentileHead() []string {
	return []string{"count", "p50", "p90", "p95", "p99", "max", "failures"}
}

func percentileCells(p check.Percentiles) []string {
	out := []string{fmt.Sprint(p.Count)}
	for _, ms := range []float64{p.P50, p.P90, p.P95, p.P99, p.Max} {
		out = append(out, fmt.Sprintf("%.1f", ms))
	}
	var failures []string
	for _, status := range slices.Sorted(maps.Keys(p.Failures)) {
		failures = append(failures, fmt.Sprintf("%d× %s", p.Failures[status], Escape(status)))
	}
	return append(out, strings.Join(failures, ", "))
}

// percentileTitle names a request among those of all services.
func percentileTitle(p check.Percentiles) string { return groupTitle(p.Group) + ": " + Escape(p.Title) }

// percentiles writes a line for each request that was sent many times.
func (t *table) percentiles(all []check.Percentiles) {
	if len(all) == 0 {
		return
	}
	title := 0
	for _, p := range all {
		title = max(title, utf8.RuneCountInString(percentileTitle(p)))
	}
	row := func(cells []string) string {
		last := len(cells) - 1
		out := ""
		for _, cell := range cells[:last] {
			out += padLeft(cell, 9)
		}
		return out + "  " + cells[last]
	}
	t.line("")
	t.line(t.look.paint(bold, "Times of each request in ms"))
	t.line("  " + pad("", title) + t.look.paint(dim, row(percentileHead())))
	for _, p := range all {
		t.line("  " + pad(percentileTitle(p), title) + row(percentileCells(p)))
	}
}
