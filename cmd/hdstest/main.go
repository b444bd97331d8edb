// Command hdstest checks an app's way into Azure Health Data Services: it
// registers the app, acquires tokens, checks their claims, probes FHIR and DICOM,
// and writes the same requests for other tools.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"hdstest/internal/cli"
)

func main() {
	os.Exit(run())
}

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A second interrupt ends the program at once.
	context.AfterFunc(ctx, stop)
	return cli.Run(ctx, environment(), os.Args)
}
