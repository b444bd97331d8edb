package cli

import (
	"encoding/json"
	"fmt"

	"hdstest/internal/check"
	"hdstest/internal/claims"
	"hdstest/internal/problem"
)

// compareTokens prints in what two tokens differ: files, or - for one of them.
func (p *program) compareTokens(files []string) error {
	if len(files) != 2 {
		return problem.Usagef("inspect --diff: expected two files with tokens, such as works.txt fails.txt, not %d", len(files))
	}
	if files[0] == "-" && files[1] == "-" {
		return problem.Usagef("inspect --diff: only one of the tokens can come from standard input")
	}
	var tokens []*claims.Token
	for _, file := range files {
		given, err := p.givenToken("", file)
		if err != nil {
			return err
		}
		token, err := claims.Parse(given.Reveal())
		if err != nil {
			return located(err, file)
		}
		tokens = append(tokens, token)
	}
	found := claims.Diff(tokens[0], tokens[1])
	if p.global.output == "json" {
		if found == nil {
			found = []claims.Difference{}
		}
		return printJSON(p.Stdout, named("schema_version", check.SchemaVersion), named("command", "inspect"), named("differences", found))
	}
	if len(found) == 0 {
		return p.lines("They say the same, but for times and ids.")
	}
	out := []string{"A " + files[0], "B " + files[1]}
	for _, d := range found {
		out = append(out, "", d.Name+meaning(d.Says), "  A "+claimText(d.A), "  B "+claimText(d.B))
	}
	return p.lines(out...)
}

func meaning(says string) string {
	if says == "" {
		return ""
	}
	return ": " + says
}

// claimText writes a value as it stands in the token.
func claimText(v any) string {
	if v == nil {
		return "-"
	}
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(text)
}
