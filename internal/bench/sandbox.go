package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"hdstest/internal/catalogue"
	"hdstest/internal/entra"
)

// sandbox is a running `hdstest sandbox` and what it told of itself.
type sandbox struct {
	programs
	dir, file, log string
	info           info
	process        *exec.Cmd
	ended          chan error
	fhir, dicom    string // tokens, for curl
}

// info is what `hdstest sandbox --info` writes, as far as it is used.
type info struct {
	TenantID     string `json:"tenant_id"`
	Authority    string `json:"authority"`
	FHIRURL      string `json:"fhir_url"`
	DICOMURL     string `json:"dicom_url"`
	CAFile       string `json:"ca_file"`
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
}

func startSandbox(ctx context.Context, dir string, p programs) (*sandbox, error) {
	s := &sandbox{programs: p, dir: dir, file: filepath.Join(dir, "info.json"), log: filepath.Join(dir, "requests.jsonl"), ended: make(chan error, 1)}
	var stderr bytes.Buffer
	s.process = exec.CommandContext(ctx, p.hdstest, "sandbox", "--port", "0", "--info", s.file, "--log", s.log)
	s.process.Env, s.process.Stderr = append(environment(), "HOME="+s.home("sandbox")), &stderr
	if err := s.process.Start(); err != nil {
		return nil, err
	}
	go func() { s.ended <- s.process.Wait() }()
	for {
		if data, err := os.ReadFile(s.file); err == nil {
			err := json.Unmarshal(data, &s.info)
			if s.info.DICOMURL == catalogue.RootOf(s.info.DICOMURL) {
				s.info.DICOMURL += "/v2"
			}
			return s, err
		}
		select {
		case err := <-s.ended:
			return nil, fmt.Errorf("the sandbox ended: %w\n%s", err, &stderr)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// stop ends the sandbox, as a person does with Ctrl-C.
func (s *sandbox) stop() error {
	if err := s.process.Process.Signal(os.Interrupt); err != nil {
		return err
	}
	<-s.ended
	return nil
}

// home is a folder that stands in for a person's. It need not exist.
func (s *sandbox) home(name string) string { return filepath.Join(s.dir, "home-"+name) }

// person runs hdstest as a person of a home of their own.
func (s *sandbox) person(name, home string, args ...string) subject {
	return subject{name: name, env: []string{"HOME=" + s.home(home), "HDSTEST_SANDBOX_INFO=" + s.file}, words: append([]string{s.hdstest}, args...)}
}

// token gets a token for curl, which cannot get its own in the same process.
func (s *sandbox) token(ctx context.Context, service string) (string, error) {
	one := s.person("token", "curl", "token", "--profile", "sandbox", "--service", service)
	cmd := exec.CommandContext(ctx, one.words[0], one.words[1:]...)
	cmd.Env = append(environment(), one.env...)
	out, err := cmd.Output()
	return strings.TrimSpace(string(out)), err
}

// tokens gets both.
func (s *sandbox) tokens(ctx context.Context) (err error) {
	var other error
	s.fhir, err = s.token(ctx, entra.FHIR)
	s.dicom, other = s.token(ctx, entra.DICOM)
	return errors.Join(err, other)
}

// sentBy runs a subject and gives what the sandbox logged meanwhile: how often
// which request was answered how.
func (s *sandbox) sentBy(ctx context.Context, one subject) (map[string]int, error) {
	before, err := os.ReadFile(s.log)
	if err != nil {
		return nil, err
	}
	if _, err := one.once(ctx); err != nil {
		return nil, err
	}
	after, err := os.ReadFile(s.log)
	if err != nil {
		return nil, err
	}
	seen := map[string]int{}
	for line := range strings.Lines(string(after[len(before):])) {
		var e struct {
			Service, Method, Path string
			Status                int
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			return nil, fmt.Errorf("the sandbox's log: %w", err)
		}
		seen[fmt.Sprintf("%s %d", keyOf(e.Service, e.Method, e.Path), e.Status)]++
	}
	return seen, nil
}
