package pipeline

import (
	"time"

	"hdstest/internal/check"
	"hdstest/internal/probe"
)

// tokenTiming is the time of a grant as a whole: discovery, the person's sign-in
// and the exchange of a code are in it.
func tokenTiming(f check.Finding, start, took time.Duration) check.Timing {
	return check.Timing{ID: f.ID, Group: f.Group, Title: f.Title, Start: milliseconds(start), Total: milliseconds(took)}
}

// timings lists the exchanges of a probe, in the order of its requests.
func timings(outcomes []probe.Outcome, began time.Time) []check.Timing {
	var out []check.Timing
	for _, o := range outcomes {
		if o.Began.IsZero() || o.Skipped != "" {
			continue
		}
		t := check.Timing{ID: "probe." + o.Request.ID, Group: o.Request.Service, Title: o.Request.Title,
			Start: milliseconds(o.Began.Sub(began)), Total: milliseconds(o.Duration)}
		if r := o.Evidence.Response; r != nil && r.Timing != nil {
			t.DNS, t.Connect, t.TLS, t.Wait, t.Transfer = r.Timing.DNS, r.Timing.Connect, r.Timing.TLS, r.Timing.Wait, r.Timing.Transfer
			t.Total = max(t.Total, r.Timing.Total)
		}
		out = append(out, t)
	}
	return out
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
