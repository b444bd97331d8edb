// Command bench measures hdstest as people run it: whole processes, from start to
// end, many times, the median of each. What it is held against runs in turns with
// it, so that whatever else the machine does falls on both. It prints a table in
// Markdown with the aims beside; nothing fails for being slow.
//
// It is started by make bench in the root of the module. The services are a
// sandbox of the same program in a process of its own, over TLS.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
)

// options are the flags.
type options struct {
	runs   int  // of each process
	slow   int  // of those that take seconds
	build  bool // measure the build from an empty cache, which takes a minute or two
	many   int  // services in one run
	newman string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	var o options
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.IntVar(&o.runs, "runs", 21, "how often each process runs")
	flags.IntVar(&o.slow, "slow", 5, "how often newman runs")
	flags.IntVar(&o.many, "services", 1000, "how many services are probed in one run")
	flags.BoolVar(&o.build, "build", true, "measure the build from an empty cache")
	flags.StringVar(&o.newman, "newman", "testdata/e2e/node_modules/.bin/newman", "newman's program; its row is left out if it is not there")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if o.runs < 1 || o.slow < 1 || o.many < 1 || flags.NArg() > 0 {
		return errors.New("-runs, -slow and -services must be at least 1, and nothing may stand behind the flags")
	}
	dir, err := os.MkdirTemp("", "hdstest-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	say := func(format string, args ...any) { fmt.Fprintf(stderr, format+"\n", args...) }
	m, err := measure(ctx, dir, o, say)
	if err != nil {
		return err
	}
	return m.print(stdout)
}

// measured is all that was found out.
type measured struct {
	samples map[string]*samples // by subject
	size    int64               // of the stripped program, in bytes
	build   sample              // from an empty cache; zero: not measured
	left    []string            // what was left out, and why
	machine string
	runs    int

	services int // of the runs over many
}

func measure(ctx context.Context, dir string, o options, say func(string, ...any)) (measured, error) {
	m := measured{samples: map[string]*samples{}, machine: machine(), runs: o.runs}
	say("building")
	programs, err := buildPrograms(ctx, dir)
	if err != nil {
		return m, err
	}
	if m.size, err = sizeOf(programs.hdstest); err != nil {
		return m, err
	}
	s, err := startSandbox(ctx, dir, programs)
	if err != nil {
		return m, err
	}
	err = errors.Join(m.compare(ctx, s, o, say), s.stop())
	if err == nil && o.build {
		say("building from an empty cache")
		m.build, err = buildFromNothing(ctx, dir)
	}
	return m, err
}

// compare runs all subjects in turns.
func (m *measured) compare(ctx context.Context, s *sandbox, o options, say func(string, ...any)) error {
	quick, err := s.quick(ctx)
	if err != nil {
		return err
	}
	say("%d runs of %d programs", o.runs, len(quick))
	if err := m.inTurns(ctx, quick, o.runs); err != nil {
		return err
	}
	slow, why, err := s.slow(ctx, o.newman)
	if err != nil {
		return err
	}
	if why != "" {
		m.left = append(m.left, why)
		say("%s", why)
	}
	atOnce, err := s.many(ctx, o.many)
	if err != nil {
		return err
	}
	slow = append(slow, atOnce...)
	m.services = o.many
	say("%d runs of %d programs", o.slow, len(slow))
	return m.inTurns(ctx, slow, o.slow)
}

// inTurns runs each subject once to warm up, then all of them again and again.
func (m *measured) inTurns(ctx context.Context, subjects []subject, runs int) error {
	for round := range runs + 1 {
		for _, one := range subjects {
			took, err := one.once(ctx)
			if err != nil {
				return err
			}
			if round > 0 {
				m.of(one.name).add(took)
			}
		}
	}
	return nil
}

func (m *measured) of(name string) *samples {
	if m.samples[name] == nil {
		m.samples[name] = &samples{}
	}
	return m.samples[name]
}
