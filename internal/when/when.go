// Package when writes points in time for a person: on the clock of the zone in
// which the person is, and with what is left or has gone by.
//
// The zone is that of the time that the caller gives for now; nothing here reads
// a clock or the system's zone. For programs there is RFC 3339, which is not
// written here.
package when

import (
	"fmt"
	"time"
)

// Until writes a time with its distance from now: "10:42 CEST, in 58 minutes",
// "09:40 CEST, 4 minutes ago". Another day than today's has its date. The
// distance is rounded down, so that no more is promised than there is.
func Until(at, now time.Time) string {
	if at.After(now) {
		return clock(at, now, "15:04") + ", in " + Span(at.Sub(now))
	}
	return clock(at, now, "15:04") + ", " + Span(now.Sub(at)) + " ago"
}

// Stamp writes a time to the second: "10:42:05 CEST", with its date if that is
// not today's.
func Stamp(at, now time.Time) string { return clock(at, now, "15:04:05") }

// Day writes the date of a time, in the zone of now.
func Day(at, now time.Time) string { return at.In(now.Location()).Format(time.DateOnly) }

func clock(at, now time.Time, form string) string {
	at = at.In(now.Location())
	if Day(at, now) != Day(now, now) {
		form = time.DateOnly + " " + form
	}
	return at.Format(form + " MST")
}

// Span writes a length of time in its largest whole unit that still tells
// something: seconds below two minutes, minutes below two hours, hours below two
// days, days above. The sign is left out.
func Span(d time.Duration) string {
	d = d.Abs()
	const day = 24 * time.Hour
	switch {
	case d < 2*time.Minute:
		return count(d, time.Second, "second")
	case d < 2*time.Hour:
		return count(d, time.Minute, "minute")
	case d < 2*day:
		return count(d, time.Hour, "hour")
	}
	return count(d, day, "day")
}

func count(d, unit time.Duration, name string) string {
	n := int64(d / unit)
	if n != 1 {
		name += "s"
	}
	return fmt.Sprintf("%d %s", n, name)
}
