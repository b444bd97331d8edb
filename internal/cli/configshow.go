package cli

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"hdstest/internal/check"
	"hdstest/internal/config"
	"hdstest/internal/problem"
	"hdstest/internal/report"
)

func (p *program) configShowCommand() *command {
	return &command{
		name: "show", usage: "print every setting with its value and where it came from", outputs: []string{"text", "json"},
		about: "Prints what the other commands would work with: flags win over environment, over file, over defaults, but tenant, app and " +
			"credential are of one source. Secrets are not read and not shown. Nothing is contacted.",
		examples: []example{
			{"of the profile work", "hdstest config show --profile work"},
			{"for a program", "hdstest config show --output json"},
		},
		groups: settingGroups(),
		run:    func(_ context.Context, c call) error { return p.showSettings(c) },
	}
}

// setting is one line of config show.
type setting struct {
	Key    string        `json:"key"`
	Value  string        `json:"value"`
	Source settingSource `json:"source"`
}

type settingSource struct {
	Kind config.Kind `json:"kind"`
	Name string      `json:"name,omitempty"` // of the flag, the variable, the file
	Line int         `json:"line,omitempty"`

	text string
}

func (p *program) showSettings(c call) error {
	if err := p.noSandbox(); err != nil {
		return err
	}
	s, err := p.settings(c, nil)
	if err != nil {
		return err
	}
	shown := []setting{}
	for _, k := range config.Keys() {
		if v, ok := s.Value(k.Name); ok {
			shown = append(shown, setting{k.Name, k.Shown(v), settingSource{v.Source.Kind, v.Source.Name, v.Source.Line, v.Source.String()}})
		}
	}
	if p.global.output == "json" {
		return printJSON(p.Stdout, named("schema_version", check.SchemaVersion), named("command", "config show"),
			named("file", s.File), named("profile", s.Profile), named("settings", shown))
	}
	return p.lines(settingLines(s, shown)...)
}

// noSandbox refuses --sandbox where the person's own configuration is meant.
func (p *program) noSandbox() error {
	if p.global.sandbox {
		return problem.Usagef("--sandbox: a sandbox inside this process has no configuration; run hdstest sandbox and use --profile sandbox")
	}
	return nil
}

func settingLines(s *config.Settings, shown []setting) []string {
	key, value := 0, 0
	for _, one := range shown {
		key, value = max(key, len(one.Key)), max(value, utf8.RuneCountInString(report.Escape(one.Value)))
	}
	value = min(value, 60)
	file, profile := s.File, s.Profile
	if file == "" {
		file = "none"
	}
	if profile == "" {
		profile = "none"
	}
	out := []string{"file     " + file, "profile  " + profile, ""}
	for _, one := range shown {
		text := report.Escape(one.Value)
		gap := strings.Repeat(" ", max(0, value-utf8.RuneCountInString(text)))
		out = append(out, fmt.Sprintf("%-*s  %s%s  %s", key, one.Key, text, gap, one.Source.text))
	}
	return out
}
