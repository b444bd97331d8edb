package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"
)

// subject is a program with its arguments, to be run as a whole.
type subject struct {
	name    string
	prepare func() error // before each run, not measured; nil: nothing
	env     []string     // besides [environment]
	words   []string
}

// sample is one run of a process.
type sample struct {
	wall   time.Duration
	memory int64 // peak resident set in bytes, see [peak]
}

// once runs the subject and wants it to succeed.
func (s subject) once(ctx context.Context) (sample, error) {
	if s.prepare != nil {
		if err := s.prepare(); err != nil {
			return sample{}, err
		}
	}
	var stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, s.words[0], s.words[1:]...)
	cmd.Env, cmd.Stderr = append(environment(), s.env...), &stderr
	began := time.Now()
	err := cmd.Run()
	took := sample{wall: time.Since(began)}
	if err != nil {
		return took, fmt.Errorf("%s: %w\n%s", s.name, err, &stderr)
	}
	took.memory = peak(cmd.ProcessState)
	return took, nil
}

// peak is the most memory that a process had at once, in bytes; 0 where the
// system does not tell. Linux counts in KiB, and what this program itself has at
// the start of the other (about 10 MB) is the least that it shows.
//
// Source: getrusage(2), ru_maxrss.
func peak(state *os.ProcessState) int64 {
	usage, ok := state.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	return usage.Maxrss * 1024
}

// environment is this process's without what would lead a program elsewhere: to
// another tenant, another cache, a proxy.
func environment() []string {
	return slices.DeleteFunc(os.Environ(), func(line string) bool {
		name, _, _ := strings.Cut(line, "=")
		return name == "HOME" || strings.HasSuffix(strings.ToLower(name), "_proxy") ||
			slices.ContainsFunc([]string{"AZURE_", "HDSTEST_", "XDG_", "DBUS_", "NODE_", "CURL_", "SSL_"}, func(prefix string) bool {
				return strings.HasPrefix(name, prefix)
			})
	})
}

// samples are the runs of one subject.
type samples struct{ all []sample }

func (s *samples) add(one sample) { s.all = append(s.all, one) }

// wall is the median time.
func (s *samples) wall() time.Duration {
	return median(s.all, func(one sample) time.Duration { return one.wall })
}

// memory is the median of the peaks.
func (s *samples) memory() int64 {
	return median(s.all, func(one sample) int64 { return one.memory })
}

// median of an odd number is the middle one, of an even number the mean of two.
func median[T any, N ~int64](all []T, of func(T) N) N {
	if len(all) == 0 {
		return 0
	}
	values := make([]N, 0, len(all))
	for _, one := range all {
		values = append(values, of(one))
	}
	slices.Sort(values)
	middle := len(values) / 2
	if len(values)%2 == 1 {
		return values[middle]
	}
	return (values[middle-1] + values[middle]) / 2
}
