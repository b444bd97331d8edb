//go:build e2e

package e2e_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestExportsAreGreenTwice runs each export as people do: reads, then writes, and
// both again. No output may hold the secret.
func TestExportsAreGreenTwice(t *testing.T) {
	s := startSandbox(t)
	for _, tool := range exportTools() {
		t.Run(tool.client, func(t *testing.T) {
			dir := s.exported(t, tool.export...)
			before, assertions := s.requests(t, tool.agent), 0
			for run := range 2 {
				for _, writes := range []bool{false, true} {
					deleted := s.methods(t, "DELETE")
					r, n := tool.run(t, s, dir, exportRun{secret: s.ClientSecret, writes: writes})
					if r.code != 0 {
						t.Fatalf("run %d, writes %v: exit code %d\n%s%s", run+1, writes, r.code, r.stdout, r.stderr)
					}
					if got := s.methods(t, "DELETE") - deleted; (got > 0) != writes {
						t.Errorf("run %d, writes %v: %d deletions", run+1, writes, got)
					}
					if strings.Contains(r.stdout+r.stderr, s.ClientSecret) {
						t.Errorf("run %d: the output holds the secret", run+1)
					}
					assertions += n
				}
			}
			record(t, used{tool.client, tool.version(t), s.requests(t, tool.agent) - before, assertions})
		})
	}
}

// TestExportsAreRed: none of these tools calls a failed token or a 401 a failure
// by itself; an export of ours does, and sends nothing that changes data then.
func TestExportsAreRed(t *testing.T) {
	whole := startSandbox(t)
	noRole := startSandbox(t, "--scenario", "role-missing")
	down := map[string]string{"fhirurl": fmt.Sprintf("https://localhost:%d", freePort(t))}
	for _, tool := range exportTools() {
		dirs := map[string]string{whole.home: whole.exported(t, tool.export...), noRole.home: noRole.exported(t, tool.export...)}
		for name, row := range map[string]struct {
			s sandbox
			o exportRun
		}{
			"wrong secret":    {whole, exportRun{secret: whole.ClientSecret + "x", writes: true}},
			"no secret":       {whole, exportRun{writes: true}},
			"missing role":    {noRole, exportRun{secret: noRole.ClientSecret, writes: true}},
			"service is down": {whole, exportRun{secret: whole.ClientSecret, set: down}},
		} {
			if tool.client == "Bruno CLI (OpenCollection)" && name != "wrong secret" {
				continue // the scripts are those of .bru, and half a minute is long
			}
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

// TestNewmanIsRed is the same for Postman.
func TestNewmanIsRed(t *testing.T) {
	whole := startSandbox(t)
	noRole := startSandbox(t, "--scenario", "role-missing")
	for name, row := range map[string]struct {
		s    sandbox
		vars []string
	}{
		"missing role":    {noRole, []string{"clientsecret=" + noRole.ClientSecret, "allow_writes=true"}},
		"service is down": {whole, []string{"clientsecret=" + whole.ClientSecret, fmt.Sprintf("fhirurl=https://localhost:%d", freePort(t))}},
	} {
		t.Run(name, func(t *testing.T) {
			deleted := row.s.methods(t, "DELETE")
			if r, _ := row.s.newman(t, row.s.exported(t, "postman"), row.vars...); r.code != 1 {
				t.Errorf("exit code %d\n%s", r.code, r.stdout)
			}
			if row.s.methods(t, "DELETE") != deleted {
				t.Error("something was deleted that this run did not create")
			}
		})
	}
}
