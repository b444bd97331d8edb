//go:build e2e

package e2e_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// shellHome is a home with a config file and the program on its PATH, by its name.
func shellHome(t *testing.T) (home string, env []string) {
	t.Helper()
	home = t.TempDir()
	bin := filepath.Join(home, "bin")
	config := filepath.Join(home, ".config", "hdstest")
	for _, dir := range []string{bin, config} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(binary(), filepath.Join(bin, "hdstest")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(config, "config.yaml"), []byte("profiles:\n  northwind:\n    cloud: public\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return home, environment(home, "PATH="+bin+":"+os.Getenv("PATH"), "TERM=dumb", "PS1=ready> ", "PS2=")
}

// typed are lines with a Tab at their end, and what they become.
func typed() []struct{ keys, becomes string } {
	return []struct{ keys, becomes string }{
		{"hdstest tok", "hdstest token "},
		{"hdstest token --min", "hdstest token --min-lifetime "},
		{"hdstest token --output hea", "hdstest token --output header "},
		{"hdstest token --output=hea", "hdstest token --output=header "},
		{"hdstest smoke --profile north", "hdstest smoke --profile northwind "},
		{"hdstest --profile northwind export post", "hdstest --profile northwind export postman "},
		{"hdstest sandbox scenario on secret-exp", "hdstest sandbox scenario on secret-expired "},
		{"hdstest inspect --token-file tok", "hdstest inspect --token-file token.txt "},
	}
}

// TestShellsComplete types into real shells at a terminal and presses Tab.
func TestShellsComplete(t *testing.T) {
	home, env := shellHome(t)
	if err := os.WriteFile(filepath.Join(home, "token.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for shell, begin := range map[string]string{
		"bash": "spawn bash --norc --noprofile -i\nexpect \"ready> \"\nsend \"source <(hdstest completion bash)\\r\"\n",
		"zsh":  "spawn zsh -f -i\nsend \"PROMPT='ready> '; autoload -U compinit; compinit -u -D; source <(hdstest completion zsh)\\r\"\nexpect \"completion zsh)\"\n",
	} {
		good := 0
		for _, line := range typed() {
			// What the shell echoes when the line is complete is found anywhere behind the keys.
			script := "set timeout 20\n" + begin + "expect \"ready> \"\nsend -- \"" + line.keys + "\\t\"\n" +
				"expect {\n  -exact {" + strings.TrimPrefix(line.becomes, commonWord(line.keys)) + "} { puts \"\\nCOMPLETED\" }\n  timeout { puts \"\\nSTUCK\"; exit 1 }\n}\n" +
				"exit 0\n"
			r := command(t, home, env, "expect", "-c", script)
			if r.code != 0 || !strings.Contains(r.stdout, "COMPLETED") {
				t.Errorf("%s: %q was not completed to %q:\n%s%s", shell, line.keys, line.becomes, r.stdout, r.stderr)
				continue
			}
			good++
		}
		record(t, used{client: shell + " (completion)", version: shellVersion(t, env, shell), requests: len(typed()), assertions: good})
	}
}

// commonWord is a line without its last word: what shells echo of it as it was typed.
func commonWord(line string) string { return line[:strings.LastIndex(line, " ")+1] }

// TestFishCompletes asks fish itself what it would offer.
func TestFishCompletes(t *testing.T) {
	home, env := shellHome(t)
	if err := os.WriteFile(filepath.Join(home, "token.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	good := 0
	for _, line := range typed() {
		r := command(t, home, env, "fish", "--no-config", "-c", "hdstest completion fish | source; complete --do-complete '"+line.keys+"'")
		want := strings.TrimSpace(strings.TrimPrefix(line.becomes, commonWord(line.keys)))
		first, _, _ := strings.Cut(strings.SplitN(r.stdout, "\n", 2)[0], "\t")
		if r.code != 0 || first != want {
			t.Errorf("fish: %q offers %q, want %q\n%s", line.keys, r.stdout, want, r.stderr)
			continue
		}
		good++
	}
	record(t, used{client: "fish (completion)", version: shellVersion(t, env, "fish"), requests: len(typed()), assertions: good})
}

// TestManualPage: man shows the page, and neither groff nor mandoc finds a fault in it.
func TestManualPage(t *testing.T) {
	home, env := shellHome(t)
	page := command(t, home, env, binary(), "man")
	file := filepath.Join(home, "hdstest.1")
	if err := os.WriteFile(file, []byte(page.stdout), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, check := range [][]string{{"mandoc", "-Tlint", "-Wstyle", file}, {"groff", "-man", "-ww", "-z", "-K", "utf8", file}} {
		if r := command(t, home, env, check[0], check[1:]...); r.code != 0 || r.stdout+r.stderr != "" {
			t.Errorf("%s: exit code %d:\n%s%s", check[0], r.code, r.stdout, r.stderr)
		}
	}
	shown := command(t, home, append(env, "MANWIDTH=100", "MANPAGER=cat"), "man", "-l", file)
	for _, want := range []string{"HDSTEST(1)", "EXIT STATUS", "export postman", "--min-lifetime TIME", "app's way"} {
		if !strings.Contains(shown.stdout, want) {
			t.Errorf("man does not show %q", want)
		}
	}
	version := command(t, home, env, "man", "--version")
	record(t, used{client: "man-db", version: number(version.stdout), requests: 1, assertions: 7})
}

func shellVersion(t *testing.T, env []string, shell string) string {
	t.Helper()
	return number(command(t, t.TempDir(), env, shell, "--version").stdout)
}

// number finds the first version in a text.
func number(text string) string {
	return regexp.MustCompile(`\d+(\.\d+)+`).FindString(text)
}
