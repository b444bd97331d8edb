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

// inlet is the stdin of a run. A read that waits for a person or another program
// ends with the run.
type inlet struct {
	io.Reader
	ctx context.Context
}

func (i *inlet) Read(into []byte) (int, error) {
	type result struct {
		n   int
		err error
	}
	read, own := make(chan result, 1), make([]byte, len(into)) // what comes too late goes nowhere
	go func() {
		n, err := i.Reader.Read(own)
		read <- result{n, err}
	}()
	select {
	case <-i.ctx.Done():
		return 0, i.ctx.Err()
	case r := <-read:
		return copy(into, own[:r.n]), r.err
	}
}

// raw are stdin and stdout for a program that we start: it has to see what they are.
func (p *program) raw() (io.Reader, io.Writer) {
	in, out := p.Stdin, p.Stdout
	if i, ok := in.(*inlet); ok {
		in = i.Reader
	}
	if o, ok := out.(*outlet); ok {
		out = o.Writer
	}
	return in, out
}
