package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"
)

// BenchmarkProcess starts the compiled program's sandbox with kept keys, as
// people do: how long until it listens, and what it holds when idle. Memory is
// read where the system has /proc.
func BenchmarkProcess(b *testing.B) {
	dir := b.TempDir()
	binary := filepath.Join(dir, "hdstest")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", binary, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	once(b, binary, dir) // makes the keys
	var times []time.Duration
	var memory []float64
	for b.Loop() {
		took, held := once(b, binary, dir)
		times, memory = append(times, took), append(memory, held)
	}
	slices.Sort(times)
	slices.Sort(memory)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(times[0].Microseconds())/1000, "ms-fastest")
	b.ReportMetric(float64(times[len(times)/2].Microseconds())/1000, "ms-median")
	b.ReportMetric(memory[len(memory)/2], "MB-idle")
}

// once runs one sandbox until it has listened for a second.
func once(b *testing.B, binary, dir string) (took time.Duration, held float64) {
	b.Helper()
	info := filepath.Join(dir, "info.json")
	cmd := exec.Command(binary, "sandbox", "--port", "0", "--info", info)
	cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_STATE_HOME="+filepath.Join(dir, "state"))
	began := time.Now()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	}()
	for {
		if _, err := os.Stat(info); err == nil {
			break
		}
		if took = time.Since(began); took > time.Minute {
			b.Fatal("it does not listen")
		}
		time.Sleep(200 * time.Microsecond)
	}
	took = time.Since(began)
	time.Sleep(time.Second) // idle
	return took, resident(cmd.Process.Pid)
}

var residentLine = regexp.MustCompile(`(?m)^VmRSS:\s+(\d+) kB`)

// resident is the memory that a process holds in MB; 0 where it cannot be read.
func resident(pid int) float64 {
	data, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	m := residentLine.FindSubmatch(data)
	if err != nil || m == nil {
		return 0
	}
	kilobytes, _ := strconv.ParseFloat(string(m[1]), 64)
	return kilobytes / 1024
}
