package cli

import (
	"context"
	"errors"
	"time"

	urfave "github.com/urfave/cli/v2"

	"hdstest/internal/config"
	"hdstest/internal/pipeline"
	"hdstest/internal/problem"
)

// tokenOptions are the flags of token.
type tokenOptions struct {
	grantOptions
	service, scope string
	minLife        time.Duration
	fresh, explain bool
}

// defaultMinLife is how long a kept token must still be good: time enough for
// what it is for.
const defaultMinLife = 5 * time.Minute

// grantOptions are the flags of commands that acquire a token.
type grantOptions struct {
	grant string
	signInOptions
}

func (o *grantOptions) flags() []urfave.Flag {
	return append([]urfave.Flag{
		&urfave.StringFlag{Name: "grant", Destination: &o.grant, Usage: "`GRANT`: client_credentials, authorization_code or device_code " +
			"(default: client_credentials; for an app without a credential the session of login, if there is one)"},
	}, o.signInOptions.flags()...)
}

func (p *program) tokenCommand() *command {
	o := &tokenOptions{}
	own := flagGroup{flags: append([]urfave.Flag{
		&urfave.StringFlag{Name: "service", Destination: &o.service, Usage: "`SERVICE` the token is for: fhir or dicom (default: fhir if configured)"},
		&urfave.StringFlag{Name: "scope", Destination: &o.scope, Usage: "`SCOPE` to ask for instead of the service's"},
		&urfave.DurationFlag{Name: "min-lifetime", Destination: &o.minLife, Value: defaultMinLife,
			Usage: "take a kept token only if it is good for this `TIME`, else renew it"},
		&urfave.BoolFlag{Name: "fresh", Destination: &o.fresh, Usage: "ask the authority, whatever is kept"},
		&urfave.BoolFlag{Name: "explain", Destination: &o.explain, Usage: "print the requests as commands of curl, without secrets, in place of the token"},
	}, o.flags()...)}
	return &command{
		name: "token", usage: "acquire an access token and print it", outputs: tokenForms(),
		about: "Prints the token that is kept, or asks the authority and keeps what it gives. A kept token belongs to one credential: " +
			"another secret never gets it. The token goes to stdout and nothing else does.\n\n" +
			"Grants of a person are silent as long as the session of a sign-in lasts. " +
			"authentication_code, as some articles call it, is taken for authorization_code. " +
			"With a terminal and no other credential, the client secret is asked for.\n\n" +
			"--credential auto takes the first that is there and says on stderr which: " + config.AutoOrder() + ".",
		examples: []example{
			{"a token for the FHIR service of the profile work", "hdstest token --profile work"},
			{"for DICOM, as a header for curl", `curl -H "$(hdstest token --service dicom --output header)" …`},
			{"by certificate instead of secret", "hdstest token --certificate app.pfx --certificate-password-file password.txt"},
			{"of a person who signs in with the browser", "hdstest token --grant authorization_code"},
			{"good for the next half hour", "hdstest token --min-lifetime 30m"},
			{"after a change of roles", "hdstest token --fresh"},
			{"see what is sent", "hdstest token --explain"},
			{"offline", "hdstest token --sandbox"},
		},
		groups: append([]flagGroup{own}, identityGroups()...),
		run:    func(ctx context.Context, c call) error { return p.token(ctx, c, o) },
	}
}

func (p *program) token(ctx context.Context, c call, o *tokenOptions) (err error) {
	if err := errors.Join(checkGrant(o.grant), o.check()); err != nil {
		return err
	}
	s, err := p.prepare(ctx, c)
	if err != nil {
		return err
	}
	defer s.ended(&err)
	query, err := p.question(s, &o.grantOptions)
	if err != nil {
		return err
	}
	if err := p.target(s, &query, o.service, o.scope); err != nil {
		return err
	}
	by, err := p.proofFor(s, query.Grant)
	if err != nil {
		return err
	}
	w := wanted{p: p, s: s, query: query, proof: by, minLife: o.minLife, fresh: o.fresh}
	if o.explain {
		return p.explainToken(ctx, &w)
	}
	got, err := w.token(ctx)
	if err != nil {
		return err
	}
	return printToken(p.Stdout, p.global.output, got, s.Settings, p.Now().Location())
}

func (o *tokenOptions) check() error {
	if o.minLife < 0 {
		return problem.Usagef("--min-lifetime: expected a time such as 30m, not %s", o.minLife)
	}
	return nil
}

// checkGrant refuses a grant that nobody knows.
func checkGrant(text string) error {
	if text == "" {
		return nil
	}
	_, err := grantFlag(text)
	return err
}

// question makes the pipeline's question of the flags: which grant, and when a person
// is asked.
func (p *program) question(s *session, o *grantOptions) (pipeline.TokenQuery, error) {
	grant, implied, err := p.chooseGrant(s, o.grant)
	if err != nil {
		return pipeline.TokenQuery{}, err
	}
	query, err := p.query(s, &o.signInOptions, grant)
	if implied {
		query.SignIn = pipeline.SignInNever
	}
	return query, err
}

// chooseGrant reads --grant. Without it the app asks for itself; an app without a
// credential takes the session of login, and nobody is asked to sign in.
func (p *program) chooseGrant(s *session, text string) (grant string, implied bool, err error) {
	if text != "" {
		grant, err = grantFlag(text)
		return grant, false, err
	}
	if s.Credential.IsZero() && s.TenantID != "" && s.ClientID != "" {
		if _, ok := p.cache().Session(keyOf(s, pipeline.GrantAuthorizationCode, "", nil)); ok {
			return pipeline.GrantAuthorizationCode, true, nil
		}
	}
	return pipeline.GrantClientCredentials, false, nil
}

// target says for which service or scope the token is, and refuses settings that
// do not suffice.
func (p *program) target(s *session, q *pipeline.TokenQuery, service, scope string) (err error) {
	needed := appKeys()
	if q.Scope = scope; scope == "" || service != "" {
		if q.Service, err = s.serviceFlag(service); err != nil {
			return err
		}
		needed = appKeys(q.Service)
	}
	return p.missing(s, needed, q.Grant)
}
