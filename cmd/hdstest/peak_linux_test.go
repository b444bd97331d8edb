package main

import (
	"os"
	"syscall"
)

// peak is the most memory that a process has held, in kB.
//
// Source: getrusage(2), ru_maxrss.
func peak(p *os.ProcessState) int64 {
	if usage, ok := p.SysUsage().(*syscall.Rusage); ok {
		return usage.Maxrss
	}
	return 0
}
