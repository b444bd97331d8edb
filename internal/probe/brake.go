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

// held waits until the service may be asked again, and a little longer, so that not
// all who wait come back at once. A wait that is longer than a run may take is for
// the caller: its request goes out at once, as it would have without a brake.
func (r *runner) held(ctx context.Context) error {
	wait := r.o.Brake.Until().Sub(r.o.Now())
	if wait <= 0 || wait > maxWait {
		return nil
	}
	return r.sleep(ctx, wait+r.jitter(wait))
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
