//go:build e2e

package e2e_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// reported is a run whose reports others read: what it found, and where they are.
type reported struct {
	sandbox
	dir      string
	findings []struct{ ID, Group, Title, Status, Seen string }
}

// failing runs a smoke test in which the role is missing, with every report.
func failing(t *testing.T) reported {
	t.Helper()
	r := reported{sandbox: startSandbox(t, "--scenario", "role-missing"), dir: t.TempDir()}
	args := []string{"smoke", "--profile", "sandbox"}
	for _, form := range []string{"json", "junit", "tap", "sarif", "github", "azure-pipelines"} {
		args = append(args, "--report", form+"="+filepath.Join(r.dir, form))
	}
	if got := r.hdstest(t, args...); got.code != 1 {
		t.Fatalf("exit code %d, want 1\n%s", got.code, got.stderr)
	}
	var all struct {
		Findings *[]struct{ ID, Group, Title, Status, Seen string }
	}
	all.Findings = &r.findings
	text, err := readFile(filepath.Join(r.dir, "json"))
	if err == nil {
		err = json.Unmarshal([]byte(text), &all)
	}
	if err != nil || r.count("fail") == 0 || r.count("skip") == 0 {
		t.Fatalf("%v: %d findings, %d failed, %d skipped", err, len(r.findings), r.count("fail"), r.count("skip"))
	}
	return r
}

// count tells how many findings have a status.
func (r reported) count(status string) int {
	n := 0
	for _, f := range r.findings {
		if f.Status == status {
			n++
		}
	}
	return n
}

// read has a program read a report, and decodes what it says.
func (r reported) read(t *testing.T, into any, name string, args ...string) {
	t.Helper()
	got := command(t, e2eDir(t), environment(r.home), name, args...)
	if got.code != 0 {
		t.Fatalf("%s %v: exit code %d\n%s%s", name, args, got.code, got.stdout, got.stderr)
	}
	if err := json.Unmarshal([]byte(got.stdout), into); err != nil {
		t.Fatalf("%v in %s", err, got.stdout)
	}
}

// did records a reader. It sends nothing itself: the requests are those of the run
// whose report it read.
func (r reported) did(t *testing.T, client, version string, assertions int) {
	t.Helper()
	record(t, used{client, version, r.requests(t, "hdstest/"), assertions})
}

// TestReportsAreRead has each report read by a program for which it is written.
func TestReportsAreRead(t *testing.T) {
	r := failing(t)
	t.Run("TAP", func(t *testing.T) {
		var got struct {
			Count, Fail, Skip int
			Points            []struct {
				OK         bool
				Name, Skip string
				Diag       map[string]any
			}
			Extra []string
		}
		r.read(t, &got, "node", "reports.mjs", "tap", filepath.Join(r.dir, "tap"))
		if got.Count != len(r.findings) || got.Fail != r.count("fail") || got.Skip != r.count("skip") || len(got.Extra) > 0 {
			t.Errorf("%d points, %d failed, %d skipped, more lines %q", got.Count, got.Fail, got.Skip, got.Extra)
		}
		for i, p := range got.Points {
			f := r.findings[i]
			if p.OK != (f.Status != "fail") || !strings.Contains(p.Name, f.Title) || f.Status == "fail" && (p.Diag["id"] != f.ID || p.Diag["seen"] != f.Seen) {
				t.Errorf("point %d: %+v, want %+v", i+1, p, f)
			}
		}
		r.did(t, "tap-parser", nodeVersion(t, "tap-parser"), 4*len(got.Points))
	})
	t.Run("JUnit", func(t *testing.T) {
		var got struct {
			Tests, Failures, Skipped int
			Cases                    []struct {
				Name, Classname, Message string
				Failed, Skipped          bool
			}
		}
		r.read(t, &got, python(t), "reports.py", filepath.Join(r.dir, "junit"))
		if got.Tests != len(r.findings) || got.Failures != r.count("fail") || got.Skipped != r.count("skip") || len(got.Cases) != got.Tests {
			t.Errorf("%d tests, %d failed, %d skipped, %d cases", got.Tests, got.Failures, got.Skipped, len(got.Cases))
		}
		seen := map[string]bool{}
		for _, c := range got.Cases {
			if key := c.Classname + " " + c.Name; seen[key] {
				t.Errorf("two cases are called %s", key)
			} else {
				seen[key] = true
			}
			if c.Failed && !strings.Contains(c.Message, "; expected ") && !strings.Contains(c.Message, "could not") {
				t.Errorf("a failure says only %q", c.Message)
			}
		}
		r.did(t, "junitparser", pythonVersion(t, "junitparser"), 4+2*len(got.Cases))
	})
	t.Run("GitHub", func(t *testing.T) { r.commands(t, "github", "@actions/core", "error", "title") })
	t.Run("Azure Pipelines", func(t *testing.T) {
		r.commands(t, "azure-pipelines", "azure-pipelines-task-lib", "task.logissue", "code")
	})
	t.Run("SARIF", r.validated)
}

// commands has the library of a CI system read the commands and write them again.
func (r reported) commands(t *testing.T, form, library, name, property string) {
	var got []struct {
		Command, Message string
		Properties       map[string]string
		Same             bool
	}
	r.read(t, &got, "node", "reports.mjs", form, filepath.Join(r.dir, form))
	failures := 0
	for _, c := range got {
		if !c.Same {
			t.Errorf("%s writes %+v in another way", library, c)
		}
		if c.Command == name && c.Properties["type"] != "warning" {
			failures++
			if !slices.ContainsFunc(r.findings, func(f struct{ ID, Group, Title, Status, Seen string }) bool {
				return f.Status == "fail" && (f.ID == c.Properties[property] || f.Title == c.Properties[property]) && strings.Contains(c.Message, f.Seen)
			}) {
				t.Errorf("no failed finding is %+v", c)
			}
		}
	}
	if failures != r.count("fail") {
		t.Errorf("%d failures were told, want %d", failures, r.count("fail"))
	}
	r.did(t, library, nodeVersion(t, library), 2*len(got))
}

// validated holds the SARIF report against the schema and the rules of its
// authors' validator, and shows that it can refuse.
func (r reported) validated(t *testing.T) {
	const name = "@microsoft/sarif-multitool-linux"
	tool := filepath.Join(e2eDir(t), "node_modules", name, "Sarif.Multitool")
	if err := os.Chmod(tool, 0o755); err != nil {
		t.Fatalf("%s is not installed (see .ci/install): %v", name, err)
	}
	validate := func(file string) string {
		got := command(t, r.dir, environment(r.home, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1"), tool, "validate", file)
		if !strings.Contains(got.stdout, "1 files scanned") {
			t.Fatalf("exit code %d\n%s%s", got.code, got.stdout, got.stderr)
		}
		return got.stdout
	}
	text, err := readFile(filepath.Join(r.dir, "sarif"))
	if err != nil {
		t.Fatal(err)
	}
	good, spoilt := filepath.Join(r.dir, "good.sarif"), filepath.Join(r.dir, "spoilt.sarif")
	for file, content := range map[string]string{good: text, spoilt: strings.Replace(text, `"level": "error"`, `"levl": "error"`, 1)} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if said := validate(good); strings.Contains(said, ": error ") {
		t.Errorf("%s", said)
	}
	if said := validate(spoilt); !strings.Contains(said, ": error ") || !strings.Contains(said, "levl") {
		t.Errorf("a misspelt key was taken:\n%s", said)
	}
	var log struct {
		Runs []struct {
			Results []struct{ RuleID, Level string }
		}
	}
	if err := json.Unmarshal([]byte(text), &log); err != nil || len(log.Runs) != 1 || len(log.Runs[0].Results) != r.count("fail")+r.count("warn") {
		t.Errorf("%v: %+v", err, log)
	}
	r.did(t, "SARIF Multitool", nodeVersion(t, name), 3+r.count("fail"))
}
