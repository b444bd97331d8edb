package cli

import (
	"context"

	urfave "github.com/urfave/cli/v2"

	"hdstest/internal/acquire"
	"hdstest/internal/pipeline"
	"hdstest/internal/problem"
	"hdstest/internal/tokencache"
	"hdstest/internal/when"
)

// loginOptions are the flags of login.
type loginOptions struct {
	signInOptions
	deviceCode     bool
	service, scope string
}

func (p *program) loginCommand() *command {
	o := &loginOptions{}
	own := flagGroup{flags: append([]urfave.Flag{
		&urfave.BoolFlag{Name: "device-code", Destination: &o.deviceCode, Usage: "sign in on another device, with a code; the app must allow public client flows"},
		&urfave.StringFlag{Name: "service", Destination: &o.service, Usage: "`SERVICE` whose consent is asked for first: fhir or dicom (default: fhir if configured)"},
		&urfave.StringFlag{Name: "scope", Destination: &o.scope, Usage: "`SCOPE` to ask for instead of the service's"},
	}, o.flags()...)}
	return &command{
		name: "login", usage: "sign in as a person and keep the session for the next commands",
		about: "Signs in with the browser: authorization code with PKCE, over a redirect to this machine. The session is kept, encrypted, " +
			"so that token is silent from then on; logout ends it.\n\n" +
			"Entra does not look at the port of http://localhost: registered without one, any port of this machine will do; with a path, " +
			"the path must match. Register it under Mobile and desktop for an app without a secret, under Web for one with.\n\n" +
			"Where no browser can be opened, over SSH for example, the address is printed: open it elsewhere and paste the address " +
			"that the browser ends up with, or let ssh carry the port as shown.",
		examples: []example{
			{"in the browser", "hdstest login --profile work"},
			{"then, silently", "hdstest token --profile work"},
			{"on a machine without a browser", "hdstest login --no-browser"},
			{"with a code, on the phone", "hdstest login --device-code"},
			{"only these ports are registered", "hdstest login --port 8400 --port 8401"},
		},
		groups: append([]flagGroup{own}, identityGroups()...),
		run:    func(ctx context.Context, c call) error { return p.login(ctx, c, o) },
	}
}

func (p *program) login(ctx context.Context, c call, o *loginOptions) (err error) {
	s, err := p.open(ctx, c)
	if err != nil {
		return err
	}
	defer s.ended(&err)
	grant := pipeline.GrantAuthorizationCode
	if o.deviceCode {
		grant = pipeline.GrantDeviceCode
	}
	query, err := p.query(s, &o.signInOptions, grant)
	if err != nil {
		return err
	}
	if !p.global.sandbox {
		if err := p.checkState("the session", p.cacheDir()); err != nil {
			return err
		}
	}
	query.SignIn = pipeline.SignInAlways
	if err := p.target(s, &query, o.service, o.scope); err != nil {
		return err
	}
	by, err := p.proofFor(s, grant)
	if err != nil {
		return err
	}
	if by != nil {
		if s.profile.Credential, err = by.credential(s.env.HTTP); err != nil {
			return err
		}
	}
	var kept acquire.Kept
	query.Session = func(_ context.Context, use func(*acquire.Kept) error) error { return use(&kept) }
	got, _, err := pipeline.Token(ctx, s.env, s.profile, query)
	if err != nil {
		return err
	}
	return p.keepLogin(s, query, by, got, kept)
}

// keepLogin keeps session and token in the place of all that was kept of the
// person who was signed in before.
func (p *program) keepLogin(s *session, q pipeline.TokenQuery, by *proof, got acquire.Result, kept acquire.Kept) error {
	cache := p.cache()
	scope, err := s.profile.Scope(q)
	if err != nil {
		return err
	}
	key := keyOf(s, q.Grant, scope, by)
	if _, err := cache.ForgetPerson(key.App); err != nil {
		return err
	}
	cache.KeepSession(key, tokencache.Session{Data: kept.Data, Account: kept.Account})
	cache.KeepToken(key, tokencache.Token{Token: got.Token, TokenType: got.TokenType, ExpiresOn: got.ExpiresOn, Scopes: got.Scopes,
		Account: got.Account, HasRefreshToken: got.HasRefreshToken})
	p.say("signed in as %s; the token is good until %s", orUnknown(got.Account), when.Until(got.ExpiresOn, p.Now()))
	switch {
	case cache == nil:
		p.say("nothing is kept of a sandbox that ends with the command")
	case kept.IsZero():
		p.say("the authority gave no refresh token: the session ends with the token, at %s", when.Until(got.ExpiresOn, p.Now()))
	default:
		p.say("the session is kept; hdstest token is silent now, hdstest logout ends it")
	}
	return nil
}

func orUnknown(account string) string {
	if account == "" {
		return "a person without a name"
	}
	return account
}

// logoutOptions are the flags of logout.
type logoutOptions struct{ all bool }

func (p *program) logoutCommand() *command {
	o := &logoutOptions{}
	return &command{
		name: "logout", usage: "forget the session and the tokens that are kept",
		about: "Removes what is kept for the app of the profile: the session of login, and tokens. Nothing is sent: tokens that were " +
			"handed out stay good until they expire, and the browser keeps its own sign-in.",
		examples: []example{
			{"the app of the profile work", "hdstest logout --profile work"},
			{"everything, of every app", "hdstest logout --all"},
		},
		groups: []flagGroup{
			{flags: []urfave.Flag{&urfave.BoolFlag{Name: "all", Destination: &o.all, Usage: "forget everything, of every app"}}},
			{title: "App", keys: appIdentityKeys()}},
		run: func(_ context.Context, c call) error { return p.logout(c, o) },
	}
}

func (p *program) logout(c call, o *logoutOptions) error {
	if p.global.sandbox {
		return problem.Usagef("--sandbox: nothing is kept of a sandbox that ends with the command")
	}
	cache := p.cache()
	if o.all {
		n, err := cache.ForgetAll()
		p.say("%s", forgotten(n, ""))
		return err
	}
	settings, err := p.settings(c, nil)
	if err != nil {
		return err
	}
	if err := settings.Require(appKeys()...); err != nil {
		return err
	}
	s := &session{Settings: settings, profile: profileOf(settings)}
	known, _ := cache.Session(keyOf(s, pipeline.GrantAuthorizationCode, "", nil))
	n, err := cache.Forget(appOf(s))
	p.say("%s", forgotten(n, known.Account))
	return err
}

func forgotten(n int, account string) string {
	switch {
	case n == 0:
		return "nothing was kept"
	case account != "":
		return "signed out " + account + "; the session and the tokens kept for the app are removed"
	}
	return "what was kept is removed"
}
