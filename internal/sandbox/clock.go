package sandbox

import (
	"sync/atomic"
	"time"
)

// Clock is the sandbox's time: the machine's, moved by an offset that may change
// while it runs, and by what the scenarios add. Tokens, secrets and codes age by
// it; time limits of connections do not.
type Clock struct {
	base   func() time.Time
	offset atomic.Int64
	skew   atomic.Int64 // of the scenarios
}

// NewClock makes a clock on top of another.
func NewClock(base func() time.Time) *Clock { return &Clock{base: base} }

// Now is the sandbox's time.
func (c *Clock) Now() time.Time { return c.base().Add(time.Duration(c.offset.Load() + c.skew.Load())) }

// Move sets the offset from the machine's time.
func (c *Clock) Move(offset time.Duration) { c.offset.Store(int64(offset)) }
