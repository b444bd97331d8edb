package pipeline

import (
	"maps"
	"strconv"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"hdstest/internal/check"
	"hdstest/internal/evidence"
)

const (
	longestTimed = 10 * time.Minute // of an answer; a longer one counts as this
	digits       = 2                // of what is measured: 27 KB for each distribution
)

// distribution is of the times of answers, however many there were.
type distribution struct {
	times    *hdrhistogram.Histogram // in microseconds
	failures map[string]int          // by status
	way      evidence.Timing         // of name, connection and TLS the longest that was seen
}

func newDistribution() *distribution {
	return &distribution{times: hdrhistogram.New(1, longestTimed.Microseconds(), digits), failures: map[string]int{}}
}

// answered adds an answer, if it was timed.
func (d *distribution) answered(a *evidence.Response, failed bool) {
	if failed {
		d.failures[statusOf(a)]++
	}
	if a == nil || a.Timing == nil {
		return
	}
	d.longest(*a.Timing)
	micros := min(max(int64(a.Timing.Total*1000), 1), longestTimed.Microseconds())
	_ = d.times.RecordValue(micros) // it is within the bounds
}

func (d *distribution) longest(t evidence.Timing) {
	d.way.DNS, d.way.Connect, d.way.TLS = max(d.way.DNS, t.DNS), max(d.way.Connect, t.Connect), max(d.way.TLS, t.TLS)
}

// add takes in another distribution.
func (d *distribution) add(o *distribution) {
	d.times.Merge(o.times)
	d.longest(o.way)
	for status, n := range o.failures {
		d.failures[status] += n
	}
}

// percentiles leaves out whose they are.
func (d *distribution) percentiles() check.Percentiles {
	at := func(percent float64) float64 { return float64(d.times.ValueAtQuantile(percent)) / 1000 }
	return check.Percentiles{Count: int(d.times.TotalCount()), Failures: maps.Clone(d.failures),
		P50: at(50), P90: at(90), P95: at(95), P99: at(99), Max: float64(d.times.Max()) / 1000}
}

// distributionOf is of the answers to one run's requests. Failures are among the
// run's findings; a 403 to a request that only tells permissions is none.
func distributionOf(seen []evidence.Bundle) *distribution {
	d := newDistribution()
	for _, b := range seen {
		if b.Request != nil {
			d.answered(b.Response, false)
		}
	}
	return d
}

func statusOf(a *evidence.Response) string {
	if a == nil || a.Status == 0 {
		return "none"
	}
	return strconv.Itoa(a.Status)
}
