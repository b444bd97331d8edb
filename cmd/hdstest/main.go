// Command hdstest checks an app's way into Azure Health Data Services: it
// registers the app, acquires tokens, checks their claims, probes FHIR and DICOM,
// and writes the same requests for other tools.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"hdstest/internal/cli"
)

func main() {
	os.Exit(run())
}

// How many per cent the heap may grow before garbage is collected.
// Most commands end before it pays: the first collection comes at 16 MB then
// instead of 4. Commands that run on have Go's default.
const (
	shortRun = 400
	longRun  = 100
)

// endings are the signals at which the program ends and cleans up: a person's, the
// system's, and a closed terminal's unless nohup keeps that away.
func endings() []os.Signal {
	all := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		all = append(all, syscall.SIGHUP)
	}
	return all
}

func run() int {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(shortRun)
	}
	// A write to a pipe that nobody reads is an error like others, after which
	// package cli cleans up, and not the end. Ignoring the signal would do the same to
	// the programs that we start.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), endings()...)
	defer stop()
	// A second interrupt ends the program at once. A terminal that is closed sends
	// its signal twice: itself, and by the shell.
	context.AfterFunc(ctx, func() {
		signal.Ignore(syscall.SIGHUP)
		stop()
	})
	env := environment(ctx)
	env.Endless = func() {
		if os.Getenv("GOGC") == "" {
			debug.SetGCPercent(longRun)
		}
	}
	return cli.Run(ctx, env, os.Args)
}
