package cli

import (
	"testing"
	"time"
)

// TestProgressOfALog: where nobody looks, a long run says now and then how far it is.
func TestProgressOfALog(t *testing.T) {
	w := newWorld(t)
	now := time.Now()
	w.Now = func() time.Time { return now }
	bar := (&program{Env: w.Env}).progress()
	for i := range 100 {
		bar.step(i, 100, "service")
		now = now.Add(time.Second)
	}
	const want = "hdstest: 30 of 100  service\nhdstest: 60 of 100  service\nhdstest: 90 of 100  service\n"
	if got := w.stderr.String(); got != want {
		t.Errorf("got\n%s", got)
	}
}
