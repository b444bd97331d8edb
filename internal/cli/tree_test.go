package cli

import (
	"strings"
	"testing"
	"unicode"

	urfave "github.com/urfave/cli/v2"
)

// walk calls check for every command.
func walk(c *command, check func(*command)) {
	check(c)
	for _, sub := range c.commands {
		walk(sub, check)
	}
}

func TestEveryCommandIsExplained(t *testing.T) {
	walk((&program{}).root(), func(c *command) {
		if c.usage == "" || !unicode.IsLower([]rune(c.usage)[0]) || strings.HasSuffix(c.usage, ".") {
			t.Errorf("%s: usage %q, want a phrase in lower case without full stop", c.path(), c.usage)
		}
		if len(c.examples) == 0 {
			t.Errorf("%s: no example", c.path())
		}
		for _, e := range c.examples {
			if !strings.Contains(e.line, c.path()) && c.parent != nil && !strings.Contains(e.line, Name+" ") && !strings.HasPrefix(e.line, "newman") {
				t.Errorf("%s: example of something else: %s", c.path(), e.line)
			}
		}
		if c.run == nil && len(c.commands) == 0 {
			t.Errorf("%s: does nothing", c.path())
		}
		if (c.maxArgs > 0) != (c.args != "") {
			t.Errorf("%s: takes %d arguments and calls them %q", c.path(), c.maxArgs, c.args)
		}
		seen := map[string]bool{}
		for _, f := range c.flags {
			d, ok := f.(urfave.DocGenerationFlag)
			if !ok || d.GetUsage() == "" || strings.HasSuffix(d.GetUsage(), ".") {
				t.Errorf("%s: --%s: usage %q", c.path(), f.Names()[0], d.GetUsage())
			}
			if ok && d.TakesValue() && !strings.Contains(d.GetUsage(), "`") {
				t.Errorf("%s: --%s: no placeholder for its value", c.path(), f.Names()[0])
			}
			for _, name := range f.Names() {
				if seen[name] {
					t.Errorf("%s: --%s stands twice", c.path(), name)
				}
				seen[name] = true
			}
			if r, ok := f.(urfave.RequiredFlag); ok && r.IsRequired() {
				t.Errorf("%s: --%s is required, so urfave/cli would print help on stdout", c.path(), f.Names()[0])
			}
		}
	})
}

func TestExamplesCanBeTyped(t *testing.T) {
	root := (&program{}).root()
	walk(root, func(c *command) {
		for _, e := range c.examples {
			line := e.line
			if i := strings.Index(line, Name+" "); i >= 0 {
				line = line[i+len(Name)+1:]
			}
			if j := strings.IndexAny(line, ")&|"); j >= 0 {
				line = line[:j]
			}
			if strings.Contains(line, `"`) || strings.HasPrefix(line, "newman") {
				continue // quoted for a shell
			}
			if _, _, err := arrange(root, strings.Fields(line)); err != nil {
				t.Errorf("%s: %s: %v", c.path(), e.line, err)
			}
		}
	})
}

func TestHelpBeginsWithExamples(t *testing.T) {
	w := newWorld(t)
	walk((&program{}).root(), func(c *command) {
		args := append(strings.Fields(c.path())[1:], "--help")
		if code := w.run(t, args...); code != ExitOK || w.stderr.Len() > 0 {
			t.Errorf("%s: exit code %d, stderr %q", args, code, w.stderr.String())
		}
		text := w.stdout.String()
		if !strings.HasPrefix(text, "Examples:\n  # ") {
			t.Errorf("%s: help begins with %.40q", args, text)
		}
		for line := range strings.Lines(text) {
			if n := len([]rune(line)); n > helpWidth+1 && !strings.Contains(line, Name+" ") && !strings.Contains(line, "newman") {
				t.Errorf("%s: a line of %d characters: %s", args, n, line)
			}
		}
		for _, f := range c.flags {
			if !strings.Contains(text, "--"+f.Names()[0]) {
				t.Errorf("%s: --%s is not in the help", args, f.Names()[0])
			}
		}
	})
}
