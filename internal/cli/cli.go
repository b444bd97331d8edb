// Package cli is the program as a person types it: commands, flags, help,
// messages, exit codes. It alone knows urfave/cli; it knows no protocol.
//
// The way in is [Run], which main calls once. What happens there:
//
//  1. [arrange] sorts the arguments: command first, then flags, then the rest,
//     so that flags may stand anywhere, and refuses what no command knows.
//  2. urfave/cli parses the flags of the command found.
//  3. The command turns flags, environment and file into settings (package
//     config) and hands them to the pipeline.
//  4. The result goes to stdout, everything said about it to stderr; errors
//     become one message and an exit code.
//
// Every command is built from a [command] by one helper, because urfave/cli
// prints help on stdout on a flag error of any command that does not say
// otherwise, and our stdout may be a token in a pipe.
package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"

	urfave "github.com/urfave/cli/v2"

	"hdstest/internal/problem"
)

// Name is what the program is called.
const Name = "hdstest"

// program is one run.
type program struct {
	Env
	global  globals
	command *command // the one that runs
	files   []target // of --report
	masks   *masks   // nil: nothing is masked

	evidence *os.File // of --evidence; nil: none is written
	seen     witness
	answered func(*http.Response) // told of every answer; nil: nobody
}

// Run runs the program with arguments that begin with its own name, and gives
// the exit code. It prints all errors itself. An interrupt is a cancelled ctx.
func Run(ctx context.Context, env Env, args []string) int {
	ctx, end := context.WithCancel(ctx)
	defer end()
	out := &outlet{Writer: env.Stdout, end: end}
	env.Stdout = out
	if env.Stdin != nil {
		env.Stdin = &inlet{env.Stdin, ctx}
	}
	p := &program{Env: env}
	if len(args) > 1 && args[1] == completeWord {
		return p.complete(args[2:])
	}
	err := p.run(ctx, args)
	if out.gone.Load() {
		return ExitNotRead
	}
	if errors.Is(err, errInterrupted) || err != nil && interrupted(ctx) {
		p.say("interrupted")
		return ExitInterrupted
	}
	return p.finish(err)
}

func (p *program) run(ctx context.Context, args []string) error {
	root := p.root()
	sorted, help, err := arrange(root, args[min(1, len(args)):])
	if err != nil {
		return err
	}
	p.global.help = help
	return p.app(root).RunContext(ctx, append([]string{Name}, sorted...))
}

// app makes the urfave/cli application. Its help, version flag and exit handler
// are off: all three print or exit by themselves.
func (p *program) app(root *command) *urfave.App {
	top := p.build(root)
	return &urfave.App{
		Name: Name, HelpName: Name, Usage: root.usage, Flags: top.Flags, Commands: top.Subcommands, Action: top.Action,
		HideHelp: true, HideVersion: true, HideHelpCommand: true,
		Reader: p.Stdin, Writer: p.Stdout, ErrWriter: p.Stderr,
		OnUsageError: top.OnUsageError, ExitErrHandler: func(*urfave.Context, error) {},
		// Redirect addresses, scopes and role names may hold commas.
		DisableSliceFlagSeparator: true,
	}
}

// build makes a urfave/cli command and those below it.
func (p *program) build(c *command) *urfave.Command {
	out := &urfave.Command{
		Name: c.name, Usage: c.usage, ArgsUsage: c.args, Flags: c.flags, HideHelp: true, HideHelpCommand: true,
		OnUsageError: func(_ *urfave.Context, err error, _ bool) error { return flagError(c, err) },
		Action:       func(u *urfave.Context) error { return p.act(c, u) },
	}
	for _, sub := range c.commands {
		out.Subcommands = append(out.Subcommands, p.build(sub))
	}
	return out
}

// act is the action of every command: help if asked for, then the checks that
// all commands share, then the command itself.
func (p *program) act(c *command, u *urfave.Context) error {
	if p.global.version {
		return p.printVersion()
	}
	if c.parent == nil && u.NArg() > 1 { // "--" and what stands behind, where no command is looked for
		return problem.Usagef("unexpected argument %s: a command stands before --%s", show(u.Args().Get(1)), c.seeHelp())
	}
	if p.global.help || c.parent == nil {
		return p.printHelp(c)
	}
	if c.run == nil {
		return problem.Usagef("%ssay which: %s", c.prefix(), list(c.names()))
	}
	if u.NArg() > c.maxArgs {
		return problem.Usagef("%sunexpected argument %s%s", c.prefix(), show(u.Args().Get(c.maxArgs)), c.seeHelp())
	}
	if err := emptyFlags(c, u); err != nil {
		return err
	}
	if c.outputs != nil && !slices.Contains(c.outputs, p.global.output) {
		return problem.Usagef("--output: expected %s, not %s", list(c.outputs), show(p.global.output))
	}
	if names := u.StringSlice("profile"); c.profiles && len(names) == 1 {
		p.global.profile = names[0]
	}
	if err := p.prepareReports(c, u); err != nil {
		return err
	}
	if err := p.openEvidence(); err != nil {
		return err
	}
	if c.endless {
		p.goesOn()
	}
	err := c.run(u.Context, call{Context: u, spec: c})
	if wrong := p.writeEvidence(c, err); wrong != nil {
		err = errors.Join(err, wrong)
	}
	if !c.endless && errors.Is(u.Context.Err(), context.Canceled) {
		return errors.Join(errInterrupted, err)
	}
	return err
}

// emptyFlags refuses flags that were given nothing: an empty variable of a script,
// mostly, which would count as not given.
func emptyFlags(c *command, u *urfave.Context) error {
	var errs []error
	for _, f := range c.flags {
		name, empty := f.Names()[0], false
		switch f.(type) {
		case *urfave.StringFlag:
			empty = u.String(name) == ""
		case *urfave.StringSliceFlag:
			empty = slices.Contains(u.StringSlice(name), "")
		}
		if empty && u.IsSet(name) {
			errs = append(errs, problem.Usagef("--%s: expected a value", name))
		}
	}
	return errors.Join(errs...)
}

// goesOn tells main that the run is none of the short ones.
func (p *program) goesOn() {
	if p.Endless != nil {
		p.Endless()
	}
}

// call is one call of a command.
type call struct {
	*urfave.Context
	spec *command
}

// show quotes what a person typed, cut short: it may be a token.
func show(text string) string {
	if r := []rune(text); len(r) > 24 {
		return fmt.Sprintf("%q…", string(r[:8]))
	}
	return fmt.Sprintf("%q", text)
}
