package cli

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"

	urfave "github.com/urfave/cli/v2"

	"hdstest/internal/check"
	"hdstest/internal/config"
	"hdstest/internal/problem"
	"hdstest/internal/report"
)

// initOptions are the flags of init.
type initOptions struct{ yes, replace bool }

func (p *program) initCommand() *command {
	o := &initOptions{}
	own := flagGroup{flags: []urfave.Flag{
		&urfave.BoolFlag{Name: "yes", Destination: &o.yes, Usage: "believe what the service says of itself, and ask nothing"},
		&urfave.BoolFlag{Name: "replace", Destination: &o.replace, Usage: "change a profile that is there already; what is not given stays as it is"},
	}}
	return &command{
		name: "init", usage: "make a profile from the address of a FHIR or DICOM service", args: "[URL]", maxArgs: 1, outputs: []string{"text", "json"},
		about: "Asks the service, without a token, for its tenant and audience. What it says is shown and has to be confirmed, by the person or " +
			"by --yes: an address can lie. At a terminal the rest is asked, and checked as it is answered; elsewhere flags say all.\n\n" +
			"The profile goes into the file of --config, else the one that would be read, else the user's own. Comments in it stay. " +
			"A profile that is there is changed only with --replace. Secrets are references: a file, never a value.",
		examples: []example{
			{"answer some questions", "hdstest init https://w-f.fhir.azurehealthcareapis.com"},
			{"both services, without questions", "hdstest init --fhir-url https://w-f.fhir.azurehealthcareapis.com --dicom-url https://w-d.dicom.azurehealthcareapis.com --yes"},
			{"with an app that is there", "hdstest init https://w-f.fhir.azurehealthcareapis.com --profile work --client-id 11111111-2222-3333-4444-555555555555 --client-secret-file secret.txt --yes"},
		},
		groups: append([]flagGroup{own}, settingGroups()...),
		run:    func(ctx context.Context, c call) error { return p.initProfile(ctx, c, o) },
	}
}

// draft is a profile in the making.
type draft struct {
	p       *program
	ask     bool // a person answers
	path    string
	profile string
	there   []string // profiles of the file
	values  map[string]string
	from    map[string]string // where a value came from, in words
	replace bool
}

func (p *program) initProfile(ctx context.Context, c call, o *initOptions) (err error) {
	if err := p.noSandbox(); err != nil {
		return err
	}
	d, err := p.newDraft(c, o)
	if err != nil {
		return err
	}
	s, err := p.withoutProfile(c)
	if err != nil {
		return err
	}
	for _, step := range []func() error{
		func() error { return d.addresses(ctx, c.Args().First()) },
		func() error { return d.name(ctx) },
		func() error { return d.learn(ctx, s, o.yes) },
		func() error { return d.rest(ctx) },
		d.save,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return d.print()
}

// newDraft begins with the flags.
func (p *program) newDraft(c call, o *initOptions) (*draft, error) {
	d := &draft{p: p, ask: p.ReadLine != nil && !o.yes, profile: p.global.profile, values: map[string]string{}, from: map[string]string{}, replace: o.replace}
	in := p.input(c)
	for name, v := range in.Flags {
		k, _ := config.KeyByName(name)
		switch {
		case k.Internal:
			return nil, problem.Usagef("--%s: a secret does not belong into a profile; put it into a file and name that: --client-secret-file", k.Flag)
		case v.Text == "-":
			return nil, problem.Usagef("--%s: a profile needs the name of a file, not standard input", k.Flag)
		}
		if err := k.Check(v.Text); err != nil {
			return nil, problem.Usagef("--%s: %w", k.Flag, err)
		}
		d.set(name, v.Text, "--"+k.Flag)
	}
	var err error
	d.path, d.there, err = config.WriteTo(in)
	return d, err
}

// set notes a value. File names are made absolute: in the file they would be relative
// to the file.
func (d *draft) set(key, text, from string) {
	if k, _ := config.KeyByName(key); k.Path {
		if abs, err := filepath.Abs(text); err == nil {
			text = abs
		}
	}
	d.values[key], d.from[key] = text, from
}

// withoutProfile makes connections as flags and environment say, whatever the config
// file says.
func (p *program) withoutProfile(c call) (*session, error) {
	in := p.input(c)
	in.NoFile = true
	settings, err := config.Resolve(in)
	if err != nil {
		return nil, err
	}
	s := &session{Settings: settings, profile: profileOf(settings), close: func() error { return nil }}
	s.env.Now = p.Now
	return s, p.connect(s)
}

// name settles how the profile is called, and refuses one that is there.
func (d *draft) name(ctx context.Context) error {
	if d.profile == "" {
		d.profile = "default"
		if d.ask {
			if err := d.question(ctx, "Name of the profile [default]: ", &d.profile, checkName); err != nil {
				return err
			}
		}
	}
	if err := checkName(d.profile); err != nil {
		return problem.Usagef("--profile: %w", err)
	}
	if slices.Contains(d.there, d.profile) && !d.replace {
		return problem.Usagef("init: %s has a profile %q already; name another with --profile, or change it with --replace", d.path, d.profile)
	}
	return config.CheckSave(config.Saving{Path: d.path, Profile: d.profile})
}

func (d *draft) save() error {
	if err := config.Save(config.Saving{Path: d.path, Profile: d.profile, Values: d.values, StateDir: d.p.StateDir}); err != nil {
		return err
	}
	d.p.say("saved as profile %q in %s", d.profile, d.path)
	option := ""
	if d.profile != "default" || len(d.there) > 0 {
		option = " --profile " + d.profile
	}
	if d.values[config.ClientID] == "" {
		d.p.say("next: hdstest register%s --dry-run shows what making the app would do", option)
		return nil
	}
	d.p.say("next: hdstest smoke%s, or hdstest config check%s first", option, option)
	return nil
}

// print gives the profile as the answer.
func (d *draft) print() error {
	shown := []setting{}
	width := 0
	for _, k := range config.Keys() {
		if text, ok := d.values[k.Name]; ok {
			shown = append(shown, setting{Key: k.Name, Value: k.Shown(config.Value{Text: text}), Source: settingSource{Kind: "init", Name: d.from[k.Name]}})
			width = max(width, len(k.Name))
		}
	}
	if d.p.global.output == "json" {
		return printJSON(d.p.Stdout, named("schema_version", check.SchemaVersion), named("command", "init"), named("file", d.path),
			named("profile", d.profile), named("settings", shown))
	}
	var lines []string
	for _, s := range shown {
		lines = append(lines, fmt.Sprintf("%-*s  %s  (%s)", width, s.Key, report.Escape(s.Value), s.Source.Name))
	}
	return d.p.lines(lines...)
}
