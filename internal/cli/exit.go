package cli

import (
	"errors"
	"fmt"

	"hdstest/internal/problem"
)

// Exit codes: few and stable, they stand in the help and the README.
const (
	ExitOK          = 0   // all well
	ExitFailed      = 1   // a check failed
	ExitUsage       = 2   // usage or configuration
	ExitNoToken     = 3   // the authority gave no token
	ExitUnreachable = 4   // a server could not be reached
	ExitInterrupted = 130 // interrupted, as shells write it: 128 + SIGINT
	ExitNotRead     = 141 // nobody reads stdout any more, as shells write it: 128 + SIGPIPE
)

// exitHelp lists the exit codes for help texts.
func exitHelp() []string {
	return []string{"0  all well", "1  a check failed", "2  usage or configuration", "3  no token", "4  not reachable",
		"130  interrupted; what was begun has been cleaned up", "141  nobody reads the output any more; the same"}
}

var errInterrupted = errors.New("interrupted")

// told is an error that the person has read already, in a report.
type told struct{ code int }

func (t told) Error() string { return fmt.Sprintf("exit code %d", t.code) }

// code makes the exit code of a kind of failure.
func code(err error) int {
	var t told
	switch {
	case err == nil:
		return ExitOK
	case errors.As(err, &t):
		return t.code
	}
	switch problem.KindOf(err) {
	case problem.Usage:
		return ExitUsage
	case problem.NoToken:
		return ExitNoToken
	case problem.Unreachable:
		return ExitUnreachable
	}
	return ExitFailed
}

// finish tells the person about an error, if that was not done yet.
func (p *program) finish(err error) int {
	var t told
	if err != nil && !errors.As(err, &t) {
		p.tell(err)
		p.annotateError(err)
	}
	return code(err)
}
