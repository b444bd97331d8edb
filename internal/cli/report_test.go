package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestPlaceOfAWorkflow(t *testing.T) {
	for ref, want := range map[string]string{
		"o/r/.github/workflows/x.yml@refs/heads/a@b": ".github/workflows/x.yml",
		"o/r": "", "": "", "@": "",
	} {
		if got := workflow(ref); got != want {
			t.Errorf("workflow(%q) = %q, want %q", ref, got, want)
		}
	}
}

// TestPlaceInARepository: only files of the repository can be pointed to.
func TestPlaceInARepository(t *testing.T) {
	w := newWorld(t)
	p := &program{Env: w.Env}
	for file, want := range map[string]string{
		"hdstest.yaml": "hdstest.yaml", "a/../b/c.yaml": "b/c.yaml", filepath.Join(w.Dir, "x", "y.yaml"): "x/y.yaml",
		"../outside.yaml": "", filepath.Join(w.Home, "config.yaml"): "",
	} {
		if got := p.inRepository(file); got != want {
			t.Errorf("inRepository(%q) = %q, want %q", file, got, want)
		}
	}
	w.env["GITHUB_WORKSPACE"] = filepath.Dir(w.Dir)
	if got, want := p.inRepository("hdstest.yaml"), filepath.Base(w.Dir)+"/hdstest.yaml"; got != want {
		t.Errorf("below the workspace: %q, want %q", got, want)
	}
}

// TestMasksAreForLogsOnly: the commands hold the secret, so they go where a CI
// system reads them and nowhere else; each secret is masked once.
func TestMasksAreForLogsOnly(t *testing.T) {
	for name, row := range map[string]struct {
		form, variable string
		set            func(*Env)
		want           string
	}{
		"a job of GitHub's":    {formGitHub, "GITHUB_ACTIONS=true", nil, "::add-mask::" + canary + "\n"},
		"a job of Azure's":     {formAzure, "TF_BUILD=True", nil, "##vso[task.setsecret]" + canary + "\n"},
		"no job":               {formGitHub, "X=y", nil, ""},
		"the other's job":      {formAzure, "GITHUB_ACTIONS=true", nil, ""},
		"another form":         {formTable, "GITHUB_ACTIONS=true", nil, ""},
		"a file":               {formGitHub, "GITHUB_ACTIONS=true", func(e *Env) { e.StdoutFile = true }, ""},
		"a person's terminal":  {formAzure, "TF_BUILD=True", func(e *Env) { e.StdoutTerminal = true }, ""},
		"a value that is none": {formGitHub, "GITHUB_ACTIONS=1", nil, ""},
	} {
		w := newWorld(t)
		variable, value, _ := strings.Cut(row.variable, "=")
		w.env[variable] = value
		if row.set != nil {
			row.set(&w.Env)
		}
		p := &program{Env: w.Env}
		p.masks = p.masksFor(row.form)
		for range 2 {
			p.mask(canary)
		}
		p.mask("")
		if got := w.stdout.String(); got != row.want {
			t.Errorf("%s: %q, want %q", name, got, row.want)
		}
	}
}

// TestSummaryThatCannotBeWritten is a warning: the report itself is printed.
func TestSummaryThatCannotBeWritten(t *testing.T) {
	w := newWorld(t)
	w.withSandbox(t)
	w.env["GITHUB_STEP_SUMMARY"] = filepath.Join(t.TempDir(), "missing", "summary.md")
	if code := w.run(t, "smoke", "--profile", "sandbox", "--only", "register", "--output", "github"); code != ExitOK {
		t.Errorf("exit code %d", code)
	}
	if !strings.Contains(w.stderr.String(), "warning: GITHUB_STEP_SUMMARY: ") || !strings.Contains(w.stdout.String(), "::stop-commands::") {
		t.Errorf("stdout %q, stderr %q", w.stdout.String(), w.stderr.String())
	}
}

// TestReportReplacesWhole: a report of an earlier run is replaced, with a mode that
// later steps can read, and nothing else is left in the folder.
func TestReportReplacesWhole(t *testing.T) {
	w := newWorld(t)
	w.withSandbox(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "out.tap")
	writeFile(t, file, strings.Repeat("old\n", 1000))
	if code := w.run(t, "smoke", "--profile", "sandbox", "--only", "register", "--report", "tap="+file); code != ExitOK {
		t.Fatalf("exit code %d: %s", code, w.stderr.String())
	}
	data, err := os.ReadFile(file)
	if err != nil || !strings.HasPrefix(string(data), "TAP version 14\n") || strings.Contains(string(data), "old") {
		t.Errorf("%v: %.80q", err, data)
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("%v: mode %v", err, info.Mode())
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("%v: %v", err, entries)
	}
}
