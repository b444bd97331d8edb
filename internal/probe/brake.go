package probe

import (
	"context"
	"encoding/binary"
	"io"
	"sync"
	"time"
)

// Brake holds back all requests to one service for as long as it asked for. It may
// be shared by several runs, one after the other. Its zero value is ready.
type Brake struct {
	mu    sync.Mutex
	until time.Time
}

// Until is when requests may go on; the zero time or one that has passed: now.
func (b *Brake) Until() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.until
}

func (b *Brake) hold(until time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if until.After(b.until) {
		b.until = until
	}
}

// brakedError says that a request is not sent since the service asked for more
// time than a request waits for.
type brakedError struct{ wait time.Duration }

func (e *brakedError) Error() string {
	return "the service asked not to be called for " + e.wait.Round(time.Second).String()
}

// held waits until the service may be asked again, and a little longer, so that not
// all who wait come back at once: whom the service answers first is then the one who
// tells the others, while they wait, whether they have to wait on. The error is the
// context's, or a [brakedError] where the service wants more time than a request
// has, at once or again and again.
func (r *runner) held(ctx context.Context) error {
	var known time.Time
	for total := time.Duration(0); ; {
		until := r.o.Brake.Until()
		wait := until.Sub(r.o.Now())
		if wait <= 0 || !until.After(known) {
			return nil
		}
		if total += wait; wait > maxWait || total > maxHeld {
			return &brakedError{wait}
		}
		if err := r.sleep(ctx, wait+r.jitter(wait)); err != nil {
			return err
		}
		known = until
	}
}

// jitter is up to a tenth of a wait, a tenth of a second at least.
func (r *runner) jitter(wait time.Duration) time.Duration {
	var random [8]byte
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, err := io.ReadFull(r.o.Rand, random[:]); err != nil {
		return 0
	}
	most := max(wait/10, 100*time.Millisecond)
	return time.Duration(binary.BigEndian.Uint64(random[:]) % uint64(most))
}
