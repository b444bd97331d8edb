package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	urfave "github.com/urfave/cli/v2"

	"hdstest/internal/lazyregexp"
	"hdstest/internal/problem"
)

// helpWidth is how wide help texts are where no terminal says otherwise.
const helpWidth = 100

// Where the texts of commands and flags begin.
const commandColumn, flagColumn = 14, 34

// printHelp writes the help of a command to stdout: it was asked for.
func (p *program) printHelp(c *command) error {
	width := helpWidth
	if p.Width > 0 {
		width = min(p.Width, helpWidth)
	}
	h := helpText{width: width}
	h.examples(c)
	h.usage(c)
	h.commands(c)
	for _, g := range c.groups {
		h.flags(g)
	}
	if c.reports() {
		h.flags(p.reportGroup())
	}
	if c.parent == nil {
		h.everywhere(p.globalGroup(c))
	} else {
		h.elsewhere(p.globalGroup(c))
	}
	_, err := io.WriteString(p.Stdout, h.out.String())
	return err
}

type helpText struct {
	out   strings.Builder
	width int
}

func (h *helpText) line(text string)     { h.out.WriteString(strings.TrimRight(text, " ") + "\n") }
func (h *helpText) heading(title string) { h.line(""); h.line(title + ":") }

// examples come first: what people type tells more than a list of options.
func (h *helpText) examples(c *command) {
	h.line("Examples:")
	for _, e := range c.examples {
		h.line("  # " + e.what)
		h.line("  " + e.line)
	}
}

func (h *helpText) usage(c *command) {
	h.heading("Usage")
	words := []string{" ", c.path()}
	switch {
	case len(c.commands) > 0 && c.run != nil:
		words = append(words, "[COMMAND]")
	case len(c.commands) > 0:
		words = append(words, "COMMAND")
	}
	h.line(strings.Join(append(words, "[flags]", c.args), " "))
	h.line("")
	h.wrapped(strings.ToUpper(c.usage[:1])+c.usage[1:]+".", 2)
	if c.about != "" {
		for paragraph := range strings.SplitSeq(c.about, "\n\n") {
			h.line("")
			h.wrapped(paragraph, 2)
		}
	}
}

func (h *helpText) commands(c *command) {
	if len(c.commands) == 0 {
		return
	}
	title := ""
	for _, s := range c.commands {
		if next := cmp.Or(s.title, "Commands"); next != title {
			title = next
			h.heading(title)
		}
		h.entry(s.name, s.usage, commandColumn)
	}
}

// everywhere writes in full what goes with every command: it stands in the
// program's own help.
func (h *helpText) everywhere(g flagGroup) {
	h.flags(g)
	h.entry("-h, --help", "print this help", flagColumn)
	h.heading("Exit codes")
	for _, line := range exitHelp() {
		h.line("  " + line)
	}
}

// elsewhere names it in the help of a command, which is read for what the command
// has of its own: only the forms of its answer, and what it takes several times,
// stand there in full.
func (h *helpText) elsewhere(g flagGroup) {
	var own flagGroup
	names := []string{}
	for _, f := range g.all() {
		_, list := f.(*urfave.StringSliceFlag)
		if f.Names()[0] == "output" || list {
			own.flags = append(own.flags, f)
			continue
		}
		value, _ := valueName(f.(urfave.DocGenerationFlag).GetUsage())
		names = append(names, "--"+f.Names()[0]+value)
	}
	own.title = g.title
	h.flags(own)
	h.wrapped(strings.Join(names, ", ")+": see "+Name+" --help, for the exit codes too.", 2)
}

func (h *helpText) flags(g flagGroup) {
	h.heading(cmp.Or(g.title, "Flags"))
	for _, f := range g.all() {
		d, ok := f.(urfave.DocGenerationFlag)
		if !ok {
			continue
		}
		usage := d.GetUsage()
		if standard := standardOf(d); standard != "" && !strings.Contains(usage, "(default:") {
			usage += " (default: " + standard + ")"
		}
		value, text := valueName(usage)
		name := "--" + f.Names()[0] + value
		h.entry(name, text, flagColumn)
	}
}

// standardOf is what a flag has where it is not given, as people write it; empty
// where that is nothing.
func standardOf(d urfave.DocGenerationFlag) string {
	standard := d.GetValue()
	if !d.TakesValue() || standard == "-1" || standard == "0" || standard == "0s" {
		return ""
	}
	if strings.HasSuffix(standard, "m0s") {
		return strings.TrimSuffix(standard, "0s")
	}
	return standard
}

var quoted = lazyregexp.New("`([^`]+)`(: )?")

// valueName takes the placeholder of the value, written in backquotes, out of a
// flag's usage; at the beginning with a colon it does not belong to the sentence.
func valueName(usage string) (placeholder, text string) {
	m := quoted.FindStringSubmatch(usage)
	if m == nil {
		return "", usage
	}
	if m[2] != "" && strings.HasPrefix(usage, m[0]) {
		return " " + m[1], strings.Replace(usage, m[0], "", 1)
	}
	return " " + m[1], strings.Replace(usage, "`"+m[1]+"`", m[1], 1)
}

// entry writes a name with its text in a column of its own.
func (h *helpText) entry(name, text string, column int) {
	first := "  " + name
	if utf8.RuneCountInString(first)+2 > column {
		h.line(first)
		first = ""
	}
	for _, l := range wrapText(text, h.width-column) {
		h.line(first + strings.Repeat(" ", column-utf8.RuneCountInString(first)) + l)
		first = ""
	}
}

func (h *helpText) wrapped(text string, indent int) {
	for _, l := range wrapText(text, h.width-indent) {
		h.line(strings.Repeat(" ", indent) + l)
	}
}

func wrapText(text string, width int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > max(width, 20) {
			lines = append(lines, line)
			line = ""
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	return append(lines, line)
}

// helpCommand prints the help of the command named.
func (p *program) helpCommand(root *command) *command {
	c := &command{name: "help", usage: "print the help of a command", args: "[COMMAND…]", maxArgs: 2,
		examples: []example{{"how tokens are acquired", Name + " help token"}, {"how the Postman export works", Name + " help export postman"}}}
	c.run = func(_ context.Context, call call) error {
		at := root
		for _, name := range call.Args().Slice() {
			next := at.find(name)
			if next == nil {
				return problem.Usagef("help: unknown command %s%s", show(name), at.meant(name))
			}
			at = next
		}
		return p.printHelp(at)
	}
	return c
}

// versionCommand prints which program this is.
func (p *program) versionCommand() *command {
	return &command{name: "version", usage: "print version, revision and platform", outputs: []string{"text", "json"},
		examples: []example{{"which version is this?", Name + " version"}, {"the same for a program", Name + " version --output json"}},
		run:      func(context.Context, call) error { return p.printVersion() }}
}

func (p *program) printVersion() error {
	v := p.Version
	if p.global.output == "json" {
		return printJSON(p.Stdout, named("version", v.Version), named("revision", v.Revision), named("time", v.Time), named("go", v.Go))
	}
	_, err := fmt.Fprintf(p.Stdout, "%s %s, %s\n", Name, v, v.Go)
	return err
}
