package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"hdstest/internal/config"
	"hdstest/internal/problem"
	"hdstest/internal/register"
	"hdstest/internal/secret"
)

// secretOut is where the value of a new secret goes: one of the three, or
// nowhere yet.
type secretOut struct {
	stdout  bool
	path    string
	command string
	replace []string // files of ours that may be written over
}

// secretOut reads where the secret goes. Without a word it goes beside the config
// file; where another secret is replaced, into the file of that one.
func (p *program) secretOut(s *session, noSave bool) (secretOut, error) {
	want := s.Register
	switch {
	case want.SecretOut != "" && want.SecretCommand != "":
		return secretOut{}, problem.Usagef("%s and %s exclude each other: the secret goes to one place",
			called(s.Settings, config.RegisterSecretOut), called(s.Settings, config.RegisterSecretCommand))
	case want.SecretCommand != "":
		return secretOut{command: want.SecretCommand}, nil
	case want.SecretOut == "-":
		return secretOut{stdout: true}, nil
	case want.SecretOut != "":
		path, err := filepath.Abs(want.SecretOut)
		return secretOut{path: path}, err
	case s.Sandbox != nil || noSave:
		return secretOut{}, nil
	}
	file, profile, err := s.SaveTo(p.ConfigDir)
	if err != nil {
		return secretOut{}, err
	}
	path, err := filepath.Abs(strings.TrimSuffix(strings.TrimSuffix(file, ".yaml"), ".yml") + "." + profile + ".secret")
	return secretOut{path: path}, err
}

// inPlaceOf lets a secret go into the file of the one that it replaces, unless
// another place was named: the file that the ledger knows, or that of the
// profile if the profile says that register wrote it. What a person put into a
// file stays.
func (o *secretOut) inPlaceOf(s *session, known string, ours bool) {
	files := []string{known}
	if v, _ := s.Value(config.ClientSecretFile); ours && v.Source.Kind == config.FromFile && v.Text != "-" {
		files = append(files, v.Text)
	}
	_, named := s.Value(config.RegisterSecretOut)
	for _, file := range files {
		if o.replace = append(o.replace, file); file != "" && !named && o.command == "" {
			o.path = file
		}
	}
}

// check refuses, before anything is changed, a place that cannot take the secret
// which the plan makes.
func (o secretOut) check(plan register.Plan, dry bool) error {
	switch {
	case !plan.MakesSecret() || o.stdout || o.command != "" || dry && o.path == "":
		return nil
	case o.path == "":
		return problem.Usagef("--secret: name the file for it with --secret-out, or - for standard output, or a --secret-command")
	}
	mayReplace := false
	for _, ours := range o.replace {
		mayReplace = mayReplace || ours == o.path
	}
	if _, err := os.Lstat(o.path); err == nil && !mayReplace {
		return problem.Usagef("--secret: %s exists already; remove it, or name another file with --secret-out", o.path)
	}
	if dry {
		return nil
	}
	dir := filepath.Dir(o.path)
	err := os.MkdirAll(dir, 0o700)
	if err == nil {
		err = tryFolder(dir)
	}
	if err != nil {
		return problem.Usagef("--secret-out: nothing can be written there: %w", err)
	}
	return nil
}

// store puts the value where it belongs, and tells the file if that is one.
func (p *program) store(ctx context.Context, o secretOut, value secret.Value) (file string, err error) {
	switch {
	case o.stdout:
		_, err = fmt.Fprintln(p.Stdout, value.Reveal())
	case o.command != "":
		err = p.handOver(ctx, o.command, value)
	default:
		file = o.path
		err = replaceFile(o.path, []byte(value.Reveal()+"\n"))
	}
	if err != nil {
		return "", fmt.Errorf("hand the secret over: %w", err)
	}
	return file, nil
}

// handOver runs a command of the shell with the value on its standard input, as
// it is, without an end of line. What the command says goes to stderr.
func (p *program) handOver(ctx context.Context, line string, value secret.Value) error {
	shell := []string{"/bin/sh", "-c"}
	if runtime.GOOS == "windows" {
		shell = []string{"cmd", "/c"}
	}
	command := exec.CommandContext(ctx, shell[0], shell[1], line) // #nosec G204 -- the person's own command
	command.Stdin = strings.NewReader(value.Reveal())
	var said strings.Builder
	command.Stdout, command.Stderr = &said, &said
	err := command.Run()
	if text := secret.Scrub(said.String(), value); text != "" {
		if _, err := io.WriteString(p.Stderr, text); err != nil {
			return err
		}
	}
	if err != nil {
		return fmt.Errorf("the command of --secret-command failed: %w", err)
	}
	return nil
}
