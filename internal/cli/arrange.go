package cli

import (
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"hdstest/internal/problem"
	"hdstest/internal/suggest"
)

// arrange sorts arguments into: command, flags, "--", the rest. urfave/cli stops
// reading flags at the first positional argument and knows a flag only on one
// side of a command; here both do not matter. Unknown commands and flags are
// refused with what was probably meant. Values are not looked at. --help and -h
// are taken out, wherever they stand: urfave/cli would print its own help.
func arrange(root *command, args []string) (sorted []string, help bool, err error) {
	a := arranger{at: root}
	for i := 0; i < len(args); i++ {
		arg := args[i]
		switch {
		case arg == "--":
			a.rest = append(append([]string{}, a.rest...), args[i+1:]...) // not nil, even where nothing follows
			i = len(args)
		case arg == "--help", arg == "-help", arg == "-h":
			help = true
		case strings.HasPrefix(arg, "-") && arg != "-":
			took, err := a.flag(arg, args[i+1:])
			if err != nil {
				return nil, help, err
			}
			i += took
		default:
			if err := a.word(arg); err != nil {
				return nil, help, err
			}
		}
	}
	sorted, err = a.sorted()
	return sorted, help, err
}

type arranger struct {
	at    *command
	words []string // names of the commands on the way
	flags []string
	early []early // flags that stood before the command
	rest  []string

	profiles int // how often --profile was given
}

// word takes a positional argument: the name of a command as long as there are
// commands, else an argument of the command.
func (a *arranger) word(arg string) error {
	if len(a.at.commands) == 0 {
		a.rest = append(a.rest, arg)
		return nil
	}
	sub := a.at.find(arg)
	if sub == nil {
		return problem.Usagef("%sunknown command %s%s", a.at.prefix(), show(arg), a.at.meant(arg))
	}
	a.at, a.words = sub, append(a.words, sub.name)
	return nil
}

// flag takes a flag and, if it has one, its value; it tells how many of the
// following arguments were used up.
func (a *arranger) flag(arg string, following []string) (int, error) {
	name, _, joined := strings.Cut(strings.TrimLeft(arg, "-"), "=")
	f := a.lookup(name)
	if f == nil {
		return 0, a.unknown(name, arg)
	}
	if len(a.at.commands) > 0 {
		a.early = append(a.early, early{name, arg})
	}
	if name == "profile" {
		a.profiles++
	}
	a.flags = append(a.flags, arg)
	if joined || !takesValue(f) {
		return 0, nil
	}
	if len(following) == 0 || a.isFlag(following[0]) {
		return 0, problem.Usagef("%sthe flag --%s needs a value%s", a.at.prefix(), name, a.at.seeHelp())
	}
	a.flags = append(a.flags, following[0])
	return 1, nil
}

// isFlag tells whether an argument is a flag where a value is expected.
func (a *arranger) isFlag(arg string) bool {
	name, _, _ := strings.Cut(strings.TrimPrefix(arg, "--"), "=")
	return strings.HasPrefix(arg, "--") && a.lookup(name) != nil
}

// lookup finds a flag of the command reached so far. Before the command is known
// it may be any command's.
func (a *arranger) lookup(name string) urfave.Flag {
	if f := flagOf(a.at, name); f != nil {
		return f
	}
	for _, sub := range a.at.commands {
		below := arranger{at: sub}
		if f := below.lookup(name); f != nil {
			return f
		}
	}
	return nil
}

// early is a flag by its name and as it was typed.
type early struct{ name, arg string }

// unknown refuses a flag as it was typed, without its value.
func (a *arranger) unknown(name, arg string) error {
	typed, _, _ := strings.Cut(arg, "=")
	known := []string{"help"}
	for _, f := range a.at.flags {
		known = append(known, f.Names()[0])
	}
	if meant := suggest.DidYouMean(name, "--", known); meant != "" {
		return problem.Usagef("%sunknown flag %s%s", a.at.prefix(), show(typed), meant)
	}
	return problem.Usagef("%sunknown flag %s%s", a.at.prefix(), show(typed), a.at.seeHelp())
}

// sorted gives the arguments for urfave/cli. A flag that stood before the command
// must be one of the command that followed.
func (a *arranger) sorted() ([]string, error) {
	for _, f := range a.early {
		if flagOf(a.at, f.name) == nil {
			return nil, a.unknown(f.name, f.arg)
		}
	}
	if a.profiles > 1 && !a.at.profiles {
		return nil, problem.Usagef("%s--profile was given %d times and names one profile here; probe takes several", a.at.prefix(), a.profiles)
	}
	out := slices.Concat(a.words, a.flags)
	if a.rest != nil {
		out = append(append(out, "--"), a.rest...)
	}
	if a.rest != nil && len(a.at.commands) > 0 { // or urfave/cli would take the first for a subcommand
		out = slices.Insert(out, len(out)-len(a.rest), "--")
	}
	return out, nil
}

// flagOf finds a flag that the command takes, global ones included.
func flagOf(c *command, name string) urfave.Flag {
	for _, f := range c.flags {
		if slices.Contains(f.Names(), name) {
			return f
		}
	}
	return nil
}

// takesValue tells whether the argument after the flag belongs to it.
func takesValue(f urfave.Flag) bool {
	d, ok := f.(urfave.DocGenerationFlag)
	return ok && d.TakesValue()
}
