package transport

import (
	"net/http"
	"time"

	"hdstest/internal/evidence"
)

// ClockSkew compares now, the time at which an answer came, with the answer's
// Date header (RFC 9110 section 6.6.1): positive when this machine is ahead. The
// header counts whole seconds, so a difference of one second means nothing. It
// is nil without a readable Date, and for an answer from a cache (Age), whose
// Date is old.
func ClockSkew(h http.Header, now time.Time) *evidence.Clock {
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil || (h.Get("Age") != "" && h.Get("Age") != "0") {
		return nil
	}
	skew := now.Truncate(time.Second).Sub(date).Seconds()
	return &evidence.Clock{SkewSeconds: &skew}
}
