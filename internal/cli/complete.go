package cli

import (
	"regexp"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"hdstest/internal/admin"
	"hdstest/internal/config"
	"hdstest/internal/entra"
	"hdstest/internal/pipeline"
	"hdstest/internal/sandbox/scenario"
)

// filesMark asks the shell to complete names of files.
const filesMark = ":files"

// candidates lists what can follow the words, beginning as last does.
func (p *program) candidates(words []string, last string) []string {
	at := completing{p: p, arranger: arranger{at: p.root()}}
	at.read(words)
	if last == "--" && at.pending == nil {
		last = "-" // no more than begun
	}
	name, begun, joined := strings.Cut(last, "=")
	switch {
	case at.rest:
		return []string{filesMark}
	case at.pending != nil:
		return beginning(at.values(at.pending), last)
	case joined && strings.HasPrefix(name, "--"):
		if f := at.lookup(strings.TrimPrefix(name, "--")); f != nil {
			return prefixed(name+"=", beginning(at.values(f), begun))
		}
		return nil
	case strings.HasPrefix(last, "-"):
		return beginning(at.flagNames(), last)
	}
	return beginning(at.arguments(), last)
}

// completing is how far the words before the cursor have come.
type completing struct {
	arranger
	p       *program
	pending urfave.Flag // flag whose value comes next
	rest    bool        // behind --
	given   []string    // positional arguments so far
	config  string      // value of --config
}

// read follows the words as arrange does, but refuses nothing: what is wrong is told
// when the command runs.
func (c *completing) read(words []string) {
	for _, word := range words {
		name, value, joined := strings.Cut(strings.TrimLeft(word, "-"), "=")
		switch {
		case c.pending != nil:
			c.note(c.pending, word)
			c.pending = nil
		case word == "--":
			c.rest = true
		case strings.HasPrefix(word, "-") && word != "-":
			f := c.lookup(name)
			switch {
			case f != nil && joined:
				c.note(f, value)
			case f != nil && takesValue(f):
				c.pending = f
			}
		case len(c.at.commands) > 0 && c.at.find(word) != nil:
			c.at = c.at.find(word)
		default:
			c.given = append(c.given, word)
		}
	}
}

func (c *completing) note(f urfave.Flag, value string) {
	if f.Names()[0] == "config" {
		c.config = value
	}
}

// flagNames lists the flags of the command with what they do.
func (c *completing) flagNames() []string {
	out := []string{"--help\tprint the help"}
	for _, f := range c.at.flags {
		usage := ""
		if d, ok := f.(urfave.DocGenerationFlag); ok {
			_, usage = valueName(d.GetUsage())
		}
		out = append(out, "--"+f.Names()[0]+"\t"+usage)
	}
	slices.Sort(out)
	return out
}

// arguments lists what a positional argument can be: a command, a word that the
// command knows, else a file.
func (c *completing) arguments() []string {
	if len(c.at.commands) > 0 {
		return described(c.at.commands)
	}
	if c.at.maxArgs == 0 || len(c.given) >= c.at.maxArgs {
		return nil
	}
	switch path := strings.TrimPrefix(c.at.path(), Name+" "); {
	case path == "help":
		return below(c.p.root(), c.given)
	case strings.HasPrefix(path, "sandbox scenario"):
		return scenarioNames()
	}
	if words := alternatives.FindStringSubmatch(c.at.args); words != nil {
		return strings.Split(words[1], "|")
	}
	return []string{filesMark}
}

// alternatives are the words of a placeholder such as [fhir|dicom|all].
var alternatives = regexp.MustCompile(`^\[?([a-z]+(?:\|[a-z]+)+)\]?$`)

// below lists the commands below the one that the words name.
func below(c *command, words []string) []string {
	for _, word := range words {
		if c = c.find(word); c == nil {
			return nil
		}
	}
	return described(c.commands)
}

func described(commands []*command) (out []string) {
	for _, s := range commands {
		out = append(out, s.name+"\t"+s.usage)
	}
	return out
}

func scenarioNames() (out []string) {
	for _, s := range scenario.All() {
		out = append(out, s.Name+"\t"+s.Wrong)
	}
	return out
}

// enumerated are the values that the text of a flag lists at its end, as function
// list writes them.
var enumerated = regexp.MustCompile(`: ((?:[\w-]+, )*[\w-]+ or [\w-]+)(?:$| \(| \[|;)`)

// values lists what a flag's value can be: what its text lists, names of this
// machine or of the program's tables, or files.
func (c *completing) values(f urfave.Flag) []string {
	d, ok := f.(urfave.DocGenerationFlag)
	if !ok || !d.TakesValue() {
		return []string{"true", "false"}
	}
	switch f.Names()[0] {
	case "profile", "save", "as":
		return c.profiles()
	case "scenario":
		return scenarioNames()
	case "credential":
		return config.CredentialKinds()
	case "admin-credential":
		return admin.Kinds()
	case "only", "skip":
		return c.checks()
	case "api":
		return []string{entra.FHIR, entra.DICOM}
	case "report":
		return withEqual(tableForms())
	}
	if m := enumerated.FindStringSubmatch(strings.ReplaceAll(d.GetUsage(), "`", "")); m != nil {
		return strings.FieldsFunc(strings.ReplaceAll(m[1], " or ", ","), func(r rune) bool { return r == ',' || r == ' ' })
	}
	if placeholder, _ := valueName(d.GetUsage()); strings.Contains(placeholder, "FILE") || strings.Contains(placeholder, "FOLDER") {
		return []string{filesMark}
	}
	return nil
}

func withEqual(words []string) (out []string) {
	for _, w := range words {
		out = append(out, w+"=")
	}
	return out
}

// checks lists what --only and --skip name.
func (c *completing) checks() []string {
	names := pipeline.RequestNames()
	if c.at.name == "smoke" {
		names = pipeline.SmokeNames(false)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// profiles lists the profiles of the config file that would be read; none of a file
// that cannot be.
func (c *completing) profiles() []string {
	p := c.p
	names, err := config.Profiles(config.Input{File: c.config, Environ: p.Environ, Dir: p.Dir, Home: p.Home, ConfigDir: p.ConfigDir, StateDir: p.StateDir})
	if err != nil {
		names = nil
	}
	return append(names, config.SandboxProfile+"\ta running sandbox")
}

// beginning keeps what begins as the person has begun, and the mark for files.
func beginning(all []string, begun string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(s string) bool { return s != filesMark && !strings.HasPrefix(s, begun) })
}

func prefixed(prefix string, all []string) []string {
	for i := range all {
		if all[i] != filesMark {
			all[i] = prefix + all[i]
		}
	}
	return all
}
