//go:build e2e

package e2e_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// exportTool runs an export by the tool that it is for.
type exportTool struct {
	client  string   // its name in the table
	agent   string   // of its requests, as the sandbox logs them
	export  []string // arguments of hdstest export
	version func(t *testing.T) string
	run     func(t *testing.T, s sandbox, dir string, o exportRun) (result, int)
}

// exportRun says how: with which secret, with writes or not, and which settings
// are other than in the files.
type exportRun struct {
	secret string
	writes bool
	set    map[string]string
}

// settings are those to hand over beside the files, but for the secret. That
// nothing is written is left to the files.
func (o exportRun) settings() map[string]string {
	out := map[string]string{}
	if o.writes {
		out["allow_writes"] = "true"
	}
	for name, value := range o.set {
		out[name] = value
	}
	return out
}

func exportTools() []exportTool {
	node := func(name string) func(*testing.T) string {
		return func(t *testing.T) string { return nodeVersion(t, name) }
	}
	return []exportTool{
		{"newman", "PostmanRuntime", []string{"postman"}, node("newman"), runNewman},
		{"httpYac", "httpyac", []string{"http"}, node("httpyac"), runHTTPYac},
		{"httpYac (JetBrains)", "httpyac", []string{"http", "--dialect", "jetbrains"}, node("httpyac"), runJetBrains},
		{"Bruno CLI (.bru)", "bruno", []string{"bruno"}, node("@usebruno/cli"), runBruno},
		{"Bruno CLI (OpenCollection)", "bruno", []string{"bruno", "--dialect", "opencollection"}, node("@usebruno/cli"), runBruno},
		{"sh with curl", "curl/", []string{"curl"}, curlVersion, runShell},
		{"k6", "k6/", []string{"k6"}, k6Version, runK6},
	}
}

// exported writes an export of the running sandbox into a new folder.
func (s sandbox) exported(t *testing.T, args ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "export")
	r := s.hdstest(t, append(append([]string{"export"}, args...), "--profile", "sandbox", "--name", "hdstest e2e", "--out", dir)...)
	if r.code != 0 {
		t.Fatalf("export %v: %d\n%s%s", args, r.code, r.stdout, r.stderr)
	}
	return dir
}

func runNewman(t *testing.T, s sandbox, dir string, o exportRun) (result, int) {
	t.Helper()
	r, report := s.newman(t, dir, o.variables()...)
	return r, report.Run.Stats.Assertions.Total - report.Run.Stats.Assertions.Failed
}

// variables are the settings and the secret, if there is one, as name=value.
func (o exportRun) variables() []string {
	var out []string
	if o.secret != "" {
		out = append(out, "clientsecret="+o.secret)
	}
	for name, value := range o.settings() {
		out = append(out, name+"="+value)
	}
	return out
}

// bin is a program that npm installed, or that lies in bin.
func bin(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join(e2eDir(t), "node_modules", ".bin", name)
	if name == "k6" {
		path = filepath.Join(e2eDir(t), "bin", name)
	}
	return path
}

// passed counts the lines that tell of an assertion that holds.
func passed(text, mark string) int { return len(regexp.MustCompile(mark).FindAllString(text, -1)) }

func (s sandbox) httpYac(t *testing.T, dir string, files []string, vars ...string) (result, int) {
	t.Helper()
	args := append([]string{"send"}, files...)
	args = append(args, "--all", "--env", "hdstest-e2e", "--output", "short", "--no-color")
	if len(vars) > 0 {
		args = append(append(args, "--var"), vars...)
	}
	r := command(t, dir, environment(s.home, "NODE_EXTRA_CA_CERTS="+s.CAFile), bin(t, "httpyac"), args...)
	return r, passed(r.stdout, `(?m)^✓ `)
}

func httpFiles(o exportRun) []string {
	if o.writes {
		return []string{"hdstest-e2e.http", "hdstest-e2e-writes.http"}
	}
	return []string{"hdstest-e2e.http"}
}

func runHTTPYac(t *testing.T, s sandbox, dir string, o exportRun) (result, int) {
	t.Helper()
	return s.httpYac(t, dir, httpFiles(o), o.variables()...)
}

// runJetBrains puts secret and settings where that tool has them: into its files.
func runJetBrains(t *testing.T, s sandbox, dir string, o exportRun) (result, int) {
	t.Helper()
	file := filepath.Join(dir, "http-client.env.json")
	var all map[string]map[string]any
	data, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(data, &all)
	}
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range o.settings() {
		all["hdstest-e2e"][name] = value
	}
	writeJSON(t, file, all)
	writeJSON(t, filepath.Join(dir, "http-client.private.env.json"), map[string]any{"hdstest-e2e": map[string]string{"clientsecret": o.secret}})
	return s.httpYac(t, dir, httpFiles(o))
}

func writeJSON(t *testing.T, file string, v any) {
	t.Helper()
	data, err := json.Marshal(v)
	if err == nil {
		err = os.WriteFile(file, data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func runBruno(t *testing.T, s sandbox, dir string, o exportRun) (result, int) {
	t.Helper()
	report := filepath.Join(t.TempDir(), "report.json")
	args := []string{"run", "-r", "--env", "hdstest-e2e", "--cacert", s.CAFile, "--reporter-json", report}
	for name, value := range o.settings() {
		args = append(args, "--env-var", name+"="+value)
	}
	r := command(t, dir, environment(s.home, "clientsecret="+o.secret), bin(t, "bru"), args...)
	return r, passed(r.stdout, `(?m)^\s+✓ `)
}

func runShell(t *testing.T, s sandbox, dir string, o exportRun) (result, int) {
	t.Helper()
	env := []string{"CURL_CA_BUNDLE=" + s.CAFile, "clientsecret=" + o.secret}
	for name, value := range o.settings() {
		env = append(env, name+"="+value)
	}
	r := command(t, t.TempDir(), environment(s.home, env...), "sh", filepath.Join(dir, "hdstest-e2e.sh"))
	return r, passed(r.stdout, `(?m)^ok `)
}

func runK6(t *testing.T, s sandbox, dir string, o exportRun) (result, int) {
	t.Helper()
	args := []string{"run", "--quiet", "--no-color", "hdstest-e2e.k6.js"}
	for name, value := range o.settings() {
		args = append(args, "-e", name+"="+value)
	}
	env := environment(s.home, "SSL_CERT_FILE="+s.CAFile, "K6_NO_USAGE_REPORT=true", "clientsecret="+o.secret)
	r := command(t, dir, env, bin(t, "k6"), args...)
	return r, passed(r.stdout, `(?m)^\s+✓ `)
}

func curlVersion(t *testing.T) string {
	t.Helper()
	r := command(t, t.TempDir(), environment(t.TempDir()), "curl", "--version")
	fields := strings.Fields(r.stdout)
	if len(fields) < 2 {
		t.Fatalf("curl --version: %q", r.stdout)
	}
	return fields[1]
}

func k6Version(t *testing.T) string {
	t.Helper()
	r := command(t, t.TempDir(), environment(t.TempDir()), bin(t, "k6"), "version")
	m := regexp.MustCompile(`v(\d+\.\d+\.\d+)`).FindStringSubmatch(r.stdout)
	if m == nil {
		t.Fatalf("k6 version: %q", r.stdout)
	}
	return m[1]
}

// methods counts the sandbox's log lines by method and path prefix.
func (s sandbox) methods(t *testing.T, method string) int {
	t.Helper()
	data, err := os.ReadFile(s.log)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(data)) {
		var e struct{ Method string }
		if json.Unmarshal([]byte(line), &e) == nil && e.Method == method {
			n++
		}
	}
	return n
}
