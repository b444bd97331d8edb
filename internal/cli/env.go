package cli

import (
	"context"
	"io"
	"time"

	"hdstest/internal/tokencache"
)

// Env is the world outside of the program. main fills it in from the operating
// system, tests from what they like.
type Env struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// StdoutTerminal and StderrTerminal tell whether a person looks there.
	StdoutTerminal, StderrTerminal bool
	StdoutFile                     bool                // stdout is a file that others may read later
	Width                          int                 // columns of the terminal; 0: there is none
	Environ                        func(string) string // looks up a variable
	Now                            func() time.Time
	Sleep                          func(context.Context, time.Duration) error
	Rand                           io.Reader
	Open                           func(url string) error                // opens a browser; nil: there is none
	ReadSecret                     func(question string) (string, error) // asks at the terminal without echo; nil: there is none
	// Ask asks a question at the terminal; y or yes is yes. nil: there is none.
	Ask       func(ctx context.Context, question string) (bool, error)
	ReadLine  func(ctx context.Context, question string) (string, error) // asks at the terminal with echo; nil: there is none
	Dir       string                                                     // current folder; empty: as the system has it
	Home      string                                                     // the person's own folder
	ConfigDir string                                                     // for configuration, $XDG_CONFIG_HOME or the like; empty: none
	StateDir  string                                                     // for what is kept between runs; empty: none
	Keyring   tokencache.Keyring                                         // for the key of what is kept; nil: there is none
	Version   Version
	// Endless is told before a command that runs until it is interrupted: what
	// suits a process of some milliseconds does not suit it. May be nil.
	Endless func()
}

// Version tells which program this is.
type Version struct {
	Version  string // set at link time, or the module's
	Revision string // of the source, "+" if it was changed
	Time     string // of the revision
	Go       string // go1.26.8 linux/amd64
}

// String gives version and revision in one line.
func (v Version) String() string {
	text := v.Version
	if v.Revision != "" {
		text += " (" + v.Revision + ")"
	}
	return text
}
