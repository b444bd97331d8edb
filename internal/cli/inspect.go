package cli

import (
	"context"

	urfave "github.com/urfave/cli/v2"

	"hdstest/internal/evidence"
	"hdstest/internal/pipeline"
	"hdstest/internal/problem"
	"hdstest/internal/report"
	"hdstest/internal/secret"
)

// inspectOptions are the flags of inspect.
type inspectOptions struct {
	grantOptions
	file, service  string
	diff, offline  bool
	keys, saveKeys string
}

func (p *program) inspectCommand() *command {
	o := &inspectOptions{}
	own := flagGroup{flags: append([]urfave.Flag{
		&urfave.BoolFlag{Name: "diff", Destination: &o.diff, Usage: "compare the tokens of two files: what works with what does not"},
		&urfave.BoolFlag{Name: "offline", Destination: &o.offline, Usage: "contact nothing: judge by the profile and the keys of --keys"},
		&urfave.StringFlag{Name: "keys", Destination: &o.keys, Usage: "verify by the key set in this `FILE`, saved by --save-keys or a JWKS"},
		&urfave.StringFlag{Name: "save-keys", Destination: &o.saveKeys, Usage: "write the keys of the profile's authority to this `FILE`, and nothing else"},
		&urfave.StringFlag{Name: "token-file", Destination: &o.file, Usage: "`FILE` that holds the token (- for standard input)"},
		&urfave.StringFlag{Name: "service", Destination: &o.service, Usage: "judge the token for this `SERVICE`: fhir or dicom (default: the one it is for)"},
	}, o.flags()...)}
	return &command{
		name: "inspect", usage: "decode a token and check its signature and claims", args: "[-|TOKEN|A B]", maxArgs: 2, outputs: tableForms(),
		about: "Reads the token from standard input (-), a file, or acquires one as token does. Bare tokens, header lines " +
			"and the JSON of az account get-access-token are understood.\n\n" +
			"The token is sent nowhere: the service is asked without it what it expects, the authority for its keys.",
		examples: []example{
			{"check what token would give", "hdstest inspect --profile work"},
			{"check a token from elsewhere", "az account get-access-token --resource https://dicom.healthcareapis.azure.com | hdstest inspect -"},
			{"as JSON", "hdstest inspect --token-file token.txt --output json"},
			{"the token that works against the one that does not", "hdstest inspect --diff works.txt fails.txt"},
			{"save the authority's keys, then do without it", "hdstest inspect --save-keys keys.json"},
			{"", "hdstest inspect --offline --keys keys.json --token-file token.txt"},
			{"a token of the sandbox", "hdstest inspect --sandbox"},
		},
		groups: append([]flagGroup{own}, identityGroups()...),
		run:    func(ctx context.Context, c call) error { return p.inspect(ctx, c, o) },
	}
}

func (p *program) inspect(ctx context.Context, c call, o *inspectOptions) (err error) {
	began := p.Now()
	if o.diff {
		if err := p.plainOnly("inspect --diff"); err != nil {
			return err
		}
		return p.compareTokens(c.Args().Slice())
	}
	if c.NArg() > 1 {
		return problem.Usagef("inspect: unexpected argument %s; two tokens are compared with --diff", show(c.Args().Get(1)))
	}
	if o.saveKeys != "" {
		return p.saveKeys(ctx, c, o)
	}
	given, err := p.givenToken(c.Args().First(), o.file)
	if err != nil {
		return err
	}
	options, err := p.inspectOptions(o, given)
	if err != nil {
		return err
	}
	s, err := p.open(ctx, c)
	if err != nil {
		return err
	}
	defer s.ended(&err)
	if o.service != "" {
		if _, err := s.serviceFlag(o.service); err != nil {
			return err
		}
		if err := s.Require(o.service + ".url"); err != nil {
			return err
		}
	}
	if given.IsZero() {
		if given, options.Asked, err = p.acquire(ctx, s, &o.grantOptions, o.service); err != nil {
			return err
		}
	}
	result, err := pipeline.InspectWith(ctx, s.env, s.profile, given, options)
	if err != nil {
		return err
	}
	return p.show(ctx, result.Report, report.Report{Title: "Token", Whole: true, Places: p.places(s), Elapsed: p.Now().Sub(began), Extra: []field{
		{Name: "command", Value: "inspect"}, {Name: "header", Value: result.Header}, {Name: "claims", Value: result.Claims}}})
}

// givenToken reads the token that the person has: from standard input, from a
// file, or from the command line, which works with a warning. Zero: none.
func (p *program) givenToken(arg, file string) (secret.Value, error) {
	var text string
	switch {
	case arg != "" && file != "":
		return secret.Value{}, problem.Usagef("a token as argument and --token-file exclude each other")
	case arg == "" && file == "":
		return secret.Value{}, nil
	case arg != "" && arg != "-":
		p.warn("a token on the command line can be seen by others on this machine; use - or --token-file")
		text = trimToken([]byte(arg))
	default:
		path := file
		if arg == "-" {
			path = "-"
		}
		data, err := p.readFile("token", path)
		if err != nil {
			return secret.Value{}, err
		}
		text = trimToken(data)
	}
	if text == "" {
		return secret.Value{}, problem.Usagef("expected a token, but there is nothing: the input is empty")
	}
	p.mask(text)
	return secret.New(text), nil
}

// acquire gets the token that is to be looked at, from the authority, and tells how
// it was asked for.
func (p *program) acquire(ctx context.Context, s *session, o *grantOptions, service string) (secret.Value, *evidence.TokenRequest, error) {
	query, err := p.question(s, o)
	if err != nil {
		return secret.Value{}, nil, err
	}
	if query.Service, err = s.serviceFlag(service); err != nil {
		return secret.Value{}, nil, err
	}
	if err := p.ready(s, appKeys(query.Service), query.Grant); err != nil {
		return secret.Value{}, nil, err
	}
	if err := p.lendSession(s, &query); err != nil {
		return secret.Value{}, nil, err
	}
	result, b, err := pipeline.Token(ctx, s.env, s.profile, query)
	return result.Token, b.TokenRequest, err
}
