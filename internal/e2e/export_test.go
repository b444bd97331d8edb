//go:build e2e

package e2e_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestExportsAreGreenTwice runs each export as people do: as it is, when nothing
// may be written, then twice with writes. No output may hold the secret.
func TestExportsAreGreenTwice(t *testing.T) {
	s := startSandbox(t)
	for _, tool := range exportTools() {
		t.Run(tool.client, func(t *testing.T) {
			dir := s.exported(t, tool.export...)
			before, assertions := s.requests(t, tool.agent), 0
			for run, writes := range []bool{false, true, true} {
				created, deleted := s.methods(t, "PUT"), s.methods(t, "DELETE")
				r, n := tool.run(t, s, dir, exportRun{secret: s.ClientSecret, writes: writes})
				if r.code != 0 {
					t.Fatalf("run %d, writes %v: exit code %d\n%s%s", run+1, writes, r.code, r.stdout, r.stderr)
				}
				for method, n := range map[string]int{"PUT": s.methods(t, "PUT") - created, "DELETE": s.methods(t, "DELETE") - deleted} {
					if (n > 0) != writes {
						t.Errorf("run %d, writes %v: %d requests with %s", run+1, writes, n, method)
					}
				}
				if strings.Contains(r.stdout+r.stderr, s.ClientSecret) {
					t.Errorf("run %d: the output holds the secret", run+1)
				}
				assertions += n
			}
			record(t, used{tool.client, tool.version(t), s.requests(t, tool.agent) - before, assertions})
		})
	}
}

// TestExportsAreRed: none of these tools calls a failed token or a 401 a failure
// by itself; an export of ours does, and sends nothing that changes data then.
// Two groups are enough for that: where nothing answers, some of the tools try
// for a while.
func TestExportsAreRed(t *testing.T) {
	whole := startSandbox(t)
	noRole := startSandbox(t, "--scenario", "role-missing")
	down := map[string]string{"fhirurl": fmt.Sprintf("https://localhost:%d", freePort(t))}
	for _, tool := range exportTools() {
		args := append(slices.Clone(tool.export), "--group", "fhir-read", "--group", "fhir-write")
		dirs := map[string]string{whole.home: whole.exported(t, args...), noRole.home: noRole.exported(t, args...)}
		for name, row := range map[string]struct {
			s sandbox
			o exportRun
		}{
			"wrong secret":    {whole, exportRun{secret: whole.ClientSecret + "x", writes: true}},
			"no secret":       {whole, exportRun{writes: true}},
			"missing role":    {noRole, exportRun{secret: noRole.ClientSecret, writes: true}},
			"service is down": {whole, exportRun{secret: whole.ClientSecret, writes: true, set: down}},
		} {
			t.Run(tool.client+", "+name, func(t *testing.T) {
				deleted, created := row.s.methods(t, "DELETE"), row.s.methods(t, "PUT")
				r, _ := tool.run(t, row.s, dirs[row.s.home], row.o)
				if r.code == 0 {
					t.Errorf("exit code 0\n%s%s", r.stdout, r.stderr)
				}
				if row.s.methods(t, "DELETE") != deleted || row.s.methods(t, "PUT") != created {
					t.Error("something was deleted that this run did not create")
				}
			})
		}
	}
}
