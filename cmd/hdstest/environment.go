package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/pkg/browser"
	"golang.org/x/term"

	"hdstest/internal/cli"
	"hdstest/internal/pause"
)

// environment is the world as the operating system has it. Questions end with ctx.
func environment(ctx context.Context) cli.Env {
	browser.Stdout = os.Stderr // our stdout may be a token in a pipe
	home, _ := os.UserHomeDir()
	config, _ := os.UserConfigDir()
	env := cli.Env{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		StdoutTerminal: isTerminal(os.Stdout), StderrTerminal: isTerminal(os.Stderr),
		StdoutFile: isFile(os.Stdout),
		Width:      width(), Environ: os.Getenv, Now: time.Now, Sleep: pause.For, Rand: rand.Reader,
		Home: home, ConfigDir: config, StateDir: stateDir(home), Version: thisVersion(), Keyring: systemKeyring(),
	}
	if canBrowse() {
		env.Open = browser.OpenURL
	}
	if isTerminal(os.Stdin) && isTerminal(os.Stderr) {
		lines := bufio.NewReader(os.Stdin)
		env.ReadSecret, env.ReadLine, env.Ask = secretReader(ctx), liner(lines), asker(lines)
	}
	return env
}

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// isFile tells whether a stream ends in a plain file, not in a pipe or a terminal.
func isFile(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode().IsRegular()
}

// width is how wide the terminal is; the person knows best, by COLUMNS.
// Source: POSIX.1-2024, XBD 8.3.
func width() int {
	if columns, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && columns > 0 {
		return columns
	}
	for _, f := range []*os.File{os.Stdout, os.Stderr} {
		if columns, _, err := term.GetSize(int(f.Fd())); err == nil {
			return columns
		}
	}
	return 0
}

// stateDir is where programs keep what they know between runs.
// Source: XDG Base Directory Specification 0.8.
func stateDir(home string) string {
	if dir := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return dir
	}
	if home == "" {
		return ""
	}
	return filepath.Join(home, ".local", "state")
}

// canBrowse tells whether a browser can appear in front of the person: not over
// SSH, and on Linux and its like not without a display.
func canBrowse() bool {
	if os.Getenv("SSH_CONNECTION") != "" || os.Getenv("SSH_TTY") != "" {
		return false
	}
	switch runtime.GOOS {
	case "darwin", "windows":
		return true
	}
	return os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != ""
}

// liner asks a question at the terminal until there is a line or ctx ends.
func liner(in *bufio.Reader) func(context.Context, string) (string, error) {
	return func(ctx context.Context, question string) (string, error) {
		fmt.Fprint(os.Stderr, question)
		type line struct {
			text string
			err  error
		}
		read := make(chan line, 1)
		go func() {
			text, err := in.ReadString('\n')
			read <- line{text, err}
		}()
		select {
		case <-ctx.Done():
			fmt.Fprintln(os.Stderr)
			return "", ctx.Err()
		case l := <-read:
			return strings.TrimSpace(l.text), l.err
		}
	}
}

// asker asks a question to which y or yes is a yes.
func asker(in *bufio.Reader) func(context.Context, string) (bool, error) {
	read := liner(in)
	return func(ctx context.Context, question string) (bool, error) {
		answer, err := read(ctx, question)
		answer = strings.ToLower(answer)
		return answer == "y" || answer == "yes", err
	}
}

// secretReader asks at the terminal without echo until there is a line or ctx ends;
// then the echo is back all the same.
func secretReader(ctx context.Context) func(string) (string, error) {
	return func(question string) (string, error) {
		fd := int(os.Stdin.Fd())
		before, err := term.GetState(fd)
		if err != nil {
			return "", err
		}
		read := make(chan error, 1)
		var text []byte
		go func() {
			var err error
			text, err = term.ReadPassword(fd)
			read <- err
		}()
		quiet(fd, before)
		fmt.Fprint(os.Stderr, question)
		defer fmt.Fprintln(os.Stderr)
		select {
		case <-ctx.Done():
			return "", errors.Join(ctx.Err(), term.Restore(fd, before))
		case err := <-read:
			return string(text), err
		}
	}
}

// quiet waits until the terminal is no longer as before, that is, without echo: what
// were put back too early would be taken away for good. A terminal that had no echo
// stays as it is, hence the bound.
func quiet(fd int, before *term.State) {
	for range 100 {
		if now, err := term.GetState(fd); err != nil || *now != *before {
			return
		}
		time.Sleep(time.Millisecond)
	}
}
