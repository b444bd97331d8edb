package diagnose

import (
	"slices"
	"strings"
	"time"
)

// now is when the evidence was seen: by its own note, or by a server's date.
func (f *facts) now() (time.Time, bool) {
	if f.b.Now != nil {
		return *f.b.Now, true
	}
	for _, n := range f.nodes {
		if n.last() == "serverdate" || n.last() == "date" && slices.Contains(n.path, "headers") || len(n.path) == 1 && n.last() == "now" {
			if t, ok := parseTime(n.text()); ok {
				return t, true
			}
		}
	}
	return time.Time{}, false
}

// parseTime reads the forms of dates that Azure, HTTP and certificates' texts use.
func parseTime(text string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339, time.DateOnly, time.RFC1123, "2006-01-02 15:04:05Z", "01/02/2006 15:04:05", time.DateTime} {
		if t, err := time.Parse(layout, strings.TrimSpace(text)); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// pastDate holds when a date below one of the keys is before the time of the
// evidence.
func pastDate(f *facts, keys ...string) ([]string, bool) {
	now, ok := f.now()
	if !ok {
		return nil, false
	}
	for _, n := range f.nodes {
		if !slices.ContainsFunc(n.path, func(k string) bool { return slices.Contains(keys, k) }) {
			continue
		}
		if !strings.Contains(n.last(), "end") && !strings.Contains(n.last(), "expir") && !strings.Contains(n.last(), "notafter") {
			continue
		}
		if t, ok := parseTime(n.text()); ok && t.Before(now) {
			return []string{n.shown + ": " + n.text()}, true
		}
	}
	return nil, false
}
