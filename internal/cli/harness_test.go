package cli

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"crypto/rand"
)

// world is what a test gives the program, and what it gets back.
type world struct {
	Env
	env            map[string]string
	stdout, stderr bytes.Buffer
}

// newWorld makes a world without terminal, browser and any setting. Its folders
// are the test's own.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{env: map[string]string{}}
	w.Env = Env{Stdin: strings.NewReader(""), Stdout: &w.stdout, Stderr: &w.stderr, Environ: func(name string) string { return w.env[name] },
		Now: time.Now, Rand: rand.Reader, Dir: t.TempDir(), Home: t.TempDir(), ConfigDir: t.TempDir(), StateDir: t.TempDir(),
		Sleep:   func(ctx context.Context, d time.Duration) error { return errors.New("slept") },
		Version: Version{Version: "v0.0.0-test", Go: "go"}}
	return w
}

// run runs the program from scratch and gives its exit code.
func (w *world) run(t *testing.T, args ...string) int {
	t.Helper()
	w.stdout.Reset()
	w.stderr.Reset()
	return Run(t.Context(), w.Env, append([]string{Name}, args...))
}

func contextWithCancel(t *testing.T) (context.Context, context.CancelFunc) {
	return context.WithCancel(t.Context())
}

// countdown is a source of randomness that calls then at the n-th read: a clock
// by which a run can be ended at a definite stage.
type countdown struct {
	mu   sync.Mutex
	left int
	then func()
}

func (c *countdown) Read(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left--; c.left == 0 {
		c.then()
	}
	return rand.Read(p)
}
