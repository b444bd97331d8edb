package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"hdstest/internal/config"
	"hdstest/internal/problem"
	"hdstest/internal/sandbox"
)

// endTime is how long a program may take to end after an interrupt.
const endTime = 10 * time.Second

// runWith runs a sandbox for the length of a program and ends with the program's
// exit code. The program has our input and output; we say nothing.
func (p *program) runWith(ctx context.Context, options sandbox.Options, o *sandboxOptions) (err error) {
	path, err := exec.LookPath(o.words[0])
	if err != nil {
		return problem.Usagef("the program %s cannot be run: %w", show(o.words[0]), errors.Unwrap(err))
	}
	dir, err := os.MkdirTemp("", "hdstest-run-")
	if err != nil {
		return problem.Usagef("no folder for the program's files can be made in %s (TMPDIR): %w", os.TempDir(), reasonOf(err))
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	file := filepath.Join(dir, "info.json")
	options.InfoFiles = func(sandbox.Info) []string { return append(o.infoFiles(), file) }
	s, err := sandbox.Start(ctx, options)
	if err != nil {
		return startError(err)
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	bundle, err := p.writeBundle(dir, s.Info.CAFile)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, path, o.words[1:]...)
	cmd.Stdin, cmd.Stdout = p.raw()
	cmd.Stderr, cmd.Dir = p.Stderr, p.Dir
	cmd.Env = append(withoutOurs(cmd.Environ()), variables(s.Info, file, bundle)...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = endTime
	return exitOf(cmd.Run())
}

// exitOf passes a program's exit code through; a program that a signal ended has
// the code that shells give it.
func exitOf(err error) error {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return err
	}
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return told{128 + int(status.Signal())}
	}
	return told{exit.ExitCode()}
}

// withoutOurs drops the variables that would lead a program elsewhere: those of
// azidentity that name an app or its credential, and this program's own.
func withoutOurs(environ []string) []string {
	return slices.DeleteFunc(environ, func(line string) bool {
		name, _, _ := strings.Cut(line, "=")
		return strings.HasPrefix(name, "HDSTEST_") || slices.Contains([]string{"AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET",
			"AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_CLIENT_CERTIFICATE_PASSWORD", "AZURE_CLIENT_SEND_CERTIFICATE_CHAIN", "AZURE_USERNAME",
			"AZURE_PASSWORD", "AZURE_AUTHORITY_HOST", "AZURE_FEDERATED_TOKEN_FILE", "AZURE_SUBSCRIPTION_ID"}, name)
	})
}

// variables lead a program to the sandbox. The first are those of azidentity
// 1.15.0; Node adds NODE_EXTRA_CA_CERTS to its own roots, the others take their
// file in place of theirs, so it holds both.
func variables(i sandbox.Info, file, bundle string) []string {
	return []string{
		"AZURE_TENANT_ID=" + i.TenantID, "AZURE_CLIENT_ID=" + i.ClientID, "AZURE_CLIENT_SECRET=" + i.ClientSecret,
		"AZURE_AUTHORITY_HOST=" + i.LoginURL + "/", "AZURE_SUBSCRIPTION_ID=" + i.SubscriptionID,
		envGitHubURL + "=" + i.GitHubTokenURL, envGitHubToken + "=" + i.JobToken,
		envPipelinesURL + "=" + i.PipelinesURL, envPipelinesToken + "=" + i.JobToken, config.EnvServiceConnectionID + "=" + i.ServiceConnectionID,
		config.EnvProfile + "=" + config.SandboxProfile, config.EnvSandboxInfo + "=" + file,
		"HDSTEST_LOGIN_URL=" + i.LoginURL, "HDSTEST_GRAPH_URL=" + i.GraphURL, "HDSTEST_ARM_URL=" + i.ARMURL,
		"HDSTEST_FHIR_URL=" + i.FHIRURL, "HDSTEST_DICOM_URL=" + i.DICOMURL, "HDSTEST_CA_FILE=" + i.CAFile,
		"NODE_EXTRA_CA_CERTS=" + i.CAFile, "SSL_CERT_FILE=" + bundle, "CURL_CA_BUNDLE=" + bundle, "REQUESTS_CA_BUNDLE=" + bundle,
	}
}

// writeBundle writes the authorities that are trusted anyway and the sandbox's
// own into one file.
func (p *program) writeBundle(dir, caFile string) (string, error) {
	own, err := os.ReadFile(caFile)
	if err != nil {
		return "", fmt.Errorf("read the sandbox's authority: %w", err)
	}
	path := filepath.Join(dir, "authorities.pem")
	if err := os.WriteFile(path, bytes.Join([][]byte{p.systemRoots(), own}, []byte("\n")), 0o600); err != nil {
		return "", fmt.Errorf("write the authorities: %w", err)
	}
	return path, nil
}

// systemRoots reads the authorities that programs trust: those that the person
// named, else the system's. None are found where they are in no file.
// Source: crypto/x509 root_linux.go and root_bsd.go.
func (p *program) systemRoots() []byte {
	for _, path := range []string{p.Environ("SSL_CERT_FILE"), "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
		"/etc/ssl/ca-bundle.pem", "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "/etc/ssl/cert.pem"} {
		if data, err := os.ReadFile(path); path != "" && err == nil {
			return data
		}
	}
	return nil
}
