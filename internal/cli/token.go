package cli

import (
	"context"
	"fmt"
	"time"

	urfave "github.com/urfave/cli/v2"

	"hdstest/internal/acquire"
	"hdstest/internal/pipeline"
	"hdstest/internal/problem"
	"hdstest/internal/report"
)

// tokenOptions are the flags of token.
type tokenOptions struct {
	grantOptions
	service, scope string
}

// grantOptions are the flags of commands that acquire a token.
type grantOptions struct {
	grant     string
	noBrowser bool
	ports     urfave.IntSlice
	wait      time.Duration
	loginHint string
	prompt    string
}

func (o *grantOptions) flags() []urfave.Flag {
	return []urfave.Flag{
		&urfave.StringFlag{Name: "grant", Destination: &o.grant, Value: pipeline.GrantClientCredentials,
			Usage: "`GRANT`: client_credentials, authorization_code or device_code"},
		&urfave.BoolFlag{Name: "no-browser", Destination: &o.noBrowser, Usage: "print the sign-in address instead of opening a browser"},
		&urfave.IntSliceFlag{Name: "port", Destination: &o.ports, Usage: "`PORT` for the redirect, may be repeated: tried in order (default: any free one)"},
		&urfave.DurationFlag{Name: "sign-in-timeout", Destination: &o.wait, Value: 5 * time.Minute, Usage: "`TIME` to wait for the person"},
		&urfave.StringFlag{Name: "login-hint", Destination: &o.loginHint, Usage: "`NAME` of the account to sign in with"},
		&urfave.StringFlag{Name: "prompt", Destination: &o.prompt, Usage: "`KIND` of sign-in page: login, consent, select_account or none"},
	}
}

func (p *program) tokenCommand() *command {
	o := &tokenOptions{}
	own := flagGroup{flags: append([]urfave.Flag{
		&urfave.StringFlag{Name: "service", Destination: &o.service, Usage: "`SERVICE` the token is for: fhir or dicom (default: fhir if configured)"},
		&urfave.StringFlag{Name: "scope", Destination: &o.scope, Usage: "`SCOPE` to ask for instead of the service's"},
	}, o.flags()...)}
	return &command{
		name: "token", usage: "acquire an access token and print it", outputs: tokenForms(),
		about: "Asks the authority each time; nothing is cached. The token goes to stdout and nothing else does.\n\n" +
			"authentication_code, as some articles call it, is taken for authorization_code. " +
			"With a terminal and no other credential, the client secret is asked for.",
		examples: []example{
			{"a token for the FHIR service of the profile work", "hdstest token --profile work"},
			{"for DICOM, as a header for curl", `curl -H "$(hdstest token --service dicom --output header)" …`},
			{"by certificate instead of secret", "hdstest token --certificate app.pfx --certificate-password-file password.txt"},
			{"of a person who signs in in the browser", "hdstest token --grant authorization_code"},
			{"offline", "hdstest token --sandbox"},
		},
		groups: append([]flagGroup{own}, identityGroups()...),
		run:    func(ctx context.Context, c call) error { return p.token(ctx, c, o) },
	}
}

func (p *program) token(ctx context.Context, c call, o *tokenOptions) (err error) {
	grant, err := grantFlag(o.grant)
	if err != nil {
		return err
	}
	s, err := p.open(ctx, c)
	if err != nil {
		return err
	}
	defer s.ended(&err)
	query, err := p.query(s, &o.grantOptions, grant)
	if err != nil {
		return err
	}
	needed := appKeys()
	if query.Scope = o.scope; o.scope == "" || o.service != "" {
		if query.Service, err = s.serviceFlag(o.service); err != nil {
			return err
		}
		needed = appKeys(query.Service)
	}
	if err := p.ready(s, needed, grant); err != nil {
		return err
	}
	result, _, err := pipeline.Token(ctx, s.env, s.profile, query)
	if err != nil {
		return err
	}
	return printToken(p.Stdout, p.global.output, result, s.Settings)
}

// query makes the pipeline's question of the flags.
func (p *program) query(s *session, o *grantOptions, grant string) (pipeline.TokenQuery, error) {
	switch o.prompt {
	case "", "login", "consent", "select_account", "none":
	default:
		return pipeline.TokenQuery{}, problem.Usagef("--prompt: expected login, consent, select_account or none, not %s", show(o.prompt))
	}
	for _, port := range o.ports.Value() {
		if port < 1 || port > 65535 {
			return pipeline.TokenQuery{}, problem.Usagef("--port: expected a number from 1 to 65535, not %d", port)
		}
	}
	if o.wait <= 0 {
		return pipeline.TokenQuery{}, problem.Usagef("--sign-in-timeout: expected a time above zero, such as 2m")
	}
	if o.noBrowser {
		s.env.Open = nil
	}
	code := acquire.CodeOptions{Ports: o.ports.Value(), Timeout: o.wait, LoginHint: o.loginHint, Prompt: o.prompt,
		Notify: func(address string) { p.signIn(s, address) }}
	return pipeline.TokenQuery{Grant: grant, Code: code, ShowDeviceCode: p.showDeviceCode}, nil
}

// signIn tells the person where to sign in, and with a sandbox as whom.
func (p *program) signIn(s *session, address string) {
	if s.env.Open == nil {
		p.say("open this address in a browser on this machine to sign in:")
	} else {
		p.say("sign in in the browser; if none opens, open this address on this machine:")
	}
	fmt.Fprintf(p.Stderr, "\n  %s\n\n", report.Escape(address)) // alone on its line, to be copied
	if info := s.Sandbox; info != nil {
		p.say("the sandbox's user is %s, the password %s", info.Username, info.Password)
	}
}
