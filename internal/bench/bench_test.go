package main

import (
	"bytes"
	"context"
	"io"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// TestRun measures everything once, but for the build, and without newman.
func TestRun(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program and runs it a dozen times")
	}
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("curl is not installed")
	}
	t.Chdir("../..")
	var out bytes.Buffer
	if err := run(t.Context(), []string{"-runs", "1", "-slow", "1", "-build=false", "-services", "5", "-newman", "not/there"}, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"process start", "`token`, the first one", "by one curl process", "by a bare Go loop", "5 services", "smoke --sandbox", "stripped binary", "its row is left out"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, &out)
		}
	}
}

// TestAlikeSpeaks: a program that sends nothing is not like one that did.
func TestAlikeSpeaks(t *testing.T) {
	s := &sandbox{log: t.TempDir() + "/log"}
	idle := subject{name: "idle", words: []string{"sh", "-c", "touch " + s.log}}
	if _, err := idle.once(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.alike(t.Context(), map[string]int{}, idle); err != nil {
		t.Errorf("nothing and nothing: %v", err)
	}
	if err := s.alike(t.Context(), map[string]int{"fhir GET /metadata 200": 1}, idle); err == nil {
		t.Error("something and nothing are alike")
	}
	fails := subject{name: "fails", words: []string{"sh", "-c", "echo why >&2; exit 3"}}
	if _, err := fails.once(context.Background()); err == nil || !strings.Contains(err.Error(), "why") {
		t.Errorf("a program that fails: %v", err)
	}
}

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		all  []time.Duration
		want time.Duration
	}{{nil, 0}, {[]time.Duration{3}, 3}, {[]time.Duration{9, 1, 3}, 3}, {[]time.Duration{9, 1, 3, 5}, 4}} {
		if got := median(c.all, func(d time.Duration) time.Duration { return d }); got != c.want {
			t.Errorf("median(%v) = %d, want %d", c.all, got, c.want)
		}
	}
}

func TestVerdicts(t *testing.T) {
	for got, want := range map[string]string{
		most(7*time.Millisecond, 8*time.Millisecond, ms):                      "met",
		most(int64(45e6), 40e6, mb):                                           "missed by 5.0 MB",
		less(12*time.Millisecond, 10*time.Millisecond, 1.3):                   "met: 1.20 times",
		less(13*time.Millisecond, 10*time.Millisecond, 1.3):                   "missed: 1.30 times",
		less(10*time.Millisecond, 20*time.Millisecond, 1):                     "met: 2.0 times faster",
		less(20*time.Millisecond, 10*time.Millisecond, 1):                     "missed: 2.00 times",
		less(100*time.Millisecond, 1000*time.Millisecond, 0.1):                "met: 10.0 times faster",
		less(100*time.Millisecond, 900*time.Millisecond, 0.1):                 "missed: 9.0 times faster",
		setting("data-raw", "a \"b\"\n"):                                      "data-raw = \"a \\\"b\\\"\\n\"\n",
		keyOf("dicom", "GET", "/v2/studies/2.25.123.4/metadata"):              "dicom GET /v2/studies/{id}/metadata",
		keyOf("fhir", "GET", "/Patient/0aa1b2c3-0000-4000-8000-0000000000ff"): "fhir GET /Patient/{id}",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
