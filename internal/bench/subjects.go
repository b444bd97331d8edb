package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// The subjects by name.
const (
	start      = "start"
	cached     = "cached"
	first      = "first"
	bare       = "bare"
	probed     = "probe"
	curlSerial = "curl"
	curlAtOnce = "curl --parallel"
	smoke      = "smoke"
	newmanName = "newman"
)

const profileFlag = "--profile=sandbox"

// quick are the subjects that take milliseconds. The subjects that are held
// against each other stand next to each other.
func (s *sandbox) quick(ctx context.Context) ([]subject, error) {
	if err := s.tokens(ctx); err != nil {
		return nil, err
	}
	if _, err := exec.LookPath("curl"); err != nil {
		return nil, errors.New("curl is not installed (see .ci/install)")
	}
	probe := s.person(probed, "probe", "probe", "all", profileFlag)
	sent, err := s.sentBy(ctx, probe)
	if err != nil {
		return nil, err
	}
	serial, err := s.curl(curlSerial, sent)
	if err != nil {
		return nil, err
	}
	atOnce := subject{curlAtOnce, nil, serial.env, slices.Insert(slices.Clone(serial.words), 1, "--parallel")}
	if err := errors.Join(s.alike(ctx, sent, serial), s.alike(ctx, sent, atOnce)); err != nil {
		return nil, err
	}
	return []subject{
		s.person(start, "cached", "version"), s.person(cached, "cached", "token", profileFlag),
		s.firstToken(), s.bareToken(),
		probe, serial, atOnce,
	}, nil
}

// firstToken is a token for a person of whom nothing is kept.
func (s *sandbox) firstToken() subject {
	one := s.person(first, "first", "token", profileFlag)
	one.prepare = func() error { return os.RemoveAll(s.home("first")) }
	return one
}

func (s *sandbox) bareToken() subject {
	return subject{name: bare, words: []string{s.bare}, env: []string{"HOME=" + s.home("first"), "BARE_CA_FILE=" + s.info.CAFile,
		"BARE_AUTHORITY=" + s.info.Authority, "BARE_SCOPE=" + s.info.FHIRURL + "/.default", "BARE_CLIENT_ID=" + s.info.ClientID,
		"BARE_CLIENT_SECRET=" + s.info.ClientSecret}}
}

// slow are the subjects that take longer; why says what is left out.
func (s *sandbox) slow(ctx context.Context, newman string) (all []subject, why string, err error) {
	all = []subject{s.person(smoke, "smoke", "smoke", "--sandbox")}
	program, err := filepath.Abs(newman)
	if err != nil {
		return nil, "", err
	}
	if _, err := os.Stat(program); err != nil {
		return all, "newman is not installed (see .ci/install): its row is left out", nil
	}
	out := filepath.Join(s.dir, "postman")
	if _, err := s.person("export", "newman", "export", "postman", profileFlag, "--out", out).once(ctx); err != nil {
		return nil, "", err
	}
	files := []string{}
	for _, pattern := range []string{"*.postman_collection.json", "*.postman_environment.json"} {
		found, err := filepath.Glob(filepath.Join(out, pattern))
		if err != nil || len(found) != 1 {
			return nil, "", fmt.Errorf("the export has %d files %s, want 1", len(found), pattern)
		}
		files = append(files, found[0])
	}
	return append(all, subject{name: newmanName, env: []string{"HOME=" + s.home("newman"), "NODE_EXTRA_CA_CERTS=" + s.info.CAFile},
		words: []string{program, "run", files[0], "-e", files[1], "--working-dir", out,
			"--env-var", "clientsecret=" + s.info.ClientSecret, "--env-var", "allow_writes=true"}}), "", nil
}
