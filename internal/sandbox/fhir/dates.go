package fhir

import (
	"strings"
	"time"
)

// period is a span of time with both ends in it. A date of which only the year
// is known is the whole year.
type period struct{ start, end time.Time }

// parsePeriod reads a date, dateTime or instant. The forms are those of
// hl7.org/fhir/R4/datatypes.html, and hours with minutes for searches.
func parsePeriod(text string) (period, bool) {
	for _, form := range []struct {
		layout string
		next   func(time.Time) time.Time
	}{
		{"2006", func(t time.Time) time.Time { return t.AddDate(1, 0, 0) }},
		{"2006-01", func(t time.Time) time.Time { return t.AddDate(0, 1, 0) }},
		{"2006-01-02", func(t time.Time) time.Time { return t.AddDate(0, 0, 1) }},
		{"2006-01-02T15:04", func(t time.Time) time.Time { return t.Add(time.Minute) }},
		{"2006-01-02T15:04Z07:00", func(t time.Time) time.Time { return t.Add(time.Minute) }},
		{"2006-01-02T15:04:05", func(t time.Time) time.Time { return t.Add(time.Second) }},
		{time.RFC3339, func(t time.Time) time.Time { return t.Add(time.Second) }},
	} {
		if t, err := time.Parse(form.layout, text); err == nil {
			end := form.next(t).Add(-time.Nanosecond)
			if strings.Contains(text, ".") { // Parse takes a fraction where the layout has none
				end = t
			}
			return period{t.UTC(), end.UTC()}, true
		}
	}
	return period{}, false
}

// periodOf reads a date or a Period of a resource. An end that is open is far away.
func periodOf(value any) (period, bool) {
	if text, ok := value.(string); ok {
		return parsePeriod(text)
	}
	object, ok := value.(map[string]any)
	if !ok {
		return period{}, false
	}
	p := period{time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)}
	start, hasStart := object["start"].(string)
	end, hasEnd := object["end"].(string)
	if hasStart {
		at, ok := parsePeriod(start)
		if !ok {
			return period{}, false
		}
		p.start = at.start
	}
	if hasEnd {
		at, ok := parsePeriod(end)
		if !ok {
			return period{}, false
		}
		p.end = at.end
	}
	return p, hasStart || hasEnd
}

// timeKey orders times as texts.
func timeKey(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000000") }
