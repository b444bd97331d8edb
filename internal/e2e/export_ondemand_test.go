//go:build e2e

package e2e_test

import "testing"

// TestExportsOnDemand exports groups that are written only when they are named:
// each resource type, the searches of the guides, the worklist. They are green by
// the tools that speak for the rest. A worklist item stays, so each has a sandbox
// of its own.
func TestExportsOnDemand(t *testing.T) {
	groups := []string{"--group", "fhir-search", "--group", "fhir-types", "--group", "dicom-worklist"}
	for _, tool := range exportTools() {
		if tool.client != "sh with curl" && tool.client != "httpYac" {
			continue
		}
		t.Run(tool.client, func(t *testing.T) {
			s := startSandbox(t)
			dir := s.exported(t, append(append([]string{}, tool.export...), groups...)...)
			before, deleted := s.requests(t, tool.agent), s.methods(t, "DELETE")
			r, n := tool.run(t, s, dir, exportRun{secret: s.ClientSecret, writes: true})
			if r.code != 0 {
				t.Fatalf("exit code %d\n%s%s", r.code, r.stdout, r.stderr)
			}
			if s.methods(t, "DELETE")-deleted < 20 {
				t.Error("not every type was deleted again")
			}
			record(t, used{tool.client + ", on demand", tool.version(t), s.requests(t, tool.agent) - before, n})
		})
	}
	t.Run("newman", func(t *testing.T) {
		s := startSandbox(t)
		dir := s.exported(t, append([]string{"postman"}, groups...)...)
		r, report := s.newman(t, dir, "clientsecret="+s.ClientSecret, "allow_writes=true")
		if r.code != 0 || report.Run.Stats.Assertions.Total < 400 {
			t.Fatalf("exit code %d, %d assertions\n%s", r.code, report.Run.Stats.Assertions.Total, r.stdout)
		}
		record(t, used{"newman, on demand", nodeVersion(t, "newman"), report.Run.Stats.Requests.Total, report.Run.Stats.Assertions.Total})
	})
}
