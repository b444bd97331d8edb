package cli

import (
	"cmp"
	"context"
	"fmt"
	"net/url"

	"github.com/google/uuid"
	urfave "github.com/urfave/cli/v2"

	"hdstest/internal/acquire"
	"hdstest/internal/problem"
)

// assertionOptions are the flags of assertion.
type assertionOptions struct{ audience string }

func (p *program) assertionCommand() *command {
	o := &assertionOptions{}
	own := flagGroup{flags: []urfave.Flag{
		&urfave.StringFlag{Name: "audience", Destination: &o.audience, Usage: "`URL` of the token endpoint that is to take it (default: the tenant's)"},
	}}
	return &command{
		name: "assertion", usage: "print a client assertion for other tools", outputs: []string{"bare", "json", "form"},
		about: "With a certificate: a JWT signed with PS256 that names the certificate by x5t#S256, good for ten minutes. With a federated " +
			"credential: the token of the other issuer, as it is. Whoever has it can act as the app until it expires. Nothing is sent to the authority.",
		examples: []example{
			{"sign one", "hdstest assertion --certificate app.pem"},
			{"in a request of curl", `curl --data "$(hdstest assertion --output form)" …`},
			{"of the running sandbox's example app", "hdstest assertion --profile sandbox --certificate app.pem --output json"},
		},
		groups: append([]flagGroup{own}, flagGroup{title: "App and credential", keys: identityKeys()}),
		run:    func(ctx context.Context, c call) error { return p.assertion(ctx, c, o) },
	}
}

func (p *program) assertion(ctx context.Context, c call, o *assertionOptions) (err error) {
	s, err := p.open(ctx, c)
	if err != nil {
		return err
	}
	defer s.ended(&err)
	if err := s.Require(appKeys()...); err != nil {
		return err
	}
	if s.Credential.IsZero() {
		return errNoAssertion("there is no credential")
	}
	credential, err := p.credential(s.Settings, s.env.HTTP)
	if err != nil {
		return err
	}
	raw, err := p.sign(ctx, s, credential, cmp.Or(o.audience, acquire.TokenURL(s.profile.Authority)))
	if err != nil {
		return err
	}
	return p.printAssertion(raw, s.ClientID)
}

// sign makes the assertion of a credential.
func (p *program) sign(ctx context.Context, s *session, c acquire.Credential, audience string) (string, error) {
	switch {
	case c.Certificate != nil:
		id, err := uuid.NewRandomFromReader(p.Rand)
		if err != nil {
			return "", fmt.Errorf("make the assertion's id: %w", err)
		}
		return c.Certificate.SignAssertion(acquire.AssertionFacts{ClientID: s.ClientID, Audience: audience, ID: id.String(), Now: p.Now()})
	case c.Assertion != nil:
		return c.Assertion(ctx)
	}
	return "", errNoAssertion(fmt.Sprintf("the credential (%s) signs nothing", s.Credential.Source))
}

func errNoAssertion(why string) error {
	return problem.Usagef("assertion: %s; give --certificate, --federated-token-file, or --credential github-actions or azure-pipelines", why)
}

// printAssertion is the one place where an assertion goes to stdout.
func (p *program) printAssertion(raw, clientID string) error {
	switch p.global.output {
	case "json":
		return printJSON(p.Stdout, named("client_id", clientID), named("client_assertion_type", acquire.AssertionType), named("client_assertion", raw))
	case "form":
		form := url.Values{"client_id": {clientID}, "client_assertion_type": {acquire.AssertionType}, "client_assertion": {raw}}
		_, err := fmt.Fprintln(p.Stdout, form.Encode())
		return err
	}
	_, err := fmt.Fprintln(p.Stdout, raw)
	return err
}
