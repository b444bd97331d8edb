package cli

import (
	"context"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"hdstest/internal/suggest"
)

// command is what we say about a command; help, parsing and checks are made
// from it.
type command struct {
	name     string
	title    string // in the program's help, the heading above the command; empty: none
	usage    string // one line
	args     string // placeholder of the positional arguments
	maxArgs  int    // how many of them are taken
	about    string // paragraphs, separated by empty lines
	examples []example
	groups   []flagGroup
	outputs  []string // values of --output, the first is the default; nil: there is no --output
	commands []*command
	// endless marks a command that runs until it is interrupted: that is no failure.
	endless bool
	// profiles marks a command that takes --profile several times.
	profiles bool
	run      func(context.Context, call) error // nil: only subcommands

	parent *command
	flags  []urfave.Flag // all of them, see program.flagsOf
}

// example is something to type, with what it does.
type example struct{ what, line string }

// flagGroup is flags under one heading in the help.
type flagGroup struct {
	title string
	keys  []string      // settings with a flag, see config.Keys
	flags []urfave.Flag // the command's own
}

// with sets the commands below and their way up.
func (c *command) with(subs ...*command) *command {
	c.commands = subs
	for _, s := range subs {
		s.parent = c
	}
	return c
}

// path is the command as it is typed: hdstest export postman.
func (c *command) path() string {
	if c.parent == nil {
		return c.name
	}
	return c.parent.path() + " " + c.name
}

// prefix is how messages begin that concern the command; nothing for the program
// itself, whose name stands in front of every message.
func (c *command) prefix() string {
	if c.parent == nil {
		return ""
	}
	return strings.TrimPrefix(c.path(), Name+" ") + ": "
}

// meant says which command was probably meant, or else which there are.
func (c *command) meant(word string) string {
	if near := suggest.DidYouMean(word, c.path()+" ", c.names()); near != "" {
		return near
	}
	if len(c.names()) == 0 {
		return "; " + c.path() + " has none"
	}
	return "; there are " + list(c.names())
}

// reports tells whether the command prints findings: then it takes the forms of
// [tableForms], and the flags that go with them.
func (c *command) reports() bool { return slices.Contains(c.outputs, formJUnit) }

func (c *command) names() []string {
	var names []string
	for _, s := range c.commands {
		names = append(names, s.name)
	}
	return names
}

func (c *command) find(name string) *command {
	for _, s := range c.commands {
		if s.name == name {
			return s
		}
	}
	return nil
}

func (c *command) seeHelp() string { return " (see " + c.path() + " --help)" }

// list writes alternatives: a, b or c.
func list(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// root is the program with all its commands, in the order of the help.
func (p *program) root() *command {
	c := &command{
		name: Name, usage: "check an app's way into Azure Health Data Services, step by step",
		about: "Registers an Entra app, acquires tokens by every grant, checks their claims, probes FHIR and DICOM, " +
			"and writes the same requests for Postman and other tools. With --sandbox all of it runs on this machine, without a tenant.",
		examples: []example{
			{"see everything work, offline", "hdstest smoke --sandbox"},
			{"check a tenant, in CI too", "hdstest smoke --profile work"},
			{"call a service by hand", `curl -H "$(hdstest token --service fhir --output header)" https://w-f.fhir.azurehealthcareapis.com/Patient`},
		},
	}
	c.with(slices.Concat(
		under("Commands to begin", p.initCommand(), p.discoverCommand(), p.certCommand(), p.registerCommand(), p.unregisterCommand(), p.rbacCommand()),
		under("Commands for tokens", p.tokenCommand(), p.loginCommand(), p.logoutCommand(), p.whoamiCommand(), p.assertionCommand(), p.inspectCommand()),
		under("Commands for calls", p.probeCommand(), p.exportCommand(), p.smokeCommand()),
		under("Commands for causes", p.doctorCommand(), p.explainCommand()),
		under("Other commands", p.sandboxCommand(), p.configCommand(), p.completionCommand(), p.manCommand(), p.versionCommand(), p.helpCommand(c)),
	)...)
	p.equip(c)
	return c
}

// under puts commands under a heading of the program's help.
func under(title string, commands ...*command) []*command {
	for _, c := range commands {
		c.title = title
	}
	return commands
}

// equip gives every command its flags.
func (p *program) equip(c *command) {
	c.flags = p.flagsOf(c)
	for _, sub := range c.commands {
		p.equip(sub)
	}
}
