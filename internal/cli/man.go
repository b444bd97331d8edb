package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	urfave "github.com/urfave/cli/v2"
)

func (p *program) manCommand() *command {
	return &command{
		name: "man", usage: "print the manual page, for man",
		about: "One page for the program and all its commands, in the macros of man(7), made from the same tree as the help.",
		examples: []example{
			{"read it", "hdstest man | man -l -"},
			{"install it for yourself", "hdstest man > ~/.local/share/man/man1/hdstest.1"},
		},
		run: func(context.Context, call) error { return p.printMan() },
	}
}

func (p *program) printMan() error {
	_, err := io.WriteString(p.Stdout, p.manPage(p.root()))
	return err
}

// manPage writes the page: what people type first, then every command with its own
// flags. Flags that commands share stand once, at the end.
//
// Source of the macros: man(7); of the sections' order: man-pages(7).
func (p *program) manPage(root *command) string {
	m := &manual{shared: append(append(identityGroups(), settingGroups()...), p.reportGroup(), p.globalGroup(root)), of: p.groupsOf}
	m.text(fmt.Sprintf(`.TH "%s" "1" "%s" "%s" "User Commands"`, strings.ToUpper(Name), p.builtOn(), roff(Name+" "+p.Version.Version)))
	m.section("NAME")
	m.text(Name + ` \- ` + roff(root.usage))
	m.section("SYNOPSIS")
	m.macro("B", Name)
	m.macro("I", "command")
	m.text("[flags] [arguments]")
	m.section("DESCRIPTION")
	m.paragraphs(root.about)
	m.section("COMMANDS")
	m.commands(root)
	m.section("OPTIONS")
	m.sharedFlags()
	m.section("EXIT STATUS")
	for _, line := range exitHelp() {
		code, what, _ := strings.Cut(line, "  ")
		m.tagged(`\fB`+code+`\fR`, what)
	}
	m.section("EXAMPLES")
	m.examples(root)
	return m.out.String()
}

// builtOn is the day of the source, so that one build makes one page; for a build
// without it that of today.
func (p *program) builtOn() string {
	at, err := time.Parse(time.RFC3339, p.Version.Time)
	if err != nil {
		at = p.Now()
	}
	return at.UTC().Format(time.DateOnly)
}

type manual struct {
	out    strings.Builder
	shared []flagGroup // groups of flags that stand once, for all commands that take them
	of     func(*command) []flagGroup
}

func (m *manual) macro(name string, args ...string) {
	m.out.WriteString("." + name)
	for _, a := range args {
		m.out.WriteString(` "` + strings.ReplaceAll(roff(a), `"`, `\(dq`) + `"`)
	}
	m.out.WriteString("\n")
}

func (m *manual) section(title string) { m.macro("SH", title) }

// text writes a line that is roff already, as it is.
func (m *manual) text(line string) { m.out.WriteString(line + "\n") }

// fill writes running text, in lines as short as readers of roff want them. A point or
// quotation mark at the beginning of one would make it a request.
func (m *manual) fill(text string) {
	for _, line := range wrapText(roff(text), 78) {
		m.text(literal(line))
	}
}

func literal(line string) string {
	if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
		return `\&` + line
	}
	return line
}

func (m *manual) paragraphs(text string) {
	for i, paragraph := range strings.Split(text, "\n\n") {
		if i > 0 {
			m.out.WriteString(".PP\n")
		}
		m.fill(paragraph)
	}
}

func (m *manual) tagged(tag, text string) {
	m.out.WriteString(".TP\n")
	m.text(tag)
	m.fill(text)
}

// commands writes all commands below c, each with its subcommands behind it.
func (m *manual) commands(c *command) {
	for _, s := range c.commands {
		line := strings.TrimSpace(strings.TrimPrefix(s.path(), Name+" ") + " " + s.args)
		m.macro("SS", line)
		m.fill(sentence(s.usage, "."))
		if s.about != "" {
			m.out.WriteString(".PP\n")
			m.paragraphs(s.about)
		}
		var elsewhere []string
		groups := m.of(s)
		for _, g := range groups {
			own := m.beyond(g)
			if len(own) < len(g.all()) && g.title != groups[len(groups)-1].title {
				elsewhere = append(elsewhere, g.title)
			}
			m.flags(own)
		}
		if elsewhere != nil {
			m.out.WriteString(".PP\n")
			m.fill("Takes the flags under " + strings.Join(elsewhere, " and ") + " too.")
		}
		m.examples(s)
		m.commands(s)
	}
}

// sharedFlags writes the groups that stand once; those of one title as one.
func (m *manual) sharedFlags() {
	said := map[string]bool{}
	for _, g := range m.shared {
		var flags []urfave.Flag
		for _, x := range m.shared {
			if x.title == g.title && !said[g.title] {
				flags = append(flags, x.all()...)
			}
		}
		said[g.title] = true
		if flags != nil {
			m.macro("SS", g.title)
			m.flags(slices.CompactFunc(slices.SortedStableFunc(slices.Values(flags), byName), sameName))
		}
	}
}

// beyond are the flags of a group that do not stand among the shared ones of its title.
func (m *manual) beyond(g flagGroup) []urfave.Flag {
	return slices.DeleteFunc(g.all(), func(f urfave.Flag) bool {
		return slices.ContainsFunc(m.shared, func(x flagGroup) bool {
			return x.title == g.title && slices.ContainsFunc(x.all(), func(other urfave.Flag) bool { return sameName(f, other) })
		})
	})
}

func byName(a, b urfave.Flag) int    { return strings.Compare(a.Names()[0], b.Names()[0]) }
func sameName(a, b urfave.Flag) bool { return a.Names()[0] == b.Names()[0] }

func (m *manual) flags(flags []urfave.Flag) {
	for _, f := range flags {
		d, ok := f.(urfave.DocGenerationFlag)
		if !ok {
			continue
		}
		value, text := valueName(d.GetUsage())
		tag := `\fB` + roff("--"+f.Names()[0]) + `\fR`
		if value != "" {
			tag += ` \fI` + roff(strings.TrimSpace(value)) + `\fR`
		}
		m.tagged(tag, cmp.Or(text, d.GetUsage()))
	}
}

func (m *manual) examples(c *command) {
	for i, e := range c.examples {
		if e.what != "" { // else it goes on from the one before
			if c.parent != nil || i > 0 {
				m.out.WriteString(".PP\n")
			}
			m.fill(sentence(e.what, ":"))
		}
		m.out.WriteString(".PP\n.RS 4\n.EX\n")
		m.text(literal(roff(e.line)))
		m.out.WriteString(".EE\n.RE\n")
	}
}

// sentence makes a phrase in lower case a sentence.
func sentence(phrase, end string) string {
	first, size := utf8.DecodeRuneInString(phrase)
	return string(unicode.ToUpper(first)) + phrase[size:] + end
}

// roff escapes text: hyphens stay hyphens to be copied, and characters outside of
// ASCII become escapes that every roff knows.
func roff(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch r {
		case '\\':
			b.WriteString(`\e`)
		case '-':
			b.WriteString(`\-`)
		case '~':
			b.WriteString(`\(ti`)
		case '^':
			b.WriteString(`\(ha`)
		case '`':
			b.WriteString(`\(ga`)
		case '\'':
			b.WriteString(`\(aq`)
		case '…':
			b.WriteString(`...`)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
