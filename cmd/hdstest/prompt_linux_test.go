package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// pseudoTerminal opens a pair: what a person sees and types on, and what a program
// has for a terminal.
func pseudoTerminal(t *testing.T) (person, program *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo-terminals here: %v", err)
	}
	t.Cleanup(func() { _ = person.Close() })
	if err := unix.IoctlSetPointerInt(int(person.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(int(person.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = program.Close() })
	return person, program
}

// TestInterruptAtAPrompt: one Ctrl-C ends a question, also one without an echo, which
// is back afterwards.
func TestInterruptAtAPrompt(t *testing.T) {
	t.Parallel()
	for args, asks := range map[string]string{
		"token --tenant-id aaaaaaaa-0000-4000-8000-000000000001 --client-id aaaaaaaa-0000-4000-8000-0000000000c1 --fhir-url https://localhost:1": "Client secret: ",
		"init": "Address of the FHIR or DICOM service: ",
	} {
		person, program := pseudoTerminal(t)
		cmd := exec.Command("hdstest", strings.Fields(args)...)
		cmd.Env = append(home(t), "PATH="+os.Getenv("PATH"))
		cmd.Stdin, cmd.Stdout, cmd.Stderr = program, program, program
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		var seen string
		for part := make([]byte, 512); !strings.Contains(seen, asks); {
			n, err := person.Read(part)
			if err != nil {
				t.Fatalf("%s: %v after %q", args, err, seen)
			}
			seen += string(part[:n])
		}
		if _, err := person.WriteString("\x03"); err != nil {
			t.Fatal(err)
		}
		if code, err := exitCode(cmd.Wait()); err != nil || code != 130 {
			t.Errorf("%s: exit code %d, %v", args, code, err)
		}
		state, err := unix.IoctlGetTermios(int(program.Fd()), unix.TCGETS)
		if err != nil || state.Lflag&unix.ECHO == 0 {
			t.Errorf("%s: the terminal does not echo any more (%v)", args, err)
		}
	}
}
