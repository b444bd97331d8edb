package main

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/rogpeppe/go-internal/testscript"
)

// runner runs the example workflow of the README in the way that its CI system
// does, a step after the other, and compares the exit code of the last script:
//
//	runner 0 github [without-permission]
//	runner 0 azure-pipelines
//
// What a runner knows of its job and of repository variables comes from variables
// of the script: those of a sandbox.
func runner(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: runner code github|azure-pipelines [without-permission]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	j := &job{ts: ts, path: ts.Getenv("PATH"), got: -1}
	switch args[1] {
	case "github":
		j.github(len(args) > 2)
	case "azure-pipelines":
		j.azure()
	default:
		ts.Fatalf("no CI system is called %s", args[1])
	}
	if j.got != want {
		ts.Fatalf("exit code %d, want %d", j.got, want)
	}
}

// job is a run of a workflow.
type job struct {
	ts   *testscript.TestScript
	path string // of the next step
	got  int    // exit code of the last script
}

// example reads the YAML block of the README in which a text stands.
func (j *job) example(mark string, into any) {
	text, err := os.ReadFile("../../README.md")
	j.ts.Check(err)
	for i, part := range strings.Split(string(text), "```") {
		if i%2 == 1 && strings.HasPrefix(part, "yaml\n") && strings.Contains(part, mark) {
			j.ts.Check(yaml.Unmarshal([]byte(strings.TrimPrefix(part, "yaml\n")), into))
			return
		}
	}
	j.ts.Fatalf("the README has no example with %s", mark)
}

// expression is ${{ vars.NAME }} or $(NAME).
var expression = regexp.MustCompile(`\$\{\{\s*vars\.(\w+)\s*\}\}|\$\(([\w.]+)\)`)

// expanded replaces expressions by variables of the script; System.AccessToken is
// the job's. What is not set is a mistake of the test's.
func (j *job) expanded(text string) string {
	return expression.ReplaceAllStringFunc(text, func(e string) string {
		m := expression.FindStringSubmatch(e)
		name := strings.ReplaceAll(cmp.Or(m[1], m[2]), "System.AccessToken", "job_token")
		value := j.ts.Getenv(name)
		if value == "" {
			j.ts.Fatalf("the example uses %s, which the script does not set", e)
		}
		return value
	})
}

// step runs a script as both systems do: by bash, to the first failure.
func (j *job) step(script string, env map[string]string) {
	if j.got > 0 {
		j.ts.Fatalf("a step before %q failed", script)
	}
	words := []string{"PATH=" + j.path}
	for name, value := range env {
		words = append(words, name+"="+j.expanded(value))
	}
	code, err := exitCode(j.ts.Exec("env", append(words, "bash", "-e", "-c", j.expanded(script))...))
	j.ts.Check(err)
	j.got = code
}

// collected makes sure that the files are there which a later step collects.
func (j *job) collected(files string) {
	for _, name := range strings.Fields(files) {
		if _, err := os.Stat(j.ts.MkAbs(j.expanded(name))); err != nil && j.got < 2 {
			j.ts.Fatalf("the workflow collects %s, which no step wrote", name)
		}
	}
}

func (j *job) github(withoutPermission bool) {
	var w struct {
		Permissions map[string]string `yaml:"permissions"`
		Jobs        map[string]struct {
			Env   map[string]string `yaml:"env"`
			Steps []struct {
				Run  string            `yaml:"run"`
				Uses string            `yaml:"uses"`
				With map[string]string `yaml:"with"`
			} `yaml:"steps"`
		} `yaml:"jobs"`
	}
	j.example("runs-on:", &w)
	set := map[string]string{"GITHUB_ACTIONS": "true", "GITHUB_PATH": j.ts.MkAbs("github_path"), "GITHUB_WORKSPACE": j.ts.MkAbs("."),
		"GITHUB_STEP_SUMMARY": j.ts.MkAbs("summary.md"), "GITHUB_WORKFLOW_REF": "hdstest/sandbox/.github/workflows/health.yml@refs/heads/main"}
	if w.Permissions["id-token"] == "write" && !withoutPermission {
		set["ACTIONS_ID_TOKEN_REQUEST_URL"] = j.ts.Getenv("github_id_token_request_url")
		set["ACTIONS_ID_TOKEN_REQUEST_TOKEN"] = j.ts.Getenv("job_token")
	}
	for _, work := range w.Jobs {
		for name, value := range work.Env {
			set[name] = value
		}
		for _, s := range work.Steps {
			switch {
			case s.Run != "":
				j.step(s.Run, set)
				added, _ := os.ReadFile(j.ts.MkAbs("github_path")) // not there before a step wrote it
				j.path = strings.Join(append(strings.Fields(string(added)), j.ts.Getenv("PATH")), string(filepath.ListSeparator))
			case strings.HasPrefix(s.Uses, "actions/upload-artifact"):
				j.collected(s.With["path"])
			}
		}
	}
}

func (j *job) azure() {
	var w struct {
		Steps []struct {
			Bash   string            `yaml:"bash"`
			Task   string            `yaml:"task"`
			Env    map[string]string `yaml:"env"`
			Inputs map[string]string `yaml:"inputs"`
		} `yaml:"steps"`
	}
	j.example("azureSubscription:", &w)
	for _, s := range w.Steps {
		set := map[string]string{"TF_BUILD": "True", "AGENT_TEMPDIRECTORY": j.ts.MkAbs("."), "BUILD_SOURCESDIRECTORY": j.ts.MkAbs("."),
			"SYSTEM_OIDCREQUESTURI": j.ts.Getenv("pipelines_oidc_request_uri")}
		for name, value := range s.Env {
			set[name] = value
		}
		switch {
		case s.Bash != "":
			j.step(s.Bash, set)
			j.prepend(j.ts.ReadFile("stdout"))
		case strings.HasPrefix(s.Task, "AzureCLI@"): // sets what it knows of the connection
			set["AZURESUBSCRIPTION_TENANT_ID"], set["AZURESUBSCRIPTION_CLIENT_ID"] = j.ts.Getenv("tenant_id"), j.ts.Getenv("client_id")
			set["AZURESUBSCRIPTION_SERVICE_CONNECTION_ID"] = j.ts.Getenv("service_connection_id")
			j.step(s.Inputs["inlineScript"], set)
		case strings.HasPrefix(s.Task, "PublishTestResults@"):
			j.collected(s.Inputs["testResultsFiles"])
		}
	}
}

// prepend obeys the one command of the agent's that the example uses.
func (j *job) prepend(stdout string) {
	for line := range strings.Lines(stdout) {
		if dir, ok := strings.CutPrefix(strings.TrimSpace(line), "##vso[task.prependpath]"); ok {
			j.path = dir + string(filepath.ListSeparator) + j.path
		}
	}
}

// stubMake stands for make in the examples: it puts this program where a build
// would.
func stubMake() {
	var dir string
	for i, arg := range os.Args {
		if arg == "-C" && i+1 < len(os.Args) {
			dir = os.Args[i+1]
		}
	}
	self, err := os.Executable()
	if err == nil {
		err = os.MkdirAll(filepath.Join(dir, "bin"), 0o755)
	}
	script := []byte("#!/bin/sh\nexec \"$(dirname " + strconv.Quote(self) + ")/hdstest\" \"$@\"\n")
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "bin", "hdstest"), bytes.TrimLeft(script, " "), 0o755)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "make:", err)
		os.Exit(1)
	}
}
