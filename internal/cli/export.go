package cli

import (
	"context"
	"path/filepath"

	urfave "github.com/urfave/cli/v2"

	"hdstest/internal/catalogue"
	"hdstest/internal/export"
	"hdstest/internal/problem"
)

// exportOptions are the flags of the exports.
type exportOptions struct {
	out, name, service, dialect string
	secrets, placeholders       bool
	anyServer                   bool
	groups                      []string
}

func (p *program) exportCommand() *command {
	c := &command{name: "export", usage: "write the requests for another tool",
		about:    "Writes the same requests that probe sends, with their expectations. Nothing is sent.",
		examples: []example{{"a Postman collection with its environment", "hdstest export postman --profile work --out postman"}}}
	var subs []*command
	for _, f := range formats() {
		subs = append(subs, p.exportFormatCommand(f))
	}
	return c.with(subs...)
}

func (p *program) exportFormatCommand(f format) *command {
	o := &exportOptions{}
	flags := []urfave.Flag{
		&urfave.StringFlag{Name: "out", Destination: &o.out, Usage: "`FOLDER` to write to; it is made if need be"},
		&urfave.StringFlag{Name: "name", Destination: &o.name, Usage: "`NAME` of the export (default: hdstest and the profile's name)"},
		&urfave.StringFlag{Name: "service", Destination: &o.service, Value: allServices, Usage: "only this `SERVICE`: fhir, dicom or all"},
		&urfave.StringSliceFlag{Name: "group", Usage: "only this `GROUP` of requests, may be repeated: " + list(groupNames())},
		&urfave.BoolFlag{Name: "any-server", Destination: &o.anyServer, Usage: "leave out what only Azure Health Data Services knows"},
		&urfave.BoolFlag{Name: "include-secrets", Destination: &o.secrets, Usage: "write the client secret into the environment file (mode 0600)"},
		&urfave.BoolFlag{Name: "placeholders", Destination: &o.placeholders, Usage: "fill in nothing, whatever profile or variables there are: to share"},
	}
	if f.dialects != nil {
		flags = append(flags, &urfave.StringFlag{Name: "dialect", Destination: &o.dialect, Value: f.dialects[0],
			Usage: "for this `TOOL`: " + list(f.dialects)})
	}
	return &command{
		name: f.name, usage: f.usage, about: f.about, examples: f.examples, outputs: []string{"text", "json"},
		groups: append([]flagGroup{{flags: flags}}, identityGroups()...),
		run: func(ctx context.Context, c call) error {
			o.groups = c.StringSlice("group")
			return p.export(ctx, c, f, o)
		},
	}
}

func (p *program) export(ctx context.Context, c call, f format, o *exportOptions) (err error) {
	if err := o.check(f); err != nil {
		return err
	}
	in := export.Input{Name: o.name, Services: o.services(), Requests: o.requests()}
	if !o.placeholders {
		var s *session
		if s, err = p.open(ctx, c); err != nil {
			return err
		}
		defer s.ended(&err)
		if in, err = p.exportInput(s, o, in); err != nil {
			return err
		}
	}
	if in.Name == "" {
		in.Name = Name
	}
	files, err := f.render(in, o.dialect)
	if err != nil {
		return err
	}
	if err := export.Write(o.out, files); err != nil {
		return err
	}
	return p.wrote(o.out, files)
}

func (p *program) exportInput(s *session, o *exportOptions, in export.Input) (export.Input, error) {
	in.RedirectPlatform, in.IncludeSecrets, in.Vars = s.RedirectPlatform, o.secrets, s.profile.Vars()
	if s.TenantID == "" {
		in.Vars[catalogue.VarAuthority] = s.Authority // of the cloud, which is known all the same
	}
	if in.Name == "" && s.Profile != "" {
		in.Name = Name + " " + s.Profile
	}
	if !o.secrets {
		return in, nil
	}
	if s.Credential.IsZero() {
		return in, problem.Usagef("--include-secrets: there is no client secret: give --client-secret-file, or set AZURE_CLIENT_SECRET")
	}
	credential, err := p.credential(s.Settings, s.env.HTTP)
	if err == nil && credential.Secret.IsZero() {
		err = problem.Usagef("--include-secrets: the credential (%s) is no client secret, and only that can be written", s.Credential.Source)
	}
	in.ClientSecret = credential.Secret
	return in, err
}

// wrote lists the files on stdout: they are the answer.
func (p *program) wrote(dir string, files []export.File) error {
	var paths []string
	for _, f := range files {
		paths = append(paths, filepath.Join(dir, f.Name))
	}
	if p.global.output == "json" {
		return printJSON(p.Stdout, named("schema_version", 1), named("files", paths))
	}
	return p.lines(paths...)
}
