package cli

import (
	"context"
	_ "embed" // the scripts
	"fmt"
	"io"

	"hdstest/internal/problem"
)

// completeWord is the word by which the scripts of completion call the program. It
// stands in no help: nobody types it.
const completeWord = "__complete"

// The scripts know nothing of commands and flags: they ask the program, which has the
// tree. So they need not be made anew with each version.
var (
	//go:embed completion/bash.sh
	bashScript string
	//go:embed completion/zsh.sh
	zshScript string
	//go:embed completion/fish.fish
	fishScript string
	//go:embed completion/powershell.ps1
	powershellScript string
)

// shells lists the shells with their scripts, in the order of the help.
func shells() []struct{ name, script string } {
	return []struct{ name, script string }{
		{"bash", bashScript}, {"zsh", zshScript}, {"fish", fishScript}, {"powershell", powershellScript}}
}

func shellNames() []string {
	var names []string
	for _, s := range shells() {
		names = append(names, s.name)
	}
	return names
}

func (p *program) completionCommand() *command {
	return &command{
		name: "completion", usage: "print the script by which a shell completes commands, flags and values", args: "bash|zsh|fish|powershell", maxArgs: 1,
		about: "The script asks hdstest itself what can follow, names of profiles and scenarios too. Nothing is contacted. " +
			"That of PowerShell is not proved by a run.",
		examples: []example{
			{"bash, in ~/.bashrc", "source <(hdstest completion bash)"},
			{"zsh, in ~/.zshrc behind compinit", "source <(hdstest completion zsh)"},
			{"fish", "hdstest completion fish > ~/.config/fish/completions/hdstest.fish"},
			{"PowerShell, in the profile", "hdstest completion powershell | Out-String | Invoke-Expression"},
		},
		run: func(_ context.Context, c call) error { return p.printCompletion(c.Args().First()) },
	}
}

func (p *program) printCompletion(shell string) error {
	for _, s := range shells() {
		if s.name == shell {
			_, err := io.WriteString(p.Stdout, s.script)
			return err
		}
	}
	if shell == "" {
		return problem.Usagef("completion: say for which shell: %s", list(shellNames()))
	}
	return problem.Usagef("completion: expected %s, not %s", list(shellNames()), show(shell))
}

// complete prints what can stand in the place of the last word, which has a + before
// it so that no shell loses it when it is empty. One candidate a line, behind a tab
// what it is; the line ":files" lets the shell complete names of files.
func (p *program) complete(words []string) int {
	if len(words) == 0 || words[len(words)-1] == "" {
		return ExitUsage
	}
	for _, c := range p.candidates(words[:len(words)-1], words[len(words)-1][1:]) {
		fmt.Fprintln(p.Stdout, c)
	}
	return ExitOK
}
