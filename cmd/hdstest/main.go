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

func run() int {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(shortRun)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A second interrupt ends the program at once.
	context.AfterFunc(ctx, stop)
	env := environment()
	env.Endless = func() {
		if os.Getenv("GOGC") == "" {
			debug.SetGCPercent(longRun)
		}
	}
	return cli.Run(ctx, env, os.Args)
}
