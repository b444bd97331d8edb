package cli

import (
	"context"
	"path/filepath"

	urfave "github.com/urfave/cli/v2"

	"hdstest/internal/catalogue"
	"hdstest/internal/config"
	"hdstest/internal/entra"
	"hdstest/internal/export"
	"hdstest/internal/export/postman"
	"hdstest/internal/problem"
)

// exportOptions are the flags of the exports.
type exportOptions struct {
	out, name, service string
	secrets            bool
}

func (p *program) exportCommand() *command {
	c := &command{name: "export", usage: "write the requests for another tool",
		about:    "Writes the same requests that probe sends, with their expectations. Nothing is sent.",
		examples: []example{{"a Postman collection with its environment", "hdstest export postman --profile work --out postman"}}}
	return c.with(p.exportPostmanCommand())
}

func (p *program) exportPostmanCommand() *command {
	o := &exportOptions{}
	own := flagGroup{flags: []urfave.Flag{
		&urfave.StringFlag{Name: "out", Destination: &o.out, Usage: "`FOLDER` to write to; it is made if need be"},
		&urfave.StringFlag{Name: "name", Destination: &o.name, Usage: "`NAME` of the collection (default: hdstest and the profile's name)"},
		&urfave.StringFlag{Name: "service", Destination: &o.service, Usage: "only this `SERVICE`: fhir or dicom (default: both)"},
		&urfave.BoolFlag{Name: "include-secret", Destination: &o.secrets, Usage: "write the client secret into the environment file (mode 0600)"},
	}}
	return &command{
		name: "postman", usage: "write a Postman collection (v2.1) and its environment", outputs: []string{"text", "json"},
		about: "The collection gets its tokens by itself and checks every answer, so it runs in the Postman app and in newman. " +
			"Requests that change data stay off until allow_writes is set to true in the environment.",
		examples: []example{
			{"for the profile work", "hdstest export postman --profile work --out postman"},
			{"run it", "newman run postman/*.postman_collection.json -e postman/*.postman_environment.json --env-var clientsecret=…"},
			{"with placeholders only, to share", "hdstest export postman --out postman"},
		},
		groups: append([]flagGroup{own}, identityGroups()...),
		run:    func(ctx context.Context, c call) error { return p.exportPostman(ctx, c, o) },
	}
}

func (p *program) exportPostman(ctx context.Context, c call, o *exportOptions) (err error) {
	if o.out == "" {
		return problem.Usagef("missing --out: name the folder to write to, such as --out postman")
	}
	if o.service != "" && o.service != entra.FHIR && o.service != entra.DICOM {
		return problem.Usagef("--service: expected fhir or dicom, not %s", show(o.service))
	}
	s, err := p.open(ctx, c)
	if err != nil {
		return err
	}
	defer s.ended(&err)
	in, err := p.exportInput(s, o)
	if err != nil {
		return err
	}
	files, err := postman.Render(in)
	if err != nil {
		return err
	}
	if err := export.Write(o.out, files); err != nil {
		return err
	}
	return p.wrote(o.out, files)
}

func (p *program) exportInput(s *session, o *exportOptions) (export.Input, error) {
	in := export.Input{Name: o.name, RedirectPlatform: s.RedirectPlatform, IncludeSecrets: o.secrets, Vars: exportVars(s)}
	if in.Name == "" {
		in.Name = Name
		if s.Profile != "" {
			in.Name += " " + s.Profile
		}
	}
	if o.service != "" {
		in.Services = []string{o.service}
	}
	if !o.secrets {
		return in, nil
	}
	if s.Credential.IsZero() {
		return in, problem.Usagef("--include-secret: there is no client secret: give --client-secret-file, or set AZURE_CLIENT_SECRET")
	}
	credential, err := p.credential(s.Credential)
	if err == nil && credential.Secret.IsZero() {
		err = problem.Usagef("--include-secret: the credential (%s) is no client secret, and Postman can use only that", s.Credential.Source)
	}
	in.ClientSecret = credential.Secret
	return in, err
}

func exportVars(s *session) catalogue.Vars {
	vars := catalogue.Vars{}
	for name, key := range map[string]string{catalogue.VarTenantID: config.TenantID, catalogue.VarClientID: config.ClientID} {
		if v, ok := s.Value(key); ok {
			vars[name] = v.Text
		}
	}
	for name, text := range map[string]string{catalogue.VarAuthority: s.Authority, catalogue.VarFHIRURL: s.FHIR.URL, catalogue.VarFHIRScope: s.FHIR.Scope,
		catalogue.VarDICOMURL: s.DICOM.URL, catalogue.VarDICOMScope: s.DICOM.Scope} {
		if text != "" {
			vars[name] = text
		}
	}
	return vars
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
