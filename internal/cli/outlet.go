package cli

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
	"syscall"
)

// outlet is the stdout of a run. When nobody reads it any more, as behind
// "| head -1", the run ends as at an interrupt, so that it cleans up.
type outlet struct {
	io.Writer
	end  context.CancelFunc
	gone atomic.Bool
}

func (o *outlet) Write(data []byte) (int, error) {
	n, err := o.Writer.Write(data)
	if errors.Is(err, syscall.EPIPE) {
		o.gone.Store(true)
		o.end()
	}
	return n, err
}

// raw is stdout for a program that we start: it has to see what it is.
func raw(w io.Writer) io.Writer {
	if o, ok := w.(*outlet); ok {
		return o.Writer
	}
	return w
}
