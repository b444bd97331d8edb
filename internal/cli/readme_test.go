package cli

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"hdstest/internal/config"
)

var (
	call1  = regexp.MustCompile(`(?:^|[ (])(?:bin/)?hdstest ([^|)#>]*)`)
	quotes = regexp.MustCompile(`"[^"]*"|'[^']*'`)
)

// TestREADMECommandsCanBeTyped: every command of the README's shell blocks is
// one that the program knows, with flags that it takes.
func TestREADMECommandsCanBeTyped(t *testing.T) {
	root := (&program{}).root()
	found := 0
	for line := range strings.Lines(shellBlocks(t)) {
		line = quotes.ReplaceAllStringFunc(line, func(q string) string {
			if strings.Contains(q, "$(") {
				return strings.Trim(q, `"'`)
			}
			return "x"
		})
		for _, m := range call1.FindAllStringSubmatch(strings.TrimSpace(line), -1) {
			found++
			if _, _, err := arrange(root, strings.Fields(m[1])); err != nil {
				t.Errorf("%s: %v", strings.TrimSpace(line), err)
			}
		}
	}
	if found < 10 {
		t.Errorf("found %d commands, want at least 10: is the README read as it should be?", found)
	}
}

func shellBlocks(t *testing.T) string {
	t.Helper()
	var out strings.Builder
	for i, part := range strings.Split(readme(t), "```") {
		if i%2 == 1 && strings.HasPrefix(part, "sh\n") {
			out.WriteString(strings.TrimPrefix(part, "sh\n"))
		}
	}
	return out.String()
}

func readme(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestREADMEListsEveryKey: the table of keys is whole.
func TestREADMEListsEveryKey(t *testing.T) {
	text := readme(t)
	if strings.Contains(text, "\nKEYS\n") {
		t.Skip("the table of keys is not written yet")
	}
	for _, k := range config.Keys() {
		if !k.Internal && !strings.Contains(text, "`"+k.Name+"`") {
			t.Errorf("the README does not name the key %s", k.Name)
		}
	}
}
