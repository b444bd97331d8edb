package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	urfave "github.com/urfave/cli/v2"

	"hdstest/internal/check"
	"hdstest/internal/claims"
	"hdstest/internal/config"
	"hdstest/internal/diagnose"
	"hdstest/internal/diagnose/expect"
	"hdstest/internal/entra"
	"hdstest/internal/evidence"
	"hdstest/internal/secret"
	"hdstest/internal/when"
)

// whoamiOptions are the flags of whoami.
type whoamiOptions struct {
	grantOptions
	file, service, scope string
}

func (p *program) whoamiCommand() *command {
	o := &whoamiOptions{}
	own := flagGroup{flags: append([]urfave.Flag{
		&urfave.StringFlag{Name: "token-file", Destination: &o.file, Usage: "`FILE` that holds the token (- for standard input)"},
		&urfave.StringFlag{Name: "service", Destination: &o.service, Usage: "`SERVICE` whose token is meant: fhir or dicom (default: fhir if configured)"},
		&urfave.StringFlag{Name: "scope", Destination: &o.scope, Usage: "`SCOPE` whose token is meant"},
	}, o.flags()...)}
	return &command{
		name: "whoami", usage: "say in words who a token is, for what, until when", args: "[-]", maxArgs: 1, outputs: []string{"text", "json"},
		about: "Reads what the token says and believes it: nothing is verified, see inspect for that. Without a token given it is the one that " +
			"token would print, kept or new. A person's name is shown.",
		examples: []example{
			{"who am I to the FHIR service?", "hdstest whoami --profile work"},
			{"whose token is this?", "hdstest token | hdstest whoami -"},
			{"the same for a program", "hdstest whoami --token-file token.txt --output json"},
		},
		groups: append([]flagGroup{own}, identityGroups()...),
		run:    func(ctx context.Context, c call) error { return p.whoami(ctx, c, o) },
	}
}

func (p *program) whoami(ctx context.Context, c call, o *whoamiOptions) error {
	if err := checkGrant(o.grant); err != nil {
		return err
	}
	given, err := p.givenToken(c.Args().First(), o.file)
	if err != nil {
		return err
	}
	var settings *config.Settings
	if given.IsZero() {
		if given, settings, err = p.ownToken(ctx, c, o); err != nil {
			return err
		}
	} else if found, err := config.Resolve(p.input(c)); err == nil { // a token from elsewhere needs no settings
		settings = found
	}
	token, err := claims.Parse(given.Reveal())
	if err != nil {
		return err
	}
	if settings == nil || c.Args().Present() || o.file != "" {
		p.say("this is what the token says; nothing was verified: hdstest inspect does that")
	}
	who := describe(token.Claims, p.Now())
	who.role = roleFor(token, settings)
	if p.global.output == "json" {
		return printJSON(p.Stdout, named("schema_version", check.SchemaVersion), named("command", "whoami"), named("who", who.Who), named("for", who.For),
			named("tenant", who.Tenant), named("may", who.May), named("expires_on", who.expires.UTC().Format(time.RFC3339)), named("expired", who.expired),
			named("give_role", who.role))
	}
	return p.lines(who.lines()...)
}

// ownToken is the token that the command token would print.
func (p *program) ownToken(ctx context.Context, c call, o *whoamiOptions) (given secret.Value, settings *config.Settings, err error) {
	s, err := p.prepare(ctx, c)
	if err != nil {
		return given, nil, err
	}
	defer s.ended(&err)
	query, err := p.question(s, &o.grantOptions)
	if err != nil {
		return given, nil, err
	}
	if err := p.target(s, &query, o.service, o.scope); err != nil {
		return given, nil, err
	}
	by, err := p.proofFor(s, query.Grant)
	if err != nil {
		return given, nil, err
	}
	w := wanted{p: p, s: s, query: query, proof: by, minLife: defaultMinLife}
	got, err := w.token(ctx)
	return got.Token, s.Settings, err
}

// identity is what a token says, in words.
type identity struct {
	Who, For, Tenant, May string
	until, role           string
	expires               time.Time
	expired               bool
}

func (i identity) lines() []string {
	out := []string{"who     " + i.Who, "for     " + i.For, "tenant  " + i.Tenant, "may     " + i.May, "until   " + i.until}
	if i.role != "" {
		out = append(out, "403?    "+i.role)
	}
	return out
}

// roleFor is the command that gives the token's holder a role to read with, should
// the service answer 403; empty where it is not for a health service. The profile
// tells the service's resource id, if there is one.
func roleFor(token *claims.Token, settings *config.Settings) string {
	_, held := token.Evidence()
	b := evidence.Bundle{Claims: held, Request: &evidence.Request{Method: http.MethodGet}}
	aud, _ := held["aud"].(string)
	if settings == nil {
		settings = &config.Settings{}
	}
	if bare := strings.TrimSuffix(aud, "/"); bare == entra.DICOMResource || aud == entra.DICOMAppID {
		b.Service = entra.DICOM
	} else if expect.Managed(aud) || settings.FHIR.URL != "" && bare == settings.FHIR.URL {
		b.Service, b.ServiceURL = entra.FHIR, bare
	}
	if b.Service == entra.DICOM {
		b.ServiceURL = settings.DICOM.URL
		b.ARM = atResource(settings.DICOM.ResourceID)
	} else if settings.FHIR.URL == b.ServiceURL {
		b.ARM = atResource(settings.FHIR.ResourceID)
	}
	return diagnose.AssignRole(b)
}

func atResource(id string) *evidence.ControlPlane {
	if id == "" {
		return nil
	}
	return &evidence.ControlPlane{Extra: map[string]any{"resource_id": id}}
}

// describe puts claims into words. Source of the claims: access-token-claims-reference.md
// of the Microsoft identity platform; v1.0 and v2.0 name some of them differently.
func describe(said map[string]any, now time.Time) identity {
	text := func(names ...string) string {
		for _, name := range names {
			if s, ok := said[name].(string); ok && s != "" {
				return s
			}
		}
		return ""
	}
	i := identity{Tenant: cmp.Or(text("tid"), "not said"), For: audience(text("aud"))}
	app := "the app " + strings.TrimSpace(text("app_displayname")+" ("+cmp.Or(text("appid", "azp"), "no client id")+")")
	proved := map[string]string{"0": ", which proved nothing", "1": ", proved by a secret", "2": ", proved by a certificate or an assertion"}[text("appidacr", "azpacr")]
	object := cmp.Or(text("oid"), text("sub"), "no object id")
	if text("scp") != "" || text("idtyp") == "user" {
		person := cmp.Or(text("upn", "preferred_username", "unique_name", "email", "name"), "a person without a name")
		i.Who = fmt.Sprintf("%s (object id %s), by way of %s%s", person, object, app, proved)
	} else {
		i.Who = fmt.Sprintf("%s itself, nobody behind it (service principal %s)%s", app, object, proved)
	}
	i.May = rights(text("scp"), said["roles"])
	i.expires, i.until, i.expired = ending(said["exp"], now)
	return i
}

// audience says which service takes the token.
func audience(aud string) string {
	bare := strings.TrimSuffix(aud, "/")
	switch {
	case aud == "":
		return "no service: it names none"
	case bare == entra.DICOMResource || aud == entra.DICOMAppID:
		return "every DICOM service of Azure Health Data Services (" + aud + ")"
	case aud == entra.FHIRAppID:
		return "the Azure Healthcare APIs (" + aud + ")"
	}
	return "the service " + aud
}

// rights says what the token itself allows.
func rights(scopes string, roles any) string {
	var named []string
	list, _ := roles.([]any)
	for _, r := range list {
		if s, ok := r.(string); ok {
			named = append(named, s)
		}
	}
	var out []string
	if scopes != "" {
		out = append(out, "what the person allowed: "+scopes)
	}
	if named != nil {
		out = append(out, "the app roles "+strings.Join(named, ", "))
	}
	return strings.Join(append(out, "data roles do not stand in the token: Azure decides at each call"), "; ")
}

// ending says when the token ends, in the zone of now, with what is left.
func ending(exp any, now time.Time) (at time.Time, text string, over bool) {
	seconds, ok := exp.(float64)
	if n, isNumber := exp.(json.Number); isNumber {
		f, err := n.Float64()
		seconds, ok = f, err == nil
	}
	if !ok {
		return at, "no end: it names none", false
	}
	at = time.Unix(int64(seconds), 0)
	return at, when.Until(at, now), !at.After(now)
}
