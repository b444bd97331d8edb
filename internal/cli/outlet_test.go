package cli

import (
	"io"
	"testing"
)

// TestInterruptedRead: a read of stdin, from which nothing comes, ends with the run.
func TestInterruptedRead(t *testing.T) {
	for _, args := range [][]string{{"inspect", "-"}, {"explain", "-"}} {
		w := newWorld(t)
		from, to := io.Pipe()
		t.Cleanup(func() { _ = to.Close() })
		ctx, stop := contextWithCancel(t)
		w.Stdin = readerFunc(func(p []byte) (int, error) { stop(); return from.Read(p) })
		if code := Run(ctx, w.Env, append([]string{Name}, args...)); code != ExitInterrupted {
			t.Errorf("%q: exit code %d: %s", args, code, w.stderr.String())
		}
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
