package cli

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	urfave "github.com/urfave/cli/v2"

	"hdstest/internal/config"
	"hdstest/internal/problem"
	"hdstest/internal/report"
	"hdstest/internal/sandbox"
)

// sandboxOptions are the flags of sandbox.
type sandboxOptions struct {
	info        string
	port, base  int
	portGiven   bool
	log         string
	list        bool
	fhir, dicom string
	scenarios   []string
	clock       time.Duration
	words       []string // of a command to run with it
}

func (p *program) sandboxCommand() *command {
	o := &sandboxOptions{}
	own := flagGroup{flags: []urfave.Flag{
		&urfave.StringFlag{Name: "info", Destination: &o.info, Usage: "write how to use it to this `FILE` as JSON (mode 0600) once it listens"},
		&urfave.IntFlag{Name: "port-base", Destination: &o.base, Value: sandbox.DefaultPortBase, Usage: "`PORT` of the first of five listeners"},
		&urfave.IntFlag{Name: "port", Destination: &o.port, Value: -1, Usage: "`PORT` 0 lets the system choose the ports; others as --port-base"},
		&urfave.StringSliceFlag{Name: "scenario", Usage: "`NAME` of something that shall go wrong, may be repeated"},
		&urfave.BoolFlag{Name: "list-scenarios", Destination: &o.list, Usage: "the same as the command scenarios"},
		&urfave.DurationFlag{Name: "clock-offset", Destination: &o.clock, Usage: "`TIME` by which the sandbox's clock is off, such as 25m or -1h"},
		&urfave.StringFlag{Name: "log", Destination: &o.log, Usage: "log each request to this `FILE`, one JSON object a line (- for stderr)"},
		&urfave.StringFlag{Name: "fhir-upstream", Destination: &o.fhir, Usage: "`URL` of a real FHIR server to put behind the gate"},
		&urfave.StringFlag{Name: "dicom-upstream", Destination: &o.dicom, Usage: "`URL` of a real DICOMweb server to put behind the gate"},
	}}
	c := &command{
		name: "sandbox", usage: "run Entra, Graph, ARM, FHIR and DICOM on this machine until interrupted", endless: true,
		args: "[-- PROGRAM ...]", maxArgs: 1000,
		about: "Listens on loopback over TLS, with a certificate authority of its own that no system trusts: clients are told of it " +
			"by the file named in the output. Its tenant has an example app with roles on both services. Nothing in it is worth keeping.\n\n" +
			"While it runs, --profile sandbox uses it from another terminal. With a program after -- it runs for the length of that " +
			"program, on free ports, and ends with its exit code: AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET and " +
			"AZURE_AUTHORITY_HOST name its example app, HDSTEST_FHIR_URL, HDSTEST_DICOM_URL, HDSTEST_GRAPH_URL and HDSTEST_ARM_URL " +
			"its services, and the variables by which Go, OpenSSL, curl, Python and Node find authorities add its own.",
		examples: []example{
			{"run it, and use it from another terminal", "hdstest sandbox"},
			{"", "hdstest token --profile sandbox"},
			{"in a script, on free ports", "hdstest sandbox --port 0 --info sandbox.json &"},
			{"list what can be made to go wrong", "hdstest sandbox scenarios"},
			{"try any program against it", "hdstest sandbox --scenario role-missing -- hdstest probe fhir"},
			{"let something go wrong while it runs", "hdstest sandbox scenario on throttled"},
		},
		groups: []flagGroup{own},
		run:    func(ctx context.Context, c call) error { return p.sandbox(ctx, c, o) },
	}
	return c.with(p.scenariosCommand(), p.scenarioCommand())
}

func (p *program) sandbox(ctx context.Context, c call, o *sandboxOptions) (err error) {
	if o.list {
		return p.listScenarios("table")
	}
	if c.IsSet("port") && c.IsSet("port-base") {
		return problem.Usagef("--port and --port-base exclude each other")
	}
	o.scenarios, o.portGiven = c.StringSlice("scenario"), c.IsSet("port")
	if o.words, err = programOf(c.Args().Slice()); err != nil {
		return err
	}
	options, err := p.sandboxOptions(o)
	if err != nil {
		return err
	}
	if len(o.words) > 0 && !c.IsSet("port-base") && !c.IsSet("port") {
		options.PortBase = sandbox.AnyPort
	}
	closeLog, err := p.openLog(o.log, &options)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeLog()) }()
	if len(o.words) > 0 {
		options.StateDir = p.keptDir()
		return p.runWith(ctx, options, o)
	}
	return p.runUntilInterrupted(ctx, options, o)
}

// programOf is the program to run: what stands after "--". Nothing there is the
// empty variable of a script, not a sandbox for other terminals.
func programOf(args []string) ([]string, error) {
	if len(args) == 0 || args[0] != "--" {
		return args, nil
	}
	if len(args) == 1 {
		return nil, problem.Usagef("sandbox: which program? None is named after --")
	}
	return args[1:], nil
}

// runUntilInterrupted runs a sandbox for other terminals.
func (p *program) runUntilInterrupted(ctx context.Context, options sandbox.Options, o *sandboxOptions) (err error) {
	err = p.checkState("what --profile sandbox looks for", p.sandboxDir())
	if err == nil {
		err = config.ForgetEnded(p.StateDir)
	}
	if err != nil { // in a container, say
		p.warn(err.Error() + ", or start it with --info FILE and use it by " + config.EnvSandboxInfo + "=FILE")
		options.StateDir = ""
	}
	options.InfoFiles = func(i sandbox.Info) []string {
		if options.StateDir == "" {
			return o.infoFiles()
		}
		return append(p.ownInfoFile(i), o.infoFiles()...)
	}
	s, err := sandbox.Start(ctx, options)
	if err != nil {
		return startError(err)
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := p.lines(usageOf(s.Info, o.info, p.chosenBy(s.Info, options.StateDir != "", o.info))...); err != nil {
		return err
	}
	<-ctx.Done()
	p.say("the sandbox has ended")
	return nil
}

// infoFiles are the files that the person wants the description in.
func (o *sandboxOptions) infoFiles() []string {
	if o.info == "" {
		return nil
	}
	return []string{o.info}
}

// ownInfoFile is where --profile sandbox looks: one for each sandbox that runs.
func (p *program) ownInfoFile(i sandbox.Info) []string {
	u, err := url.Parse(i.LoginURL)
	switch {
	case p.StateDir == "" || err != nil:
		return nil
	case u.Port() == strconv.Itoa(sandbox.DefaultPortBase):
		return []string{config.InfoFile(p.StateDir)}
	}
	return []string{config.InfoFileAt(p.StateDir, u.Port())}
}

// chosenBy is what a command needs in front of it to find this sandbox, when
// another one runs too or its description is kept in no folder.
func (p *program) chosenBy(i sandbox.Info, kept bool, file string) string {
	switch {
	case !kept && file != "":
		return config.EnvSandboxInfo + "=" + file + " "
	case !kept:
		return config.EnvSandboxInfo + "=FILE "
	}
	if running, _ := config.InfoFiles(p.StateDir); len(running) < 2 {
		return ""
	}
	return config.EnvSandboxInfo + "=" + strings.Join(p.ownInfoFile(i), "") + " "
}

func (p *program) sandboxOptions(o *sandboxOptions) (sandbox.Options, error) {
	if err := checkScenarios("--scenario: ", o.scenarios); err != nil {
		return sandbox.Options{}, err
	}
	if o.info == "-" {
		return sandbox.Options{}, problem.Usagef("--info: expected a file, not -")
	}
	if o.info != "" {
		if err := checkPlace("--info", o.info); err != nil {
			return sandbox.Options{}, err
		}
	}
	base, err := o.firstPort()
	if err != nil {
		return sandbox.Options{}, err
	}
	return sandbox.Options{StateDir: p.sandboxDir(), PortBase: base, Now: p.Now, Scenarios: o.scenarios,
		FHIRUpstream: o.fhir, DICOMUpstream: o.dicom, Version: p.Version.Version, ClockOffset: o.clock}, nil
}

// firstPort is that of the first of five listeners, or [sandbox.AnyPort].
func (o *sandboxOptions) firstPort() (int, error) {
	flag, base := "port-base", o.base
	switch {
	case o.portGiven && o.port == 0:
		return sandbox.AnyPort, nil
	case o.portGiven:
		flag, base = "port", o.port
	}
	if last := 65535 - 4; base < 1 || base > last {
		return 0, problem.Usagef("--%s: expected a number from 1 to %d, not %d", flag, last, base)
	}
	return base, nil
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

// keptDir is sandboxDir for a sandbox that lasts no longer than a command: where
// nothing can be written, in a container say, it does without kept keys.
func (p *program) keptDir() string {
	dir := p.sandboxDir()
	if dir == "" || os.MkdirAll(dir, 0o700) != nil {
		return ""
	}
	if tryFolder(dir) != nil {
		return ""
	}
	return dir
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
