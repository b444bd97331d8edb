package sandbox_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"hdstest/internal/sandbox"
)

// freePorts finds the first of five free ports in a row.
func freePorts(t *testing.T) int {
	t.Helper()
	for base := 21000; base < 30000; base += 10 {
		free := true
		for port := base; port < base+5; port++ {
			free = free && isFree(port)
		}
		if free {
			return base
		}
	}
	t.Fatal("no free ports")
	return 0
}

func isFree(port int) bool {
	l, err := net.Listen("tcp4", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return false
	}
	_ = l.Close()
	return true
}

// TestStartRefuses: what is wrong at the start is said, and leaves neither files
// nor listeners behind.
func TestStartRefuses(t *testing.T) {
	base := freePorts(t)
	blocked := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(blocked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct {
		change func(*testing.T, *sandbox.Options)
		taken  int // a port that is in use
	}{
		"unknown scenario":  {func(_ *testing.T, o *sandbox.Options) { o.Scenarios = []string{"none"} }, 0},
		"first port in use": {func(*testing.T, *sandbox.Options) {}, base},
		"last port in use":  {func(*testing.T, *sandbox.Options) {}, base + 4},
		"upstream of FHIR":  {func(_ *testing.T, o *sandbox.Options) { o.FHIRUpstream = "ftp://x" }, 0},
		"upstream of DICOM": {func(_ *testing.T, o *sandbox.Options) { o.DICOMUpstream = "://" }, 0},
		"state folder":      {func(_ *testing.T, o *sandbox.Options) { o.StateDir = filepath.Join(blocked, "state") }, 0},
		"info file":         {func(_ *testing.T, o *sandbox.Options) { o.InfoFiles = files(filepath.Join(blocked, "info.json")) }, 0},
		"second info file of two": {func(_ *testing.T, o *sandbox.Options) {
			o.InfoFiles = files(filepath.Join(o.StateDir, "i"), filepath.Join(blocked, "i"))
		}, 0},
		"no folder for temporaries": {func(t *testing.T, _ *sandbox.Options) { t.Setenv("TMPDIR", blocked) }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			temporary := t.TempDir()
			t.Setenv("TMPDIR", temporary)
			o := sandbox.Options{StateDir: stateDir(t), PortBase: base, Now: time.Now}
			row.change(t, &o)
			var inUse net.Listener
			if row.taken != 0 {
				var err error
				if inUse, err = net.Listen("tcp4", fmt.Sprintf("127.0.0.1:%d", row.taken)); err != nil {
					t.Fatal(err)
				}
			}
			before := entries(t, stateDir(t))
			s, err := sandbox.Start(context.Background(), o)
			if err == nil {
				_ = s.Close()
				t.Fatal("started")
			}
			if inUse != nil {
				_ = inUse.Close()
			}
			if left := entries(t, temporary); len(left) > 0 {
				t.Errorf("left behind: %q", left)
			}
			if after := entries(t, stateDir(t)); len(after) > len(before) && len(before) > 0 {
				t.Errorf("left in the state folder: %q", after)
			}
			for port := base; port < base+5; port++ {
				if !isFree(port) {
					t.Errorf("port %d is still in use", port)
				}
			}
		})
	}
}

// files names info files that do not depend on the sandbox.
func files(paths ...string) func(sandbox.Info) []string {
	return func(sandbox.Info) []string { return paths }
}

func entries(t *testing.T, dir string) []string {
	t.Helper()
	all, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range all {
		names = append(names, e.Name())
	}
	return names
}

// TestInfoFiles: written at the start, removed at the end, another sandbox's left.
func TestInfoFiles(t *testing.T) {
	mine, theirs := filepath.Join(t.TempDir(), "mine"), filepath.Join(t.TempDir(), "theirs")
	first, _ := start(t, sandbox.Options{InfoFiles: files(mine, theirs)})
	second, _ := start(t, sandbox.Options{InfoFiles: files(theirs)}) // in the other's place
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(mine); err == nil {
		t.Error("the own info file stays")
	}
	if _, err := os.Stat(theirs); err != nil {
		t.Errorf("the other's info file is gone: %v", err)
	}
	if err := second.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(theirs); err == nil {
		t.Error("the info file stays")
	}
}

// TestCloseLeavesNothing ends a sandbox in the middle of requests: one that is
// kept waiting by a scenario, and one whose body never ends.
func TestCloseLeavesNothing(t *testing.T) {
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	s, c := start(t, sandbox.Options{Scenarios: []string{"slow"}})
	ended := make(chan error, 2)
	go func() {
		_, err := c.Get(s.Info.FHIRURL + "/metadata")
		ended <- err
	}()
	reading, writing, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		_, err := c.Post(s.Info.LoginURL+"/"+s.Info.TenantID+"/oauth2/v2.0/token", "application/x-www-form-urlencoded", reading)
		ended <- err
	}()
	if _, err := writing.WriteString("grant_type=client_credentials&"); err != nil {
		t.Fatal(err)
	}
	waitForRequests(t, client(t, s.Info), s, 2)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	_ = writing.Close() // the client waits for the end of what it sends
	for range 2 {
		if err := <-ended; err == nil {
			t.Error("a request that was under way got an answer")
		}
	}
	if left := entries(t, temporary); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
	if names := entries(t, stateDir(t)); !slices.Contains(names, "identity.json") {
		t.Errorf("the kept identity is gone: %q", names)
	}
	if err := s.Close(); err != nil {
		t.Errorf("the second Close: %v", err)
	}
}

// waitForRequests waits until so many requests are under way.
func waitForRequests(t *testing.T, c *http.Client, s *sandbox.Sandbox, n int) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		var state struct {
			UnderWay int `json:"under_way"`
		}
		_, body := do(t, c, http.MethodGet, s.Info.LoginURL+"/_sandbox/", "")
		if err := json.Unmarshal([]byte(body), &state); err != nil {
			t.Fatal(err)
		}
		if state.UnderWay >= n {
			return
		}
	}
	t.Fatalf("there were never %d requests under way", n)
}
