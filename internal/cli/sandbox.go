package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"hdstest/internal/config"
	"hdstest/internal/problem"
	"hdstest/internal/report"
	"hdstest/internal/sandbox"
	"hdstest/internal/sandbox/scenario"
	"hdstest/internal/suggest"
)

// sandboxOptions are the flags of sandbox.
type sandboxOptions struct {
	info        string
	port, base  int
	log         string
	list        bool
	fhir, dicom string
	scenarios   []string
}

func (p *program) sandboxCommand() *command {
	o := &sandboxOptions{}
	own := flagGroup{flags: []urfave.Flag{
		&urfave.StringFlag{Name: "info", Destination: &o.info, Usage: "write how to use it to this `FILE` as JSON (mode 0600) once it listens"},
		&urfave.IntFlag{Name: "port-base", Destination: &o.base, Value: sandbox.DefaultPortBase, Usage: "`PORT` of the first of five listeners"},
		&urfave.IntFlag{Name: "port", Destination: &o.port, Value: -1, Usage: "`PORT` 0 lets the system choose the ports; others as --port-base"},
		&urfave.StringSliceFlag{Name: "scenario", Usage: "`NAME` of something that shall go wrong, may be repeated"},
		&urfave.BoolFlag{Name: "list-scenarios", Destination: &o.list, Usage: "list what can be made to go wrong"},
		&urfave.StringFlag{Name: "log", Destination: &o.log, Usage: "log each request to this `FILE`, one JSON object a line (- for stderr)"},
		&urfave.StringFlag{Name: "fhir-upstream", Destination: &o.fhir, Usage: "`URL` of a real FHIR server to put behind the gate"},
		&urfave.StringFlag{Name: "dicom-upstream", Destination: &o.dicom, Usage: "`URL` of a real DICOMweb server to put behind the gate"},
	}}
	return &command{
		name: "sandbox", usage: "run Entra, Graph, ARM, FHIR and DICOM on this machine until interrupted", endless: true,
		about: "Listens on loopback over TLS, with a certificate authority of its own that no system trusts: clients are told of it " +
			"by the file named in the output. Its tenant has an example app with roles on both services. Nothing in it is worth keeping.\n\n" +
			"While it runs, --profile sandbox uses it from another terminal.",
		examples: []example{
			{"run it, and use it from another terminal", "hdstest sandbox"},
			{"", "hdstest token --profile sandbox"},
			{"in a script, on free ports", "hdstest sandbox --port 0 --info sandbox.json &"},
			{"see what a wrong audience looks like", "hdstest sandbox --list-scenarios"},
		},
		groups: []flagGroup{own},
		run:    func(ctx context.Context, c call) error { return p.sandbox(ctx, c, o) },
	}
}

func (p *program) sandbox(ctx context.Context, c call, o *sandboxOptions) (err error) {
	if o.list {
		return p.listScenarios()
	}
	o.scenarios = c.StringSlice("scenario")
	options, err := p.sandboxOptions(o)
	if err != nil {
		return err
	}
	closeLog, err := p.openLog(o.log, &options)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeLog()) }()
	s, err := sandbox.Start(ctx, options)
	if err != nil {
		return startError(err)
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	written, err := p.writeInfo(s.Info, o.info)
	defer func() { err = errors.Join(err, removeOwn(written, s.Info.PID)) }()
	if err != nil {
		return err
	}
	if err := p.lines(usageOf(s.Info, o.info)...); err != nil {
		return err
	}
	<-ctx.Done()
	p.say("the sandbox has ended")
	return nil
}

func (p *program) sandboxOptions(o *sandboxOptions) (sandbox.Options, error) {
	var known []string
	for _, s := range scenario.All() {
		known = append(known, s.Name)
	}
	for _, name := range o.scenarios {
		if !slices.Contains(known, name) {
			return sandbox.Options{}, problem.Usagef("--scenario: unknown name %s%s; see hdstest sandbox --list-scenarios", show(name),
				suggest.DidYouMean(name, "", known))
		}
	}
	base := o.base
	if o.port == 0 {
		base = sandbox.AnyPort
	} else if o.port > 0 {
		base = o.port
	}
	if base != sandbox.AnyPort && (base < 1 || base > 65531) {
		return sandbox.Options{}, problem.Usagef("--port-base: expected a number from 1 to 65531, not %d", base)
	}
	out := sandbox.Options{StateDir: p.sandboxDir(), PortBase: base, Now: p.Now, Scenarios: o.scenarios,
		FHIRUpstream: o.fhir, DICOMUpstream: o.dicom, Version: p.Version.Version}
	return out, nil
}

// openLog lets the sandbox log its requests to a file (mode 0600, appended to)
// or to stderr. What it returns closes the file.
func (p *program) openLog(file string, o *sandbox.Options) (func() error, error) {
	switch file {
	case "":
		return func() error { return nil }, nil
	case "-":
		o.Log = p.Stderr
		return func() error { return nil }, nil
	}
	f, err := os.OpenFile(file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, problem.Usagef("--log: %w", err)
	}
	o.Log = f
	return f.Close, nil
}

// sandboxDir is where a sandbox keeps its keys; empty: nowhere.
func (p *program) sandboxDir() string {
	if p.StateDir == "" {
		return ""
	}
	return filepath.Dir(config.InfoFile(p.StateDir))
}

func (p *program) listScenarios() error {
	var lines []string
	for _, s := range scenario.All() {
		lines = append(lines, fmt.Sprintf("%-32s %s", s.Name, s.Wrong))
	}
	return p.lines(lines...)
}

// lines writes lines to stdout, escaped.
func (p *program) lines(lines ...string) error {
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(report.Escape(l) + "\n")
	}
	_, err := fmt.Fprint(p.Stdout, b.String())
	return err
}
