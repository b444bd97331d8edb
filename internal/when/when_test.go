package when_test

import (
	"testing"
	"time"

	"hdstest/internal/when"
)

// zone is a zone of the test's own: the machine's table of zones is not needed.
var zone = time.FixedZone("CEST", 2*60*60)

func TestUntil(t *testing.T) {
	now := time.Date(2026, 7, 1, 9, 44, 0, 0, zone)
	for _, c := range []struct {
		at   time.Time
		want string
	}{
		{time.Date(2026, 7, 1, 8, 42, 0, 0, time.UTC), "10:42 CEST, in 58 minutes"},
		{now.Add(58*time.Minute + 59*time.Second), "10:42 CEST, in 58 minutes"},
		{now.Add(time.Second), "09:44 CEST, in 1 second"},
		{now, "09:44 CEST, 0 seconds ago"},
		{now.Add(-4 * time.Minute), "09:40 CEST, 4 minutes ago"},
		{now.Add(14 * time.Hour), "23:44 CEST, in 14 hours"},
		{now.Add(15 * time.Hour), "2026-07-02 00:44 CEST, in 15 hours"},
		{now.AddDate(0, 0, 30), "2026-07-31 09:44 CEST, in 30 days"},
		{now.AddDate(0, 0, -1), "2026-06-30 09:44 CEST, 24 hours ago"},
	} {
		if got := when.Until(c.at, now); got != c.want {
			t.Errorf("Until(%s) = %q, want %q", c.at, got, c.want)
		}
	}
}

func TestZoneIsThatOfNow(t *testing.T) {
	at := time.Date(2026, 7, 1, 22, 30, 5, 0, time.UTC)
	if got, want := when.Stamp(at, at.In(zone)), "00:30:05 CEST"; got != want {
		t.Errorf("Stamp = %q, want %q", got, want)
	}
	if got, want := when.Stamp(at, at), "22:30:05 UTC"; got != want {
		t.Errorf("Stamp = %q, want %q", got, want)
	}
	if got, want := when.Day(at, at.In(zone)), "2026-07-02"; got != want {
		t.Errorf("Day = %q, want %q", got, want)
	}
}
