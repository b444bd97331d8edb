//go:build e2e

// Package e2e_test runs the compiled program against clients and servers that
// others wrote. They are installed by .ci/install; one that is missing, or that
// made no request, is a failure and not a skip.
package e2e_test

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// binary is the compiled program; TestMain builds it.
func binary() string {
	return filepath.Join(os.TempDir(), fmt.Sprintf("hdstest-e2e-%d", os.Getpid()), "hdstest")
}

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir := filepath.Dir(binary())
	defer os.RemoveAll(dir)
	build := exec.Command("go", "build", "-o", binary(), "../../cmd/hdstest")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "build:", err)
		return 1
	}
	code := m.Run()
	printTable(os.Stdout)
	// go test shows nothing of a package that passed, so the table is left for make to show.
	if file, err := os.Create("../../bin/e2e-clients.txt"); err == nil {
		printTable(file)
		_ = file.Close()
	}
	if lacking := missing(); code == 0 && len(lacking) > 0 && flag.Lookup("test.run").Value.String() == "" {
		fmt.Fprintf(os.Stderr, "these clients were not driven: %q\n", lacking)
		return 1
	}
	return code
}

// info is what `hdstest sandbox --info` writes, as far as the tests use it.
type info struct {
	TenantID           string `json:"tenant_id"`
	Authority          string `json:"authority"`
	LoginURL           string `json:"login_url"`
	GraphURL           string `json:"graph_url"`
	ARMURL             string `json:"arm_url"`
	FHIRURL            string `json:"fhir_url"`
	DICOMURL           string `json:"dicom_url"`
	CAFile             string `json:"ca_file"`
	ClientID           string `json:"client_id"`
	ClientSecret       string `json:"client_secret"`
	CertificateFile    string `json:"certificate_file"`
	FederatedTokenFile string `json:"federated_token_file"`
	PublicClientID     string `json:"public_client_id"`
	Username           string `json:"username"`
	Password           string `json:"password"`
	AdminClientID      string `json:"admin_client_id"`
	AdminSecret        string `json:"admin_client_secret"`
	SubscriptionID     string `json:"subscription_id"`
	FHIRResource       string `json:"fhir_resource_id"`
	DICOMResource      string `json:"dicom_resource_id"`
}

// sandbox is a running `hdstest sandbox`.
type sandbox struct {
	info
	home string // HOME and state of the process, so that nothing of the person's is touched
	log  string // the sandbox's request log
}

// startSandbox runs the program as people do and waits for its info file.
func startSandbox(t *testing.T, args ...string) sandbox {
	t.Helper()
	home := t.TempDir()
	s := sandbox{home: home, log: filepath.Join(home, "requests.jsonl")}
	file := filepath.Join(home, "info.json")
	cmd := exec.Command(binary(), append([]string{"sandbox", "--port", "0", "--info", file, "--log", s.log}, args...)...)
	cmd.Env = environment(home)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	var reading sync.WaitGroup
	reading.Go(func() {
		for lines := bufio.NewScanner(stderr); lines.Scan(); {
			fmt.Fprintln(&said, lines.Text())
		}
	})
	ended := make(chan error, 1)
	go func() { reading.Wait(); ended <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGINT)
		select {
		case <-ended:
		case <-time.After(10 * time.Second):
			_ = cmd.Process.Kill()
			t.Error("the sandbox did not end on an interrupt")
		}
	})
	s.info = waitForInfo(t, file, ended, &said)
	return s
}

func waitForInfo(t *testing.T, file string, ended <-chan error, said *strings.Builder) info {
	t.Helper()
	deadline := time.After(30 * time.Second)
	for tick := time.NewTicker(20 * time.Millisecond); ; {
		select {
		case err := <-ended:
			t.Fatalf("the sandbox ended: %v\n%s", err, said)
		case <-deadline:
			t.Fatal("the sandbox wrote no info")
		case <-tick.C:
			data, err := os.ReadFile(file)
			if err != nil {
				continue
			}
			var i info
			if err := json.Unmarshal(data, &i); err != nil {
				t.Fatal(err)
			}
			return i
		}
	}
}

// environment is this process's without what would lead the program elsewhere.
func environment(home string, more ...string) []string {
	var env []string
	for _, v := range os.Environ() {
		if name, _, _ := strings.Cut(v, "="); !strings.HasPrefix(name, "AZURE_") && !strings.HasPrefix(name, "HDSTEST_") &&
			!strings.HasPrefix(name, "XDG_") && name != "HOME" {
			env = append(env, v)
		}
	}
	return append(append(env, "HOME="+home), more...)
}

// result is how a command ended.
type result struct {
	code           int
	stdout, stderr string
}

// command runs a program with a time limit and gives its output and exit code.
func command(t *testing.T, dir string, env []string, name string, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = dir, env
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if cmd.ProcessState == nil {
		t.Fatalf("%s did not start (is it installed? see .ci/install): %v", name, err)
	}
	return result{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// hdstest runs the program itself.
func (s sandbox) hdstest(t *testing.T, args ...string) result {
	t.Helper()
	return command(t, s.home, environment(s.home), binary(), args...)
}

// requests counts the sandbox's log lines of a client, by its User-Agent or its
// own name for itself.
func (s sandbox) requests(t *testing.T, client string) int {
	t.Helper()
	data, err := os.ReadFile(s.log)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(data)) {
		var e struct {
			UserAgent string `json:"user_agent"`
			Client    string `json:"client"`
		}
		if json.Unmarshal([]byte(line), &e) == nil && (strings.Contains(e.UserAgent, client) || strings.Contains(e.Client, client)) {
			n++
		}
	}
	return n
}

func get(t *testing.T, client *http.Client, url string, header ...string) *http.Response {
	t.Helper()
	request, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	return response
}
