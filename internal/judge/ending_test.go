package judge_test

import (
	"strings"
	"testing"
	"time"

	"hdstest/internal/causes"
	"hdstest/internal/check"
	"hdstest/internal/judge"
)

// TestEnding: a credential that ends within 30 days is warned about, one that has
// ended fails, each with a cause of its own and a hint.
func TestEnding(t *testing.T) {
	const day = 24 * time.Hour
	for _, c := range []struct {
		kind   string
		left   time.Duration
		status check.Status
		cause  string
	}{
		{judge.EndOfSecret, 31 * day, check.Pass, ""},
		{judge.EndOfSecret, 30*day - time.Second, check.Warn, "secret.ends_soon"},
		{judge.EndOfSecret, -time.Second, check.Fail, "secret.expired"},
		{judge.EndOfCertificate, time.Hour, check.Warn, "certificate.ends_soon"},
		{judge.EndOfCertificate, 0, check.Fail, "certificate.expired"},
	} {
		f := judge.Ending(c.kind, now.Add(c.left), now, "from the file", good())
		if f.Status != c.status || f.Cause != c.cause || (f.Hint == "") != (c.cause == "") {
			t.Errorf("%s, %s left: %+v", c.kind, c.left, f)
		}
		if _, known := causes.ByID(f.Cause); f.Cause != "" && !known {
			t.Errorf("%s is no cause", f.Cause)
		}
		if !strings.Contains(f.ID, c.kind) || !strings.HasSuffix(f.Seen, "(from the file)") {
			t.Errorf("%+v", f)
		}
	}
}
