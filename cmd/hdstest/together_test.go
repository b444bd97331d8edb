package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"

	"hdstest/internal/config"
	"hdstest/internal/signin"
	"hdstest/internal/transport"
)

// together runs a program many times at once. None may fail. What they write is
// in the files stdout and stderr, one after the other.
//
//	together 32 hdstest token
func together(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 || neg {
		ts.Fatalf("usage: together number program [arguments]")
	}
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	path, err := lookPath(ts, args[1])
	ts.Check(err)
	var wait sync.WaitGroup
	stdout, stderr, failed := make([]bytes.Buffer, n), make([]bytes.Buffer, n), make([]error, n)
	for i := range n {
		command := testCommand(ts, path, args[2:])
		command.Stdout, command.Stderr = &stdout[i], &stderr[i]
		wait.Go(func() { failed[i] = command.Run() })
	}
	wait.Wait()
	var all, said bytes.Buffer
	for i := range n {
		all.Write(stdout[i].Bytes())
		said.Write(stderr[i].Bytes())
		if failed[i] != nil {
			ts.Logf("%v: %s", failed[i], stderr[i].String())
		}
		ts.Check(failed[i])
	}
	ts.Check(os.WriteFile(ts.MkAbs("stdout"), all.Bytes(), 0o600))
	ts.Check(os.WriteFile(ts.MkAbs("stderr"), said.Bytes(), 0o600))
}

// browse is a browser with a person before it: it walks the sign-in page of the
// running sandbox. Scripts find it as xdg-open, which is how browsers are opened
// on Linux.
func browse() {
	if err := walk(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "xdg-open:", err)
		os.Exit(1)
	}
}

func walk(address string) error {
	settings, err := config.Resolve(config.Input{Profile: config.SandboxProfile, Environ: os.Getenv, StateDir: os.Getenv("XDG_STATE_HOME")})
	if err != nil {
		return err
	}
	client, err := transport.New(transport.Options{CAFile: settings.CAFile})
	if err != nil {
		return err
	}
	info := settings.Sandbox
	person := signin.Person{HTTP: client, Press: []string{"Yes", "Accept", "Continue"}, Fields: map[string]string{
		"login": info.Username, "username": info.Username, "loginfmt": info.Username, "passwd": info.Password, "password": info.Password}}
	_, _, err = person.Open(context.Background(), address)
	return err
}

// lookPath finds a program on the PATH of the script.
func lookPath(ts *testscript.TestScript, name string) (string, error) {
	for _, dir := range filepath.SplitList(ts.Getenv("PATH")) {
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); err == nil && !info.IsDir() {
			return path, nil
		}
	}
	return "", fmt.Errorf("%s is not on the PATH", name)
}

// testCommand prepares a program with the surroundings of a script.
func testCommand(ts *testscript.TestScript, path string, args []string) *exec.Cmd {
	command := exec.Command(path, args...)
	command.Dir = ts.MkAbs(".")
	for _, name := range []string{"PATH", "HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "TMPDIR"} {
		command.Env = append(command.Env, name+"="+ts.Getenv(name))
	}
	return command
}
